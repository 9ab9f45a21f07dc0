"""CLIP opened up, and the methods that plug into it."""

from __future__ import annotations

from acd_monai.networks.backbone import ClipBackbone
from acd_monai.networks.detector import AnomalyDetector
from acd_monai.networks.nets import (
    ACDCLIP,
    APRILGAN,
    CLIPAD,
    AdaCLIP,
    AnomalyCLIP,
    AnomalyNetwork,
    CLIPZeroShot,
    Logits,
    Prediction,
    WinCLIP,
    check_trainable,
)
from acd_monai.networks.references import References
from acd_monai.networks.shipped import shipped_adapters
from acd_monai.networks.training_view import TrainingView

__all__ = [
    "ACDCLIP",
    "APRILGAN",
    "CLIPAD",
    "AdaCLIP",
    "AnomalyCLIP",
    "AnomalyDetector",
    "AnomalyNetwork",
    "CLIPZeroShot",
    "ClipBackbone",
    "Logits",
    "Prediction",
    "References",
    "TrainingView",
    "WinCLIP",
    "check_trainable",
    "shipped_adapters",
]
