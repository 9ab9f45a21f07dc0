"""The methods."""

from __future__ import annotations

from acd_monai.networks.nets.acd_clip import ACDCLIP
from acd_monai.networks.nets.base import AnomalyNetwork, Logits, Prediction
from acd_monai.networks.nets.win_clip import References, WinCLIP

__all__ = ["ACDCLIP", "AnomalyNetwork", "Logits", "Prediction", "References", "WinCLIP"]
