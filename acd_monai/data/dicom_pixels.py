"""DICOM pixels as floats: every transfer syntax, rescale slice by slice, MONOCHROME1 inverted, colour as RGB.

Nothing is allocated on the word of a header: what it declares is held against the bytes that are there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import SimpleITK
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import apply_color_lut, apply_modality_lut, get_decoder
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MPEGTransferSyntaxes,
)

from acd_monai.data.affine import MAX_VOXELS
from acd_monai.data.codestream import codestream_size
from acd_monai.data.dicom_header import integer, open_dicom, quiet_pydicom, text, uid_name
from acd_monai.errors import InputError

__all__ = ["MAX_FRAMES", "check_declared_size", "read_frames", "read_picture"]

logger = logging.getLogger(__name__)

MAX_FRAMES = 100_000
"""More frames than this in one file are taken for a header that lies."""

FREE_COMPRESSED_BYTES = 2**26
"""Compressed images that unpack to less than this (64 MiB) are believed."""

MAX_COMPRESSION_RATIO = 200
"""Larger ones may unpack to at most this many times their stored size."""

MAX_FRAME_SAMPLES = 2**27
"""More values than this in one frame (8192 x 8192 grey, twice) are taken for a header that lies."""

_CODESTREAM_SYNTAXES = "1.2.840.10008.1.2.4."
"""What the transfer syntaxes of the JPEG family start with."""

_VIDEO_SYNTAXES = set(MPEGTransferSyntaxes)

_NATIVE_SYNTAXES = {ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian}

_FALLBACK_SYNTAXES = {"1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"}
"""JPEG variants (12-bit Extended foremost) that SimpleITK reads where pydicom's plug-ins do not."""


def check_declared_size(dataset: Dataset, path: Path) -> None:
    """Hold the size that a header declares against a sane limit and against the file; refuse videos by name.

    Args:
        dataset: an image's data set, with or without pixel data.
        path: the file it was read from.

    Raises:
        InputError: the pixels are a video, the declared size is absurd, or the file is too short to hold it.
    """
    syntax = _transfer_syntax(dataset)
    if syntax in _VIDEO_SYNTAXES:
        raise InputError(
            f"{path.name}: a video inside DICOM ({uid_name(syntax)}) is not read. Save its stream as an .mp4 file, or "
            "export it as single frames, and give those."
        )
    rows, columns = integer(dataset, "Rows") or 0, integer(dataset, "Columns") or 0
    frames = integer(dataset, "NumberOfFrames") or 1
    declared = f"the header declares {columns} x {rows} pixels x {frames} frames"
    if rows < 1 or columns < 1 or not 1 <= frames <= MAX_FRAMES or rows * columns * frames > MAX_VOXELS:
        raise InputError(
            f"{path.name}: {declared}; at most {MAX_FRAMES} frames and {MAX_VOXELS} voxels are read. "
            "The header is likely damaged: export the file again."
        )
    samples, bits = integer(dataset, "SamplesPerPixel") or 1, integer(dataset, "BitsAllocated") or 8
    if samples not in (1, 3) or bits not in (1, 8, 16, 32, 64):
        raise InputError(
            f"{path.name}: {samples} samples of {bits} bits a pixel; 1 or 3 of 1, 8, 16, 32 or 64 bits are read."
        )
    if rows * columns * samples > MAX_FRAME_SAMPLES:
        raise InputError(
            f"{path.name}: {declared} of {samples} samples; at most {MAX_FRAME_SAMPLES} values a frame "
            "are read. Crop it."
        )
    needed = (rows * columns * frames * samples * bits + 7) // 8
    if text(dataset, "PhotometricInterpretation") == "YBR_FULL_422":
        needed = needed * 2 // 3
    stored = path.stat().st_size
    compressed = syntax not in _NATIVE_SYNTAXES
    if compressed and needed <= FREE_COMPRESSED_BYTES:
        return
    if needed > stored * (MAX_COMPRESSION_RATIO if compressed else 1):
        raise InputError(
            f"{path.name}: {declared}, which need {needed} bytes, but the file has only {stored}; it is cut off or its "
            "header is wrong. Copy or export it again."
        )


def read_frames(
    path: str | Path, rescales: Mapping[int, tuple[float, float] | None]
) -> Iterator[tuple[int, np.ndarray]]:
    """Decode frames of one DICOM file.

    Args:
        path: the file.
        rescales: 0-based frame number to its ``(slope, intercept)``; None leaves stored values as they are.

    Yields:
        ``(frame number, pixels)``; grey: float32 ``(rows, columns)`` in the source's units; colour: float32
        ``(rows, columns, 3)`` RGB in [0, 1].

    Raises:
        InputError: there are no pixels, they are cut off or cannot be decoded, or the rescale is not usable.
    """
    path = Path(path)
    dataset = _open(path)
    for frame in sorted(rescales):
        pixels = _decode(dataset, path, frame)
        if pixels.ndim == 3:
            yield frame, pixels.astype(np.float32)
        else:
            yield frame, _grey(pixels, dataset, path, rescales[frame])


@quiet_pydicom()
def read_picture(path: str | Path, frame: int) -> np.ndarray:
    """Decode one frame as a picture, without rescale: the range that the stored bits can hold becomes [0, 1].

    Args:
        path: the file.
        frame: 0-based frame number.

    Returns:
        float32 ``(rows, columns)`` or RGB ``(rows, columns, 3)``, in [0, 1].

    Raises:
        InputError: there are no pixels, they are cut off or cannot be decoded.
    """
    path = Path(path)
    dataset = _open(path)
    pixels = _decode(dataset, path, frame)
    if pixels.ndim == 3:
        return pixels.astype(np.float32)
    low, high = _stored_range(dataset)
    unit = np.clip((pixels.astype(np.float64) - low) / (high - low), 0.0, 1.0)
    return (1.0 - unit if text(dataset, "PhotometricInterpretation") == "MONOCHROME1" else unit).astype(np.float32)


@quiet_pydicom()
def _open(path: Path) -> Dataset:
    dataset = open_dicom(path, pixels=True)
    check_declared_size(dataset, path)
    if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise InputError(f"{path.name}: the file has no pixel data, only a header. Export it again with its pixels.")
    return dataset


@quiet_pydicom()
def _decode(dataset: Dataset, path: Path, frame: int) -> np.ndarray:
    """Return one frame's stored grey values, or its RGB values in [0, 1]."""
    syntax = _transfer_syntax(dataset)
    dataset.file_meta.TransferSyntaxUID = syntax
    if syntax.startswith(_CODESTREAM_SYNTAXES):
        _check_codestream(dataset, path, frame)
    try:
        pixels, properties = get_decoder(syntax).as_array(dataset, index=frame, raw=False)
    except MemoryError:
        raise
    except Exception as error:  # decoders raise many types: ValueError, RuntimeError, NotImplementedError, OSError, …
        if syntax in _FALLBACK_SYNTAXES and (fallback := _decode_with_itk(dataset, path, frame)) is not None:
            logger.info("%s: decoded with SimpleITK", path.name)
            return fallback
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise InputError(
            f"{path.name}: the pixels ({uid_name(syntax)}) cannot be decoded: {reason}. "
            "Export the file again, uncompressed if need be."
        ) from error
    colour = str(properties["photometric_interpretation"])
    if colour == "PALETTE COLOR":
        try:
            rgb = apply_color_lut(pixels, dataset)[..., :3]
        except (ValueError, AttributeError, TypeError, IndexError, NotImplementedError) as error:
            raise InputError(f"{path.name}: the colour palette is damaged. Export the file again as RGB.") from error
        return rgb / np.float32(np.iinfo(rgb.dtype).max)
    if pixels.ndim == 3:
        if colour != "RGB":
            raise InputError(f"{path.name}: colour space {colour} is not read; RGB, YBR and palette are. Convert it.")
        bits = integer(dataset, "BitsStored") or pixels.dtype.itemsize * 8
        return np.clip(pixels / np.float32(2.0**bits - 1), 0.0, 1.0)
    return pixels


def _check_codestream(dataset: Dataset, path: Path, frame: int) -> None:
    """Refuse a compressed frame that declares another size than the header: decoders allocate what it says."""
    try:
        data = get_frame(dataset.PixelData, frame, number_of_frames=integer(dataset, "NumberOfFrames") or 1)
    except Exception as error:  # a parser fed with junk: struct.error, NotImplementedError for a damaged VR, …
        raise InputError(
            f"{path.name}: the compressed pixels are damaged or cut off. Export the file again."
        ) from error
    size = codestream_size(data)
    rows, columns = integer(dataset, "Rows") or 0, integer(dataset, "Columns") or 0
    if size is not None and size != (rows, columns):
        raise InputError(
            f"{path.name}: frame {frame + 1} is compressed as {size[1]} x {size[0]} pixels, but the header says "
            f"{columns} x {rows}; the two must agree. Export the file again."
        )


@quiet_pydicom()
def _grey(pixels: np.ndarray, dataset: Dataset, path: Path, rescale: tuple[float, float] | None) -> np.ndarray:
    """Invert MONOCHROME1 on the stored values, then rescale."""
    inverted = text(dataset, "PhotometricInterpretation") == "MONOCHROME1"
    if not inverted and _is_exact_in_float32(pixels, rescale) and "ModalityLUTSequence" not in dataset:
        whole = pixels.astype(np.float32)
        if rescale is not None and rescale != (1.0, 0.0):
            whole *= np.float32(rescale[0])
            whole += np.float32(rescale[1])
        return whole
    values = pixels.astype(np.float64)
    if inverted:
        values = sum(_stored_range(dataset)) - values
    elif "ModalityLUTSequence" in dataset and rescale is None:
        try:
            values = apply_modality_lut(pixels, dataset).astype(np.float64)
        except (ValueError, AttributeError, TypeError, IndexError, NotImplementedError) as error:
            raise InputError(f"{path.name}: the modality lookup table is damaged. Export the file again.") from error
    if rescale is not None:
        slope, intercept = rescale
        if not np.isfinite([slope, intercept]).all() or slope == 0:
            raise InputError(
                f"{path.name}: rescale slope {slope:g} and intercept {intercept:g}; finite numbers and a slope other "
                "than 0 are needed. Export the file again."
            )
        values = values * slope + intercept
    return values.astype(np.float32)


def _is_exact_in_float32(pixels: np.ndarray, rescale: tuple[float, float] | None) -> bool:
    """Tell whether rescaling gives whole numbers that float32 holds to the last digit (it mostly does in CT)."""
    if pixels.dtype.kind not in "iu" or pixels.dtype.itemsize > 2:
        return False
    slope, intercept = rescale or (1.0, 0.0)
    whole = float(slope).is_integer() and float(intercept).is_integer() and slope != 0
    return whole and abs(slope) * 2.0**16 + abs(intercept) < 2.0**24


def _stored_range(dataset: Dataset) -> tuple[float, float]:
    """Return the smallest and largest value that the stored bits can hold."""
    bits = integer(dataset, "BitsStored") or integer(dataset, "BitsAllocated") or 16
    if integer(dataset, "PixelRepresentation"):
        return -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1
    return 0.0, 2.0**bits - 1


def _decode_with_itk(dataset: Dataset, path: Path, frame: int) -> np.ndarray | None:
    """Decode with SimpleITK and undo the rescale that it applies; None when it cannot either."""
    if text(dataset, "PhotometricInterpretation") != "MONOCHROME2":
        return None
    try:
        values = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))).astype(np.float64)
    except RuntimeError:
        return None
    slope = float(dataset.get("RescaleSlope") or 1)
    intercept = float(dataset.get("RescaleIntercept") or 0)
    size = (integer(dataset, "Rows"), integer(dataset, "Columns"))
    if values.ndim != 3 or frame >= len(values) or values[frame].shape != size:
        return None
    return np.rint((values[frame] - intercept) / slope)


def _transfer_syntax(dataset: Dataset) -> UID:
    """Return the transfer syntax, from the encoding found where the file does not say."""
    syntax = text(getattr(dataset, "file_meta", Dataset()), "TransferSyntaxUID")
    if syntax:
        return UID(syntax)
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian
