from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from acd_monai.data import ABNORMAL, NORMAL, Benchmark
from acd_monai.data.synthetic import write_head_benchmark, write_liver_benchmark
from acd_monai.errors import ConfigError, OutputError

CONFIGS = Path(__file__).parents[3] / "configs" / "datasets"


@pytest.mark.parametrize(
    ("write", "config", "noun_class"),
    [(write_head_benchmark, "bmad_brain", "Brain"), (write_liver_benchmark, "bmad_liver", "Liver")],
)
def test_the_dataset_config_reads_it(write: Callable[..., Path], config: str, noun_class: str, tmp_path: Path) -> None:
    written = write(tmp_path, cases=3, slices_per_case=4, seed=2, train_cases=1, size=64)
    values = json.loads((CONFIGS / f"{config}.json").read_text(encoding="utf-8"))["benchmark"]
    values.pop("_target_")
    assert written == tmp_path / values["folder"]
    samples = Benchmark(**values).read(tmp_path)
    assert [sample.label for sample in samples].count(ABNORMAL) == 6
    assert [sample.label for sample in samples].count(NORMAL) == 6
    assert {sample.class_name for sample in samples} == {noun_class}
    images = [sample.image for sample in samples]
    assert len({image.read_bytes() for image in images}) == 12
    for sample in samples:
        assert (sample.mask is None) == (sample.label == NORMAL)
        label = sample.image.parents[1] / "label" / sample.image.name
        mask = np.asarray(Image.open(sample.mask or label))
        assert mask.shape == np.asarray(Image.open(sample.image)).shape == (64, 64)
        assert set(np.unique(mask)) == ({0, 255} if sample.label == ABNORMAL else {0})
    cases = {sample.image.stem.partition("_")[0]: set() for sample in samples}
    for sample in samples:
        cases[sample.image.stem.partition("_")[0]].add(sample.label)
    assert cases == {"0000": {NORMAL, ABNORMAL}, "0001": {NORMAL, ABNORMAL}, "0002": {NORMAL}}
    train = Benchmark(**values).read(tmp_path, split="train")
    assert len(train) == 4 and {sample.label for sample in train} == {NORMAL}


def test_the_same_arguments_write_the_same_files(tmp_path: Path) -> None:
    first, again = (write_head_benchmark(tmp_path / name, 1, 2, seed=7, size=64) for name in ("a", "b"))
    names = sorted(path.relative_to(first) for path in first.rglob("*.png"))
    assert names and all((first / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_what_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "Liver_AD").mkdir()
    with pytest.raises(OutputError, match="Liver_AD is there already"):
        write_liver_benchmark(tmp_path, 1, 1, size=64)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not write"):
        write_head_benchmark(tmp_path / "file", 1, 1, size=64)
    with pytest.raises(ConfigError, match="phantom benchmark of 0 cases"):
        write_head_benchmark(tmp_path, 0, 1, size=64)
    with pytest.raises(ConfigError, match="t9"):
        write_head_benchmark(tmp_path, 1, 1, size=64, contrast="t9")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Liver_AD", "file"]
