"""What makes ACD-CLIP's training step cheap leaves its gradients as they are."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from acd_monai.data import PromptEnsemble
from acd_monai.losses import ACDCLIPLoss
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone
from acd_monai.networks.precision import autocast
from acd_monai.networks.tower import run_block

PROMPTS = PromptEnsemble(["{}", "the {}"], ["a damaged {}", "a {} with flaw"], ["a photo of {}."])
NOUNS = ["scan", "metal nut", "zipper"]


@pytest.fixture
def own_backbone(backbone: ClipBackbone) -> ClipBackbone:
    """A backbone that a test may change."""
    return copy.deepcopy(backbone)


def loss_of(detector: AnomalyDetector, images: Tensor, nouns: list[int], precision: str = "fp32") -> Tensor:
    with autocast(precision, images.device):
        logits = detector.logits(images, torch.tensor(nouns))
    mask = F.pad(torch.ones(len(images), 1, 20, 25), (15, 30, 10, 40))
    mask[::2] = 0
    return ACDCLIPLoss()(logits, torch.arange(len(images)) % 2, mask)


def gradients(detector: AnomalyDetector, loss: Tensor) -> dict[str, Tensor]:
    parameters = dict(detector.network.adapters().named_parameters())
    return dict(zip(parameters, torch.autograd.grad(loss, list(parameters.values())), strict=True))


def watch_blocks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For every block run from now on, note whether autograd records it."""
    recorded: list[bool] = []

    def watched(block: object, tokens: Tensor, *, causal: bool = False) -> Tensor:
        recorded.append(tokens.requires_grad)
        return run_block(block, tokens, causal=causal)

    monkeypatch.setattr("acd_monai.networks.tower.run_block", watched)
    return recorded


def test_gradients_are_those_of_a_backbone_that_is_not_frozen(own_backbone: ClipBackbone, images: Tensor) -> None:
    detector = AnomalyDetector(ACDCLIP(own_backbone, 4), NOUNS, PROMPTS)
    frozen = gradients(detector, loss_of(detector, images, [0, 1]))
    own_backbone.requires_grad_(True)
    thawed = gradients(detector, loss_of(detector, images, [0, 1]))
    for name, gradient in frozen.items():
        torch.testing.assert_close(gradient, thawed[name], rtol=1e-4, atol=1e-7, msg=name)


def test_blocks_before_the_first_adapter_are_not_recorded(
    backbone: ClipBackbone, images: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone.forget_text()
    detector = AnomalyDetector(ACDCLIP(backbone, 4), NOUNS, PROMPTS).train()
    recorded = watch_blocks(monkeypatch)
    loss_of(detector, images, [1, 1]).backward()
    tower = [False] * 3 + [True] * 9
    assert recorded == tower + tower
    recorded.clear()
    loss_of(detector, images, [1, 1])
    assert recorded == tower[3:] + tower, "the start of the text is run once"
    assert all(parameter.grad is None for parameter in backbone.parameters())


def test_the_graph_leads_to_the_adapters_and_to_nothing_else(backbone: ClipBackbone, images: Tensor) -> None:
    network = ACDCLIP(backbone, 2)
    logits = network(images, network.encode_text(*PROMPTS("scan")))
    accumulators, nodes = set(), [logits.pixel.grad_fn, logits.image.grad_fn]
    seen = set(nodes)
    while nodes:
        node = nodes.pop()
        if hasattr(node, "variable"):
            accumulators.add(id(node.variable))
        fresh = {parent for parent, _ in node.next_functions if parent is not None} - seen
        seen |= fresh
        nodes += fresh
    assert accumulators == {id(parameter) for parameter in network.adapters().parameters()}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_checkpointing_gives_the_same_gradients(own_backbone: ClipBackbone, images: Tensor, precision: str) -> None:
    detector = AnomalyDetector(ACDCLIP(own_backbone, 4), NOUNS, PROMPTS)
    want = gradients(detector, loss_of(detector, images, [0, 2], precision))
    own_backbone.checkpointing = True
    got = gradients(detector, loss_of(detector, images, [0, 2], precision))
    assert all(torch.equal(got[name], want[name]) for name in want)


def test_checkpointing_runs_what_is_recorded_twice(
    own_backbone: ClipBackbone, images: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_backbone.checkpointing = True
    detector = AnomalyDetector(ACDCLIP(own_backbone, 4), "scan", PROMPTS)
    recorded = watch_blocks(monkeypatch)
    loss = loss_of(detector, images, [0, 0])
    assert len(recorded) == 24
    loss.backward()
    assert len(recorded) == 24 + 18 and all(recorded[24:])
    recorded.clear()
    with torch.no_grad():
        loss_of(detector, images, [0, 0])
    assert len(recorded) == 9 + 12 and not any(recorded)


def test_training_encodes_the_nouns_shown_and_no_others(
    backbone: ClipBackbone, images: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = AnomalyDetector(ACDCLIP(backbone, 2), NOUNS, PROMPTS)
    four = torch.cat([images, images.flip(-1)])
    with torch.no_grad():
        want = detector.logits(four, torch.tensor([2, 0, 2, 2]))
    encoded: list[tuple] = []
    encode: Callable = ACDCLIP.encode_text
    monkeypatch.setattr(ACDCLIP, "encode_text", lambda self, *s: encoded.append(s) or encode(self, *s))
    got = detector.logits(four, torch.tensor([2, 0, 2, 2]))
    assert encoded == [PROMPTS("scan"), PROMPTS("zipper")]
    torch.testing.assert_close(got.image, want.image)
    torch.testing.assert_close(got.pixel, want.pixel)


def test_bf16_trains_as_float32_does(backbone: ClipBackbone) -> None:
    """Losses of 80 steps on fixed images; what counts is the mean of the last 50."""
    images = torch.rand(2, 3, 70, 70, generator=torch.Generator().manual_seed(0))
    means = {}
    for precision in ("fp32", "bf16"):
        detector = AnomalyDetector(ACDCLIP(backbone, 4), NOUNS, PROMPTS).train()
        optimizer = torch.optim.Adam(detector.network.adapters().parameters(), lr=1e-3)
        losses = []
        for _ in range(80):
            optimizer.zero_grad()
            loss = loss_of(detector, images, [0, 1], precision)
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        assert {parameter.dtype for parameter in detector.parameters()} == {torch.float32}
        assert losses[-1] < 0.9 * losses[0]
        means[precision] = sum(losses[-50:]) / 50
    assert means["bf16"] != means["fp32"]
    assert means["bf16"] == pytest.approx(means["fp32"], rel=0.02)


def test_logits_are_float32_under_autocast(backbone: ClipBackbone, images: Tensor) -> None:
    network = ACDCLIP(backbone, 2)
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(images, network.encode_text(*PROMPTS("scan")))
    assert logits.image.dtype == logits.pixel.dtype == torch.float32
