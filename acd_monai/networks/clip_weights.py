"""Where CLIP's weights come from: a tag that open_clip can download, a local file, or nowhere (seeded, untrained)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip import pretrained
from torch import Tensor, nn

from acd_monai.errors import WeightsError
from acd_monai.networks.seeding import seed_by_name
from acd_monai.networks.shipped import SHIPPED_TAG, shipped_clip
from acd_monai.networks.weights import (
    Provenance,
    load_strictly,
    read_checkpoint,
    sha256_of_file,
    sha256_of_tensors,
)

__all__ = ["fetch_weights", "load_clip"]

_NOT_WEIGHTS = ("input_resolution", "context_length", "vocab_size")


def load_clip(clip: open_clip.CLIP, architecture: str, weights: str | Path | None) -> Provenance:
    """Fill an open_clip model in place, as float32.

    Args:
        clip: the model; its position embedding takes the square grid of the file.
        architecture: its name, for tags and messages.
        weights: a tag, the path of a file, or None: seeded by name, untrained.

    Raises:
        WeightsError: missing, unreadable, or not this architecture's.
    """
    if weights is None:
        seed_by_name(clip, "clip.")
        return Provenance("seeded by name, untrained", sha256_of_tensors(clip.state_dict()), trained=False)
    path = Path(weights).expanduser()
    is_tag = not path.exists() and len(path.parts) == 1 and not path.suffix
    if is_tag:
        path = fetch_weights(architecture, str(weights))
    content = read_checkpoint(path)
    content = content.get("state_dict", content)
    state = {
        name.removeprefix("module."): value.float()
        for name, value in content.items()
        if isinstance(value, Tensor) and name not in _NOT_WEIGHTS
    }
    _take_native_grid(clip, state)
    load_strictly(clip, state, f"{path.name} does not fit backbone {architecture}")
    return Provenance(str(weights) if is_tag else path.name, sha256_of_file(path), trained=True)


def fetch_weights(architecture: str, tag: str) -> Path:
    """Return the local file of a published checkpoint, downloaded by open_clip unless it is there already.

    The small CLIP's only tag is :data:`~acd_monai.networks.shipped.SHIPPED_TAG`: it comes with the package.

    Raises:
        WeightsError: the tag is unknown, or it cannot be downloaded; the message says which file to put where.
    """
    own_tags = [SHIPPED_TAG] if architecture == "embedded" else []
    if tag in own_tags:
        return shipped_clip()
    config = pretrained.get_pretrained_cfg(architecture, tag)
    if not config:
        known = own_tags or pretrained.list_pretrained_tags_by_model(architecture)
        tags = ", ".join(known) or "none for this architecture"
        raise WeightsError(
            f"backbone weights {tag!r} are neither a file nor a tag of {architecture}; "
            f"wanted the path of a local file, or a tag: {tags}"
        )
    url = config.get("url", "")
    local = Path("~/.cache/clip").expanduser() / Path(url).name
    if url and local.is_file():
        _check_published_hash(local, url)
        return local
    try:
        return Path(pretrained.download_pretrained(config, prefer_hf_hub=not url))
    except (OSError, RuntimeError) as error:
        fetch = f"{url} to {local}" if url else f"{config['hf_hub']} from the Hugging Face hub"
        raise WeightsError(
            f"cannot download weights {tag!r} of {architecture} ({type(error).__name__}); where there is a network, "
            f"fetch {fetch}, or pass the path of the file with --backbone-weights"
        ) from error


def _take_native_grid(clip: open_clip.CLIP, state: dict[str, Tensor]) -> None:
    """Let the file say on which square grid its position embedding lives; the runner resizes from there."""
    visual: Any = clip.visual
    own: Tensor = visual.positional_embedding
    positions = state.get("visual.positional_embedding", own)
    side = round((len(positions) - 1) ** 0.5)
    if positions.shape[1:] == own.shape[1:] and side * side + 1 == len(positions) != len(own):
        visual.positional_embedding = nn.Parameter(torch.empty_like(positions))


def _check_published_hash(path: Path, url: str) -> None:
    """Refuse a cached OpenAI file whose hash is not the one its address carries."""
    if "openaipublic" in url and sha256_of_file(path) != url.split("/")[-2]:
        raise WeightsError(f"{path} is damaged: its SHA-256 is not the published one; delete it and fetch {url} again")
