"""Examples in a file, to be drawn later beside those of other runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from acd_monai.errors import InputError
from acd_monai.reports.atomic import written_whole
from acd_monai.reports.evaluation.result import Example

__all__ = ["read_examples", "write_examples"]


def write_examples(examples: Sequence[Example], path: Path | str) -> None:
    """Write examples as ``.npz``.

    Raises:
        OutputError: the file cannot be written.
    """
    arrays: dict[str, np.ndarray] = {}
    for number, example in enumerate(examples):
        arrays |= {f"image_{number}": example.image, f"map_{number}": example.anomaly_map}
        if example.mask is not None:
            arrays[f"mask_{number}"] = example.mask
    facts = [[example.title, example.kind, example.measure] for example in examples]
    with written_whole(path) as part, part.open("wb") as file:
        np.savez(file, allow_pickle=False, facts=np.array(json.dumps(facts)), **arrays)


def read_examples(path: Path | str) -> list[Example]:
    """Read examples back.

    Raises:
        InputError: the file is not there, or not such a file.
    """
    try:
        with np.load(path) as found:
            return [
                Example(
                    image=found[f"image_{number}"],
                    mask=found.get(f"mask_{number}"),
                    anomaly_map=found[f"map_{number}"],
                    title=title,
                    kind=kind,
                    measure=measure,
                )
                for number, (title, kind, measure) in enumerate(json.loads(str(found["facts"])))
            ]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path}: no examples can be read from it ({error}); evaluate again") from error
