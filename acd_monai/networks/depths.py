"""At which depths a method reads or edits a tower: equal parts of it, whatever the backbone."""

from __future__ import annotations

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone

__all__ = ["QUARTERS", "equal_parts", "quarters"]

QUARTERS = 4


def equal_parts(depth: int, count: int) -> list[int]:
    """Return the 1-based depth at which each of ``count`` equal parts of ``depth`` blocks ends."""
    return [depth // count * (part + 1) for part in range(count)]


def quarters(backbone: ClipBackbone, method: str) -> list[int]:
    """Return the four levels a method reads its patches at: 6 12 18 24 of 24 blocks, 3 6 9 12 of 12.

    Raises:
        ConfigError: the vision depth has no quarters.
    """
    if backbone.depth % QUARTERS:
        raise ConfigError(
            f"{method} reads every quarter of the vision tower, and backbone {backbone.name} has {backbone.depth} "
            f"blocks; wanted a depth that {QUARTERS} divides, for example 12 or 24"
        )
    return equal_parts(backbone.depth, QUARTERS)
