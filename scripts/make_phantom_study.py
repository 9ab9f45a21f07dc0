"""Write a synthetic head MRI with one lesion as a DICOM study: for demonstrations, not a patient."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from acd_monai.data.synthetic import make_head_mri, write_mr_series


def main() -> None:
    """Read the command line and write the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the DICOM files go; must not hold files yet")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another head (default: 0)")
    options = parser.parse_args()
    if options.folder.exists() and any(options.folder.iterdir()):
        sys.exit(f"{options.folder} already holds files; choose an empty or a new folder")
    head = make_head_mri(options.seed)
    files = write_mr_series(head.volume, head.affine, options.folder)
    x, y, z = head.lesions[0].centre_mm
    sys.stdout.write(
        f"   {len(files)} slices of {head.volume.shape[0]}×{head.volume.shape[1]}; "
        f"the lesion is at R {x:.0f} A {y:.0f} S {z:.0f} mm\n"
    )


if __name__ == "__main__":
    main()
