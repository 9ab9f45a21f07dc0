"""Write a synthetic scan with one lesion as a DICOM study: for demonstrations, not a patient."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from acd_monai.data.synthetic import make_abdominal_ct, make_head_mri, write_ct_series, write_mr_series
from acd_monai.reports.report_text import place


def main() -> None:
    """Read the command line and write the study."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the DICOM files go; must not hold files yet")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another body (default: 0)")
    parser.add_argument("--kind", choices=("head", "abdomen"), default="head", help="MR of a head or CT of an abdomen")
    parser.add_argument("--truth", type=Path, help="also write where the lesion is, as JSON, to this file")
    options = parser.parse_args()
    if options.folder.exists() and any(options.folder.iterdir()):
        sys.exit(f"{options.folder} already holds files; choose an empty or a new folder")
    if options.kind == "head":
        head = make_head_mri(options.seed, lesion_radius_mm=22.0, contrast="flair", stripped=True)
        files = write_mr_series(head.volume, head.affine, options.folder)
        shape, lesion = head.volume.shape, head.lesions[0]
    else:
        abdomen = make_abdominal_ct(options.seed, lesion_radius_mm=16.0, phase="portal")
        files = write_ct_series(abdomen.volume, abdomen.affine, options.folder)
        shape, lesion = abdomen.volume.shape, abdomen.lesions[0]
    if options.truth:
        options.truth.write_text(json.dumps(lesion._asdict(), indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(
        f"   {len(files)} slices of {shape[0]}×{shape[1]}; the lesion is at {place(lesion.centre_mm)} mm, "
        f"radius {lesion.radius_mm:.0f} mm\n"
    )


if __name__ == "__main__":
    main()
