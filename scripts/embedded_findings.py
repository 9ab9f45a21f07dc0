"""Count in how many phantom studies the embedded model's top finding is the lesion: the demonstration, many times.

Each study is one head with one lesion; infer runs with the threshold that comes with the model. "Found" is a peak of
the top finding within the lesion's radius of its centre, "elsewhere" any other, "nothing" no finding at all.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections import Counter
from pathlib import Path

from acd_monai.cli import main as acd_monai
from acd_monai.data.synthetic import MR_CONTRASTS, make_head_mri, write_mr_series


def main() -> None:
    """Read the command line, run and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--studies", type=int, default=12, help="with seeds from 0 (default: %(default)s)")
    add("--contrast", choices=MR_CONTRASTS, default="flair", help="default: %(default)s, the demonstration's")
    add("--radius", type=float, default=22.0, help="of the lesion's core, millimetres (default: %(default)s)")
    add("--whole-head", action="store_true", help="skull, face and neck too, not the brain alone")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.studies):
            study, maps = Path(folder) / f"study{seed}", Path(folder) / f"maps{seed}"
            head = make_head_mri(
                seed, lesion_radius_mm=options.radius, contrast=options.contrast, stripped=not options.whole_head
            )
            write_mr_series(head.volume, head.affine, study)
            command = ["infer", str(study), "--domain", "brain_mri", "-o", str(maps), "--outputs", "summary"]
            if acd_monai(command) != 0:
                sys.exit(1)
            summary = json.loads(next(maps.rglob("*_summary.json")).read_text(encoding="utf-8"))
            lesion, verdict = head.lesions[0], "nothing"
            if summary["components"]:
                apart = math.dist(summary["components"][0]["peak_mm"], lesion.centre_mm)
                verdict = "found" if apart <= lesion.radius_mm else "elsewhere"
            counts[verdict] += 1
            sys.stdout.write(f"seed {seed}: {verdict}\n")
    sys.stdout.write(", ".join(f"{name} {counts[name]}" for name in ("found", "elsewhere", "nothing")) + "\n")


if __name__ == "__main__":
    main()
