"""ACD-CLIP: adapters at N depths of both towers of a frozen CLIP, and a gate that lets the image choose its text.

Vision and text depth are split into N equal groups. At the end of each vision group a Conv-LoRA edits the patch
tokens, which go on through the tower; at the end of each text group a LoRA edits all tokens. Every vision group is
compared with its own gated mix of the N text features.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor, nn
from torchvision.transforms.v2.functional import gaussian_blur

from acd_monai.errors import ConfigError
from acd_monai.networks.backbone import ClipBackbone, at_end_of_text
from acd_monai.networks.blocks import ImageAdapter, TextAdapter
from acd_monai.networks.checkpoints import AdapterSizes, official_name, read_adapters
from acd_monai.networks.depths import equal_parts
from acd_monai.networks.nets.base import AnomalyNetwork, Logits, Prediction, watch_weights
from acd_monai.networks.seeding import torch_seed
from acd_monai.networks.weights import Provenance, load_strictly

__all__ = ["ACDCLIP"]

PIXEL_TEMPERATURE = 10.0
PUBLISHED_SIZES = AdapterSizes(n_groups=4, kernels=(3, 5), rank=16, channels=8, text_rank=16)


class ACDCLIP(AnomalyNetwork):
    """ACD-CLIP on any CLIP whose two depths ``n_groups`` divides and whose text width is its shared width.

    Args:
        backbone: the frozen CLIP; the authors run it with exact GELU at 518 pixels.
        n_groups: N, adapters per tower; published: 2, 3, 4, 6. None: as the weights say, 4 without weights.
        blur: kernel size and sigma, in patches, of the Gaussian over the logits; medical (9, 1.5), industrial (7, 1.0).
        score_weights: share of the image head and of the map's maximum in the score; medical (0.5, 0.5),
            industrial (0.9, 0.1).
        weights: adapter file of this project (``.safetensors``) or of the authors (``.pth``), which also says the
            ranks and kernels; None: seeded, untrained.
        sizes: ranks and kernels without weights.
        seed: of the initial adapter weights.

    Raises:
        ConfigError: ``n_groups`` does not divide the depths, or the widths do not agree.
        WeightsError: the weights are not there or do not fit.
    """

    def __init__(
        self,
        backbone: ClipBackbone,
        n_groups: int | None = None,
        *,
        blur: Sequence[float] = (9, 1.5),
        score_weights: Sequence[float] = (0.5, 0.5),
        weights: str | Path | None = None,
        sizes: AdapterSizes = PUBLISHED_SIZES,
        seed: int = 0,
    ) -> None:
        super().__init__()
        adapters = None if weights is None else read_adapters(weights)
        if adapters is not None:
            sizes = adapters.sizes
            if n_groups not in (None, sizes.n_groups):
                raise ConfigError(
                    f"n_groups is {n_groups}, but {adapters.provenance.source} holds {sizes.n_groups} groups; "
                    f"leave n_groups out, or choose the weights that belong to it"
                )
        self.backbone = backbone
        self.notes = {} if adapters is None else adapters.notes
        self.n_groups = sizes.n_groups if n_groups is None else n_groups
        self.blur = (int(blur[0]), float(blur[1]))
        self.score_weights = (float(score_weights[0]), float(score_weights[1]))
        _check_fit(backbone, self.n_groups)
        with torch_seed(seed):
            image_adapters = nn.ModuleList(
                ImageAdapter(backbone.width, backbone.embed_dim, self.n_groups, sizes) for _ in range(self.n_groups)
            )
            text_adapters = nn.ModuleList(
                TextAdapter(backbone.text_width, sizes.text_rank) for _ in range(self.n_groups)
            )
        self.image_adapters = cast("Sequence[ImageAdapter]", image_adapters)
        self.text_adapters = cast("Sequence[TextAdapter]", text_adapters)
        if adapters is not None:
            what = f"{adapters.provenance.source} does not fit ACD-CLIP on backbone {backbone.name}"
            load_strictly(self.adapters(), adapters.state, what, spell=official_name)
        watch_weights(self)
        untrained = Provenance(f"initialised from seed {seed}, untrained", self._digest, trained=False)
        self.provenance = untrained if adapters is None else adapters.provenance

    def settings(self) -> dict[str, Any]:
        """Return what was chosen beside the weights."""
        return {"n_groups": self.n_groups, "blur": list(self.blur), "score_weights": list(self.score_weights)}

    def adapters(self) -> nn.ModuleDict:
        """The trainable part, under the names of this project's adapter files."""
        parts = {"image_adapters": self.image_adapters, "text_adapters": self.text_adapters}
        return nn.ModuleDict(cast("dict[str, nn.Module]", parts))

    def encode_text(self, normal: Sequence[str], abnormal: Sequence[str]) -> Tensor:
        """Return ``(N, D, 2)``: per text group the mean unit feature of the normal and the abnormal sentences."""
        ends = equal_parts(self.backbone.text_depth, self.n_groups)

        def edit(depth: int, tokens: Tensor) -> Tensor:
            return self.text_adapters[ends.index(depth)].edit(tokens) if depth in ends else tokens

        ids, tokens = self.backbone.start_text([*normal, *abnormal], ends[0])
        taps = self.backbone.run_text(tokens, start=ends[0], taps=ends, edit=edit).taps
        groups = []
        for adapter, end in zip(self.text_adapters, ends, strict=True):
            sentences = F.normalize(adapter.norm(at_end_of_text(taps[end], ids)), dim=-1)
            states = [sentences[: len(normal)].mean(dim=0), sentences[len(normal) :].mean(dim=0)]
            groups.append(F.normalize(torch.stack(states, dim=-1), dim=0))
        return torch.stack(groups)

    def image_tokens(self, image: Tensor) -> list[Tensor]:
        """Return each group's adapted patch tokens ``G_i``, ``(B, h·w, width)``, of images ``(B, 3, H, W)``."""
        grid = self.backbone.grid_of(*image.shape[-2:])
        ends = equal_parts(self.backbone.depth, self.n_groups)

        def edit(depth: int, tokens: Tensor) -> Tensor:
            return self.image_adapters[ends.index(depth)].edit(tokens, grid) if depth in ends else tokens

        taps = self.backbone.run_image(image, taps=ends, edit=edit).taps
        return [taps[end][:, 1:] for end in ends]

    def forward(self, image: Tensor, text: Tensor) -> Logits:
        """Logits of images ``(B, 3, H, W)`` against text ``(B, N, D, 2)`` or one ``(N, D, 2)`` for all.

        Under autocast, unit vectors are compared in float32: half precision would round the logits to steps of 1/16.
        """
        text = text.expand(len(image), -1, -1, -1)
        grid = self.backbone.grid_of(*image.shape[-2:])
        pixel, whole = [], []
        for group, (adapter, tokens) in enumerate(zip(self.image_adapters, self.image_tokens(image), strict=True)):
            segmentation, detection = adapter.segmentation_head(tokens), adapter.detection_head(tokens).mean(dim=1)
            with torch.autocast(image.device.type, enabled=False):
                fused = adapter.gateway(segmentation, text)
                pixel.append(rearrange(PIXEL_TEMPERATURE * segmentation @ fused, "b (h w) k -> b k h w", h=grid[0]))
                whole.append(torch.einsum("bd,bdk->bk", detection, text[:, group]))
        return Logits(torch.stack(whole).mean(dim=0), torch.stack(pixel))

    def predict(self, image: Tensor, text: Tensor) -> Prediction:
        """Score and map; blur and upsampling are linear, so the groups are averaged first."""
        logits = self(image, text)
        kernel, sigma = self.blur
        if kernel // 2 >= min(logits.pixel.shape[-2:]):
            raise ConfigError(
                f"a blur of {kernel} patches does not fit a grid of {tuple(logits.pixel.shape[-2:])}; "
                f"use a smaller kernel or a larger image"
            )
        with torch.autocast(image.device.type, enabled=False):
            grid = gaussian_blur(logits.pixel.mean(dim=0), [kernel, kernel], [sigma, sigma])
            grid = F.interpolate(grid, size=image.shape[-2:], mode="bilinear", align_corners=True)
            anomaly_map = grid.softmax(dim=1)[:, 1:]
            head_weight, map_weight = self.score_weights
            head_score = logits.image.softmax(dim=1)[:, 1]
            return Prediction(head_weight * head_score + map_weight * anomaly_map.amax(dim=(1, 2, 3)), anomaly_map)


def _check_fit(backbone: ClipBackbone, n_groups: int) -> None:
    if n_groups < 1 or backbone.depth % n_groups or backbone.text_depth % n_groups:
        allowed = [n for n in (2, 3, 4, 6) if backbone.depth % n == 0 and backbone.text_depth % n == 0]
        raise ConfigError(
            f"n_groups is {n_groups}, which does not divide the depths of backbone {backbone.name} "
            f"(vision {backbone.depth}, text {backbone.text_depth}); wanted one of {allowed}"
        )
    if backbone.text_width != backbone.embed_dim:
        raise ConfigError(
            f"ACD-CLIP reads text features before the projection, so text width must equal the shared width; "
            f"backbone {backbone.name} has {backbone.text_width} and {backbone.embed_dim}"
        )
