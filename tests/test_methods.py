"""Every method as a person runs it: its overlay with a bundle's inference and evaluation, on the embedded backbone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from monai.bundle import ConfigParser

from acd_monai.bundle import DATASETS, DOMAINS, METHODS, compose, run_bundle
from acd_monai.cli import main
from acd_monai.errors import ConfigError, InputError, ProtocolError
from acd_monai.reports.evaluation import read_evaluation
from tests.evaluation_files import make_slices
from tests.training_files import write_training_tree

RIVALS = [name for name in METHODS if name != "acd_clip"]
QUICK = {"bootstrap": 0, "progress": False}


def overlay(method: str) -> dict:
    return json.loads(METHODS.find(method).read_text(encoding="utf-8"))


@pytest.mark.parametrize("method", list(METHODS))
def test_what_an_overlay_refers_to_is_in_every_bundle(method: str) -> None:
    own = overlay(method)
    used = set(re.findall(r"@([a-z_]+)", json.dumps(own)))
    for domain in DOMAINS:
        for workflow in ("inference", "evaluate", "train"):
            config = DOMAINS.find(domain).with_name(f"{workflow}.json")
            if config.is_file():
                bundle = json.loads(config.read_text(encoding="utf-8"))
                assert used <= bundle.keys() | own.keys(), (domain, workflow)


def test_masks_are_resized_as_the_authors_do() -> None:
    assert {overlay(method)["mask_resize"] for method in RIVALS} == {"bilinear"}
    assert "mask_resize" not in overlay("acd_clip")


def test_the_ensemble_of_plain_clip_is_april_gans() -> None:
    assert overlay("clip")["prompts"]["ensemble"] == overlay("april_gan")["prompts"]


@pytest.mark.parametrize(
    ("method", "dataset", "own"),
    [
        ("april_gan", "mvtec", {"epochs": 3}),
        ("april_gan", "visa", None),
        ("clip-ad", "VisA", {"dbscan": [1.5, 25]}),
        ("clip_ad", "mvtec", None),
    ],
)
def test_what_the_authors_do_on_one_data_set(method: str, dataset: str, own: dict | None) -> None:
    for workflow, chosen in (("evaluate", {"dataset": dataset}), ("train", {"trained_on": [dataset]})):
        files = compose("industrial", method, "embedded", workflow=workflow, **chosen)
        overlays = [json.loads(path.read_text()) for path in files if path.parent.parent.name == "methods"]
        assert len(overlays) == (own is not None)
        assert all(overlays[0][key] == value for key, value in (own or {}).items())
        assert files[-1].parent.name == "backbones"
    assert len(compose("industrial", method, workflow="train", trained_on=["mvtec", "visa"])) == 2
    by_default = {path.parent.name for path in compose("industrial", "clip_ad", workflow="train")}
    assert by_default == {"configs", "methods", "clip_ad"}  # the bundle trains on VisA


def test_the_overlays_of_data_sets_name_methods_and_data_sets() -> None:
    paths = list(METHODS.find("clip_ad").parent.glob("*/*.json"))
    assert len(paths) == 2
    for path in paths:
        assert path.parent.name in METHODS and path.stem in DATASETS


@pytest.fixture(scope="module")
def slices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_slices(tmp_path_factory.mktemp("BMAD") / "Brain_AD", cases=1)


def evaluate(slices: Path, output: Path, method: str, **settings: object) -> dict:
    files = compose("brain_mri", method, "embedded", workflow="evaluate", dataset="bmad_brain")
    run_bundle(files, {"dataset_dir": str(slices), "output_dir": str(output), **QUICK, **settings})
    return dict(read_evaluation(output).model)


@pytest.mark.parametrize("method", RIVALS)
def test_evaluate_and_infer(method: str, slices: Path, tmp_path: Path) -> None:
    options = ["--method", method, "--backbone", "embedded"]
    data = ["--data", str(slices), "-o", str(tmp_path / "figures"), "--bootstrap", "0"]
    assert main(["evaluate", "bmad_brain", *data, *options]) == 0
    found = read_evaluation(tmp_path / "figures")
    assert 0 <= found.mean["pixel_auroc"].value <= 1
    assert found.model["method"] == overlay(method)["network"]["_target_"].removeprefix("acd_monai.networks.")
    assert found.model["caution"]
    picture = next(slices.glob("test/Ungood/img/*.png"))
    assert main(["infer", str(picture), "--domain", "brain_mri", "-o", str(tmp_path / "maps"), *options]) == 0
    (path,) = (tmp_path / "maps").glob("*_anomaly.nii.gz")
    values = nib.load(path).get_fdata()
    assert np.isfinite(values).all() and 0 <= values.min() < values.max() <= 1


def test_win_clip_modes_differ_and_have_their_own_prompts(slices: Path, tmp_path: Path) -> None:
    paper = evaluate(slices, tmp_path / "a", "win_clip")
    other = evaluate(slices, tmp_path / "b", "win_clip", mode="compatibility", temperature=0.02)
    assert paper["settings"] == {"mode": "paper", "temperature": 0.07, "references": 0}
    assert other["settings"] == {"mode": "compatibility", "temperature": 0.02, "references": 0}
    scores = [json.loads((tmp_path / name / "results.json").read_text())["mean"] for name in "ab"]
    assert scores[0] != scores[1]


def test_win_clip_references_are_normal_images_not_tested_on(slices: Path, tmp_path: Path) -> None:
    normal = make_slices(tmp_path / "normal", cases=1, seed=5) / "test" / "good" / "img"
    model = evaluate(slices, tmp_path / "a", "win_clip", references=str(normal))
    assert model["settings"]["references"] == 2
    assert "normal references: 2" in model["weights"]["source"]
    with pytest.raises(ProtocolError, match="2 of 4 images were trained on .normal references"):
        evaluate(slices, tmp_path / "b", "win_clip", references=str(slices / "test" / "good" / "img"))
    with pytest.raises(InputError, match="no pictures; wanted a folder of normal images"):
        evaluate(slices, tmp_path / "c", "win_clip", references=str(tmp_path / "a" / "nowhere"))


def test_the_command_line_has_references_for_each_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = write_training_tree(tmp_path / "mvtec", normal=1, abnormal=1)
    normal = write_training_tree(tmp_path / "normal", ("tile", "wood"), normal=1, abnormal=0)
    (normal / "wood").rename(normal / "screw")
    options = ["--data", str(root), "--bootstrap", "0", "--method", "win_clip", "--mode", "compatibility"]
    command = ["evaluate", "mvtec", *options, "--references", str(normal), "-o"]
    assert main([*command, str(tmp_path / "a")]) == 2
    assert "no references of bottle; wanted normal pictures in" in capsys.readouterr().err
    (normal / "tile").rename(normal / "bottle")
    assert main([*command, str(tmp_path / "a")]) == 0
    found = read_evaluation(tmp_path / "a")
    assert found.model["settings"] == {"mode": "compatibility", "temperature": 0.01, "references": 2}
    assert [one.class_name for one in found.classes] == ["bottle", "screw"]


def test_plain_clip_with_an_ensemble_and_without_weights(slices: Path, tmp_path: Path) -> None:
    for name, prompts in (("a", "single"), ("b", "ensemble")):
        evaluate(slices, tmp_path / name, "clip", prompt_set=prompts)
    scores = [json.loads((tmp_path / name / "results.json").read_text())["mean"] for name in "ab"]
    assert scores[0] != scores[1]
    with pytest.raises(ConfigError, match="prompt_set is 'many'; wanted one of single, ensemble"):
        evaluate(slices, tmp_path / "c", "clip", prompt_set="many")
    with pytest.raises(ConfigError, match="plain CLIP has none; leave them out"):
        evaluate(slices, tmp_path / "d", "clip", weights="adapter_20.pth")


def test_clip_ad_takes_its_options_from_the_config(slices: Path, tmp_path: Path) -> None:
    settings = {"variant": "sdp_plus", "text_mode": "mean", "sigma": 2}
    model = evaluate(slices, tmp_path / "a", "clip_ad", **settings)
    assert model["settings"] == {"variant": "sdp_plus", "levels": [3, 6, 9, 12], "sigma": 2.0, "text_mode": "mean"}
    assert "untrained" in model["weights"]["source"]


@pytest.mark.parametrize(
    ("settings", "sigma"),
    [({}, 8.0), ({"weights": "epoch_5.pth"}, 2.0), ({"variant": "sdp_plus"}, 2.0), ({"variant": "sdp"}, 8.0)],
)
def test_clip_ad_smooths_less_on_visa_when_it_is_trained(settings: dict, sigma: float) -> None:
    parser = ConfigParser()
    parser.read_config([str(path) for path in compose("industrial", "clip_ad", workflow="evaluate", dataset="visa")])
    parser.update(settings)
    assert parser.get_parsed_content("sigma") == sigma
