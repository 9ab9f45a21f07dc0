from __future__ import annotations

import json
from pathlib import Path

import pytest

from acd_monai.bundle import load_benchmark
from acd_monai.data import Sample, read_manifest, write_manifest
from acd_monai.errors import InputError
from tests.data.benchmarks.trees import EXPECTED, make_tree, mask, picture

GOOD = {"image_path": "a/1.png", "label": 0, "class_name": "Brain"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    picture(root / "a" / "1.png", 1)
    picture(root / "a" / "größe 2.png", 2)
    mask(root / "m" / "2.png", 2)
    return root


def written(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_the_authors_lists_load_as_they_are(root: Path, tmp_path: Path) -> None:
    manifest = written(
        tmp_path / "Brain.jsonl",
        '{"image_path": "a/größe 2.png", "label": 1, "mask_path": "m/2.png", "class_name": "Brain"}',
        '{"image_path": "a/1.png", "label": 0, "class_name": "Brain"}',
        "",
        '{"image_path": "a/3.png", "label": 0.0, "class_name": "Brain", "mask_path": null, "more": [1]}',
        '{"image_path": "./a/x/../4.png", "label": "0", "class_name": "Brain", "mask_path": "", "case": "p1"}',
        json.dumps({**GOOD, "image_path": str(root / "a" / "5.png"), "label": 1.0}),
    )
    for number in (3, 4, 5):
        picture(root / "a" / f"{number}.png", number)
    assert read_manifest(manifest, root) == [
        Sample(root / "a" / "größe 2.png", 1, "Brain", root / "m" / "2.png", "a/größe 2"),
        Sample(root / "a" / "1.png", 0, "Brain", None, "a/1"),
        Sample(root / "a" / "3.png", 0, "Brain", None, "a/3"),
        Sample(root / "a" / "4.png", 0, "Brain", None, "p1"),
        Sample(root / "a" / "5.png", 1, "Brain", None, "a/5"),
    ]


def test_windows_text(root: Path, tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n\r\n")
    assert len(read_manifest(tmp_path / "m.jsonl", root)) == 1


@pytest.mark.parametrize(("name", "split"), EXPECTED)
def test_every_layout_comes_back_from_its_manifest(name: str, split: str, tmp_path: Path) -> None:
    root = tmp_path / "root"
    make_tree(name, root)
    benchmark = load_benchmark(name)
    samples = benchmark.read(root, split=split)
    write_manifest(samples, tmp_path / "m.jsonl", root)
    assert benchmark.read(root, tmp_path / "m.jsonl") == samples
    assert str(tmp_path) not in (tmp_path / "m.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{oops", r"line 2: '{oops' is no JSON; wanted"),
        ("[" * 100_000, "line 2: .* is no JSON"),
        ("[1]", r"line 2: '\[1\]'; wanted"),
        ({**GOOD, "label": 2}, "line 2: label 2; wanted 0 .normal. or 1"),
        ({**GOOD, "label": True}, "line 2: label True; wanted"),
        ({**GOOD, "label": [0]}, r"line 2: label \[0\]; wanted"),
        ({**GOOD, "class_name": " "}, "line 2: class_name ' '; wanted"),
        ({**GOOD, "image_path": None}, "line 2: image_path None; wanted a path below"),
        ({**GOOD, "image_path": "../secret.png"}, "line 2: image_path '../secret.png'; wanted a path below"),
        ({**GOOD, "image_path": "/etc/passwd"}, "line 2: image_path '/etc/passwd'; wanted a path below"),
        ({**GOOD, "image_path": "."}, "line 2: image_path '.'; wanted a path below"),
        ({**GOOD, "mask_path": "a/../../m.png"}, "line 2: mask_path"),
        ({**GOOD, "mask_path": 3}, "line 2: mask_path 3"),
        (GOOD, "named more than once: a/1.png; wanted a line"),
        ({**GOOD, "image_path": "a/v.nii.gz", "label": 1}, "line 2: v.nii.gz is an abnormal volume without mask_path"),
        ({**GOOD, "case": 7}, "line 2: case 7; wanted text"),
        ({**GOOD, "image_path": "a/\x00.png"}, "1 of 2 files it names are not below"),
    ],
)
def test_bad_lines(line: object, message: str, root: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_manifest(written(tmp_path / "list.jsonl", GOOD, line), root)
    assert "list.jsonl" in str(caught.value)


def test_a_folder_whose_name_begins_alike_is_outside(root: Path, tmp_path: Path) -> None:
    picture(tmp_path / "root2" / "1.png", 1)
    with pytest.raises(InputError, match="wanted a path below"):
        read_manifest(written(tmp_path / "m.jsonl", {**GOOD, "image_path": "../root2/1.png"}), root)


def test_missing_files_are_counted_and_the_first_named(root: Path, tmp_path: Path) -> None:
    lines = [{**GOOD, "image_path": f"a/{number}.png"} for number in range(1, 7)]
    with pytest.raises(InputError, match=r"m.jsonl: 5 of 6 files .*: a/2.png, a/3.png, a/4.png and 2 more"):
        read_manifest(written(tmp_path / "m.jsonl", *lines), root)


def test_no_list_at_all(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the manifest is empty"):
        read_manifest(written(tmp_path / "m.jsonl", ""), root)
    with pytest.raises(InputError, match="cannot be read as UTF-8"):
        read_manifest(root / "a" / "1.png", root)
    with pytest.raises(InputError, match="none.jsonl: cannot be read"):
        read_manifest(tmp_path / "none.jsonl", root)


def test_files_outside_of_the_root_are_not_written(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not below the data root"):
        write_manifest([Sample(tmp_path / "x.png", 0, "a", None, "x")], tmp_path / "m.jsonl", root)
    assert not (tmp_path / "m.jsonl").exists()
