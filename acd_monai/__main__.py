"""``python -m acd_monai`` is ``acd-monai``."""

from __future__ import annotations

import sys

from acd_monai.cli import main

sys.exit(main())
