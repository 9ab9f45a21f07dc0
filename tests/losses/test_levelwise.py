"""The shared loss; its agreement with each method's authors is in the tests of the methods."""

from __future__ import annotations

import pytest
import torch

from acd_monai.errors import ConfigError
from acd_monai.losses import LevelwiseLoss
from acd_monai.networks.nets import Logits


@pytest.fixture
def logits() -> Logits:
    generator = torch.Generator().manual_seed(0)
    return Logits(torch.randn(3, 2, generator=generator), torch.randn(4, 3, 2, 5, 5, generator=generator))


@pytest.fixture
def mask() -> torch.Tensor:
    mask = torch.zeros(3, 1, 20, 30)
    mask[1, :, 4:9, 6:20] = 1
    return mask


LABEL = torch.tensor([0, 1, 0])
ADACLIP = {"image_loss": "focal", "dice_of_normal": True}


def one_by_one(loss: LevelwiseLoss, logits: Logits, mask: torch.Tensor) -> torch.Tensor:
    singles = [
        loss(Logits(logits.image[i : i + 1], logits.pixel[:, i : i + 1]), LABEL[i : i + 1], mask[i : i + 1])
        for i in range(3)
    ]
    return torch.stack(singles).mean()


def test_row_dice_of_a_batch_is_the_mean_of_single_images(logits: Logits, mask: torch.Tensor) -> None:
    always = LevelwiseLoss(**ADACLIP, row_dice="always")
    torch.testing.assert_close(always(logits, LABEL, mask), one_by_one(always, logits, mask))
    never = LevelwiseLoss(**ADACLIP, row_dice="never")
    torch.testing.assert_close(never(logits, LABEL, mask), one_by_one(never, logits, mask))


def test_single_row_dice_is_the_quirk_for_one_image_and_not_for_more(logits: Logits, mask: torch.Tensor) -> None:
    single, never, always = (LevelwiseLoss(**ADACLIP, row_dice=rule) for rule in ("single", "never", "always"))
    assert torch.equal(single(logits, LABEL, mask), never(logits, LABEL, mask))
    assert torch.equal(one_by_one(single, logits, mask), one_by_one(always, logits, mask))
    assert not torch.allclose(one_by_one(single, logits, mask), single(logits, LABEL, mask))


def test_a_perfect_answer_costs_almost_nothing(mask: torch.Tensor) -> None:
    abnormal = 200 * mask - 100
    perfect = Logits(
        200.0 * torch.tensor([[1, 0], [0, 1], [1, 0]]), torch.cat([-abnormal, abnormal], 1).expand(4, 3, 2, 20, 30)
    )
    for softmax_after_resize in (True, False):
        loss = LevelwiseLoss(**ADACLIP, softmax_after_resize=softmax_after_resize)
        assert float(loss(perfect, LABEL, mask)) == pytest.approx(0, abs=1e-3)


def test_pixel_weight_and_absent_terms(logits: Logits, mask: torch.Tensor) -> None:
    terms = LevelwiseLoss().terms(logits, LABEL, mask)
    assert float(terms.image) == 0
    assert torch.equal(terms.dice_normal, torch.zeros(4))
    weighted = LevelwiseLoss(pixel_weight=4)(logits, LABEL, mask)
    torch.testing.assert_close(weighted, 4 * LevelwiseLoss()(logits, LABEL, mask))


def test_an_unknown_recipe_is_refused() -> None:
    with pytest.raises(ConfigError, match="image_loss is 'mse'; wanted one of cross_entropy, focal, None"):
        LevelwiseLoss(image_loss="mse")
    with pytest.raises(ConfigError, match="row_dice is True; wanted one of never, single, always"):
        LevelwiseLoss(row_dice=True)  # type: ignore[arg-type]
