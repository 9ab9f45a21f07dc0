from __future__ import annotations

from pathlib import Path

import pytest

from acd_monai.bundle import load_benchmark
from acd_monai.data import Benchmark, Sample, check_masks, has_pixel_labels
from acd_monai.errors import ConfigError, InputError
from tests.data.benchmarks.trees import make_tree

IMAGE = Path("/d/a.png")


def samples(abnormal: int, normal: int, class_name: str = "a", masks: int = 0) -> list[Sample]:
    bad = [Sample(Path(f"/d/b{i}.png"), 1, class_name, IMAGE if i < masks else None, str(i)) for i in range(abnormal)]
    return bad + [Sample(Path(f"/d/g{i}.png"), 0, class_name, None, f"g{i}") for i in range(normal)]


def benchmark(**values: object) -> Benchmark:
    return Benchmark(**{"name": "x", "title": "X", "family": "own", "layout": "mvtec", **values})  # type: ignore[arg-type]


def test_no_root_is_no_samples() -> None:
    assert load_benchmark("visa").read(None) == []


def test_nouns() -> None:
    named = benchmark(nouns={"nut": "metal nut"})
    assert named.noun_of("nut") == named.noun_of("nut", "scan") == "metal nut"
    with pytest.raises(ConfigError, match="class 'bolt' of data set 'x' has no noun, nut has; .* Add it to the nouns"):
        named.noun_of("bolt", "scan")
    assert benchmark().noun_of("bolt", "scan") == "scan"
    with pytest.raises(ConfigError, match="class 'bolt'"):
        benchmark().noun_of("bolt")


def test_classes_in_the_order_of_their_nouns() -> None:
    there = [*samples(1, 0, "z10"), *samples(1, 0, "z2"), *samples(1, 0, "a"), *samples(1, 0, "b")]
    assert benchmark(nouns={"b": "b", "c": "c", "a": "a"}).classes(there) == ["b", "a", "z2", "z10"]


def test_a_full_download_differs_in_nothing() -> None:
    full = benchmark(counts={"test": [2, 1], "train": 3}, nouns={"a": "a"})
    assert full.differences(samples(2, 1, masks=2)) == []
    assert full.differences(samples(0, 3), "train") == []


def test_differences_are_said(tmp_path: Path) -> None:
    counted = benchmark(counts={"test": [3, 1], "train": 5})
    assert counted.differences(samples(2, 1, masks=2)) == [
        "3 images, 2 abnormal and 1 normal; a full test split has 4, 3 abnormal and 1 normal"
    ]
    assert counted.differences(samples(0, 3), "train") == [
        "3 images, 0 abnormal and 3 normal; a full train split has 5"
    ]
    make_tree("mvtec", tmp_path)
    mvtec = load_benchmark("mvtec")
    count, missing, bottle, tile = mvtec.differences(mvtec.read(tmp_path))
    assert count == "9 images, 5 abnormal and 4 normal; a full test split has 1725, 1258 abnormal and 467 normal"
    assert missing.startswith("no image of class cable, capsule,") and "bottle" not in missing
    assert bottle == "class bottle: 1 of 4 abnormal images have no mask: 011.png"
    assert tile == "class tile has no masks: its pixel metrics are undefined"


def test_labels_of_one_kind_are_said_unless_published_so() -> None:
    assert benchmark().differences(samples(2, 0, masks=2)) == [
        "all images are abnormal: image AUROC and AP are undefined"
    ]
    assert benchmark().differences(samples(0, 2)) == ["all images are normal: image AUROC and AP are undefined"]
    assert benchmark(counts={"test": [2, 0]}).differences(samples(2, 0, masks=2)) == []


def test_a_class_without_a_noun_is_said() -> None:
    assert benchmark(nouns={"nut": "nut"}).differences(samples(1, 1, "bolt", masks=1)) == [
        "no image of class nut",
        "no noun for class bolt",
    ]


def test_other_names_of_a_class() -> None:
    colon = load_benchmark("colondb")
    assert colon.noun_of("Colon_colonDB") == colon.noun_of("ColonDB") == "colon endoscopy image"
    for name in ("ColonDB", "Colon_colonDB"):
        assert colon.differences(samples(380, 0, name, masks=380)) == []


def test_pixel_labels() -> None:
    assert has_pixel_labels(samples(2, 1, masks=1))
    assert not has_pixel_labels(samples(2, 1))
    assert not has_pixel_labels([Sample(IMAGE, 0, "a", IMAGE, "a")])


def test_pixel_training_needs_masks() -> None:
    check_masks(samples(2, 1, masks=2))
    with pytest.raises(InputError, match=r"1 of 2 abnormal images have no mask \(b1.png\); training on pixels needs"):
        check_masks(samples(2, 1, masks=1))
    with pytest.raises(InputError, match="no image is abnormal"):
        check_masks(samples(0, 3))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"family": "toys"}, "family is 'toys'; wanted one of medical"),
        ({"layout": "odd"}, "layout is 'odd'; wanted one of bmad"),
        ({"nouns": {"nut": " "}}, "noun of nut is ' '; wanted text"),
        ({"counts": {"valid": 3}}, "count of split valid is 3"),
        ({"counts": {"test": [1, -1]}}, "count of split test is"),
        ({"published": {"run": {"auroc": 90}}}, "auroc of run is 90; wanted percent of one of pixel_auroc"),
        ({"published": {"run": {"pixel_ap": 900}}}, "pixel_ap of run is 900"),
    ],
)
def test_values_that_do_not_work(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=f"data set 'x': {message}"):
        benchmark(**values)
