"""TensorBoard is an extra: a run without it says so once and goes on."""

from __future__ import annotations

import logging
from importlib.util import find_spec

import ignite.distributed as idist

__all__ = ["can_log_tensorboard"]

logger = logging.getLogger(__name__)


def can_log_tensorboard(wanted: bool) -> bool:
    """Tell whether this process, the first, is to log; a line says when the package is wanted and not there."""
    if not wanted or idist.get_rank() != 0:
        return False
    there = find_spec("tensorboard") is not None
    if not there:
        logger.info("no TensorBoard files: the package is not installed (`pip install acd_monai[train]`)")
    return there
