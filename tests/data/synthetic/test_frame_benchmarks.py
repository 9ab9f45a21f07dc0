from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acd_monai.data import Benchmark
from acd_monai.data.benchmarks.bmad import read_bmad
from acd_monai.data.benchmarks.image_mask_folders import read_images_and_masks
from acd_monai.data.benchmarks.own_folder import read_own_folder
from acd_monai.data.synthetic import make_colonoscopy, make_retina_oct, write_oct_benchmark, write_polyp_benchmark
from acd_monai.errors import ConfigError, OutputError

CONFIGS = Path(__file__).parents[3] / "configs" / "datasets"


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def test_the_retina_layout_is_bmads(tmp_path: Path) -> None:
    folder = write_oct_benchmark(tmp_path, 2, 3, train=2, valid=1, seed=4, size=64)
    counts = {"train": (2, 0), "valid": (1, 1), "test": (2, 3)}
    seen = set()
    for split, (normal, abnormal) in counts.items():
        samples = read_bmad(folder, split, "Retina")
        assert [sample.label for sample in samples] == [0] * normal + [1] * abnormal
        assert len({sample.case for sample in samples}) == normal + abnormal
        seen |= {Path(sample.image).read_bytes() for sample in samples}
        for sample in samples[normal:]:
            assert sample.mask is not None and set(np.unique(pixels(Path(sample.mask)))) == {0, 255}
    assert len(seen) == 9
    first = read_bmad(folder, "test", "Retina")[2]
    picture = make_retina_oct(int(Path(first.image).stem.split("_")[0]), 64, True)
    np.testing.assert_array_equal(pixels(Path(first.image)), picture.image)
    np.testing.assert_array_equal(pixels(Path(first.mask or "")) > 0, picture.mask)


def test_the_polyp_layout_is_colondbs(tmp_path: Path) -> None:
    folder = write_polyp_benchmark(tmp_path, 3, seed=1, size=64)
    assert folder == tmp_path / "CVC-ColonDB"
    samples = read_images_and_masks(folder, "test", "ColonDB")
    assert [sample.label for sample in samples] == [1, 1, 1] and all(sample.mask for sample in samples)
    picture = make_colonoscopy(1_000_000, 64, True)
    np.testing.assert_array_equal(pixels(Path(samples[0].image)), picture.image)
    np.testing.assert_array_equal(pixels(Path(samples[0].mask or "")) > 0, picture.mask)


def test_frames_without_a_polyp_make_it_a_folder_of_ones_own(tmp_path: Path) -> None:
    folder = write_polyp_benchmark(tmp_path, 2, 3, size=64, name="polyps")
    assert sorted(sample.label for sample in read_own_folder(folder, "test", "colon")) == [0, 0, 0, 1, 1]


def test_it_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="flu"):
        write_oct_benchmark(tmp_path / "oct", 1, 1, size=64, abnormal_kind="flu")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    (tmp_path / "oct" / "Retina_RESC_AD").mkdir(parents=True)
    with pytest.raises(OutputError, match="Retina_RESC_AD is there already"):
        write_oct_benchmark(tmp_path / "oct", 1, 1, size=64)
    for values in ((0, 0), (-1, 2)):
        with pytest.raises(ConfigError, match="benchmark of"):
            write_polyp_benchmark(tmp_path / "polyps", *values)


@pytest.mark.parametrize("config", ["bmad_retina", "colondb", "clinicdb", "kvasir", "cvc300"])
def test_the_dataset_config_reads_it(config: str, tmp_path: Path) -> None:
    values = json.loads((CONFIGS / f"{config}.json").read_text(encoding="utf-8"))["benchmark"]
    values.pop("_target_")
    if config == "bmad_retina":
        write_oct_benchmark(tmp_path, 1, 2, size=64)
    else:
        write_polyp_benchmark(tmp_path, 2, size=64, name=values["folder"])
    samples = Benchmark(**values).read(tmp_path)
    assert sum(sample.label for sample in samples) == 2 and len(samples) == 2 + (config == "bmad_retina")
    assert {sample.class_name for sample in samples} <= set(values["nouns"])
