"""Zero-shot anomaly detection for medical images: volumes in, anomaly maps on the scanner's own grid out."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
