"""What the small CLIP learns: which sentence belongs to an image, and which of two to each of its patches."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.networks import ClipBackbone
from acd_monai.networks.depths import quarters
from acd_monai.networks.detector import CLIP_MEAN, CLIP_STD
from embedded.text_start import common_direction

__all__ = ["clip_loss", "normalise"]

STATE_SCALE = 30.0
"""Temperature at which a token is compared with a normal and an abnormal sentence."""

FULL_SHARE = 0.25
"""A patch of which so much is abnormal is all abnormal."""

ABNORMAL_WEIGHT = 4.0
"""Abnormal patches are few: each weighs so much more."""

NORMAL_LEVEL = 0.05
"""What a normal patch is to say, not 0: else, that a picture is medical would be a reason to say ever less."""

MEDICAL_WEIGHT = 0.6
"""Of patches of healthy pictures."""

SEEN_PATCHES = 0.3
"""An image with less than so many abnormal patches in view shows nothing abnormal."""


def clip_loss(backbone: ClipBackbone, pixels: Tensor, share: Tensor, batch: dict[str, Any]) -> dict[str, Tensor]:
    """Return the parts of the loss, to be added up.

    ``contrast``: CLIP's (Radford et al., 2021), where images with the same caption are alike. ``direction``: damage
    is said alike of all nouns. ``state``: the image's class token is nearer to its abnormal sentence than to its normal
    one if it shows a defect; industrial pictures alone, or a picture would be normal for being medical. ``patch``,
    ``dice``: the same for each patch, at every quarter of the tower, for methods read patches there too.

    Args:
        backbone: the CLIP.
        pixels: ``(B, 3, S, S)`` in [0, 1].
        share: ``(B, 1, S, S)``, how much of a pixel is abnormal.
        batch: of a PictureStream.
    """
    depths = quarters(backbone, "its loss")
    industrial = ~batch["medical"].to(pixels.device)
    visible = F.avg_pool2d(share, backbone.patch_size).flatten(1)
    abnormal = (visible.sum(dim=1) > SEEN_PATCHES).float()
    target = (visible / FULL_SHARE).clamp(max=1.0)
    sentences = backbone.tokenize([*batch["normal"], *batch["abnormal"]]).to(pixels.device)
    with torch.autocast(pixels.device.type, torch.bfloat16):
        taps = backbone.run_image(normalise(pixels), taps=depths).taps
        levels = backbone.project_image(torch.stack([taps[depth] for depth in depths]))
        text = backbone.encode_text(sentences)
    levels = F.normalize(levels.float(), dim=-1)
    good, bad = F.normalize(text.float(), dim=-1).chunk(2)
    # A defect that is out of view is not to be named.
    pairs = zip(abnormal.tolist(), batch["normal"], batch["abnormal"], strict=True)
    captions = [second if shown else first for shown, first, second in pairs]
    caption = torch.where(abnormal[:, None] > 0.0, bad, good)

    scale = backbone.clip.logit_scale.exp().clamp(max=100.0)
    image = levels[-1, :, 0]
    logits = scale * image @ caption.T
    same = torch.tensor([[one == other for other in captions] for one in captions], device=pixels.device).float()
    same = same / same.sum(dim=1, keepdim=True)
    contrast = (F.cross_entropy(logits, same) + F.cross_entropy(logits.T, same)) / 2

    state = STATE_SCALE * (image * (bad - good)).sum(dim=1)
    state = F.binary_cross_entropy_with_logits(state, abnormal, weight=industrial.float(), reduction="sum")
    patches = STATE_SCALE * torch.einsum("kbld,bd->kbl", levels[:, :, 1:], bad - good)
    return {
        "contrast": contrast,
        "direction": common_direction(good, bad),
        "state": state / industrial.sum().clamp(min=1),
        "patch": _patch_loss(patches, target, torch.where(industrial, 1.0, MEDICAL_WEIGHT)),
        "dice": _dice_loss(patches[:, abnormal.bool()], target[abnormal.bool()]),
    }


def _patch_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Return the cross-entropy of ``(K, B, L)`` with ``(B, L)``, pictures weighted by ``(B,)``."""
    target = target.clamp(min=NORMAL_LEVEL).expand_as(logits)
    weight = weight[:, None] * (1.0 + ABNORMAL_WEIGHT * target)
    return F.binary_cross_entropy_with_logits(logits, target, weight=weight)


def _dice_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Return 1 - Dice of ``(K, B, L)`` with ``(B, L)``, of pictures with something abnormal; 0 without any."""
    found = ((logits.sigmoid() - NORMAL_LEVEL) / (1.0 - NORMAL_LEVEL)).clamp(min=0.0)
    overlap = (2.0 * (found * target).sum(dim=2) + 1.0) / (found.sum(dim=2) + target.sum(dim=1) + 1.0)
    return (1.0 - overlap).sum() / max(1, overlap.numel())


def normalise(pixels: Tensor) -> Tensor:
    """Return pixels ``(B, 3, H, W)`` in [0, 1] as CLIP reads them."""
    mean, std = (pixels.new_tensor(values).view(1, 3, 1, 1) for values in (CLIP_MEAN, CLIP_STD))
    return (pixels - mean) / std
