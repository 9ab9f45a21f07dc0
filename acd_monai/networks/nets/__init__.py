"""The methods."""

from __future__ import annotations

from acd_monai.networks.nets.acd_clip import ACDCLIP
from acd_monai.networks.nets.ada_clip import AdaCLIP
from acd_monai.networks.nets.anomaly_clip import AnomalyCLIP
from acd_monai.networks.nets.april_gan import APRILGAN
from acd_monai.networks.nets.base import AnomalyNetwork, Logits, Prediction, check_trainable
from acd_monai.networks.nets.clip_ad import CLIPAD
from acd_monai.networks.nets.clip_zero_shot import CLIPZeroShot
from acd_monai.networks.nets.win_clip import WinCLIP

__all__ = [
    "ACDCLIP",
    "APRILGAN",
    "CLIPAD",
    "AdaCLIP",
    "AnomalyCLIP",
    "AnomalyNetwork",
    "CLIPZeroShot",
    "Logits",
    "Prediction",
    "WinCLIP",
    "check_trainable",
]
