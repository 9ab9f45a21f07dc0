from __future__ import annotations

import json
from pathlib import Path

import pytest

from acd_monai.bundle import DATASETS, DOMAINS, load_benchmark, prepare, prepare_dataset
from acd_monai.data import read_manifest
from acd_monai.errors import ConfigError, OutputError
from tests.data.benchmarks.trees import make_tree

NAMES = (
    "bmad_brain", "bmad_liver", "bmad_retina", "br35h", "brainmri_kaggle", "btad", "clinicdb", "colondb", "cvc300",
    "folder", "headct", "isic", "kvasir", "manifest", "mpdd", "mvtec", "rsdd", "tn3k", "visa", "volumes",
)  # fmt: skip


def test_catalogue() -> None:
    assert tuple(DATASETS) == NAMES
    with pytest.raises(ConfigError, match=r"no dataset is called 'vissa'; did you mean visa"):
        load_benchmark("vissa")


@pytest.mark.parametrize("name", NAMES)
def test_overlays(name: str) -> None:
    overlay = json.loads(DATASETS.find(name).read_text(encoding="utf-8"))
    benchmark = load_benchmark(name)
    assert benchmark.name == name
    assert (overlay["dataset_domain"] is None) == (benchmark.family == "own")
    assert overlay["dataset_domain"] is None or overlay["dataset_domain"] in DOMAINS
    assert bool(benchmark.nouns) == (benchmark.family != "own")


def test_a_bad_value_in_an_overlay_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = json.loads(DATASETS.find("visa").read_text(encoding="utf-8"))
    overlay["benchmark"]["layout"] = "odd"
    (tmp_path / "visa.json").write_text(json.dumps(overlay))
    monkeypatch.setattr(type(DATASETS), "find", lambda self, name: tmp_path / "visa.json")
    with pytest.raises(ConfigError, match="data set 'visa': layout is 'odd'"):
        load_benchmark("visa")


def test_published_figures() -> None:
    def figures(name: str, run: str) -> tuple[float, ...]:
        return tuple(load_benchmark(name).published[run].values())

    assert figures("bmad_brain", "ACDCLIP n_groups=4") == (97.0, 61.0, 88.1, 97.3)
    assert figures("bmad_liver", "ACDCLIP n_groups=6") == (95.3, 6.2, 68.4, 58.9)
    assert figures("bmad_retina", "WinCLIP") == (80.6, 39.8, 42.5, 50.9)
    assert figures("bmad_brain", "CLIP-AD") == (96.4, 54.2, 82.8, 85.5)
    assert figures("bmad_liver", "AnomalyCLIP") == (93.9, 5.7, 61.6, 53.1)
    assert figures("bmad_retina", "AdaCLIP") == (88.5, 47.1, 82.7, 80.3)
    assert figures("kvasir", "ACDCLIP n_groups=2") == (88.5, 60.7)
    assert figures("rsdd", "ACDCLIP n_groups=3") == (99.4, 41.3, 94.3, 92.7)
    assert figures("visa", "ACDCLIP n_groups=2") == (95.7, 27.8, 85.6, 88.5)
    with_figures = {name for name in NAMES if load_benchmark(name).published}
    assert len(with_figures) == 11 and {"bmad_brain", "clinicdb", "mvtec", "btad", "mpdd"} < with_figures
    assert load_benchmark("visa").nouns["fryum"] == "wheel-shaped fryum snack"
    assert [len(load_benchmark(name).nouns) for name in ("mvtec", "visa", "mpdd", "btad", "rsdd")] == [15, 12, 6, 3, 4]


def test_prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    make_tree("bmad_brain", root)
    before = sorted(root.rglob("*"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    text = prepare_dataset("bmad-brain", Path("../root"))
    assert text.splitlines() == [
        "BMAD BrainMRI (slices of BraTS 2021), test split: 6 images",
        "  class  abnormal    normal     masks     cases",
        "  Brain         4         2         4         4",
        "normal images from: Brain_AD/test/good/img (2)",
        "abnormal images from: Brain_AD/test/Ungood/img (4)",
        "differs: 6 images, 4 abnormal and 2 normal; a full test split has 3715, 3075 abnormal and 640 normal",
        "manifest: bmad_brain_test.jsonl",
    ]
    assert len(read_manifest("bmad_brain_test.jsonl", root)) == 6
    assert sorted(root.rglob("*")) == before


def test_own_folders_are_named_for_the_user(tmp_path: Path) -> None:
    make_tree("folder", tmp_path / "root")
    text = prepare_dataset("folder", tmp_path / "root", tmp_path / "m.jsonl")
    assert "normal images from: good (2)" in text
    assert "abnormal images from: dent (2), dent/deep (1), scratch (1)" in text
    assert "differs: class root: 1 of 4 abnormal images have no mask: 1.bmp" in text


def test_the_source_is_never_written_to(tmp_path: Path) -> None:
    make_tree("colondb", tmp_path)
    colon = load_benchmark("colondb")
    with pytest.raises(ConfigError, match="lies in the data root, which is never written to"):
        prepare(colon, tmp_path, tmp_path / "CVC-ColonDB" / "list.jsonl")
    with pytest.raises(ConfigError, match="wanted a name that ends in .jsonl"):
        prepare(colon, tmp_path / "CVC-ColonDB", tmp_path / "photo.png")
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        prepare(colon, tmp_path / "CVC-ColonDB", tmp_path / "file" / "list.jsonl")
