from __future__ import annotations

from pathlib import Path

import pytest

from acd_monai.data import Sample
from acd_monai.data.benchmarks.own_folder import read_own_folder
from acd_monai.errors import InputError
from tests.data.benchmarks.trees import make_tree, pairs, picture


def told(samples: list[Sample], root: Path) -> list[tuple[str, int, str | None]]:
    return [
        (s.image.relative_to(root).as_posix(), s.label, s.mask.relative_to(root).as_posix() if s.mask else None)
        for s in samples
    ]


def test_named_folders(tmp_path: Path) -> None:
    make_tree("folder", tmp_path)
    assert told(read_own_folder(tmp_path, "test"), tmp_path) == [
        ("dent/9.jpg", 1, "ground_truth/dent/9_mask.png"),
        ("dent/10.jpg", 1, "ground_truth/dent/10_mask.png"),
        ("dent/deep/10.tif", 1, "ground_truth/dent/deep/10.png"),
        ("good/a.png", 0, None),
        ("good/b.png", 0, None),
        ("scratch/1.bmp", 1, None),
    ]


def test_named_folders_with_all_masks_in_one(tmp_path: Path) -> None:
    pairs(tmp_path / "images" / "bad", tmp_path / "masks", ["x2", "x1"], ".jpg", "_seg.png")
    pairs(tmp_path / "images" / "Normal", None, ["x3"], ".jpg", "")
    assert told(read_own_folder(tmp_path, "test"), tmp_path) == [
        ("images/bad/x1.jpg", 1, "masks/x1_seg.png"),
        ("images/bad/x2.jpg", 1, "masks/x2_seg.png"),
        ("images/Normal/x3.jpg", 0, None),
    ]
    picture(tmp_path / "images" / "worse" / "x1.jpg", 3)
    with pytest.raises(InputError, match="x1_seg.png fits bad/x1.jpg and worse/x1.jpg"):
        read_own_folder(tmp_path, "test")


def test_a_mask_makes_abnormal(tmp_path: Path) -> None:
    pairs(tmp_path / "images", tmp_path / "masks", ["b", "a"], ".tiff", ".png")
    picture(tmp_path / "images" / "c.tiff", 1)
    assert told(read_own_folder(tmp_path, "test"), tmp_path) == [
        ("images/a.tiff", 1, "masks/a.png"),
        ("images/b.tiff", 1, "masks/b.png"),
        ("images/c.tiff", 0, None),
    ]


@pytest.mark.parametrize("place", ["", "part"])
def test_like_mvtec(place: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    base = root / place
    pairs(base / "test" / "hole", base / "ground_truth" / "hole", ["2"], ".png", ".bmp")
    pairs(base / "test" / "ok", None, ["1"], ".png", "")
    pairs(base / "val" / "ok", None, ["1"], ".png", "")
    samples = read_own_folder(root, "test")
    assert [(s.label, s.mask is not None, s.class_name) for s in samples] == [
        (1, True, place or "root"),
        (0, False, place or "root"),
    ]
    assert len(read_own_folder(root, "valid")) == 1


def test_one_label_only(tmp_path: Path) -> None:
    pairs(tmp_path / "good", None, ["1", "2"], ".png", "")
    assert {s.label for s in read_own_folder(tmp_path, "test")} == {0}
    pairs(tmp_path / "other" / "bad", None, ["1", "2"], ".png", "")
    assert {s.label for s in read_own_folder(tmp_path / "other", "test")} == {1}


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (["benign", "malignant"], "which of the folders benign/, malignant/ is normal cannot be told. Wanted good/"),
        (["."], "1 pictures, and nothing tells which are normal. Wanted good/"),
        ([".", "good"], "pictures beside folders"),
        ([], "no picture found. Wanted good/"),
    ],
)
def test_what_cannot_be_told_is_refused(folders: list[str], message: str, tmp_path: Path) -> None:
    for folder in folders:
        picture(tmp_path / folder / "1.png", 1)
    with pytest.raises(InputError, match=message):
        read_own_folder(tmp_path, "test")


def test_a_split_that_is_not_there(tmp_path: Path) -> None:
    make_tree("folder", tmp_path)
    with pytest.raises(InputError, match="no train/ folder; .* all images are the test split"):
        read_own_folder(tmp_path, "train")


def test_a_link_to_itself_ends(tmp_path: Path) -> None:
    picture(tmp_path / "good" / "1.png", 1)
    (tmp_path / "good" / "again").symlink_to(tmp_path / "good")
    assert len(read_own_folder(tmp_path, "test")) == 1
