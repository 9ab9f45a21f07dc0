from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acd_monai.data.synthetic import DEFECTS, make_texture, write_texture_benchmark
from acd_monai.errors import ConfigError, OutputError


def test_the_layout_is_mvtecs(tmp_path: Path) -> None:
    folders = write_texture_benchmark(tmp_path, ["wood", "mesh"], normal=2, abnormal=len(DEFECTS) + 1, seed=3, size=64)
    assert folders == (tmp_path / "wood", tmp_path / "mesh")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mesh", "wood"]
    for folder in folders:
        assert sorted(path.name for path in (folder / "test").iterdir()) == sorted([*DEFECTS, "good"])
        images = sorted(folder.glob("t*/*/*.png"))
        assert len(images) == 2 * 2 + len(DEFECTS) + 1
        assert len({image.read_bytes() for image in images}) == len(images)
        for image in images:
            mask = folder / "ground_truth" / image.parent.name / f"{image.stem}_mask.png"
            assert mask.exists() == (image.parent.name != "good")
            assert Image.open(image).size == (64, 64) and Image.open(image).mode == "RGB"
            if mask.exists():
                assert set(np.unique(np.asarray(Image.open(mask)))) == {0, 255}
    first = 3 * (2 * 2 + len(DEFECTS) + 1)
    written = np.asarray(Image.open(tmp_path / "wood" / "test" / DEFECTS[0] / "000.png"))
    np.testing.assert_array_equal(written, make_texture("wood", first + 4, 64, DEFECTS[0]).image)


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "wood").mkdir()
    with pytest.raises(OutputError, match="wood is there already"):
        write_texture_benchmark(tmp_path, ["mesh", "wood"], normal=1, abnormal=0, size=64)
    assert [path.name for path in tmp_path.iterdir()] == ["wood"]


def test_a_family_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ceramic"):
        write_texture_benchmark(tmp_path, ["wood", "ceramic"], normal=1, abnormal=0, size=64)
    assert [path.name for path in tmp_path.iterdir()] in ([], ["wood"])


def test_what_is_refused(tmp_path: Path) -> None:
    for values in ({"normal": 0, "abnormal": 0}, {"normal": -1, "abnormal": 3}, {"families": ["wood", "wood"]}):
        with pytest.raises(ConfigError, match="texture benchmark of"):
            write_texture_benchmark(tmp_path, **{"families": ["wood"], "normal": 1, "abnormal": 1, **values})
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not write"):
        write_texture_benchmark(tmp_path / "file", ["wood"], normal=1, abnormal=0, size=64)
