"""NIfTI to :class:`Volume`, with nibabel directly: sform before qform, nothing re-derived from pixdim behind it."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from acd_monai.data.affine import MAX_VOXELS, check_affine, shear_warning
from acd_monai.data.deflate import unpacked_limit
from acd_monai.data.volume import Volume
from acd_monai.errors import GeometryError, InputError

__all__ = ["count_nifti_volumes", "read_nifti"]

MAX_FORM_DIFFERENCE = 0.1
"""How far, in mm, sform and qform may place a corner voxel apart without a warning."""

_UNITS = {1: "metres", 3: "micrometres"}


def count_nifti_volumes(path: str | Path) -> int:
    """Count the volumes of a NIfTI file from its header alone.

    Args:
        path: ``.nii`` or ``.nii.gz``.

    Returns:
        1 for 2-D and 3-D, the number of time points for 4-D.

    Raises:
        InputError: the header cannot be read, declares more than the file holds, or has more than four dimensions.
    """
    path = Path(path)
    image = _open(path)
    shape = _shape(image, path)
    _check_size(image, shape, path)
    return shape[3] if len(shape) == 4 else 1


def read_nifti(path: str | Path, volume: int | None = None) -> Volume:
    """Read one 3-D volume of a NIfTI file.

    Args:
        path: ``.nii`` or ``.nii.gz``.
        volume: 0-based number of the volume, needed for 4-D.

    Returns:
        The volume in the file's own voxel order; a 2-D image becomes one slice; RGB becomes three channels in [0, 1].

    Raises:
        InputError: not NIfTI, cut off, of five dimensions, complex, or 4-D without ``volume``.
        GeometryError: no usable affine.
    """
    path = Path(path)
    image = _open(path)
    shape = _shape(image, path)
    _check_size(image, shape, path)
    count = shape[3] if len(shape) == 4 else 1
    if volume is None and count > 1:
        raise InputError(
            f"{path.name}: {count} volumes (4-D, {' x '.join(map(str, shape))}); one is needed. "
            f"Choose with {path.name}#volume=0 to #volume={count - 1}."
        )
    if not 0 <= (volume or 0) < count:
        raise InputError(f"{path.name}: no volume {volume}; there are {count}, numbered from 0. Choose one of these.")
    affine, warnings = _affine(image.header, shape, path)
    array = _pixels(image, (volume or 0) if len(shape) == 4 else None, path)
    array, pixel_warnings = _channels_first(array, path)
    return Volume(array, affine, "volume", "", (*warnings, *pixel_warnings))


def _open(path: Path) -> Any:
    """Open a file without reading its voxels."""
    try:
        if not path.stat().st_size:
            raise InputError(f"{path.name}: the file is empty (0 bytes); a NIfTI file is needed. Copy it again.")
        image = nibabel.load(path)
    except InputError:
        raise
    except (ImageFileError, HeaderDataError, OSError, EOFError, ValueError, OverflowError, zlib.error) as error:
        raise InputError(
            f"{path.name}: not a readable NIfTI file ({_first_line(error, path)}). Copy or convert it again."
        ) from error
    if not isinstance(image, nibabel.Nifti1Image):  # Nifti2Image is one, too
        raise InputError(f"{path.name}: {type(image).__name__} inside, NIfTI wanted. Convert it to NIfTI.")
    return image


def _shape(image: Any, path: Path) -> tuple[int, ...]:
    """Return the shape without trailing ones, of at least three dimensions."""
    shape = [int(n) for n in image.shape]
    if not shape or min(shape) < 1:
        raise InputError(f"{path.name}: dimensions {shape}; positive ones are needed. The header is damaged.")
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    if len(shape) > 4:
        raise InputError(
            f"{path.name}: {len(shape)} dimensions ({' x '.join(map(str, shape))}); 2, 3 or 4 are read. "
            "Split the file into volumes."
        )
    return tuple(shape + [1] * (3 - len(shape)))


def _check_size(image: Any, shape: tuple[int, ...], path: Path) -> None:
    """Hold what the header declares against the file, before anything is allocated."""
    voxels = int(np.prod([float(n) for n in shape[:3]]))
    if voxels > MAX_VOXELS:
        raise InputError(f"{path.name}: {voxels} voxels in one volume; at most {MAX_VOXELS} are read. Crop it.")
    total = int(np.prod([float(n) for n in shape])) * image.header.get_data_dtype().itemsize
    total += int(image.dataobj.offset)
    stored = path.stat().st_size
    limit = unpacked_limit(stored) if path.name.lower().endswith(".gz") else stored
    if total > limit:
        raise InputError(
            f"{path.name}: the header declares {' x '.join(map(str, shape))} voxels ({total} bytes), but the file "
            f"has only {stored}; it is cut off or its header is wrong. Copy it again."
        )


def _affine(header: Any, shape: tuple[int, ...], path: Path) -> tuple[np.ndarray, list[str]]:
    """Return sform, else qform, else scaled by pixdim, and what to say about it."""
    warnings = []
    sform = header.get_sform(coded=True)[0]
    try:
        qform = header.get_qform(coded=True)[0]
    except (HeaderDataError, ValueError) as error:
        if sform is None:
            raise GeometryError(
                f"{path.name}: no sform and a qform that is damaged ({error}). Repair the header."
            ) from error
        qform = None
    if sform is not None:
        affine = sform
        if qform is not None and np.isfinite(sform).all() and np.isfinite(qform).all():
            corners = np.array([[i, j, k, 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=np.float64)
            corners[:, :3] *= np.array(shape[:3]) - 1
            apart = np.linalg.norm((corners @ (sform - qform).T)[:, :3], axis=1).max()
            if apart > MAX_FORM_DIFFERENCE:
                warnings.append(f"sform and qform differ by up to {apart:.2f} mm; the sform is used")
    elif qform is not None:
        affine = qform
    else:
        affine = header.get_base_affine()
        warnings.append("neither sform nor qform is set: position and orientation are guessed from the voxel size")
    affine = np.asarray(affine, dtype=np.float64)
    check_affine(affine, path.name)
    if shear := shear_warning(affine):
        warnings.append(shear)
    unit = int(header["xyzt_units"]) & 7
    if unit in _UNITS:
        warnings.append(f"the header gives lengths in {_UNITS[unit]}; they are taken as mm, as most programs do")
    return affine, warnings


def _pixels(image: Any, volume: int | None, path: Path) -> np.ndarray:
    """Read one volume as stored, scaled by the header's slope and intercept."""
    try:
        data = image.dataobj if volume is None else image.dataobj[:, :, :, volume]
        array = np.asanyarray(data)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise InputError(f"{path.name}: cut off or damaged ({_first_line(error, path)}). Copy it again.") from error
    return array.reshape([*array.shape, 1, 1][:3]) if array.ndim < 3 else array.reshape(array.shape[:3])


def _channels_first(array: np.ndarray, path: Path) -> tuple[np.ndarray, list[str]]:
    """Turn ``(I, J, K)`` of any type into float32 ``(C, I, J, K)`` without NaN."""
    if array.dtype.names:
        names = tuple(name.upper() for name in array.dtype.names)
        fields = [array[name] for name in array.dtype.names[:3]]
        if names[:3] != ("R", "G", "B") or any(f.dtype != np.uint8 for f in fields):
            raise InputError(
                f"{path.name}: voxels of {array.dtype}; grey or 8-bit RGB ones are read. Convert the file."
            )
        rgb = np.stack(fields).astype(np.float32) / np.float32(255)
        return rgb, ["alpha channel dropped"] if "A" in names and (array[array.dtype.names[3]] < 255).any() else []
    if np.iscomplexobj(array):
        raise InputError(f"{path.name}: complex voxels; real ones are read. Save the magnitude and give that.")
    with np.errstate(over="ignore"):
        grey = np.array(array, dtype=np.float32)[None]
    bad = ~np.isfinite(grey)
    count = int(bad.sum())
    if not count:
        return grey, []
    grey[bad] = 0.0
    return grey, [f"{count} voxels were NaN or infinite and were set to 0"]


def _first_line(error: Exception, path: Path) -> str:
    """Shorten a library's message to one line that does not repeat the path."""
    line = (str(error).strip().splitlines() or [""])[0].replace(str(path), path.name)
    return line[:160] or type(error).__name__
