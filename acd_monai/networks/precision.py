"""In which precision CLIP computes; weights, and what is added to it and trained, are float32 in all of them."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from acd_monai.errors import ConfigError

__all__ = ["PRECISIONS", "autocast", "training_precision"]

PRECISIONS = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """Return the context in which networks compute in ``precision``, a key of :data:`PRECISIONS`."""
    dtype = PRECISIONS[precision]
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype)


def training_precision(precision: str, device: torch.device) -> str:
    """Return ``"fp32"`` or ``"bf16"``; ``"auto"`` is bf16 where the device computes in it, not only emulates it.

    Raises:
        ConfigError: another precision. Training in fp16 would need its gradients scaled.
    """
    if precision not in ("auto", "fp32", "bf16"):
        raise ConfigError(f"precision is {precision!r}; wanted auto, fp32 or bf16 for training")
    if precision == "auto":
        return "bf16" if _computes_in_bf16(device) else "fp32"
    return precision


def _computes_in_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False
