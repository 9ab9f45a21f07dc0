"""A method's trained part from the authors' file or ours, and what is said of files that do not fit."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from acd_monai.errors import WeightsError
from acd_monai.networks.checkpoints import write_adapters
from acd_monai.networks.official import OfficialFormat, load_adapters

WRAPPED = OfficialFormat(part="learner", ignored=r"token_.*")
FLAT = OfficialFormat(prefix="clip_model.")


def adapters() -> nn.ModuleDict:
    torch.manual_seed(0)
    return nn.ModuleDict({"fc": nn.Linear(3, 2)})


STATE = {"fc.weight": torch.arange(6.0).view(2, 3), "fc.bias": torch.ones(2)}


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (WRAPPED, {"learner": {**STATE, "token_prefix": torch.zeros(1), "token_suffix": torch.zeros(1)}, "epoch": 3}),
        (FLAT, {f"clip_model.{name}": value for name, value in STATE.items()}),
    ],
)
def test_the_authors_file(form: OfficialFormat, content: dict, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pth")
    module = adapters()
    loaded = load_adapters(module, tmp_path / "a.pth", form, owner="M", method="M", seed=0)
    assert all(torch.equal(value, STATE[name]) for name, value in module.state_dict().items())
    assert loaded.official
    assert loaded.provenance.trained
    assert loaded.provenance.source == "a.pth"
    if form is WRAPPED:
        assert loaded.notes == {"epoch": 3}
        assert loaded.ignored == ["token_prefix", "token_suffix"]


def test_our_file_keeps_its_notes(tmp_path: Path) -> None:
    write_adapters(tmp_path / "a.safetensors", STATE, {"epoch": 7})
    module = adapters()
    loaded = load_adapters(module, tmp_path / "a.safetensors", WRAPPED, owner="M", method="M", seed=0)
    assert torch.equal(module["fc"].bias, STATE["fc.bias"])
    assert (loaded.official, loaded.notes) == (False, {"epoch": 7})


def test_without_a_file_nothing_changes() -> None:
    module = adapters()
    loaded = load_adapters(module, None, WRAPPED, owner="M", method="M", seed=5)
    assert torch.equal(module["fc"].weight, adapters()["fc"].weight)
    assert not loaded.provenance.trained
    assert "seed 5" in loaded.provenance.source


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"learner": {"fc.weight": torch.zeros(2, 4), "fc.extra": torch.zeros(1)}},
            r"a.pth does not fit M: learner.fc.bias is missing; learner.fc.extra is unexpected; "
            r"learner.fc.weight has shape \(2, 4\), wanted \(2, 3\)",
        ),
        ({"other": STATE}, "wanted the authors' file, a dictionary with 'learner', .* it holds: other"),
        ({"learner": 3}, "not a checkpoint of M"),
    ],
)
def test_every_misfit_is_named_and_nothing_is_loaded(content: dict, message: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pth")
    module = adapters()
    with pytest.raises(WeightsError, match=message):
        load_adapters(module, tmp_path / "a.pth", WRAPPED, owner="M", method="M", seed=0)
    assert torch.equal(module["fc"].weight, adapters()["fc"].weight)
