"""CLIP opened up, and the methods that plug into it."""

from __future__ import annotations

from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.detector import AnomalyDetector
from acd_monai.networks.nets import ACDCLIP, AnomalyNetwork, Logits, Prediction, References, WinCLIP

__all__ = [
    "ACDCLIP",
    "AnomalyDetector",
    "AnomalyNetwork",
    "ClipBackbone",
    "Logits",
    "Prediction",
    "References",
    "WinCLIP",
]
