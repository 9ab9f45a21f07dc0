"""One step of the trainer against the authors' numbers, in parts, and in an order that can be taken up again."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from monai.data import Dataset
from torch.utils.data import DataLoader

from acd_monai.data import EpochSampler, PromptEnsemble
from acd_monai.engines import AdapterTrainer
from acd_monai.errors import ConfigError
from acd_monai.losses import ACDCLIPLoss
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone, TrainingView
from acd_monai.networks.checkpoints import official_name
from acd_monai.networks.seeding import seeded_tensor
from acd_monai.transforms import Mosaic, TrainingAugmentation
from tests.networks.nets.parity import read_parity, training_items

TINY = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 70, "layers": 12, "width": 128, "head_width": 64, "patch_size": 14},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 12},
}
PROMPTS = PromptEnsemble(
    normal=["{}", "a {}", "the {}"],
    abnormal=["a damaged {}", "a broken {}", "a {} with flaw", "a {} with defect", "a {} with damage"],
    templates=["{}.", "a photo of {}."],
)


@pytest.fixture(scope="module")
def backbone() -> ClipBackbone:
    return ClipBackbone(TINY, activation="gelu", position_embedding="bicubic_antialias")


def trainer_on(backbone: ClipBackbone, n_groups: int, items: list[dict[str, Any]], **settings: Any) -> AdapterTrainer:
    """A trainer with the fixtures' weights that takes one step and leaves the weights alone."""
    network = ACDCLIP(backbone, n_groups)
    with torch.no_grad():
        for name, parameter in network.adapters().named_parameters():
            parameter.copy_(seeded_tensor(official_name(name), tuple(parameter.shape)))
    sampler = EpochSampler(items, len(items))
    return AdapterTrainer(
        device=torch.device("cpu"),
        max_epochs=1,
        train_data_loader=DataLoader(items, batch_size=len(items), sampler=sampler),
        network=TrainingView(AnomalyDetector(network, "scan", PROMPTS)),
        optimizer=torch.optim.SGD(network.adapters().parameters(), lr=0.0),
        loss_function=ACDCLIPLoss(),
        **settings,
    )


def gradients(trainer: AdapterTrainer) -> dict[str, torch.Tensor]:
    adapters = trainer.network.network.adapters()
    return {name: parameter.grad for name, parameter in adapters.named_parameters()}


@pytest.mark.parametrize("n_groups", [2, 3, 4, 6])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_step_gives_the_authors_losses_and_gradients(backbone: ClipBackbone, n_groups: int, accumulate: int) -> None:
    want = read_parity(f"acd_clip_tiny_n{n_groups}")
    trainer = trainer_on(backbone, n_groups, training_items(), accumulate=accumulate)
    trainer.run()
    losses = trainer.state.output[0]
    assert losses["image_loss"] == pytest.approx(float(want["train_ce"]), rel=2e-5)
    assert losses["pixel_loss"] == pytest.approx(float(want["train_seg_loss"]), rel=2e-5)
    assert losses["loss"] == pytest.approx(losses["image_loss"] + losses["pixel_loss"])
    norms = {official_name(name): float(value.norm()) for name, value in gradients(trainer).items()}
    for name, value in zip(want["grad_norm_names"], want["grad_norm_values"], strict=True):
        assert norms[str(name)] == pytest.approx(float(value), rel=1e-3), name
    assert all(parameter.grad is None for parameter in backbone.parameters())


def test_parts_of_unequal_size_give_the_gradient_of_the_batch(backbone: ClipBackbone) -> None:
    items = [{**item, "index": number} for number, item in enumerate(training_items() * 3)][:5]
    augmentation = TrainingAugmentation()
    whole = trainer_on(backbone, 2, items, augmentation=augmentation)
    parts = trainer_on(backbone, 2, items, augmentation=augmentation, accumulate=3)
    whole.run()
    parts.run()
    assert whole.state.output[0] == pytest.approx(parts.state.output[0], rel=1e-5)
    expected = gradients(whole)
    for name, value in gradients(parts).items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5 * float(expected[name].abs().max()))


def test_the_augmentation_of_an_image_depends_on_seed_epoch_and_image(backbone: ClipBackbone) -> None:
    def prepared(seed: int, epoch: int, numbers: list[int]) -> torch.Tensor:
        items = [training_items()[0] | {"index": number} for number in numbers]
        trainer = trainer_on(backbone, 2, items, augmentation=TrainingAugmentation(), seed=seed)
        trainer.state.epoch = epoch
        batch = next(iter(DataLoader(items, batch_size=len(items))))
        return trainer._prepare(batch).image

    alone, together = prepared(1, 1, [5])[0], prepared(1, 1, [4, 5])
    assert torch.equal(together[1], alone)
    for other in (prepared(2, 1, [5]), prepared(1, 2, [5]), prepared(1, 1, [6])):
        assert not torch.equal(other[0], alone)


def test_a_mosaic_stands_in_for_an_image_and_is_abnormal_when_a_tile_is(backbone: ClipBackbone) -> None:
    images = [item | {"index": number} for number, item in enumerate(training_items())]
    assert [int(item["label"]) for item in images] == [0, 1]
    known = [{"image": "mvtec/nut/test/bent/0.png", "class_name": "nut"}] * 2
    mosaic = Mosaic(Dataset(known, lambda item: images[1]), 0.5)
    trainer = trainer_on(backbone, 2, images, mosaic=mosaic, augmentation=None)
    made = set()
    for trainer.state.epoch in range(12):
        batch = trainer._prepare(next(iter(DataLoader(images, batch_size=2))))
        changed = not torch.equal(batch.image[0], images[0]["image"] / 255)
        assert int(batch.label[0]) == batch.mask[0].any() == changed
        made.add(changed)
    assert made == {False, True}
    whole, parts = (trainer_on(backbone, 2, images, mosaic=mosaic, accumulate=parts) for parts in (1, 2))
    whole.run()
    parts.run()
    assert whole.state.output[0] == pytest.approx(parts.state.output[0], rel=1e-5)


def test_bf16_stays_near_fp32(backbone: ClipBackbone) -> None:
    losses = []
    for precision in ("fp32", "bf16"):
        trainer = trainer_on(backbone, 2, training_items(), precision=precision)
        trainer.run()
        losses.append(trainer.state.output[0]["loss"])
        assert all(gradient.dtype == torch.float32 for gradient in gradients(trainer).values())
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"accumulate": 0}, "accumulate is 0; wanted 1 or more"),
        ({"precision": "fp8"}, "precision is 'fp8'; wanted auto"),
    ],
)
def test_a_value_out_of_range_is_refused(backbone: ClipBackbone, settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        trainer_on(backbone, 2, training_items(), **settings)
