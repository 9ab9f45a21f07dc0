"""The outputs of the authors' implementations, and how ours are compared with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from acd_monai.bundle import METHODS
from acd_monai.data import PromptEnsemble
from acd_monai.networks.detector import CLIP_MEAN, CLIP_STD
from acd_monai.networks.seeding import seeded_tensor

__all__ = ["assert_close", "overlay_prompts", "read_parity", "seed_adapters", "training_items", "training_mask"]

FOLDER = Path(__file__).parents[2] / "data" / "parity"


def read_parity(name: str) -> dict[str, np.ndarray]:
    return dict(np.load(FOLDER / f"{name}.npz"))


def assert_close(got: torch.Tensor, want: np.ndarray, tolerance: float = 2e-5) -> None:
    """Compare relative to the largest absolute value, as the fixtures say."""
    assert tuple(got.shape) == want.shape
    difference = np.abs(got.detach().numpy() - want).max()
    assert difference <= tolerance * np.abs(want).max(), f"off by {difference:.3g}, largest value {np.abs(want).max()}"


def overlay_prompts(method: str, chosen: str | None = None) -> PromptEnsemble:
    """Return the sentences that a method's overlay asks for, where there are several those of a name."""
    content: dict[str, Any] = json.loads(METHODS.find(method).read_text(encoding="utf-8"))["prompts"]
    content = content if chosen is None else content[chosen]
    return PromptEnsemble(**{name: value for name, value in content.items() if name != "_target_"})


def seed_adapters(adapters: nn.Module, prefix: str = "") -> None:
    """Fill the trained part as the fixtures did."""
    with torch.no_grad():
        for name, parameter in adapters.named_parameters():
            parameter.copy_(seeded_tensor(prefix + name, tuple(parameter.shape)))


def training_mask() -> torch.Tensor:
    mask = torch.zeros(2, 1, 70, 70)
    mask[1::2, :, 10:30, 15:40] = 1
    return mask


def training_items() -> list[dict[str, Any]]:
    """The images, masks and labels of the fixtures as a data set, bytes but for the rounding."""
    images = torch.from_numpy(np.random.RandomState(7).standard_normal((2, 3, 70, 70)).astype(np.float32))
    images = (images * torch.tensor(CLIP_STD).view(3, 1, 1) + torch.tensor(CLIP_MEAN).view(3, 1, 1)) * 255
    masks = training_mask().to(torch.uint8)
    return [
        {"image": images[k], "mask": masks[k], "label": k, "noun_index": 0, "index": k, "name": f"{k}.png"}
        for k in range(2)
    ]
