"""A threshold is used only for the model and the domain it was found for."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from acd_monai.errors import ConfigError, InputError
from acd_monai.reports import StoredThreshold, Threshold, choose_threshold, store_threshold, threshold_file

MODEL = {
    "method": "ACDCLIP",
    "settings": {"n_groups": 4, "blur": [9, 1.5]},
    "weights": {"source": "a.pth", "sha256": "aa", "trained": True},
    "backbone": "ViT-L-14-336",
    "backbone_weights": {"source": "openai", "sha256": "bb", "trained": True},
    "image_size": 518,
    "nouns": ["scan"],
    "trained": True,
}
SCORING = {"fit": "pad", "plane": "axial", "precision": "fp32"}
ENTRY = StoredThreshold("brain_mri", 0.61, 0.5, "mL", 12, MODEL, SCORING)


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    store_threshold(threshold_file(tmp_path / "adapter_20.pth"), ENTRY)
    return tmp_path / "adapter_20.pth"


def test_beside_the_weights(weights: Path) -> None:
    renamed = {**MODEL, "weights": {**MODEL["weights"], "source": "b.pth"}}
    found = choose_threshold(None, None, weights, "brain_mri", renamed, SCORING)
    assert found == Threshold(0.61, "at most 0.5 mL per normal case, found on 12 normal cases")
    assert weights.with_name("adapter_20.thresholds.json").is_file()


def test_what_the_user_gives_comes_first(weights: Path) -> None:
    assert choose_threshold(0.3, None, weights, "brain_mri", MODEL, SCORING) == Threshold(0.3, "given")
    with pytest.raises(ConfigError, match="threshold is 1.5"):
        choose_threshold(1.5, None, weights, "brain_mri", MODEL, SCORING)


@pytest.mark.parametrize(
    ("domain", "changed"),
    [
        ("liver_ct", {}),
        ("brain_mri", {"nouns": ["head"]}),
        ("brain_mri", {"image_size": 336}),
        ("brain_mri", {"weights": {"sha256": "cc"}}),
        ("brain_mri", {"backbone_weights": {"sha256": "cc"}}),
        ("brain_mri", {"settings": {"n_groups": 4, "blur": [7, 1.0]}}),
    ],
)
def test_not_for_another_model_or_domain(weights: Path, domain: str, changed: dict) -> None:
    value, source = choose_threshold(None, None, weights, domain, MODEL | changed, SCORING)
    assert value == 0.5
    assert source == "default: adapter_20.thresholds.json holds none for this domain, noun and backbone"
    with pytest.raises(ConfigError, match="holds no threshold for domain"):
        choose_threshold(None, threshold_file(weights), weights, domain, MODEL | changed, SCORING)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"fit": "squash"}, "one for fit pad, not squash"),
        ({"plane": "coronal", "precision": "bf16"}, "one for plane axial, not coronal, precision fp32, not bf16"),
    ],
)
def test_not_for_another_way_of_scoring(weights: Path, changed: dict, message: str) -> None:
    found = choose_threshold(None, None, weights, "brain_mri", MODEL, SCORING | changed)
    assert found == Threshold(0.5, f"default: adapter_20.thresholds.json holds {message}")
    with pytest.raises(ConfigError, match=f"holds {message}; find one with"):
        choose_threshold(None, threshold_file(weights), weights, "brain_mri", MODEL, SCORING | changed)
    store_threshold(threshold_file(weights), replace(ENTRY, value=0.8, scoring=SCORING | changed))
    for scoring, value in ((SCORING | changed, 0.8), (SCORING, 0.61)):
        assert choose_threshold(None, None, weights, "brain_mri", MODEL, scoring).value == value


def test_without_weights_or_file(tmp_path: Path) -> None:
    assert choose_threshold(None, None, None, "brain_mri", MODEL, SCORING) == Threshold(0.5, "default")
    assert choose_threshold(None, None, tmp_path / "w.pth", "brain_mri", MODEL, SCORING) == Threshold(0.5, "default")


def test_a_second_finding_replaces_the_first_and_leaves_other_domains(weights: Path) -> None:
    store_threshold(threshold_file(weights), replace(ENTRY, domain="liver_ct", value=0.9))
    store_threshold(threshold_file(weights), replace(ENTRY, value=0.7))
    assert choose_threshold(None, None, weights, "brain_mri", MODEL, SCORING).value == 0.7
    assert choose_threshold(None, None, weights, "liver_ct", MODEL, SCORING).value == 0.9


@pytest.mark.parametrize("content", ["", "{}", '{"format": 2, "thresholds": []}', '{"format": 1, "thresholds": [{}]}'])
def test_a_damaged_file(weights: Path, content: str) -> None:
    threshold_file(weights).write_text(content)
    with pytest.raises(InputError, match="no readable file of thresholds"):
        choose_threshold(None, None, weights, "brain_mri", MODEL, SCORING)


@pytest.mark.parametrize("value", ["high", None, 7, float("nan")])
def test_a_stored_value_that_is_no_threshold(weights: Path, value: object) -> None:
    content = {"format": 1, "thresholds": [{**asdict(ENTRY), "value": value}]}
    threshold_file(weights).write_text(json.dumps(content))
    with pytest.raises(InputError, match="no readable file of thresholds"):
        choose_threshold(None, None, weights, "brain_mri", MODEL, SCORING)
