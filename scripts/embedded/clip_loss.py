"""What the small CLIP learns: which sentence belongs to an image, and which of two to each of its patches."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.networks import ClipBackbone
from acd_monai.networks.depths import quarters
from embedded.patch_loss import abnormal_share, dice_loss, patch_loss
from embedded.text_start import common_direction
from embedded.views import View, normalise

__all__ = ["clip_loss"]

STATE_SCALE = 30.0
"""Temperature at which a token is compared with a normal and an abnormal sentence."""


MEDICAL_WEIGHT = 1.0
"""Of patches of healthy phantoms."""


def clip_loss(backbone: ClipBackbone, view: View) -> dict[str, Tensor]:
    """Return the parts of the loss, to be added up.

    ``contrast``: CLIP's (Radford et al., 2021), where images with the same caption are alike. ``direction``: damage
    is said alike of all nouns. ``state``: the image's class token is nearer to its abnormal sentence than to its normal
    one if it shows a defect; industrial pictures alone, or a picture would be normal for being medical. ``patch``,
    ``dice``: the same for each patch, at every quarter of the tower, for methods read patches there too.

    Args:
        backbone: the CLIP.
        view: of a batch.
    """
    depths = quarters(backbone, "its loss")
    pixels, medical = view.pixels, view.medical
    target, shown = abnormal_share(view.share, backbone.patch_size)
    abnormal = shown.float()
    sentences = backbone.tokenize([*view.normal, *view.abnormal]).to(pixels.device)
    with torch.autocast(pixels.device.type, torch.bfloat16):
        taps = backbone.run_image(normalise(pixels), taps=depths).taps
        levels = backbone.project_image(torch.stack([taps[depth] for depth in depths]))
        text = backbone.encode_text(sentences)
    levels = F.normalize(levels.float(), dim=-1)
    good, bad = F.normalize(text.float(), dim=-1).chunk(2)
    # A defect that is out of view is not to be named.
    pairs = zip(shown.tolist(), view.normal, view.abnormal, strict=True)
    captions = [second if seen else first for seen, first, second in pairs]
    caption = torch.where(shown[:, None], bad, good)

    scale = backbone.clip.logit_scale.exp().clamp(max=100.0)
    image = levels[-1, :, 0]
    logits = scale * image @ caption.T
    same = torch.tensor([[one == other for other in captions] for one in captions], device=pixels.device).float()
    same = same / same.sum(dim=1, keepdim=True)
    contrast = (F.cross_entropy(logits, same) + F.cross_entropy(logits.T, same)) / 2

    state = STATE_SCALE * (image * (bad - good)).sum(dim=1)
    state = F.binary_cross_entropy_with_logits(state, abnormal, weight=(~medical).float(), reduction="sum")
    patches = STATE_SCALE * torch.einsum("kbld,bd->kbl", levels[:, :, 1:], bad - good)
    return {
        "contrast": contrast,
        "direction": common_direction(good, bad),
        "state": state / (~medical).sum().clamp(min=1),
        "patch": patch_loss(patches, target, medical, MEDICAL_WEIGHT),
        "dice": dice_loss(patches[:, shown], target[shown]),
    }
