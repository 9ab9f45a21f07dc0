"""The training forward of a detector."""

from __future__ import annotations

import torch

from acd_monai.data import PromptEnsemble
from acd_monai.networks import ACDCLIP, AnomalyDetector, ClipBackbone, TrainingView


def test_it_is_the_detector_with_another_forward(backbone: ClipBackbone, images: torch.Tensor) -> None:
    detector = AnomalyDetector(ACDCLIP(backbone, 2), ["scan", "screw"], PromptEnsemble(["{}"], ["a bad {}"], ["{}."]))
    view = TrainingView(detector)
    assert list(view.state_dict()) == list(detector.state_dict())
    nouns = torch.tensor([1, 0])
    got, want = view(images, nouns), detector.logits(images, nouns)
    assert torch.equal(got.image, want.image)
    assert torch.equal(got.pixel, want.pixel)
    view.train()
    assert not backbone.training
