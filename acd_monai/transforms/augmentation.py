"""The training augmentation of ACD-CLIP, on a whole batch at once and on the tensor's own device.

Colour first, on the image alone; then one movement of image and mask together. What is drawn for an image depends on
the generator alone, never on the batch it comes in.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn

from acd_monai.errors import ConfigError

__all__ = ["Augmented", "TrainingAugmentation"]

_LUMA = (0.2989, 0.587, 0.114)
"""Weights of red, green and blue in torchvision's grey."""


class Augmented(NamedTuple):
    """A batch after augmentation.

    Attributes:
        image: ``(B, 3, H, W)`` in [0, 1].
        mask: ``(B, 1, H, W)``, the values it had before.
    """

    image: Tensor
    mask: Tensor


class _Draws(NamedTuple):
    """What was drawn for each image of a batch; a factor of 1 and an angle or shift of 0 mean "left alone".

    Attributes:
        brightness, contrast, saturation: ``(B,)`` factors.
        angle: ``(B,)`` radians, positive turns counter-clockwise.
        shift: ``(B, 2)`` right and down, as shares of width and height.
        flip: ``(B, 2)`` bool, horizontal and vertical.
    """

    brightness: Tensor
    contrast: Tensor
    saturation: Tensor
    angle: Tensor
    shift: Tensor
    flip: Tensor


class TrainingAugmentation(nn.Module):
    """Pixel noise and colour jitter on the image; flips, rotation and shift on image and mask together.

    In this order, each image by its own draws:

    1. Noise: some pixels are multiplied by standard normal numbers, one per channel, and clipped to [0, 1].
    2. Brightness, contrast and saturation as torchvision defines them, factors uniform in 1 ± the jitter.
    3. Flips (exact), then rotation about the centre and shift in one resampling: bilinear for the image, nearest for
       the mask, so that a mask of 0 and 1 stays one. An image that neither turns nor shifts is not resampled.

    What comes in from beyond the border is ``border`` in the image and 0 in the mask. The authors move pictures that
    are normalised already and fill with 0, which is CLIP's mean colour; the bundles' ``train.json`` says so.

    Args:
        noise_probability: share of the images that get pixel noise.
        noise_share: share of their pixels that it touches, drawn with replacement.
        jitter: half width of the factors' range, at most 1.
        jitter_probability: for brightness, contrast and saturation each.
        rotation_degrees: largest angle to either side.
        rotation_probability: share of the images that are turned.
        shift: largest shift to either side as a share of width and height.
        shift_probability: share of the images that are shifted.
        flip_probability: for the horizontal and the vertical flip each.
        border: red, green and blue beyond the border, in [0, 1].

    Raises:
        ConfigError: a value outside its range.

    Example:
        >>> augment = TrainingAugmentation()
        >>> batch = torch.rand(2, 3, 32, 32), torch.zeros(2, 1, 32, 32)
        >>> augment(*batch, torch.Generator().manual_seed(0)).image.shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self,
        noise_probability: float = 0.3,
        noise_share: float = 0.0013,
        jitter: float = 0.5,
        jitter_probability: float = 0.7,
        rotation_degrees: float = 30.0,
        rotation_probability: float = 0.5,
        shift: float = 0.15,
        shift_probability: float = 0.5,
        flip_probability: float = 0.5,
        border: Sequence[float] = (0.0, 0.0, 0.0),
    ) -> None:
        super().__init__()
        shares = {
            "noise_probability": noise_probability,
            "noise_share": noise_share,
            "jitter": jitter,
            "jitter_probability": jitter_probability,
            "rotation_probability": rotation_probability,
            "shift": shift,
            "shift_probability": shift_probability,
            "flip_probability": flip_probability,
            **{f"border[{channel}]": value for channel, value in enumerate(border)},
        }
        for name, value in shares.items():
            if not 0 <= value <= 1:
                raise ConfigError(f"{name} of the augmentation is {value}; wanted 0 to 1. Change it in the config.")
        if not 0 <= rotation_degrees <= 180:
            raise ConfigError(f"rotation_degrees is {rotation_degrees}; wanted 0 to 180. Change it in the config.")
        if len(border) != 3:
            raise ConfigError(f"border has {len(border)} values; wanted red, green and blue. Change it in the config.")
        self.noise_probability, self.noise_share = noise_probability, noise_share
        self.jitter, self.jitter_probability = jitter, jitter_probability
        self.rotation_degrees, self.rotation_probability = rotation_degrees, rotation_probability
        self.shift, self.shift_probability = shift, shift_probability
        self.flip_probability = flip_probability
        self.border = tuple(border)

    @torch.no_grad()
    def forward(self, image: Tensor, mask: Tensor, generator: Generator) -> Augmented:
        """Augment a batch; the tensors given stay as they are.

        Args:
            image: float ``(B, 3, H, W)`` in [0, 1].
            mask: float ``(B, 1, H, W)``.
            generator: all that is drawn comes from it, on its own device: one on the CPU gives the same augmentation
                on every device.
        """
        if image.ndim != 4 or image.shape[1] != 3 or mask.shape != (len(image), 1, *image.shape[2:]):
            raise ConfigError(
                f"image and mask to augment are {tuple(image.shape)} and {tuple(mask.shape)}; wanted (B, 3, H, W) and "
                "(B, 1, H, W). Check what the loader gives."
            )
        image = image.clone()
        draws = self._draw(image, generator)
        image = _jitter(image, draws)
        both = _flip(torch.cat([image, mask], dim=1), draws.flip)
        return Augmented(*_move(both[:, :3], both[:, 3:], draws.angle, draws.shift, self.border))

    def _draw(self, image: Tensor, generator: Generator) -> _Draws:
        """Draw for one image after the other, and put the noise in while it is drawn."""
        rows = []
        for one in image:
            row = torch.rand(14, generator=generator, device=generator.device)
            if row[0] < self.noise_probability:
                self._add_noise(one, generator)
            rows.append(row)
        drawn = torch.stack(rows).to(image.device, image.dtype)
        active, value = drawn[:, 1:8], 2 * drawn[:, 8:] - 1  # value in [-1, 1)
        factors = 1 + self.jitter * value[:, :3] * (active[:, :3] < self.jitter_probability)
        turned, shifted = active[:, 3] < self.rotation_probability, active[:, 4:5] < self.shift_probability
        return _Draws(
            brightness=factors[:, 0],
            contrast=factors[:, 1],
            saturation=factors[:, 2],
            angle=math.radians(self.rotation_degrees) * value[:, 3] * turned,
            shift=self.shift * value[:, 4:6] * shifted,
            flip=active[:, 5:7] < self.flip_probability,
        )

    def _add_noise(self, image: Tensor, generator: Generator) -> None:
        """Put noise into ``(3, H, W)``, in place."""
        pixels = image.view(3, -1)
        count = round(self.noise_share * pixels.shape[1])
        device = generator.device
        place = torch.randint(pixels.shape[1], (count,), generator=generator, device=device).to(image.device)
        # Each pixel once: of two writes to one place a GPU keeps either.
        place = place.unique()
        gain = torch.randn(3, len(place), generator=generator, device=device).to(image.device, image.dtype)
        pixels[:, place] = (pixels[:, place] * gain).clamp(0, 1)


def _jitter(image: Tensor, draws: _Draws) -> Tensor:
    """Apply torchvision's adjust_brightness, adjust_contrast and adjust_saturation with a factor for each image."""
    brightness, contrast, saturation = (
        factor[:, None, None, None] for factor in (draws.brightness, draws.contrast, draws.saturation)
    )
    image = (image * brightness).clamp_(0, 1)
    image = _blend(image, _grey(image).mean(dim=(1, 2, 3), keepdim=True), contrast)
    return _blend(image, _grey(image), saturation)


def _grey(image: Tensor) -> Tensor:
    return torch.einsum("bchw,c->bhw", image, image.new_tensor(_LUMA)).unsqueeze(1)


def _blend(image: Tensor, other: Tensor, share: Tensor) -> Tensor:
    return torch.lerp(other, image, share).clamp_(0, 1)


def _flip(both: Tensor, flip: Tensor) -> Tensor:
    """Flip the images that ``flip`` ``(B, 2)`` names, exactly."""
    both = torch.where(flip[:, 0, None, None, None], both.flip(3), both)
    return torch.where(flip[:, 1, None, None, None], both.flip(2), both)


def _move(
    image: Tensor, mask: Tensor, angle: Tensor, shift: Tensor, border: tuple[float, ...]
) -> tuple[Tensor, Tensor]:
    """Turn about the centre and then shift; one resampling, and none where neither is asked for."""
    moved = ((angle != 0) | (shift != 0).any(dim=1))[:, None, None, None]
    height, width = image.shape[2:]
    cos, sin = angle.cos(), angle.sin()
    # Rows give where in the source (x right, y down, both from -1 to 1) an output pixel is taken from. Sizes differ
    # along x and y, so the rotation of pixels needs their ratio.
    right, down = -2 * shift[:, 0], -2 * shift[:, 1]
    x_row = torch.stack([cos, -sin * height / width, cos * right - sin * height / width * down], dim=1)
    y_row = torch.stack([sin * width / height, cos, sin * width / height * right + cos * down], dim=1)
    theta = torch.stack([x_row, y_row], dim=1)
    grid = nn.functional.affine_grid(theta, [len(image), 1, height, width], align_corners=False)
    # The border's colour lies at 0 while resampling, because what comes from outside is 0 there.
    colour = image.new_tensor(border)[:, None, None]
    turned_image = nn.functional.grid_sample(image - colour, grid, mode="bilinear", align_corners=False) + colour
    turned_mask = nn.functional.grid_sample(mask, grid, mode="nearest", align_corners=False)
    return torch.where(moved, turned_image.clamp_(0, 1), image), torch.where(moved, turned_mask, mask)
