"""One reader for all that a scanner, a camera or another program writes; as a function, and as MONAI's ``ImageReader``.

A *locator* says what to read: a file, a DICOM folder, a list of the DICOM files of one volume, and behind ``#`` which
volume of several: ``"scan.nii.gz#volume=3"``, ``"study#series=1.2.3&volume=0"``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from monai.data import ImageReader
from monai.utils import MetaKeys, SpaceKeys

from acd_monai.data.dicom import read_dicom, read_dicom_folder
from acd_monai.data.formats import sniff_format
from acd_monai.data.frames import read_frame
from acd_monai.data.itk_volume import read_itk_volume
from acd_monai.data.nifti import read_nifti
from acd_monai.data.volume import Volume
from acd_monai.errors import InputError

__all__ = ["Locator", "StudyReader", "parse_locator", "read_volume"]

_FRAGMENT = re.compile(r"#((?:volume|series)=[^#]*)$")


class Locator(NamedTuple):
    """A locator taken apart.

    Attributes:
        paths: one file or folder, or the DICOM files of one volume.
        volume: 0-based number of the volume, None when not said.
        series: SeriesInstanceUID, None when not said.
    """

    paths: tuple[str, ...]
    volume: int | None = None
    series: str | None = None


class PendingImage(NamedTuple):
    """A locator on its way from ``StudyReader.read`` to ``StudyReader.get_data``."""

    locator: Any


def parse_locator(locator: str | Path | Sequence[str | Path]) -> Locator:
    """Take a locator apart.

    Args:
        locator: a path, with or without ``#volume=`` and ``#series=``, or a sequence of paths of which the first may
            carry the fragment.

    Returns:
        Its parts. A file whose own name ends like a fragment is found by its name.

    Raises:
        InputError: the locator is empty or its fragment makes no sense.

    Example:
        >>> parse_locator("scan.nii.gz#volume=3")
        Locator(paths=('scan.nii.gz',), volume=3, series=None)
    """
    paths = [str(locator)] if isinstance(locator, (str, Path)) else [str(path) for path in locator]
    if not paths or not paths[0]:
        raise InputError(f"empty locator {locator!r}; a path or a list of paths is needed.")
    match = _FRAGMENT.search(paths[0])
    if match is None or Path(paths[0]).exists():
        return Locator(tuple(paths))
    values: dict[str, str] = {}
    for part in match.group(1).split("&"):
        key, _, value = part.partition("=")
        if key not in ("volume", "series") or not value or (key == "volume" and not value.isdecimal()):
            raise InputError(f"{paths[0]}: cannot understand #{match.group(1)}; #volume=3 or #series=UID is wanted.")
        values[key] = value
    paths[0] = paths[0][: match.start()]
    return Locator(tuple(paths), int(values["volume"]) if "volume" in values else None, values.get("series"))


def read_volume(locator: str | Path | Sequence[str | Path], resample_uneven: bool = False) -> Volume:
    """Read one 3-D volume or one picture.

    Args:
        locator: see the module's docstring.
        resample_uneven: resample a DICOM series with uneven slice gaps linearly to an even grid, and say so in a
            warning, instead of refusing it; see :func:`acd_monai.data.slice_resampling.even_slices`.

    Returns:
        Voxels, affine (RAS), kind and warnings.

    Raises:
        InputError: nothing there, not readable, or several volumes and none chosen.
        GeometryError: its place in the patient cannot be known exactly.
    """
    paths, volume, series = parse_locator(locator)
    missing = next((path for path in paths if not Path(path).exists()), None)
    if missing is not None:
        raise InputError(f"{missing}: no such file or folder. Check the path.")
    if len(paths) > 1:
        return read_dicom(paths, volume, resample_uneven)
    path = Path(paths[0])
    if path.is_dir():
        return read_dicom_folder(path, series, volume, resample_uneven)
    kind = sniff_format(path)
    if kind == "dicom":
        return read_dicom([path], volume, resample_uneven)
    if kind == "nifti":
        return read_nifti(path, volume)
    if kind == "video":
        raise InputError(
            f"{path.name}: a video is not one volume; `acd-monai infer` scores its frames one after another."
        )
    if volume:
        raise InputError(f"{path.name}: no volume {volume}; the file holds one. Leave out #volume=.")
    return read_frame(path) if kind == "frame" else read_itk_volume(path)


class StudyReader(ImageReader):
    """:func:`read_volume` as a reader for ``LoadImage`` and ``LoadImaged``.

    Grey arrays come without a channel and colour ones channel first, as the metadata says;
    ``ensure_channel_first=True`` makes both channel first. (``SaveImage`` takes a grey volume whose channel is said to
    be its first dimension for a 2-D one.) Beside MONAI's own keys the metadata holds ``kind``, ``modality`` and
    ``acd_warnings`` (one string, a line for each warning, empty for none), which survive collation.

    ``read`` only notes the locator and ``get_data`` does the work: ``LoadImage`` would answer an error in ``read`` by
    trying its other readers, and they place wrongly what this one refuses.

    Args:
        resample_uneven: as in :func:`read_volume`.

    Example:
        ``LoadImaged(keys="image", reader="acd_monai.data.StudyReader", ensure_channel_first=True)``
    """

    def __init__(self, resample_uneven: bool = False) -> None:
        self.resample_uneven = resample_uneven

    def verify_suffix(self, filename: Any) -> bool:
        """Return True: what a file is, its content says."""
        return True

    def read(self, data: Any, **kwargs: Any) -> PendingImage:
        """Note what is to be read.

        Args:
            data: a locator.
            kwargs: not used.

        Returns:
            The locator, for :meth:`get_data`.
        """
        return PendingImage(data)

    def get_data(self, img: Any) -> tuple[np.ndarray, dict[str, Any]]:
        """Read the voxels.

        Args:
            img: what :meth:`read` returned.

        Returns:
            The array, ``(I, J, K)`` or ``(3, I, J, K)``, and its metadata.

        Raises:
            InputError: as :func:`read_volume`.
            GeometryError: as :func:`read_volume`.
        """
        volume = read_volume(img.locator, self.resample_uneven)
        grey = volume.array.shape[0] == 1
        meta: dict[str, Any] = {
            MetaKeys.AFFINE: volume.affine.copy(),
            MetaKeys.ORIGINAL_AFFINE: volume.affine.copy(),
            MetaKeys.SPATIAL_SHAPE: np.asarray(volume.array.shape[1:]),
            MetaKeys.ORIGINAL_CHANNEL_DIM: float("nan") if grey else 0,
            MetaKeys.SPACE: SpaceKeys.RAS,
            "kind": volume.kind,
            "modality": volume.modality,
            "acd_warnings": "\n".join(volume.warnings),
        }
        return volume.array[0] if grey else volume.array, meta
