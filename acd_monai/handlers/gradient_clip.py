"""Keeps single parameters from jumping."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from monai.engines import SupervisedTrainer
from monai.engines.utils import IterationEvents
from torch import nn

__all__ = ["GradientClip"]


class GradientClip:
    """Clips the gradient of each parameter by itself, after the backward pass.

    Args:
        parameters: those that are clipped; ACD-CLIP clips its blend weights.
        max_norm: L2 norm above which a gradient is scaled down to it.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], max_norm: float = 1.0) -> None:
        self.parameters = list(parameters)
        self.max_norm = max_norm

    def attach(self, engine: SupervisedTrainer) -> None:
        """Hook the handler into a trainer."""
        engine.add_event_handler(IterationEvents.BACKWARD_COMPLETED, self)

    def __call__(self, engine: SupervisedTrainer) -> None:
        """Clip."""
        for parameter in self.parameters:
            torch.nn.utils.clip_grad_norm_([parameter], self.max_norm)
