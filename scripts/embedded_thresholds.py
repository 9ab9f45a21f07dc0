"""Find the thresholds that come with the embedded model, on healthy phantoms that no training saw.

Runs `acd-monai calibrate` for each medical domain; a healthy volume may have 1 mL above the threshold on average, a
healthy picture half a percent of its area.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from acd_monai.cli import main as acd_monai
from acd_monai.data.synthetic import (
    make_abdominal_ct,
    make_colonoscopy,
    make_head_mri,
    make_retina_oct,
    write_nifti,
)
from acd_monai.networks.shipped import ADAPTERS_FILE, FOLDER

SEED = 2**30
"""Of the first phantom; the model card's tests have seeds from 2**31 on."""


def main() -> None:
    """Read the command line and calibrate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--output", type=Path, default=(FOLDER / ADAPTERS_FILE).with_suffix(".thresholds.json"), help="%(default)s")
    add("--volumes", type=int, default=16, help="of each kind (default: %(default)s)")
    add("--pictures", type=int, default=60, help="of each kind (default: %(default)s)")
    options = parser.parse_args()
    kinds: dict[str, tuple[Callable[[Path, int], None], int, str]] = {
        "brain_mri": (_write_head, options.volumes, "1"),
        "liver_ct": (_write_abdomen, options.volumes, "1"),
        "retina_oct": (_write_retina, options.pictures, "0.5"),
        "colonoscopy": (_write_colon, options.pictures, "0.5"),
    }
    with tempfile.TemporaryDirectory() as folder:
        for domain, (write, count, budget) in kinds.items():
            normals = Path(folder) / domain
            normals.mkdir()
            for index in range(count):
                write(normals, SEED + index)
            arguments = [str(normals), "--domain", domain, "--fp-budget", budget, "-o", str(options.output)]
            if acd_monai(["calibrate", *arguments]) != 0:
                sys.exit(1)


def _write_head(folder: Path, seed: int) -> None:
    head = make_head_mri(seed, lesions=0, stripped=seed % 2 == 0)
    write_nifti(head.volume, head.affine, folder / f"{seed}.nii.gz")


def _write_abdomen(folder: Path, seed: int) -> None:
    abdomen = make_abdominal_ct(seed, lesions=0)
    write_nifti(abdomen.volume, abdomen.affine, folder / f"{seed}.nii.gz")


def _write_retina(folder: Path, seed: int) -> None:
    _write_picture(make_retina_oct(seed, abnormal=False).image, folder, seed)


def _write_colon(folder: Path, seed: int) -> None:
    _write_picture(make_colonoscopy(seed, polyp=False).image, folder, seed)


def _write_picture(image: np.ndarray, folder: Path, seed: int) -> None:
    Image.fromarray(image).save(folder / f"{seed}.png")


if __name__ == "__main__":
    main()
