"""Say where the top finding of a run is, in millimetres, and how far that is from the lesion of a phantom study."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

from acd_monai.reports.report_text import place


def main() -> None:
    """Read the command line and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("truth", type=Path, help="written by make_phantom_study.py --truth")
    parser.add_argument("maps", type=Path, help="output folder of a run on that study alone")
    options = parser.parse_args()
    truth = json.loads(options.truth.read_text(encoding="utf-8"))
    summaries = sorted(options.maps.rglob("*_summary.json"))
    if len(summaries) != 1:
        sys.exit(f"{options.maps} holds {len(summaries)} summaries; wanted the run of one study")
    summary = json.loads(summaries[0].read_text(encoding="utf-8"))
    centre, radius = truth["centre_mm"], truth["radius_mm"]
    lesion = f"the lesion, centre at {place(centre)} mm, radius {radius:.0f} mm"
    if not summary["components"]:
        sys.exit(f"   nothing reached the threshold {summary['threshold']}; missed {lesion}")
    top = summary["components"][0]
    apart = math.dist(top["peak_mm"], centre)
    verdict = "inside" if apart <= radius else "outside"
    sys.stdout.write(
        f"   the top finding's peak, {top['peak']:.2f}, is at {place(top['peak_mm'])} mm: "
        f"{apart:.0f} mm from the centre of {lesion}; {verdict} that radius\n"
    )


if __name__ == "__main__":
    main()
