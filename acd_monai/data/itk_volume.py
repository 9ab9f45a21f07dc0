"""NRRD and MetaImage (``.nrrd``, ``.mha``, ``.mhd``) to :class:`Volume`, through SimpleITK; LPS becomes RAS."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import SimpleITK

from acd_monai.data.affine import LPS_TO_RAS, MAX_VOXELS, check_affine, shear_warning
from acd_monai.data.deflate import unpacked_limit
from acd_monai.data.volume import Volume
from acd_monai.errors import InputError

__all__ = ["read_itk_volume"]

_HEADER_BYTES = 65_536
_DETACHED_NRRD = re.compile(rb"^data ?file\s*:", re.IGNORECASE | re.MULTILINE)
_META_DATA_FILE = re.compile(rb"^ElementDataFile\s*=\s*(.+?)\s*$", re.IGNORECASE | re.MULTILINE)


def read_itk_volume(path: str | Path) -> Volume:
    """Read a 2-D or 3-D image.

    Args:
        path: ``.nrrd``, ``.mha`` or ``.mhd``.

    Returns:
        The volume; a 2-D image becomes one slice; 8-bit RGB becomes three channels in [0, 1].

    Raises:
        InputError: not readable, cut off, 4-D, or of a pixel type that is not read.
        GeometryError: no usable affine.
    """
    path = Path(path)
    stored = _stored_bytes(path)
    reader = SimpleITK.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
        _check(reader, path, stored)
        image = reader.Execute()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].replace(str(path), path.name)[:160]
        raise InputError(f"{path.name}: cannot be read ({reason}). Copy or convert it again.") from error
    if image.GetDimension() == 2:
        image = SimpleITK.JoinSeries(image)
    array = SimpleITK.GetArrayFromImage(image)  # (K, J, I) or (K, J, I, C)
    lps = np.eye(4)
    lps[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.asarray(image.GetSpacing())
    lps[:3, 3] = image.GetOrigin()
    affine = LPS_TO_RAS @ lps
    check_affine(affine, path.name)
    warnings = [line] if (line := shear_warning(affine)) else []
    if array.ndim == 4:
        rgb = array.transpose(3, 2, 1, 0).astype(np.float32) / np.float32(255)
        return Volume(np.ascontiguousarray(rgb), affine, "volume", "", tuple(warnings))
    grey = np.ascontiguousarray(array.transpose(2, 1, 0)[None], dtype=np.float32)
    bad = ~np.isfinite(grey)
    if bad.any():
        warnings.append(f"{int(bad.sum())} voxels were NaN or infinite and were set to 0")
        grey[bad] = 0.0
    return Volume(grey, affine, "volume", "", tuple(warnings))


def _stored_bytes(path: Path) -> int:
    """Return the size of the file that holds the voxels."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            head = stream.read(_HEADER_BYTES)
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read ({error.strerror}). Check the path.") from error
    if not size:
        raise InputError(f"{path.name}: the file is empty (0 bytes); an image is needed. Copy it again.")
    if path.suffix.lower() == ".nrrd":
        header = head.replace(b"\r", b"").split(b"\n\n", 1)[0]
        _check_is_text(header, path)
        if _DETACHED_NRRD.search(header):
            raise InputError(f"{path.name}: an NRRD header with detached data is not read. Save it as one .nrrd file.")
        return size
    match = _META_DATA_FILE.search(head)
    if match is None:
        raise InputError(f"{path.name}: the header names no ElementDataFile; it is damaged. Copy or convert it again.")
    _check_is_text(head[: match.end()], path)
    target = match.group(1).decode()
    if target.upper() == "LOCAL":
        return size
    data = path.parent / target
    if target.upper().startswith("LIST") or "%" in target or Path(target).name != target or not data.is_file():
        raise InputError(
            f"{path.name}: its data file {target!r} is not one file beside it. Put it there, or save as one .mha file."
        )
    return data.stat().st_size


def _check_is_text(header: bytes, path: Path) -> None:
    """Refuse a header with bytes that no writer puts there: the native reader crashes on some of them."""
    try:
        odd = any(ord(letter) < 32 and letter not in "\t\r\n" for letter in header.decode())
    except UnicodeDecodeError:
        odd = True
    if odd:
        raise InputError(f"{path.name}: the header is damaged (it is not text). Copy or convert it again.")


def _check(reader: SimpleITK.ImageFileReader, path: Path, stored: int) -> None:
    """Refuse by name what is not read, and headers that declare more than the file can hold."""
    shape = [int(n) for n in reader.GetSize()]
    if len(shape) not in (2, 3):
        raise InputError(f"{path.name}: {len(shape)} dimensions ({shape}); 2 or 3 are read. Split it into volumes.")
    components, pixel_type = reader.GetNumberOfComponents(), reader.GetPixelID()
    name = SimpleITK.GetPixelIDValueAsString(pixel_type)
    if components not in (1, 3) or (components == 3 and pixel_type != SimpleITK.sitkVectorUInt8) or "complex" in name:
        raise InputError(
            f"{path.name}: {components} components of {name}; grey or 8-bit RGB voxels are read. Convert the file."
        )
    voxels = int(np.prod([float(n) for n in shape]))
    if voxels > MAX_VOXELS or voxels * components > unpacked_limit(stored):
        raise InputError(
            f"{path.name}: the header declares {' x '.join(map(str, shape))} voxels, more than its {stored} bytes can "
            f"hold or than {MAX_VOXELS}. Copy it again, or crop it."
        )
