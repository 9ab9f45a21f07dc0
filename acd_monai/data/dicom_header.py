"""One DICOM file's header, as one :class:`SliceHeader` for each 2-D frame in it, without touching the pixels."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pydicom
from pydicom.dataset import Dataset
from pydicom.uid import UID

from acd_monai.data.deflate import check_deflated_dicom
from acd_monai.data.quiet import quiet_pydicom
from acd_monai.errors import InputError

__all__ = [
    "NON_IMAGE_CLASSES",
    "SliceHeader",
    "integer",
    "numbers",
    "open_dicom",
    "quiet_pydicom",
    "skip_reason",
    "text",
    "uid_name",
]

NON_IMAGE_CLASSES = {
    "1.2.840.10008.1.3.10": "a DICOMDIR index",
    "1.2.840.10008.5.1.4.1.1.66": "raw data, not an image",
    "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation (SEG), not a scan",
    "1.2.840.10008.5.1.4.1.1.66.5": "a surface segmentation, not a scan",
    "1.2.840.10008.5.1.4.1.1.66.7": "a label map segmentation, not a scan",
    "1.2.840.10008.5.1.4.1.1.30": "a parametric map (a result), not a scan",
    "1.2.840.10008.5.1.4.1.1.481.2": "a dose grid (RTDOSE), not a scan",
    "1.2.840.10008.5.1.4.1.1.481.3": "a structure set (RTSTRUCT), not an image",
    "1.2.840.10008.5.1.4.1.1.77.1.6": "a whole-slide image, which is not read",
}
"""SOP classes that are left out although some of them carry pixels, with the reason given to the user."""

_CLASSES_WITH_PLACE = {f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("2", "2.1", "2.2", "4", "4.1", "4.3", "4.4")} | {
    f"1.2.840.10008.5.1.4.1.1.{end}" for end in ("128", "128.1", "130")
}
_MODALITIES_WITH_PLACE = {"CT", "MR", "PT"}

_SNIFF_BYTES = 132
_GROUPS_AT_START = (0x0002, 0x0008)


@dataclass(frozen=True, eq=False)
class SliceHeader:
    """What is known of one 2-D image (a classic file, or one frame of a multi-frame file) before its pixels are read.

    Attributes:
        path: the file.
        frame: 0-based frame in the file, of ``frames``.
        frames: number of frames in the file.
        series: what tells series apart: SeriesInstanceUID, or the folder where that is empty.
        study: StudyInstanceUID, may be empty.
        series_number: SeriesNumber, None when empty.
        instance: SOPInstanceUID, may be empty.
        sop_class: SOPClassUID, may be empty (it is, in real files).
        modality: DICOM modality, may be empty.
        image_type: ImageType or the frame's FrameType, upper case.
        photometric: PhotometricInterpretation.
        size: ``(rows, columns)``.
        position: ImagePositionPatient, LPS mm ``(3,)``; None when absent, NaN where unreadable.
        orientation: ImageOrientationPatient ``(6,)``; None when absent, NaN where unreadable.
        spacing: PixelSpacing ``(row, column)`` in mm; None when absent, NaN where unreadable.
        slice_spacing: SpacingBetweenSlices, else SliceThickness, in mm; None when neither is usable.
        rescale: ``(slope, intercept)``; None when absent.
        volume_keys: what may tell the volumes of a 4-D series apart, name to value.
        identity: the patient's name and ID, never shown, only compared with names that we make.
        series_description: SeriesDescription; may quote the patient, see ``data/privacy.py``.
        body_part: BodyPartExamined, else the meaning of AnatomicRegionSequence's code; may be empty, may be wrong.
    """

    path: str
    frame: int
    frames: int
    series: str
    study: str
    series_number: int | None
    instance: str
    sop_class: str
    modality: str
    image_type: tuple[str, ...]
    photometric: str
    size: tuple[int, int]
    position: np.ndarray | None
    orientation: np.ndarray | None
    spacing: np.ndarray | None
    slice_spacing: float | None
    rescale: tuple[float, float] | None
    volume_keys: dict[str, Any]
    identity: tuple[str, ...] = field(default=(), repr=False)
    series_description: str = field(default="", repr=False)
    body_part: str = field(default="", repr=False)

    @property
    def has_place(self) -> bool:
        """True when the header says where in the patient the image lies, rightly or wrongly."""
        return self.position is not None or self.orientation is not None

    @property
    def is_picture(self) -> bool:
        """True for a 2-D picture in pixels (endoscopy, secondary capture): no place, and of no class that needs one."""
        if self.has_place:
            return False
        if self.sop_class:
            return self.sop_class not in _CLASSES_WITH_PLACE
        return self.modality not in _MODALITIES_WITH_PLACE

    @property
    def is_mosaic(self) -> bool:
        """True for a Siemens mosaic: many slices tiled into one picture."""
        return "MOSAIC" in self.image_type

    @property
    def is_localizer(self) -> bool:
        """True for a scout image, taken to plan the scan."""
        return "LOCALIZER" in self.image_type


def open_dicom(path: str | Path, *, pixels: bool) -> Dataset:
    """Read a DICOM file, with or without its preamble.

    Args:
        path: any file.
        pixels: also read the pixel data.

    Returns:
        The data set; it may be of any kind, see :func:`skip_reason`.

    Raises:
        InputError: the file is empty, unreadable, not DICOM, or a decompression bomb.
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            start = stream.read(_SNIFF_BYTES)
        if not start:
            raise InputError(f"{path.name}: the file is empty (0 bytes); a DICOM file is needed. Copy it again.")
        has_preamble = start[128:132] == b"DICM"
        if not has_preamble and not _looks_like_elements(start):
            raise InputError(f"{path.name}: not a DICOM file (no DICM mark and no DICOM elements at its start).")
        with quiet_pydicom():
            check_deflated_dicom(path, has_preamble)
            dataset = pydicom.dcmread(path, stop_before_pixels=not pixels, force=not has_preamble)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read ({error.strerror or type(error).__name__}).") from error
    except Exception as error:  # a parser fed with junk: struct.error, zlib.error, RecursionError, …
        raise InputError(f"{path.name}: damaged DICOM file ({type(error).__name__}). Export the file again.") from error
    if len(dataset) == 0:
        raise InputError(f"{path.name}: the DICOM header is empty or cut off. Export the file again.")
    return dataset


def skip_reason(dataset: Dataset) -> str:
    """Say why a readable DICOM file is no image to score, or return an empty string when it is one."""
    meta = getattr(dataset, "file_meta", Dataset())
    sop_class = text(dataset, "SOPClassUID") or text(meta, "MediaStorageSOPClassUID")
    if sop_class in NON_IMAGE_CLASSES:
        return NON_IMAGE_CLASSES[sop_class]
    if not integer(dataset, "Rows") or not integer(dataset, "Columns"):
        name = uid_name(sop_class) if sop_class else "no SOP class"
        return f"not an image ({name}: no rows and columns)"
    return ""


def uid_name(value: str) -> str:
    """Return the name of a UID, or the UID; ``"unknown UID"`` for damage, which may quote anything."""
    with quiet_pydicom():
        uid = UID(value)
        return str(uid.name) if uid.is_valid else "unknown UID"


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element as text, empty when it is absent, empty or unreadable."""
    value = _value(dataset, keyword)
    return "" if value is None else str(value).strip().strip("\0")


def integer(dataset: Dataset, keyword: str) -> int | None:
    """Return an element as int, None when it is absent, empty or unreadable."""
    values = numbers(dataset, keyword)
    return int(values[0]) if values is not None and np.isfinite(values[0]) else None


def numbers(dataset: Dataset, keyword: str, count: int | None = None) -> np.ndarray | None:
    """Return an element as float64 values.

    Args:
        dataset: where to look.
        keyword: DICOM keyword.
        count: how many values there must be, None for any.

    Returns:
        The values; None when the element is absent or empty; NaN when it is there but unreadable or of another count.
    """
    if keyword not in dataset:
        return None
    value = _value(dataset, keyword)
    if value is None:
        raw = dataset.get_item(keyword)
        empty = raw is None or not getattr(raw, "value", None)
        return None if empty else np.full(count or 1, np.nan)
    if isinstance(value, str) and not value.strip():
        return None
    try:
        result = np.atleast_1d(np.asarray(value, dtype=np.float64)).reshape(-1)
    except (TypeError, ValueError):
        return np.full(count or 1, np.nan)
    if result.size == 0:
        return None
    return result if count in (None, result.size) else np.full(count or 1, np.nan)


def _value(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value; None when it is absent, empty, or cannot be decoded."""
    try:
        return dataset.get(keyword)
    except Exception:  # pydicom decodes lazily: a bad VR or number surfaces here, as one of many types
        return None


def _looks_like_elements(start: bytes) -> bool:
    """Tell whether bytes could begin a DICOM data set that was written without preamble."""
    if len(start) < 8:
        return False
    orders: tuple[Literal["little", "big"], ...] = ("little", "big")
    for order in orders:
        group = int.from_bytes(start[:2], order)
        element = int.from_bytes(start[2:4], order)
        if group in _GROUPS_AT_START and element <= 0x0100:
            explicit = start[4:6].isalpha() and start[4:6].isupper()
            return explicit or int.from_bytes(start[4:8], order) < 2**16
    return False
