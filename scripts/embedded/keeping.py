"""Keeps the state of a training, so that it goes on after a kill."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

__all__ = ["resume", "save", "write_whole"]


def resume(path: Path, parts: Mapping[str, Any], recipe: NamedTuple) -> int:
    """Load the last state, if any, and return the step to go on with.

    Raises:
        SystemExit: the state was made with another recipe.
    """
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    if state["recipe"] != recipe._asdict():
        raise SystemExit(f"{path} was made with {state['recipe']}, wanted {recipe._asdict()}; use another folder")
    for name, part in parts.items():
        part.load_state_dict(state[name])
    return int(state["step"])


def save(path: Path, parts: Mapping[str, Any], recipe: NamedTuple, step: int) -> None:
    """Save modules and optimizers after so many steps."""
    states = {name: part.state_dict() for name, part in parts.items()}
    write_whole({"step": step, "recipe": recipe._asdict(), **states}, path)


def write_whole(content: dict[str, Any], path: Path) -> None:
    """Write a file whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(content, part)
    part.replace(path)
