"""Several processes under torchrun, with torch.distributed as it is; one process otherwise."""

from __future__ import annotations

import os

import torch
import torch.distributed as dist

from acd_monai.errors import ConfigError

__all__ = ["local_device", "start_processes", "stop_processes"]


def start_processes(backend: str | None = None) -> None:
    """Join the group of processes when torchrun started this one; nothing otherwise.

    Args:
        backend: ``"gloo"`` (CPUs), ``"nccl"`` (GPUs); None: nccl where there is a GPU.

    Raises:
        ConfigError: a backend that is not there.
    """
    if "WORLD_SIZE" not in os.environ or dist.is_initialized():
        return
    backend = backend or ("nccl" if torch.cuda.is_available() else "gloo")
    if backend not in ("gloo", "nccl") or (backend == "nccl" and not dist.is_nccl_available()):
        raise ConfigError(f"backend is {backend!r}; wanted gloo, or nccl where there are NVIDIA GPUs")
    if backend == "nccl":
        torch.cuda.set_device(local_device())  # otherwise all processes of a machine would meet on its first GPU
    dist.init_process_group(backend)


def stop_processes() -> None:
    """Leave the group, if there is one."""
    if dist.is_initialized():
        dist.destroy_process_group()


def local_device() -> torch.device:
    """Return this process's own GPU under torchrun, the GPU if there is one, or the CPU."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
