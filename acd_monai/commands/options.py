"""Options that several commands share, and the config values they become."""

from __future__ import annotations

import argparse
from typing import Any

from acd_monai.errors import ConfigError

__all__ = [
    "THRESHOLDS_HELP",
    "THRESHOLD_HELP",
    "add_backbone_options",
    "add_method_options",
    "add_model_options",
    "add_running_options",
    "given",
    "method_settings",
]

THRESHOLD_HELP = (
    "score in [0, 1] from which a voxel belongs to a finding (default: the one `acd-monai calibrate` stored beside "
    "--weights, else 0.5)"
)
REFERENCES_HELP = (
    "win_clip: normal pictures to compare with, the few-shot form; a data set of several classes wants FOLDER/CLASS/ "
    "for each of them"
)
THRESHOLDS_HELP = "file of `acd-monai calibrate`, where it does not lie beside --weights"


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add what is scored with: method, backbone, weights."""
    add = parser.add_argument
    add("--method", help="how to score (default: acd_clip)")
    add_backbone_options(parser)
    add("--weights", metavar="FILE", help="the method's weights: the authors' .pth or this project's .safetensors")
    add_method_options(parser)


def add_method_options(parser: argparse.ArgumentParser) -> None:
    """Add what only some methods have; config keys of the same names."""
    add = parser.add_argument_group(
        "options of methods", "Those of another method are refused. Defaults: the authors'; docs/methods.md says which."
    ).add_argument
    yes_or_no = argparse.BooleanOptionalAction
    options = [
        add("--n-groups", type=int, metavar="N", help="acd_clip: groups of blocks (default: as the weights say)"),
        add("--levels", type=int, nargs="+", metavar="DEPTH", help="anomaly_clip: blocks after which patches are read"),
        add("--dual-blocks", type=int, metavar="N", help="anomaly_clip: last blocks with the value-value path"),
        add("--temperature", type=float, metavar="T", help="anomaly_clip, win_clip: what cosines are divided by"),
        add("--sigma", type=float, help="anomaly_clip, ada_clip, clip_ad: pixels of the Gaussian over the map"),
        add("--fusion", action=yes_or_no, help="ada_clip: mix the most abnormal patches into the image score"),
        add("--clusters", type=int, metavar="K", help="ada_clip: of these patches"),
        add("--mode", help="win_clip: paper or compatibility"),
        add("--references", metavar="FOLDER", help=REFERENCES_HELP),
        add("--variant", help="clip_ad: sdp or sdp_plus (default: sdp_plus with weights and for training)"),
        add("--text-mode", help="clip_ad: dbscan or mean"),
        add("--dbscan", type=float, nargs=2, metavar=("EPS", "N"), help="clip_ad: radius and neighbours of a cluster"),
        add("--prompt-set", help="clip: single or ensemble"),
    ]
    parser.set_defaults(method_options=[option.dest for option in options])


def method_settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the config values of the options of methods that a user gave, whatever the method."""
    values = {name: getattr(options, name) for name in options.method_options}
    return {name: value for name, value in values.items() if value is not None}


def add_backbone_options(parser: argparse.ArgumentParser) -> None:
    """Add the CLIP model."""
    add = parser.add_argument
    add("--backbone", help="what to score with (default: embedded)")
    add("--backbone-weights", metavar="FILE|TAG", help="CLIP weights: a local file, or a tag such as openai")


def add_running_options(parser: argparse.ArgumentParser) -> None:
    """Add how it is run: batch size, precision, device."""
    add = parser.add_argument
    add("--batch-size", type=int, metavar="B", help="images or slices scored at once (default: 8)")
    add("--precision", help="fp32 (default), bf16 or fp16")
    add("--device", help="cpu, cuda, cuda:1, … (default: cuda if there is one)")


def given(options: argparse.Namespace, *names: str, **values: Any) -> dict[str, Any]:
    """Return the config values a user gave: of the options called ``names``, the shared ones, and ``values``.

    Raises:
        ConfigError: a device that is not there, or an option that ``--method`` does not have.
    """
    shared = ("backbone_weights", "weights", "batch_size", "precision")
    settings = {name: getattr(options, name, None) for name in (*names, *shared)}
    settings.update(values, device=_device(options.device))
    if "method" in options:
        from acd_monai.bundle.method_options import share_options

        settings.update(share_options(method_settings(options), [options.method])[options.method])
    return {name: value for name, value in settings.items() if value is not None}


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
