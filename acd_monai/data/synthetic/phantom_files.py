"""A phantom's volumes as NIfTI files."""

from __future__ import annotations

import os
from pathlib import Path

import nibabel as nib
import numpy as np

from acd_monai.errors import InputError, OutputError

__all__ = ["write_nifti"]


def write_nifti(volume: np.ndarray, affine: np.ndarray, path: Path | str) -> Path:
    """Write a volume or a mask as NIfTI; the file appears whole or not at all.

    Args:
        volume: ``(I, J, K)``; masks are stored as uint8, all else as float32.
        affine: ``(4, 4)``, voxel index to RAS+ millimetres, stored as sform and, rounded, as qform.
        path: ends in ``.nii`` or ``.nii.gz``; its folder is made when missing.

    Raises:
        InputError: the volume has not three axes, or the name another ending.
        OutputError: the file cannot be written.
    """
    path = Path(path)
    ending = next((end for end in (".nii", ".nii.gz") if path.name.endswith(end)), None)
    if volume.ndim != 3 or ending is None:
        raise InputError(f"{path.name} with shape {volume.shape}; expected (I, J, K) and a name in .nii or .nii.gz.")
    image = nib.Nifti1Image(volume.astype(np.uint8 if volume.dtype == bool else np.float32), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    image.header.set_xyzt_units("mm")
    part = path.with_name(f".tmp-{os.getpid()}{ending}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        nib.save(image, part)
        os.replace(part, path)
    except OSError as error:
        raise OutputError(f"could not write {path}: {error.strerror or error}. Choose another folder.") from error
    finally:
        part.unlink(missing_ok=True)
    return path
