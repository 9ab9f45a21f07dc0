"""Which CLIP models the backbone runner can open: every plain ViT CLIP of open_clip, and our own small one."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Mapping
from typing import Any

import open_clip

from acd_monai.errors import ConfigError
from acd_monai.networks.stem import PyramidStem

__all__ = ["ACTIVATIONS", "EMBEDDED", "build_clip", "list_architectures"]

ACTIVATIONS = ("gelu", "quick_gelu")

EMBEDDED: dict[str, Any] = {
    "embed_dim": 64,
    "vision_cfg": {
        "image_size": 112,
        "layers": 12,
        "width": 160,
        "head_width": 32,
        "mlp_ratio": 2.0,
        "patch_size": 7,
    },
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 12},
    "stem_widths": [24, 48, 96, 144],
}
"""The small CLIP that comes with the package: 7 million parameters, 14 MB as float16."""

_PLAIN_VISION = {"image_size", "layers", "width", "head_width", "mlp_ratio", "patch_size", "norm_kwargs", "act_kwargs"}
_PLAIN_TEXT = {"context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio", "norm_kwargs", "act_kwargs"}


def list_architectures() -> list[str]:
    """Return the names that :func:`build_clip` accepts, ``embedded`` first."""
    plain = [name for name in open_clip.list_models() if _why_not_plain(open_clip.get_model_config(name)) is None]
    return ["embedded", *sorted(plain)]


def build_clip(architecture: str | Mapping[str, Any], activation: str) -> open_clip.CLIP:
    """Build an open_clip model without weights (and without any download).

    Args:
        architecture: ``"embedded"``, a name of open_clip's list, or a config in open_clip's form with
            ``embed_dim``, ``vision_cfg`` and ``text_cfg``; also with ``stem_widths``, four numbers, a
            :class:`~acd_monai.networks.stem.PyramidStem` takes the place of the linear patch embedding.
        activation: ``"gelu"`` (exact) or ``"quick_gelu"``, for both towers. Weights do not reveal which one they
            were trained with, and published methods differ, so it has no default.

    Raises:
        ConfigError: unknown name, activation, or a model that is not a plain ViT CLIP.
    """
    if activation not in ACTIVATIONS:
        raise ConfigError(f"activation is {activation!r}; wanted one of {', '.join(ACTIVATIONS)}")
    config = _find_config(architecture)
    reason = _why_not_plain(config)
    if reason is not None:
        raise ConfigError(f"backbone {architecture!r} is not a plain ViT CLIP ({reason}); choose one of: embedded, …")
    clip = open_clip.CLIP(
        config["embed_dim"], config["vision_cfg"], config["text_cfg"], quick_gelu=activation == "quick_gelu"
    )
    if "stem_widths" in config:
        visual: Any = clip.visual
        visual.conv1 = PyramidStem(config["stem_widths"], visual.conv1.out_channels, visual.patch_size[0])
    return clip


def _find_config(architecture: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(architecture, Mapping):
        return copy.deepcopy(dict(architecture))
    if architecture == "embedded":
        return copy.deepcopy(EMBEDDED)
    config = open_clip.get_model_config(architecture)
    if config is None:
        near = difflib.get_close_matches(architecture, ["embedded", *open_clip.list_models()], n=3, cutoff=0.4)
        raise ConfigError(f"no backbone is called {architecture!r}; near it: {', '.join(near) or 'nothing'}")
    return copy.deepcopy(config)


def _why_not_plain(config: Mapping[str, Any]) -> str | None:
    """Say in a few words what the runner could not follow, or None."""
    missing = {"embed_dim", "vision_cfg", "text_cfg"} - set(config)
    if missing:
        return f"no {', '.join(sorted(missing))}"
    if config.get("custom_text") or config.get("multimodal_cfg"):
        return "custom text tower"
    if not isinstance(config["vision_cfg"].get("layers"), int):
        return "vision tower is not a ViT"
    odd = (set(config["vision_cfg"]) - _PLAIN_VISION) | (set(config["text_cfg"]) - _PLAIN_TEXT)
    return f"it sets {', '.join(sorted(odd))}" if odd else None
