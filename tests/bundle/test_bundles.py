"""Each bundle is a standard MONAI bundle, and the five say the same thing where they must."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from monai.bundle import ConfigWorkflow, verify_metadata, verify_net_in_out
from PIL import Image

from acd_monai import __version__
from acd_monai.bundle import BACKBONES, DATASETS, DOMAINS, METHODS, compose
from acd_monai.networks.shipped import DEMONSTRATION

SCHEMA = Path(__file__).parents[1] / "data" / "meta_schema_small.json"
NAMES = ("brain_mri", "colonoscopy", "industrial", "liver_ct", "retina_oct")
OF_THE_DOMAIN = {
    "domain", "modalities", "body_parts", "min_slices", "noun", "plane", "fit", "window_level", "window_width", "blur",
    "score_weights", "preprocessing", "benchmark",
}  # fmt: skip
PRIMARY = {
    "brain_mri": "bmad_brain", "colonoscopy": "colondb", "industrial": "mvtec", "liver_ct": "bmad_liver",
    "retina_oct": "bmad_retina",
}  # fmt: skip
"""What each bundle is evaluated on when nothing else is said."""


def read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def test_catalogue() -> None:
    assert tuple(DOMAINS) == NAMES
    assert list(METHODS) == ["acd_clip", "ada_clip", "anomaly_clip", "april_gan", "clip", "clip_ad", "win_clip"]
    assert list(BACKBONES) == ["embedded", "vit_b_16_plus_240", "vit_l_14_336"]


@pytest.fixture(params=NAMES)
def config(request: pytest.FixtureRequest) -> Path:
    return DOMAINS.find(request.param)


def test_metadata(config: Path) -> None:
    metadata = config.with_name("metadata.json")
    verify_metadata(meta_file=str(metadata), filepath=str(SCHEMA))
    content = read(metadata)
    assert content["version"] in content["changelog"]
    assert content["version"] == __version__


def test_the_schema_refuses_what_lacks_a_key(config: Path, tmp_path: Path) -> None:
    content = read(config.with_name("metadata.json"))
    del content["required_packages_version"]
    (tmp_path / "metadata.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="'required_packages_version' is a required property"):
        verify_metadata(meta_file=str(tmp_path / "metadata.json"), filepath=str(SCHEMA))


def test_network_in_and_out(config: Path) -> None:
    verify_net_in_out(
        net_id="network_def", meta_file=str(config.with_name("metadata.json")), config_file=str(config), device="cpu"
    )


@pytest.mark.parametrize("name", ["inference", "evaluate"])
def test_properties(config: Path, name: str) -> None:
    workflow = ConfigWorkflow(
        config_file=str(config.with_name(f"{name}.json")),
        meta_file=str(config.with_name("metadata.json")),
        logging_file=False,
        workflow_type="infer",
    )
    workflow.initialize()
    assert workflow.check_properties() == []


def test_files_of_a_bundle(config: Path) -> None:
    root = config.parents[1]
    for name in ("LICENSE", "docs/README.md", "configs/metadata.json", "configs/logging.conf"):
        assert (root / name).is_file(), name
    assert "_anomaly_segmentation" in root.name
    assert f"{root.name}/configs/inference.json" in (root / "docs" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("workflow", ["inference", "evaluate"])
def test_bundles_differ_only_in_their_domain(workflow: str) -> None:
    contents = [read(compose(name, workflow=workflow)[0]) for name in NAMES]
    for content in contents:
        if workflow == "evaluate":
            del content["validate"]["preprocessing"]
    shared = [{key: value for key, value in content.items() if key not in OF_THE_DOMAIN} for content in contents]
    assert all(content == shared[0] for content in shared)


def test_the_two_workflows_say_the_same_of_domain_and_model() -> None:
    for name in NAMES:
        inference, evaluate = (read(compose(name, workflow=workflow)[0]) for workflow in ("inference", "evaluate"))
        # Where data is read, and how it is shown, they differ; evaluation squashes as published tables do.
        own = {
            "classes",
            "imports",
            "dataset_dir",
            "output_dir",
            "device",
            "dataset",
            "preprocessing",
            "inferer",
            "evaluator",
            "network_def",
            "fit",
        }
        for key in (inference.keys() & evaluate.keys()) - own - {"evaluator", "initialize", "run", "finalize"}:
            assert inference[key] == evaluate[key], (name, key)
        assert evaluate["benchmark"] == read(DATASETS.find(PRIMARY[name]))["benchmark"]


@pytest.mark.parametrize("workflow", ["inference", "evaluate"])
def test_overlays_hold_what_the_bundles_default_to(workflow: str) -> None:
    bundle = read(compose("brain_mri", workflow=workflow)[0])
    for overlay in (METHODS.find("acd_clip"), BACKBONES.find("embedded")):
        for key, value in read(overlay).items():
            assert bundle[key] == value, key
    assert all(set(read(BACKBONES.find(name))) == set(read(BACKBONES.find("embedded"))) for name in BACKBONES)


@pytest.mark.parametrize("with_overlays", [False, True])
def test_runs_from_any_folder(tmp_path: Path, head_study: Path, with_overlays: bool) -> None:
    files = compose("brain_mri", *(["acd_clip", "embedded"] if with_overlays else []))
    chosen = str([str(file) for file in files]) if with_overlays else str(files[0])
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", chosen, "--dataset_dir", str(head_study)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert DEMONSTRATION in run.stdout + run.stderr
    assert len(list((tmp_path / "anomaly_maps").glob("*_anomaly.nii.gz"))) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset_dir", "nowhere"], "nowhere"),
        (["--dataset_dir", "2024"], "2024: no such file or folder"),
        ([], "no input given; pass a study"),
        (["--dataset_dir", ".", "--dataloader::batch_size", "2"], "gives 2 cases at a time; wanted 1"),
    ],
)
def test_a_mistake_is_one_line_under_monai_too(tmp_path: Path, arguments: list[str], message: str) -> None:
    Image.new("L", (32, 32)).save(tmp_path / "frame.png")
    command = [sys.executable, "-m", "monai.bundle", "run", "--config_file", str(DOMAINS.find("brain_mri")), *arguments]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert run.stderr.strip().splitlines()[-1].startswith("acd-monai: ")
    assert message in run.stderr
