"""The tiny CLIP of the parity fixtures."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from acd_monai.networks import ClipBackbone

TINY = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 70, "layers": 12, "width": 128, "head_width": 64, "patch_size": 14},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 12},
}


@pytest.fixture(scope="session")
def backbone() -> ClipBackbone:
    return ClipBackbone(TINY, activation="gelu", position_embedding="bicubic_antialias")


@pytest.fixture(scope="session")
def images() -> torch.Tensor:
    return torch.from_numpy(np.random.RandomState(7).standard_normal((2, 3, 70, 70)).astype(np.float32))
