"""Each blend weight's gradient is clipped by itself."""

from __future__ import annotations

import torch
from ignite.engine import Engine
from monai.engines.utils import IterationEvents
from torch import nn

from acd_monai.handlers import GradientClip


def test_each_gradient_is_clipped_to_the_norm_alone() -> None:
    large, small, other = (nn.Parameter(torch.zeros(4)) for _ in range(3))
    gradients = {large: torch.full((4,), 3.0), small: torch.full((4,), 0.1), other: torch.full((4,), 9.0)}

    def step(engine: Engine, batch: object) -> None:
        for parameter, gradient in gradients.items():
            parameter.grad = gradient.clone()
        engine.fire_event(IterationEvents.BACKWARD_COMPLETED)

    engine = Engine(step)
    engine.register_events(*IterationEvents)
    GradientClip([large, small]).attach(engine)  # type: ignore[arg-type]
    engine.run([0])
    torch.testing.assert_close(large.grad, torch.full((4,), 0.5))  # norm 6 → 1
    torch.testing.assert_close(small.grad, gradients[small])
    torch.testing.assert_close(other.grad, gradients[other])
