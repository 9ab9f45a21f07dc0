"""Peak memory of this process, for benchmarks that run each measurement in a process of its own."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

__all__ = ["peak_mib"]

_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """Most memory this process ever held, in MiB.

    On Linux ``ru_maxrss`` begins with what the process that started this one held; VmHWM is this one's own.
    """
    if _STATUS.is_file() and (own := re.search(r"VmHWM:\s*(\d+) kB", _STATUS.read_text(encoding="ascii"))):
        return int(own[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
