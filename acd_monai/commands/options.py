"""Options that several commands share, and the config values they become."""

from __future__ import annotations

import argparse
from typing import Any

from acd_monai.errors import ConfigError

__all__ = [
    "THRESHOLDS_HELP",
    "THRESHOLD_HELP",
    "add_backbone_options",
    "add_model_options",
    "add_running_options",
    "given",
]

THRESHOLD_HELP = (
    "score in [0, 1] from which a voxel belongs to a finding (default: the one `acd-monai calibrate` stored beside "
    "--weights, else 0.5)"
)
THRESHOLDS_HELP = "file of `acd-monai calibrate`, where it does not lie beside --weights"


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add what is scored with: method, backbone, weights."""
    add = parser.add_argument
    add("--method", help="how to score (default: acd_clip)")
    add_backbone_options(parser)
    add("--weights", metavar="FILE", help="the method's weights: the authors' .pth or this project's .safetensors")
    add("--n-groups", type=int, metavar="N", help="groups of ACD-CLIP (default: as the weights say)")


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
        ConfigError: a device that is not there.
    """
    shared = ("backbone_weights", "weights", "n_groups", "batch_size", "precision")
    settings = {name: getattr(options, name, None) for name in (*names, *shared)}
    settings.update(values, device=_device(options.device))
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
