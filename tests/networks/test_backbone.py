"""The runner against open_clip's own forward, and its edits, taps and refusals."""

from __future__ import annotations

import pytest
import torch

from acd_monai.errors import ConfigError
from acd_monai.networks import ClipBackbone, tower
from acd_monai.networks.architectures import list_architectures
from acd_monai.networks.seeding import seeded_tensor
from acd_monai.networks.tower import attend, attend_values

RESIZE = {"position_embedding": "bicubic_antialias"}


def test_seeded_weights_are_those_of_the_fixtures() -> None:
    start = seeded_tensor("clip.visual.class_embedding", (128,))[:4]
    torch.testing.assert_close(start, torch.tensor([0.015547, -0.020074, -0.045693, 0.000612]), atol=1e-6, rtol=0)


@pytest.mark.parametrize("activation", ["gelu", "quick_gelu"])
def test_agrees_with_open_clip(activation: str, images: torch.Tensor) -> None:
    from tests.networks.conftest import TINY

    backbone = ClipBackbone(TINY, activation=activation, **RESIZE)
    with torch.no_grad():
        torch.testing.assert_close(
            backbone.encode_image(images), backbone.clip.encode_image(images), rtol=1e-4, atol=1e-5
        )
        sentences = ["a photo of a scan.", "wood"]
        full = backbone.clip.encode_text(backbone.tokenizer(sentences))
        torch.testing.assert_close(backbone.encode_text(backbone.tokenize(sentences)), full, rtol=1e-4, atol=1e-5)


def test_activations_differ(backbone: ClipBackbone, images: torch.Tensor) -> None:
    from tests.networks.conftest import TINY

    quick = ClipBackbone(TINY, activation="quick_gelu", **RESIZE)
    assert not torch.allclose(backbone.encode_image(images), quick.encode_image(images), rtol=1e-3)


def test_taps_and_edits(backbone: ClipBackbone, images: torch.Tensor) -> None:
    seen: list[int] = []

    def edit(depth: int, tokens: torch.Tensor) -> torch.Tensor:
        seen.append(depth)
        return tokens * 0 if depth == 6 else tokens

    tower = backbone.run_image(images, taps=(3, 6, 12), edit=edit)
    plain = backbone.run_image(images, taps=(3,))
    assert seen == list(range(13))
    assert sorted(tower.taps) == [3, 6, 12]
    assert torch.equal(tower.taps[3], plain.taps[3])
    assert torch.equal(tower.taps[6], torch.zeros_like(tower.taps[6]))
    assert torch.equal(tower.taps[12], tower.tokens)
    with pytest.raises(ConfigError, match="depths 1 to 12"):
        backbone.run_image(images, taps=(13,))


@pytest.mark.parametrize(
    ("resize", "options"),
    [
        ("bicubic_antialias", {"mode": "bicubic", "antialias": True}),
        ("bicubic", {"mode": "bicubic"}),
        ("bilinear", {"mode": "bilinear"}),
    ],
)
def test_position_embedding_resize(resize: str, options: dict) -> None:
    from tests.networks.conftest import TINY

    backbone = ClipBackbone(TINY, activation="gelu", position_embedding=resize)
    native = backbone.clip.visual.positional_embedding
    assert backbone.image_positions((5, 5)) is native
    resized = backbone.image_positions((3, 8))
    grid = native[1:].T.reshape(1, 128, 5, 5)
    want = torch.nn.functional.interpolate(grid, size=(3, 8), align_corners=False, **options)
    assert torch.equal(resized[0], native[0])
    assert torch.equal(resized[1:], want.flatten(2)[0].T)


@pytest.mark.parametrize(
    ("architecture", "settings", "message"),
    [
        ("ViT-L-14-363", {}, "near it: .*ViT-L-14"),
        ("RN50", {}, "not a plain ViT CLIP"),
        ("coca_ViT-B-32", {}, "not a plain ViT CLIP"),
        ("embedded", {"activation": "relu"}, "wanted one of gelu, quick_gelu"),
        ("embedded", {"position_embedding": "nearest"}, "wanted one of bicubic_antialias, bicubic, bilinear"),
        ("embedded", {"image_size": 225}, "225×225 pixels does not divide into patches of 7"),
    ],
)
def test_refusals(architecture: str, settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ClipBackbone(architecture, **{"activation": "gelu", **RESIZE, **settings})


def test_list_of_architectures() -> None:
    names = list_architectures()
    assert names[0] == "embedded"
    assert {"ViT-L-14-336", "ViT-B-16-plus-240", "ViT-B-16"} <= set(names)
    assert not {"RN50", "ViT-B-16-SigLIP", "coca_ViT-B-32"} & set(names)


def test_value_value_attention_is_softmax_of_values(backbone: ClipBackbone) -> None:
    attention = backbone.clip.visual.transformer.resblocks[0].attn
    tokens = torch.randn(2, 7, 128, generator=torch.Generator().manual_seed(0))
    value = (tokens @ attention.in_proj_weight[256:].T + attention.in_proj_bias[256:]).view(2, 7, 2, 64).transpose(1, 2)
    mixed = (value @ value.mT / 8).softmax(dim=-1) @ value
    want = attention.out_proj(mixed.transpose(1, 2).reshape(2, 7, 128))
    torch.testing.assert_close(attend_values(attention, tokens), want, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("causal", [False, True])
def test_plain_products_have_the_gradient_of_the_fused_kernel(causal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    attention = torch.nn.MultiheadAttention(64, 2)
    state = attention.state_dict()
    attention.load_state_dict({name: seeded_tensor(name, value.shape) for name, value in state.items()})
    found = []
    for most in (0, tower.PLAIN_TOKENS):
        monkeypatch.setattr(tower, "PLAIN_TOKENS", most)
        tokens = seeded_tensor("tokens", (2, 30, 64)).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16):
            mixed = attend(attention, tokens, causal=causal)
        (gradient,) = torch.autograd.grad(mixed.float().square().sum(), tokens)
        found.append((mixed.detach().float(), gradient))
    for fused, plain in zip(*found, strict=True):
        assert fused.abs().max() > 0
        torch.testing.assert_close(plain, fused, rtol=0.0, atol=0.02 * float(fused.abs().max()))
