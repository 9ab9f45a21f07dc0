"""The command line: composes config files and calls MONAI's bundle workflow; nothing is computed here.

Exit codes: 0 all done, 1 some cases failed or the run stopped on the way, 2 nothing could start, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import acd_monai
from acd_monai.commands import (
    add_calibrate,
    add_compare,
    add_compare_methods,
    add_evaluate,
    add_infer,
    add_inspect,
    add_listings,
    add_prepare,
    add_train,
    add_weights,
)
from acd_monai.errors import AcdMonaiError, CasesFailedError, RunStoppedError, TrainingStoppedError

__all__ = ["main"]

EXAMPLES = """examples:
  acd-monai infer STUDY_FOLDER --domain brain_mri -o maps
  acd-monai inspect STUDY_FOLDER
  acd-monai infer STUDY_FOLDER --domain auto --series "t1 mprage" -o maps
  acd-monai infer ct.nii.gz --domain liver_ct --plane axial -o maps
  acd-monai infer frames/*.png --domain industrial --noun "metal nut" -o maps
  acd-monai infer STUDY_FOLDER --domain brain_mri --backbone vit_l_14_336 \\
      --backbone-weights ViT-L-14-336px.pt --weights adapter_20.pth -o maps
  acd-monai train industrial --data VISA --dataset visa --backbone vit_l_14_336 -o runs/visa
  acd-monai evaluate bmad_brain --data BMAD --backbone vit_l_14_336 --weights adapter_20.pth -o runs/brain
  acd-monai import-weights adapter_20.pth -o acd_clip_n4.safetensors
Research use only, not for diagnosis."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except AcdMonaiError as error:
        from acd_monai.bundle.terminal import one_line

        sys.stderr.write(one_line(error) + "\n")
        return 1 if isinstance(error, (CasesFailedError, RunStoppedError, TrainingStoppedError)) else 2
    except KeyboardInterrupt:
        rest = "does the rest" if getattr(options, "goes_on", False) else "begins anew"
        sys.stderr.write(f"acd-monai: stopped by Ctrl-C; the same command {rest}\n")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acd-monai",
        description="Find what looks wrong in medical images without a training example of it.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"acd_monai {acd_monai.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        add_infer,
        add_inspect,
        add_train,
        add_evaluate,
        add_compare_methods,
        add_compare,
        add_calibrate,
        add_prepare,
        add_listings,
        add_weights,
    ):
        add(commands)
    return parser
