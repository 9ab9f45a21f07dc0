"""Peak memory of this process, for benchmarks that run each measurement in a process of its own."""

from __future__ import annotations

import resource

__all__ = ["peak_mib"]


def peak_mib() -> float:
    """Most memory this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
