"""From a DICOM data set to one :class:`SliceHeader` a frame: classic files and enhanced ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from acd_monai.data.dicom_header import SliceHeader, integer, numbers, open_dicom, quiet_pydicom, skip_reason, text
from acd_monai.data.dicom_pixels import check_declared_size
from acd_monai.errors import InputError

__all__ = ["CHOOSE_SCAN", "read_slice_headers", "slice_headers"]

CHOOSE_SCAN = ". Choose the file or folder of the scan."
"""The remedy where a file is DICOM but no image."""

_VOLUME_KEYWORDS = (
    "TemporalPositionIdentifier",
    "TemporalPositionIndex",
    "TemporalPositionTimeOffset",
    "NominalCardiacTriggerDelayTime",
    "TriggerTime",
    "DiffusionBValue",
    "DiffusionGradientOrientation",
    "EchoNumbers",
    "EchoTime",
    "EffectiveEchoTime",
    "InversionTime",
    "ComplexImageComponent",
    "StackID",
    "AcquisitionNumber",
    "FrameAcquisitionNumber",
    "AcquisitionDateTime",
    "AcquisitionTime",
    "ContentTime",
)
"""What sets the volumes of a 4-D series apart, the likeliest first."""

_PLACE_POINTERS = {0x00200032, 0x00209057, 0x00209056, 0x00200013, 0x00201041, 0x0048021E, 0x0048021F}
"""Dimension pointers that say where a frame lies (position, in-stack number, stack), not which volume it is of."""

_MODALITY_LENGTH = 16


@quiet_pydicom()
def read_slice_headers(path: str | Path) -> list[SliceHeader]:
    """Read one file's header without its pixels.

    Args:
        path: any file.

    Returns:
        One header for each frame, in stored order.

    Raises:
        InputError: the file is no DICOM image, or its header contradicts itself or the file's size.
    """
    dataset = open_dicom(path, pixels=False)
    try:
        reason = skip_reason(dataset)
        if reason:
            raise InputError(f"{Path(path).name}: {reason}{CHOOSE_SCAN}")
        return slice_headers(dataset, path)
    except InputError:
        raise
    except Exception as error:  # pydicom decodes lazily: damage inside a sequence surfaces here, as one of many types
        raise InputError(
            f"{Path(path).name}: damaged DICOM header ({type(error).__name__}). Export it again."
        ) from error


def slice_headers(dataset: Dataset, path: str | Path) -> list[SliceHeader]:
    """Take one header for each frame from a data set.

    Args:
        dataset: an image's data set, see :func:`acd_monai.data.dicom_header.skip_reason`.
        path: the file it was read from.

    Returns:
        One header for each frame, in stored order.

    Raises:
        InputError: the number of frames contradicts the functional groups or the file's size, or frames are stacked
            in a way that is not read (NM and others without per-frame positions).
    """
    path = Path(path)
    check_declared_size(dataset, path)
    frames = integer(dataset, "NumberOfFrames") or 1
    groups = dataset.get("PerFrameFunctionalGroupsSequence")
    if not groups:
        if frames > 1 and "ImageOrientationPatient" in dataset:
            raise InputError(
                f"{path.name}: {frames} frames without per-frame positions (modality {_modality(dataset)!r}) "
                "are not read; enhanced CT and MR and single-frame files are. Convert with dcm2niix and give the NIfTI."
            )
        first = _header(path, dataset, [dataset], 0, frames)
        return [replace(first, frame=index) for index in range(frames)]
    if len(groups) != frames:
        raise InputError(
            f"{path.name}: the header says {frames} frames but describes {len(groups)}; the two must agree. "
            "Export the file again."
        )
    shared = dataset.get("SharedFunctionalGroupsSequence")
    common = list(_items(shared[0])) if shared else []
    pointers = _dimension_pointers(dataset)
    return [
        _header(path, dataset, [*_items(group), *common, dataset], index, frames, pointers)
        for index, group in enumerate(groups)
    ]


def _items(group: Dataset) -> Iterator[Dataset]:
    """Yield the content of every functional group of a frame (they never nest the keywords that we read twice)."""
    for element in group:
        if element.VR == "SQ" and element.value:
            yield element.value[0]
            if element.keyword == "MRDiffusionSequence":
                yield from _items(element.value[0])


def _header(
    path: Path,
    dataset: Dataset,
    sources: list[Dataset],
    frame: int,
    frames: int,
    pointers: tuple[int, ...] = (),
) -> SliceHeader:
    """Fill one header; of ``sources`` the first that has a keyword wins (frame, shared, file)."""

    def find(keyword: str, count: int | None = None) -> np.ndarray | None:
        return next((value for source in sources if (value := numbers(source, keyword, count)) is not None), None)

    slope, intercept = find("RescaleSlope", 1), find("RescaleIntercept", 1)
    rescale = None
    if slope is not None or intercept is not None:
        rescale = (float(slope[0]) if slope is not None else 1.0, float(intercept[0]) if intercept is not None else 0.0)
    series = text(dataset, "SeriesInstanceUID") or f"folder:{path.parent.resolve()}"
    return SliceHeader(
        path=str(path),
        frame=frame,
        frames=frames,
        series=series,
        study=text(dataset, "StudyInstanceUID"),
        series_number=integer(dataset, "SeriesNumber"),
        instance=text(dataset, "SOPInstanceUID"),
        sop_class=text(dataset, "SOPClassUID"),
        modality=_modality(dataset),
        image_type=_image_type(dataset, sources),
        photometric=text(dataset, "PhotometricInterpretation"),
        size=(integer(dataset, "Rows") or 0, integer(dataset, "Columns") or 0),
        position=find("ImagePositionPatient", 3),
        orientation=find("ImageOrientationPatient", 6),
        spacing=find("PixelSpacing", 2),
        slice_spacing=_slice_spacing(find),
        rescale=rescale,
        volume_keys=_volume_keys(dataset, sources, pointers),
        identity=(text(dataset, "PatientID"), *_name_parts(text(dataset, "PatientName"))),
        series_description=text(dataset, "SeriesDescription"),
        body_part=text(dataset, "BodyPartExamined") or _anatomic_region(sources),
    )


def _modality(dataset: Dataset) -> str:
    """Return the modality, empty where damage has made something else of it."""
    value = text(dataset, "Modality").upper()
    return value if len(value) <= _MODALITY_LENGTH and value.isalnum() else ""


def _anatomic_region(sources: list[Dataset]) -> str:
    """Return what newer objects say in place of BodyPartExamined: a code's meaning, such as "Eye"."""
    regions = (source.get("AnatomicRegionSequence") for source in sources)
    return next((meaning for items in regions if items and (meaning := text(items[0], "CodeMeaning"))), "")


def _slice_spacing(find: Any) -> float | None:
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        value = find(keyword, 1)
        if value is not None and np.isfinite(value[0]) and value[0] > 0:
            return float(value[0])
    return None


def _image_type(dataset: Dataset, sources: list[Dataset]) -> tuple[str, ...]:
    """Return ImageType; of an enhanced frame its FrameType."""
    for keyword, places in (("FrameType", sources), ("ImageType", [dataset])):
        for place in places:
            value = place.get(keyword)
            if value:
                parts = [value] if isinstance(value, str) else list(value)
                return tuple(str(part).upper() for part in parts)
    return ()


def _volume_keys(dataset: Dataset, sources: list[Dataset], pointers: tuple[int, ...]) -> dict[str, Any]:
    """Collect what may tell the volumes of a 4-D series apart, in the order in which it should be tried."""
    keys: dict[str, Any] = {}
    if pointers:
        indices = next((value for s in sources if (value := numbers(s, "DimensionIndexValues")) is not None), None)
        if indices is not None and len(indices) == len(pointers):
            keys["dimensions"] = tuple(
                int(index) for index, pointer in zip(indices, pointers, strict=True) if pointer not in _PLACE_POINTERS
            )
    for keyword in _VOLUME_KEYWORDS:
        for source in sources:
            if keyword not in source:
                continue
            values = numbers(source, keyword)
            if values is not None and np.isfinite(values).all():
                keys[keyword] = tuple(values.tolist())
            else:
                keys[keyword] = text(source, keyword)
            break
    keys["image type"] = _image_type(dataset, sources)
    return keys


def _dimension_pointers(dataset: Dataset) -> tuple[int, ...]:
    sequence = dataset.get("DimensionIndexSequence") or ()
    return tuple(int(item.get("DimensionIndexPointer") or 0) for item in sequence)


def _name_parts(name: str) -> list[str]:
    for separator in "=^,":
        name = name.replace(separator, " ")
    return [part for part in name.split() if part]
