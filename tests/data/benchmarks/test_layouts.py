"""Each layout is recognised from its root, and from the set's own folder, with masks paired by their stems."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acd_monai.bundle import load_benchmark
from acd_monai.data import ABNORMAL, NORMAL, Sample
from acd_monai.data.benchmarks.layouts import LAYOUTS
from acd_monai.errors import ConfigError, InputError
from tests.data.benchmarks.trees import EXPECTED, SET_FOLDERS, junk, make_tree, mask, pairs, picture


def read(name: str, root: Path, split: str = "test") -> list[Sample]:
    return load_benchmark(name).read(root, split=split)


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("L"))


@pytest.mark.parametrize(("name", "split"), EXPECTED)
def test_counts(name: str, split: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    make_tree(name, root)
    samples = read(name, root, split)
    expected = EXPECTED[name, split]
    assert sum(s.label == ABNORMAL for s in samples) == expected.abnormal
    assert sum(s.label == NORMAL for s in samples) == expected.normal
    assert sum(s.mask is not None for s in samples) == expected.masks
    assert len({s.case for s in samples}) == expected.cases
    assert tuple(sorted({s.class_name for s in samples})) == expected.classes
    assert all(s.image.is_absolute() and s.image.is_file() for s in samples)
    assert len({s.image for s in samples}) == len(samples)


@pytest.mark.parametrize("name", [name for name, split in EXPECTED if split == "test" and name != "volumes"])
def test_masks_belong_to_their_images(name: str, tmp_path: Path) -> None:
    make_tree(name, tmp_path)
    for sample in read(name, tmp_path):
        if sample.mask is not None:
            assert np.median(pixels(sample.image)) == pytest.approx(pixels(sample.mask).max(), abs=1), sample


@pytest.mark.parametrize(("name", "folder"), SET_FOLDERS.items())
def test_the_root_may_be_the_sets_own_folder(name: str, folder: str, tmp_path: Path) -> None:
    make_tree(name, tmp_path)
    assert read(name, tmp_path / folder) == read(name, tmp_path)


@pytest.mark.parametrize("name", ["bmad_liver", "colondb", "mvtec", "visa"])
def test_order_does_not_depend_on_the_disk(name: str, tmp_path: Path) -> None:
    make_tree(name, tmp_path / "a")
    for file in sorted((tmp_path / "a").rglob("*.*"), key=lambda path: path.name, reverse=True):
        if file.is_file():
            copy = tmp_path / "b" / file.relative_to(tmp_path / "a")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
    first, second = read(name, tmp_path / "a"), read(name, tmp_path / "b")
    assert [s.case for s in first] == [s.case for s in second]


def test_natural_order(tmp_path: Path) -> None:
    make_tree("colondb", tmp_path)
    assert [s.image.stem for s in read("colondb", tmp_path)] == ["1", "9", "10", "100"]


def test_a_link_that_leads_nowhere_is_not_left_out(tmp_path: Path) -> None:
    make_tree("bmad_brain", tmp_path)
    before = read("bmad_brain", tmp_path)
    path = before[0].image
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.png")
    assert read("bmad_brain", tmp_path) == before


def test_bmad_cases_are_patients(tmp_path: Path) -> None:
    make_tree("bmad_brain", tmp_path)
    cases = {s.image.stem: s.case for s in read("bmad_brain", tmp_path)}
    assert cases == {
        "00002_7": "Brain/00002", "00010_61": "Brain/00010", "00002_9": "Brain/00002", "00002_10": "Brain/00002",
        "00021_3": "Brain/00021", "lonely": "Brain/lonely",
    }  # fmt: skip


def test_bmad_as_first_published(tmp_path: Path) -> None:
    base = tmp_path / "Retina_RESC_AD" / "RESC" / "Test"
    pairs(base / "test" / "good", None, ["1_1"], ".bmp", "")
    pairs(base / "test" / "Ungood", base / "test_label" / "Ungood", ["1_2", "1_10"], ".bmp", ".png")
    samples = read("bmad_retina", tmp_path)
    assert [(s.label, s.mask and s.mask.name) for s in samples] == [(0, None), (1, "1_2.png"), (1, "1_10.png")]


def test_visa_without_its_table(tmp_path: Path) -> None:
    make_tree("visa", tmp_path)
    shutil.rmtree(tmp_path / "VisA" / "split_csv")
    samples = read("visa", tmp_path)
    assert [sum(s.label == label for s in samples) for label in (ABNORMAL, NORMAL)] == [4, 6]
    assert sum(s.mask is not None for s in samples) == 4
    with pytest.raises(InputError, match="1cls.csv is not there to tell the train split"):
        read("visa", tmp_path, "train")


def test_visa_as_its_script_leaves_it(tmp_path: Path) -> None:
    pairs(
        tmp_path / "candle" / "test" / "bad", tmp_path / "candle" / "ground_truth" / "bad", ["10", "9"], ".JPG", ".png"
    )
    pairs(tmp_path / "candle" / "test" / "good", None, ["1"], ".JPG", "")
    assert [s.mask.name if s.mask else "" for s in read("visa", tmp_path)] == ["9.png", "10.png", ""]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("candle,test,odd,candle/Data/Images/Anomaly/010.JPG,", "line 12: .*'odd'.* wanted object"),
        ("candle,test,normal,../../x.png,", "line 12: .*x.png.* wanted object"),
        ("candle,test,normal,candle/Data/Images/Normal/77.JPG,", "1cls.csv: 1 of 11 files .*77.JPG"),
    ],
)
def test_visa_with_a_damaged_table(line: str, message: str, tmp_path: Path) -> None:
    make_tree("visa", tmp_path)
    with (tmp_path / "VisA" / "split_csv" / "1cls.csv").open("a") as table:
        table.write(line + "\n")
    with pytest.raises(InputError, match=message):
        read("visa", tmp_path)


def test_head_ct_labels_go_by_number(tmp_path: Path) -> None:
    make_tree("headct", tmp_path)
    assert {s.image.stem: s.label for s in read("headct", tmp_path)} == {"000": 1, "001": 1, "002": 0, "003": 0}
    picture(tmp_path / "head_ct" / "004.png", 4)
    with pytest.raises(InputError, match="missing for 004"):
        read("headct", tmp_path)
    (tmp_path / "labels.csv").write_text("id,hemorrhage\n0,2\n")
    with pytest.raises(InputError, match=r"line 2: \['0', '2'\]; wanted a number and 0 or 1"):
        read("headct", tmp_path)


def test_unknown_split(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'colondb' has no split 'train'; wanted test"):
        read("colondb", tmp_path, "train")


@pytest.mark.parametrize("name", sorted({name for name, _ in EXPECTED}))
def test_another_folder_is_refused_in_one_line(name: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    junk(tmp_path / "other")
    with pytest.raises(InputError) as caught:
        read(name, tmp_path)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_a_missing_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: no such folder; wanted the one that holds VisA"):
        read("visa", tmp_path / "nowhere")


def test_two_masks_of_one_stem(tmp_path: Path) -> None:
    make_tree("colondb", tmp_path)
    mask(tmp_path / "CVC-ColonDB" / "masks" / "9.bmp", 3)
    with pytest.raises(InputError, match=r"9\.(bmp|png) and 9\.(bmp|png) have one stem"):
        read("colondb", tmp_path)


def test_two_images_for_one_mask(tmp_path: Path) -> None:
    make_tree("colondb", tmp_path)
    picture(tmp_path / "CVC-ColonDB" / "images" / "9.jpg", 3)
    with pytest.raises(InputError, match=r"mask 9.png fits two images, 9\.(jpg|png) and 9\.(jpg|png)"):
        read("colondb", tmp_path)


def test_layouts_that_only_a_manifest_can_tell(tmp_path: Path) -> None:
    for name in ("rsdd", "manifest"):
        with pytest.raises(ConfigError, match="a manifest must name them"):
            read(name, tmp_path)


def test_ten_thousand_files_in_well_under_a_second(tmp_path: Path) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
        for number in range(5000):
            (tmp_path / folder / f"{number}.png").touch()
    start = time.perf_counter()
    samples = LAYOUTS["images_and_masks"].read(tmp_path, "test", "x")
    assert time.perf_counter() - start < 1
    assert len(samples) == 5000 and all(s.mask and s.mask.stem == s.image.stem for s in samples)
