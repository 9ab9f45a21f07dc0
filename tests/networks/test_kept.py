"""Kept values: computed once, dropped when what they were computed from changes."""

from __future__ import annotations

import torch
from torch import nn

from acd_monai.networks import ClipBackbone
from acd_monai.networks.kept import Kept


def test_computed_once_a_key_until_a_weight_its_precision_or_autocast_changes() -> None:
    layer, kept, computed = nn.Linear(2, 2), Kept[str](), []

    def get(key: str) -> bool:
        """Whether it was computed anew."""
        before = len(computed)
        assert kept.get(key, layer.parameters(), lambda: computed.append(key) or key) == key
        return len(computed) > before

    assert get("a") and get("b") and not get("a") and not get("b")
    with torch.no_grad():
        layer.weight.mul_(2)
    assert get("a") and get("b") and not get("a")
    layer.double()
    assert get("a") and not get("a")
    layer.to("meta")
    assert get("a") and not get("a")
    layer.to_empty(device="cpu")
    assert get("a")
    with torch.autocast("cpu", torch.bfloat16):
        assert get("a") and not get("a")
    assert get("a")
    with torch.inference_mode():
        assert get("a")
    assert get("a") and not get("a")
    kept.forget()
    assert get("a")


def test_the_start_of_the_text_follows_the_weights_of_clip(backbone: ClipBackbone) -> None:
    sentences = ["a photo of a scan.", "wood"]
    backbone.forget_text()
    first = backbone.start_text(sentences, 3)
    assert backbone.start_text(sentences, 3) is first
    whole = backbone.run_text(backbone.embed_text(first.ids), taps=(3, 12))
    assert torch.equal(first.tokens, whole.taps[3])
    assert torch.equal(backbone.run_text(first.tokens, start=3).tokens, whole.tokens)
    assert not first.tokens.requires_grad
    assert backbone.start_text(sentences, 4) is not first

    block = backbone.clip.transformer.resblocks[2]
    before = block.ln_1.weight.clone()
    with torch.no_grad():
        block.ln_1.weight.mul_(1.5)
        changed = backbone.start_text(sentences, 3)
        block.ln_1.weight.copy_(before)
    assert not torch.allclose(changed.tokens, first.tokens)
    assert torch.equal(backbone.start_text(sentences, 3).tokens, first.tokens)


def test_a_change_behind_pytorchs_back_needs_to_be_told(backbone: ClipBackbone) -> None:
    weight = backbone.clip.positional_embedding
    before, first = weight.data.clone(), backbone.start_text(["wood"], 1)
    try:
        weight.data.mul_(2)
        backbone.forget_text()
        assert not torch.equal(backbone.start_text(["wood"], 1).tokens, first.tokens)
    finally:
        weight.data.copy_(before)
        backbone.forget_text()
