"""Image scores that need all images of a class: CLIP-AD's, in one process and in two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed
import torch.multiprocessing
from sklearn.metrics import roc_auc_score

from acd_monai.engines import ScoredImage
from acd_monai.handlers.class_figures import ClassFigures
from acd_monai.metrics import gather_pixel_scores
from acd_monai.networks import CLIPAD, AnomalyNetwork, ClipBackbone, CLIPZeroShot
from acd_monai.networks.class_scores import stretched_sum
from acd_monai.reports.evaluation import ClassResult
from tests.networks.conftest import TINY

LABELS = torch.tensor([0, 1, 0, 1, 1, 0])
SENTENCES = (["a good scan"], ["a bad scan"])


def make_network(kind: type[AnomalyNetwork] = CLIPAD) -> AnomalyNetwork:
    backbone = ClipBackbone(TINY, activation="gelu", position_embedding="bicubic_antialias")
    return kind(backbone).eval()  # type: ignore[call-arg]


def make_images() -> torch.Tensor:
    generator = np.random.default_rng(3)
    return torch.from_numpy(generator.normal(size=(6, 3, 70, 70)).astype(np.float32) * np.r_[1:7][:, None, None, None])


@torch.no_grad()
def figures_of(network: AnomalyNetwork, numbers: list[int]) -> ClassResult:
    """The result of the class over all processes, of which this one saw the images of these numbers."""
    gathered = ClassFigures(
        "scan", "scan", gather_pixel_scores("exact", "cpu"), threshold=0.5, draws=0, seed=0,
        class_scores=network.class_scores,
    )  # fmt: skip
    images, text = make_images().float(), network.encode_text(*SENTENCES)
    for number in numbers:
        score, maps = network.predict(images[number : number + 1], text)
        item = {"image": torch.zeros(1, 70, 70, 1), "name": f"{number}.png", "case": f"{number}", "masked": False}
        peaks, half = maps.amax(dim=(1, 2, 3)), maps[..., ::2, ::2]
        gathered.add(
            ScoredImage(
                item, item["image"], score, peaks, LABELS[number : number + 1], half, half > 1, torch.zeros(1).long()
            )
        )
    return gathered.finish()[0]


@pytest.fixture(scope="module")
def network() -> AnomalyNetwork:
    return make_network()


def scores_of(result: ClassResult) -> list[float]:
    assert [image.image for image in result.scores] == [f"{number}.png" for number in range(6)]
    return [image.score for image in result.scores]


@torch.no_grad()
def wanted_scores(network: CLIPAD) -> torch.Tensor:
    compared = network.compare(make_images().float(), network.encode_text(*SENTENCES))
    peaks = network.raw_map(compared, (70, 70)).amax(dim=(1, 2, 3))
    return stretched_sum(compared.whole.softmax(dim=1)[:, 1], peaks)


def test_clip_ad_is_scored_over_the_class(network: CLIPAD) -> None:
    result, wanted = figures_of(network, list(range(6))), wanted_scores(network)
    np.testing.assert_allclose(scores_of(result), wanted / 2, atol=1e-3)
    assert result.figures["image_auroc"].value == pytest.approx(roc_auc_score(LABELS, wanted))
    alone = [figures_of(network, [number]).scores[0].score for number in range(6)]
    assert alone == [0.0] * 6  # nothing to stretch over


def test_two_processes_are_as_one(network: CLIPAD, tmp_path: Path) -> None:
    torch.multiprocessing.spawn(one_of_two, args=(str(tmp_path),), nprocs=2)
    for rank in (0, 1):
        np.testing.assert_allclose(np.load(tmp_path / f"{rank}.npy"), wanted_scores(network) / 2, atol=1e-3)


def one_of_two(rank: int, folder: str) -> None:
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=2)
    np.save(f"{folder}/{rank}.npy", scores_of(figures_of(make_network(), list(range(rank, 6, 2)))))
    torch.distributed.destroy_process_group()


def test_other_methods_keep_each_images_own_score() -> None:
    plain = make_network(CLIPZeroShot)
    with torch.no_grad():
        own = plain.predict(make_images().float(), plain.encode_text(*SENTENCES)).score
    np.testing.assert_allclose(scores_of(figures_of(plain, list(range(6)))), own, atol=1e-6)


def test_a_class_without_a_score(network: CLIPAD) -> None:
    assert figures_of(network, []).scores == []
