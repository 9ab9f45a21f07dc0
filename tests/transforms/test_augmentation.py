"""The training augmentation, against torchvision and by its properties."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as tv

from acd_monai.errors import ConfigError
from acd_monai.transforms import TrainingAugmentation

NEVER: dict[str, Any] = {
    "noise_probability": 0.0,
    "jitter_probability": 0.0,
    "rotation_probability": 0.0,
    "shift_probability": 0.0,
    "flip_probability": 0.0,
}


def only(**values: float) -> TrainingAugmentation:
    return TrainingAugmentation(**{**NEVER, **values})


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    image = torch.rand(6, 3, 40, 56, generator=seeded(1))
    return image, (torch.rand(6, 1, 40, 56, generator=seeded(2)) > 0.7).float()


@pytest.fixture
def shape() -> tuple[Tensor, Tensor]:
    """A lopsided shape, drawn in the image and in the mask."""
    mask = torch.zeros(16, 1, 64, 96)
    mask[:, :, 20:44, 30:66] = 1
    mask[:, :, 28:36, 66:76] = 1
    return mask.expand(-1, 3, -1, -1).clone(), mask


def test_nothing_drawn_changes_nothing(batch: tuple[Tensor, Tensor]) -> None:
    image, mask = only()(*batch, seeded())
    assert torch.equal(image, batch[0]) and torch.equal(mask, batch[1])


@pytest.mark.parametrize("seed", range(3))
def test_colour_is_torchvisions(batch: tuple[Tensor, Tensor], seed: int) -> None:
    augment = only(jitter_probability=1.0)
    result = augment(*batch, seeded(seed))
    draws = augment._draw(batch[0].clone(), seeded(seed))
    for factors in (draws.brightness, draws.contrast, draws.saturation):
        assert factors.min() >= 0.5 and factors.max() <= 1.5 and factors.unique().numel() == 6
    for index, image in enumerate(batch[0]):
        image = tv.adjust_brightness(image, float(draws.brightness[index]))
        image = tv.adjust_contrast(image, float(draws.contrast[index]))
        image = tv.adjust_saturation(image, float(draws.saturation[index]))
        torch.testing.assert_close(result.image[index], image, atol=2e-6, rtol=0)
    assert torch.equal(result.mask, batch[1])


def test_flips_are_exact(batch: tuple[Tensor, Tensor]) -> None:
    result = only(flip_probability=1.0)(*batch, seeded())
    assert torch.equal(result.image, batch[0].flip(2, 3)) and torch.equal(result.mask, batch[1].flip(2, 3))


@pytest.mark.parametrize("seed", range(3))
def test_rotation_and_shift_are_torchvisions(batch: tuple[Tensor, Tensor], seed: int) -> None:
    augment = only(rotation_probability=1.0, shift_probability=1.0)
    result = augment(*batch, seeded(seed))
    draws = augment._draw(batch[0].clone(), seeded(seed))
    assert draws.angle.abs().max() <= torch.pi / 6 and draws.shift.abs().max() <= 0.15
    for index in range(6):
        right, down = (draws.shift[index] * torch.tensor([56.0, 40.0])).tolist()
        angle = -float(draws.angle[index].rad2deg())
        kind = {"angle": angle, "translate": [right, down], "scale": 1.0, "shear": [0.0, 0.0]}
        image = tv.affine(batch[0][index], interpolation=tv.InterpolationMode.BILINEAR, **kind)
        torch.testing.assert_close(result.image[index], image, atol=2e-4, rtol=0)
        mask = tv.affine(batch[1][index], interpolation=tv.InterpolationMode.NEAREST, **kind)
        assert (result.mask[index] != mask).float().mean() < 0.002  # a pixel may lie on the edge of two


def test_image_and_mask_move_together(shape: tuple[Tensor, Tensor]) -> None:
    augment = TrainingAugmentation(
        **{**NEVER, "rotation_probability": 1, "shift_probability": 1, "flip_probability": 0.5}
    )
    result = augment(*shape, seeded(3))
    assert set(result.mask.unique().tolist()) == {0.0, 1.0}
    assert (result.mask != shape[1]).flatten(1).float().mean(dim=1).min() > 0.02
    drawn = (result.image > 0.5).float()
    assert (drawn != result.mask).flatten(1).float().mean(dim=1).max() < 0.004  # half a pixel along the outline


def test_the_border_has_its_colour() -> None:
    white = torch.ones(8, 3, 32, 32), torch.ones(8, 1, 32, 32)
    black = only(shift_probability=1.0)(*white, seeded())
    grey = TrainingAugmentation(**{**NEVER, "shift_probability": 1.0, "border": (0.5, 0.25, 0.0)})(*white, seeded())
    assert black.image.amin() == 0 and black.mask.amin() == 0
    outside = (grey.image[:, 0] == 0.5) & (grey.image[:, 1] == 0.25) & (grey.image[:, 2] == 0)
    assert torch.equal(outside, (black.image == 0).all(dim=1)) and outside.any()


def test_noise_touches_its_share_of_pixels() -> None:
    image = torch.full((4, 3, 128, 128), 0.5)
    changed = (only(noise_probability=1.0)(image, torch.zeros(4, 1, 128, 128), seeded()).image != image).any(dim=1)
    assert changed.flatten(1).float().mean(dim=1).tolist() == pytest.approx([0.0013] * 4, rel=0.08)


def test_how_often_each_happens() -> None:
    image, mask = torch.rand(1, 3, 8, 8, generator=seeded()).expand(2000, -1, -1, -1), torch.zeros(2000, 1, 8, 8)
    draws = TrainingAugmentation(noise_share=0.0)._draw(image, seeded(5))
    shares = [(factor != 1).float().mean() for factor in (draws.brightness, draws.contrast, draws.saturation)]
    assert [float(share) for share in shares] == pytest.approx([0.7] * 3, abs=0.04)
    assert float((draws.angle != 0).float().mean()) == pytest.approx(0.5, abs=0.04)
    assert float((draws.shift != 0).all(dim=1).float().mean()) == pytest.approx(0.5, abs=0.04)
    assert draws.flip.float().mean(dim=0).tolist() == pytest.approx([0.5, 0.5], abs=0.04)
    noisy = only(noise_probability=0.3, noise_share=0.5)(image, mask, seeded(6)).image != image
    assert float(noisy.flatten(1).any(dim=1).float().mean()) == pytest.approx(0.3, abs=0.04)


def test_a_generators_state_repeats_the_run_and_batches_do_not_matter(batch: tuple[Tensor, Tensor]) -> None:
    augment, generator = TrainingAugmentation(noise_probability=0.5, noise_share=0.05), seeded(7)
    before = [tensor.clone() for tensor in batch]
    state = generator.get_state()
    whole = augment(*batch, generator)
    assert all(torch.equal(now, then) for now, then in zip(batch, before, strict=True))
    generator.set_state(state)
    parts = [augment(batch[0][part], batch[1][part], generator) for part in (slice(0, 1), slice(1, 4), slice(4, 6))]
    torch.testing.assert_close(torch.cat([part.image for part in parts]), whole.image, atol=1e-6, rtol=0)
    assert torch.equal(torch.cat([part.mask for part in parts]), whole.mask)
    generator.set_state(state)
    again = augment(*batch, generator)
    assert torch.equal(again.image, whole.image)
    assert not torch.equal(augment(*batch, generator).image, whole.image)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"jitter": 1.5}, "jitter of the augmentation is 1.5"),
        ({"noise_share": -0.1}, "noise_share"),
        ({"rotation_degrees": 400}, "rotation_degrees is 400"),
        ({"border": (0.0, 0.0)}, "border has 2 values"),
    ],
)
def test_what_is_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        TrainingAugmentation(**values)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"\(2, 3, 8, 8\) and \(2, 8, 8\)"):
        only()(torch.zeros(2, 3, 8, 8), torch.zeros(2, 8, 8), seeded())
