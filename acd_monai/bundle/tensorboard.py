"""TensorBoard is an extra: a run without it says so once and goes on."""

from __future__ import annotations

import logging
from importlib.util import find_spec

__all__ = ["can_log_tensorboard"]

logger = logging.getLogger(__name__)


def can_log_tensorboard(wanted: bool) -> bool:
    """Tell whether TensorBoard is wanted and there; a line in the log says when it is wanted and not there."""
    there = find_spec("tensorboard") is not None
    if wanted and not there:
        logger.info("no TensorBoard files: the package is not installed (`pip install acd_monai[train]`)")
    return wanted and there
