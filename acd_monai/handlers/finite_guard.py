"""Stops a training run before a loss that is no number spoils the weights."""

from __future__ import annotations

import math

import torch
from monai.engines import SupervisedTrainer
from monai.engines.utils import IterationEvents
from torch import nn

from acd_monai.errors import TrainingStoppedError
from acd_monai.handlers.over_processes import gather_lists

__all__ = ["FiniteGuard"]


class FiniteGuard:
    """Checks loss and gradients after the backward pass, before the optimizer's step; attach it first.

    Args:
        network: what is trained.
    """

    def __init__(self, network: nn.Module) -> None:
        self.parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]

    def attach(self, engine: SupervisedTrainer) -> None:
        """Hook the handler into a trainer."""
        engine.add_event_handler(IterationEvents.BACKWARD_COMPLETED, self)

    def __call__(self, engine: SupervisedTrainer) -> None:
        """Check.

        Raises:
            TrainingStoppedError: loss or gradients are NaN or infinite, on every process at once.
        """
        loss = engine.state.output[0]["loss"]
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        norm = float(torch.nn.utils.get_total_norm(gradients))
        if math.isfinite(loss) and math.isfinite(norm):
            return
        names = gather_lists([str(name) for name in engine.state.batch["name"]])
        raise TrainingStoppedError(
            f"step {engine.state.iteration} (epoch {engine.state.epoch}) gave loss {loss:g} and a gradient of norm "
            f"{norm:g}, from the images {', '.join(names)}; the last good state is kept. Look at these images, or "
            "start another run with lower learning rates."
        )
