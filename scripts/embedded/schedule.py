"""The learning rate of a training step."""

from __future__ import annotations

import math

__all__ = ["rate_at"]


def rate_at(step: int, highest: float, warmup: int, steps: int) -> float:
    """Return the rate of step ``step`` of ``steps``: rises evenly over ``warmup`` steps, falls to 0 as a cosine."""
    return highest * min(1.0, (step + 1) / warmup) * (0.5 + 0.5 * math.cos(math.pi * step / steps))
