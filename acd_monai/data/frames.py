"""PNG, JPEG, TIFF and BMP to :class:`Volume`: one picture on the pixel grid as stored, in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError

from acd_monai.data.affine import frame_affine
from acd_monai.data.quiet import quiet_thread
from acd_monai.data.volume import Volume
from acd_monai.errors import InputError

__all__ = ["MAX_FRAME_PIXELS", "read_frame", "read_frame_labels"]

MAX_FRAME_PIXELS = 50_000_000
"""Larger pictures are taken for decompression bombs."""

Values = TypeVar("Values")

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP")
_ORIENTATION_TAG = 0x0112
_COLOUR_MODES = {"RGB", "P", "1", "CMYK", "YCbCr", "HSV", "RGBX"}
_ALPHA_MODES = {"RGBA", "LA", "PA", "RGBa", "La"}


def read_frame(path: str | Path) -> Volume:
    """Read one picture.

    Args:
        path: a PNG, JPEG, TIFF or BMP file; the content decides, not the name's ending.

    Returns:
        ``kind="frame"``, array float32 ``(C, width, height, 1)`` in [0, 1], C = 1 for grey and 3 for colour. The grid
        is the stored one: an EXIF rotation is not applied but said in a warning, so that the map fits the file.

    Raises:
        InputError: not such a picture, cut off, empty, animated, of several pages, or absurdly large.
    """
    path = Path(path)
    (values, more), lines = _decode(path, _to_unit_range)
    if values.ndim == 2:
        values = values[..., None]
    array = np.ascontiguousarray(values.transpose(2, 1, 0)[..., None], dtype=np.float32)
    return Volume(array, frame_affine(), "frame", "", tuple(lines + more))


def read_frame_labels(path: str | Path) -> np.ndarray:
    """Read a picture whose values are labels: as stored, not scaled.

    Args:
        path: as for :func:`read_frame`.

    Returns:
        ``(1, width, height, 1)``, whole numbers: of colours the strongest channel, of a palette that begins with black
        the numbers of its entries.

    Raises:
        InputError: as :func:`read_frame`.
    """
    values, _ = _decode(Path(path), _stored_values)
    return values.T[None, ..., None]


def _decode(path: Path, convert: Callable[[Image.Image, Path], Values]) -> tuple[Values, list[str]]:
    """Open, check and convert a picture; return it and what its reader should know."""
    try:
        if not path.stat().st_size:
            raise InputError(f"{path.name}: the file is empty (0 bytes); a picture is needed. Copy it again.")
        with quiet_thread(), Image.open(path, formats=_FORMATS) as image:  # Pillow's milder bomb warning, odd metadata
            _check(image, path)
            lines = _orientation_warning(image)
            image.load()
            return convert(image, path), lines
    except InputError:
        raise
    except Image.DecompressionBombError as error:
        raise InputError(f"{path.name}: more than {MAX_FRAME_PIXELS} pixels (decompression bomb?). Crop it.") from error
    except UnidentifiedImageError as error:
        raise InputError(
            f"{path.name}: no PNG, JPEG, TIFF or BMP picture of a kind that is read (16-bit colour is not). Convert it."
        ) from error
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, KeyError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].replace(str(path), path.name)[:160]
        raise InputError(f"{path.name}: the picture is cut off or damaged ({reason}). Copy it again.") from error


def _check(image: Image.Image, path: Path) -> None:
    width, height = image.size
    if width < 1 or height < 1 or width * height > MAX_FRAME_PIXELS:
        raise InputError(f"{path.name}: {width} x {height} pixels; 1 to {MAX_FRAME_PIXELS} are read. Crop it.")
    count = getattr(image, "n_frames", 1)
    if count > 1:
        raise InputError(
            f"{path.name}: {count} pages or animation frames in one file; one is read. Save each as a file of its own."
        )


def _orientation_warning(image: Image.Image) -> list[str]:
    orientation = image.getexif().get(_ORIENTATION_TAG, 1)
    if orientation in (0, 1):
        return []
    return [f"EXIF orientation {orientation} is not applied: image and map are on the stored pixel grid"]


def _to_unit_range(image: Image.Image, path: Path) -> tuple[np.ndarray, list[str]]:
    """Return ``(height, width[, 3])`` in [0, 1] and what was lost on the way."""
    mode = image.mode
    if mode.startswith("I;16"):
        return np.asarray(image).astype(np.float32) / np.float32(65535), []
    if mode in ("I", "F"):
        return _stretch(np.asarray(image).astype(np.float64), mode)
    if mode == "L" and "transparency" not in image.info:
        return np.asarray(image).astype(np.float32) / np.float32(255), []
    lines = []
    if mode in _ALPHA_MODES or "transparency" in image.info:
        rgba = image.convert("RGBA")
        if np.asarray(rgba.getchannel("A")).min() < 255:
            lines.append("transparency dropped: the colours below it are used as stored")
        image = rgba.convert("L" if mode in ("L", "LA", "La") else "RGB")
    elif mode in _COLOUR_MODES:
        image = image.convert("RGB")
    else:
        raise InputError(f"{path.name}: colour mode {mode} is not read; grey, RGB, palette and CMYK are. Convert it.")
    return np.asarray(image).astype(np.float32) / np.float32(255), lines


def _stored_values(image: Image.Image, path: Path) -> np.ndarray:
    """Return ``(height, width)`` of labels."""
    begins_with_black = image.mode == "P" and not any((image.getpalette("RGB") or [1])[:3])
    if begins_with_black or image.mode in ("L", "I") or image.mode.startswith("I;16"):
        return np.asarray(image)
    values, _ = _to_unit_range(image, path)
    return np.round((values if values.ndim == 2 else values.max(axis=-1)) * 255).astype(np.uint8)


def _stretch(values: np.ndarray, mode: str) -> tuple[np.ndarray, list[str]]:
    """Map values without a fixed range linearly from their minimum and maximum to [0, 1]."""
    finite = np.isfinite(values)
    lines = []
    if not finite.all():
        lines.append(f"{int((~finite).sum())} pixels were NaN or infinite and were set to the minimum")
    if not finite.any():
        return np.zeros(values.shape, dtype=np.float32), lines
    low, high = float(values[finite].min()), float(values[finite].max())
    values = np.where(finite, values, low)
    kind = "floating-point" if mode == "F" else "32-bit"
    lines.append(f"{kind} pixels: the range {low:g} to {high:g} was mapped to [0, 1]")
    return ((values - low) / (high - low) if high > low else np.zeros_like(values)).astype(np.float32), lines
