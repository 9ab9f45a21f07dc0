"""Weights that anyone can regenerate from their names.

Each tensor is drawn from a generator seeded with its own name, so a network without downloaded weights is the same on
every machine, and a re-implementation that uses the same names computes the same numbers.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["seed_by_name", "seeded_tensor", "torch_seed"]


def seeded_tensor(name: str, shape: tuple[int, ...]) -> Tensor:
    """Return the float32 tensor that belongs to ``name`` (a dotted state-dict name) and ``shape``.

    Scales follow the tensor's role: norms near 1, biases near 0, matrices with unit gain.
    """
    noise = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    leaf = name.rsplit(".", 1)[-1]
    if leaf == "logit_scale":
        value = np.full(shape, math.log(100.0))
    elif leaf == "i_w":
        value = 0.2 + 0.02 * noise
    elif len(shape) == 1 and leaf == "weight":
        value = 1.0 + 0.02 * noise
    elif len(shape) == 1:
        value = 0.02 * noise
    elif any(part in name for part in ("embedding", "ctx_", "prompts")):
        value = 0.05 * noise
    elif leaf in ("lora_A", "lora_B"):
        value = noise / math.sqrt(shape[0])
    else:
        value = noise / math.sqrt(math.prod(shape[1:]))
    return torch.from_numpy(np.asarray(value, dtype=np.float32))


@torch.no_grad()
def seed_by_name(module: nn.Module, prefix: str) -> None:
    """Fill every parameter of ``module`` in place with :func:`seeded_tensor` of ``prefix + name``."""
    for name, parameter in module.named_parameters():
        parameter.copy_(seeded_tensor(prefix + name, tuple(parameter.shape)))


@contextmanager
def torch_seed(seed: int) -> Iterator[None]:
    """Draw from ``seed`` on the CPU inside, and leave the generator outside as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
