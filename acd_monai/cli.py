"""The command line: composes config files and calls MONAI's bundle workflow; nothing is computed here.

Exit codes: 0 all done, 1 some cases failed or the run stopped on the way, 2 nothing could start, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import acd_monai
from acd_monai.errors import AcdMonaiError, CasesFailedError, ConfigError, RunStoppedError

__all__ = ["main"]

EXAMPLES = """examples:
  acd-monai infer STUDY_FOLDER --domain brain_mri -o maps
  acd-monai inspect STUDY_FOLDER
  acd-monai infer STUDY_FOLDER --domain auto --series "t1 mprage" -o maps
  acd-monai infer ct.nii.gz --domain liver_ct --plane axial -o maps
  acd-monai infer frames/*.png --domain industrial --noun "metal nut" -o maps
  acd-monai infer STUDY_FOLDER --domain brain_mri --backbone vit_l_14_336 \\
      --backbone-weights ViT-L-14-336px.pt --weights adapter_20.pth -o maps
  acd-monai import-weights adapter_20.pth -o acd_clip_n4.safetensors
Research use only, not for diagnosis."""

INSPECT_EXAMPLES = """what it prints:
  patient → study → series → volumes, with modality, body part, description, slices, spacing, plane and flags (tilted,
  uneven, 4-D, mosaic, localizer, reformat, derived); under each volume "read as volume NAME", or "not read: REASON", or
  "WILL FAIL as NAME: REASON" (its place in the patient cannot be known exactly). NAME is what its files are called.
  Names and IDs of patients are left out. Only headers are read; nothing is written.

examples:
  acd-monai inspect STUDY_FOLDER                        what is there, and which domain fits
  acd-monai inspect STUDY_FOLDER --domain liver_ct      what that domain reads of it, and why not the rest
  acd-monai inspect STUDY_FOLDER --series 5             what --series 5 means"""

SERIES_HELP = (
    "read just this DICOM series, whatever the domain wants: its SeriesInstanceUID, its number, or a part of its "
    "description (upper or lower case); `acd-monai inspect` shows them"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except AcdMonaiError as error:
        from acd_monai.bundle.terminal import one_line

        sys.stderr.write(one_line(error) + "\n")
        return 1 if isinstance(error, (CasesFailedError, RunStoppedError)) else 2
    except KeyboardInterrupt:
        sys.stderr.write("acd-monai: stopped by Ctrl-C; the same command does the rest\n")
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
    _add_infer(commands)
    _add_inspect(commands)
    for kind, text in (
        ("domains", "list what can be scanned: one MONAI bundle each"),
        ("methods", "list how it can be scored"),
        ("backbones", "list what it can be scored with"),
    ):
        listing = commands.add_parser(kind, help=text, description=f"{text.capitalize()}.")
        listing.set_defaults(run=_list, kind=kind)
    _add_weights(commands)
    return parser


def _add_infer(commands: Any) -> None:
    infer = commands.add_parser(
        "infer",
        help="write an anomaly map for every case found in files and folders",
        description="Write an anomaly map, a summary and a preview for every case found, and results.csv for the run. "
        "A DICOM study gives one case for each series that fits the domain (`acd-monai inspect` shows which, and why "
        "not the others), a volume file one, a picture one, a video one. Cases done before with the same settings are "
        "skipped: after a kill, a full disk or failed cases the same command does what is missing. Exit code: 0 all "
        "done, 1 some cases failed (results.csv says why) or the disk ran full on the way, 2 nothing could start.",
    )
    add = infer.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="INPUT",
        help="DICOM folder or file, .nii(.gz), .nrrd, .mha, picture or video; folders are searched",
    )
    add(
        "--domain",
        required=True,
        help="what was scanned; `acd-monai domains` lists them; auto: told by modality and body part (DICOM only)",
    )
    add("--series", metavar="UID|NUMBER|TEXT", help=SERIES_HELP)
    add("-o", "--output", required=True, metavar="OUT", help="folder for the results, made if missing")
    add("--method", help="how to score (default: acd_clip)")
    add("--backbone", help="what to score with (default: embedded)")
    add("--backbone-weights", metavar="FILE|TAG", help="CLIP weights: a local file, or a tag such as openai")
    add("--weights", metavar="FILE", help="the method's weights: the authors' .pth or this project's .safetensors")
    add("--n-groups", type=int, metavar="N", help="groups of ACD-CLIP (default: as the weights say)")
    add("--noun", help="what the images show, in words (default: the domain's)")
    add("--plane", help="axial, coronal, sagittal, acquisition or stored (default: the domain's)")
    add("--resample-uneven", action="store_true", help="resample DICOM series with uneven slice gaps to an even grid")
    add("--threshold", type=float, help="score in [0, 1] from which a voxel belongs to a finding (default: 0.5)")
    add("--fps", type=float, help="frames scored per second of a video (default: 1)")
    add("--batch-size", type=int, metavar="B", help="slices scored at once (default: 8)")
    add("--precision", help="fp32 (default), bf16 or fp16")
    add("--overwrite", action="store_true", default=None, help="do cases again that are done already")
    add("--device", help="cpu, cuda, cuda:1, … (default: cuda if there is one)")
    infer.set_defaults(run=_infer)


def _add_inspect(commands: Any) -> None:
    inspect = commands.add_parser(
        "inspect",
        help="show what is in files and folders, what would be read, and why not the rest",
        description="Show what is in files and folders, what `acd-monai infer` would read of it, and why not the rest.",
        epilog=INSPECT_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    inspect.add_argument("inputs", nargs="+", metavar="PATH", help="files and folders, as for `acd-monai infer`")
    inspect.add_argument("--domain", help="judge for this domain (default: the one that `--domain auto` would choose)")
    inspect.add_argument("--series", metavar="UID|NUMBER|TEXT", help=SERIES_HELP)
    inspect.set_defaults(run=_inspect)


def _add_weights(commands: Any) -> None:
    for name, text, run in (
        (
            "import-weights",
            "turn the authors' ACD-CLIP checkpoint (adapter_20.pth) into this project's format",
            _import,
        ),
        ("export-weights", "turn adapters of this project into the authors' format, bit for bit", _export),
    ):
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.add_argument("source", type=Path, metavar="FILE")
        command.add_argument("-o", "--output", type=Path, metavar="FILE", help="default: beside the source")
        command.set_defaults(run=run)


def _inspect(options: argparse.Namespace) -> None:
    from acd_monai.bundle import inspect_inputs

    sys.stdout.write(inspect_inputs(options.inputs, options.domain, options.series))


def _infer(options: argparse.Namespace) -> None:
    from acd_monai.bundle import AUTO, choose_and_say, compose, run_inference  # torch and MONAI take seconds to import

    given = {
        "dataset_dir": options.inputs,
        "output_dir": options.output,
        "series": options.series,
        "backbone_weights": options.backbone_weights,
        "weights": options.weights,
        "n_groups": options.n_groups,
        "noun": options.noun,
        "plane": options.plane,
        "resample_uneven": options.resample_uneven or None,
        "threshold": options.threshold,
        "fps": options.fps,
        "batch_size": options.batch_size,
        "precision": options.precision,
        "overwrite": options.overwrite,
        "device": _device(options.device),
    }
    domain = choose_and_say(options.inputs, options.series) if options.domain == AUTO else options.domain
    files = compose(domain, options.method, options.backbone)
    run_inference(files, {key: value for key, value in given.items() if value is not None})


def _device(name: str | None) -> Any:
    """Return a torch device that is there."""
    if name is None:
        return None
    import torch

    try:
        device = torch.device(name)
        torch.empty(1, device=device).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ConfigError(f"device {name!r} cannot be used here; wanted cpu, or cuda where there is a GPU") from error
    return device


def _list(options: argparse.Namespace) -> None:
    from acd_monai.bundle import BACKBONES, DOMAINS, METHODS

    catalogue = {"domains": DOMAINS, "methods": METHODS, "backbones": BACKBONES}[options.kind]
    width = max(len(name) for name in catalogue)
    for name in catalogue:
        sys.stdout.write(f"{name:{width}}  {_describe(options.kind, catalogue.find(name))}\n")


def _describe(kind: str, path: Path) -> str:
    """Say in one line what a config file stands for, read from the file itself."""
    config = json.loads(path.read_text(encoding="utf-8"))
    if kind == "domains":
        modality = " or ".join(config["modalities"]) or "any"
        return f"modality {modality}; plane {config['plane']}; noun '{config['noun']}'; bundle {path.parents[1]}"
    if kind == "backbones":
        weights = config["backbone_weights"] or "none (seeded, untrained)"
        return f"{config['architecture']} at {config['image_size']} pixels; weights: {weights}; {path}"
    return f"{config['network']['_target_'].rsplit('.', 1)[-1]}, activation {config['activation']}; {path}"


def _import(options: argparse.Namespace) -> None:
    from acd_monai.networks.checkpoints import read_adapters, write_adapters
    from acd_monai.reports import written_whole

    output = options.output or options.source.with_suffix(".safetensors")
    adapters = read_adapters(options.source)
    with written_whole(output) as part:
        write_adapters(part, adapters.state, {**adapters.notes, "imported_from_sha256": adapters.provenance.sha256})
    sizes = adapters.sizes
    sys.stdout.write(
        f"{output}: ACD-CLIP adapters, N {sizes.n_groups}, kernels {'+'.join(map(str, sizes.kernels))}, "
        f"rank {sizes.rank}, convolution channels {sizes.channels}, text rank {sizes.text_rank}\n"
    )


def _export(options: argparse.Namespace) -> None:
    from acd_monai.networks.checkpoints import export_official, read_adapters
    from acd_monai.reports import written_whole

    output = options.output or options.source.with_suffix(".pth")
    if output.suffix != ".pth":
        raise ConfigError(f"the authors' format is to be written to {output}; wanted a name that ends in .pth")
    if output.exists() and output.samefile(options.source):
        raise ConfigError(f"{output} is the source itself; wanted another name with -o")
    with written_whole(output) as part:
        export_official(read_adapters(options.source), part)
    sys.stdout.write(f"{output}: the authors' format\n")
