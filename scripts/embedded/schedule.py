"""What both trainings do at which step."""

from __future__ import annotations

__all__ = ["draw_seed", "fall_start", "rate_at"]

FALL = 0.3
"""Share of the steps, the last ones, over which the rate falls."""


def rate_at(step: int, highest: float, warmup: int, steps: int) -> float:
    """Return the rate of a step: it rises over ``warmup`` steps, stays, and falls to 0 in a line at the end.

    Steps before the fall do not depend on how many there will be, so that a run can be made longer.
    """
    return highest * min((step + 1) / warmup, 1.0, (steps - step) / (FALL * steps))


def fall_start(steps: int) -> int:
    """Return the step at which the rate begins to fall."""
    return round((1.0 - FALL) * steps)


def draw_seed(seed: int, step: int) -> int:
    """Return the seed of a step's draws."""
    return 1_000_003 * seed + step
