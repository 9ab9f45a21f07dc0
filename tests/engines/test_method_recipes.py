"""One step of each method's recipe, as its overlay says it, against the authors' numbers."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from monai.bundle import ConfigParser
from torch.utils.data import DataLoader

from acd_monai.bundle import METHODS
from acd_monai.data import EpochSampler
from acd_monai.engines import AdapterTrainer
from acd_monai.networks import AnomalyDetector, ClipBackbone, TrainingView
from tests.networks.conftest import TINY
from tests.networks.nets.parity import assert_close, read_parity, seed_adapters, training_items


class Recipe(NamedTuple):
    """What a fixture was made with, beside what the overlay says.

    Attributes:
        fixture: its name.
        prefix: of the parameters' names there.
        image_loss, loss: names of the numbers there.
        settings: of the overlay, changed.
    """

    fixture: str
    prefix: str
    image_loss: str | None
    loss: str
    settings: dict[str, Any]


RECIPES = {
    "anomaly_clip": Recipe("anomaly_clip_tiny", "prompt_learner.", "train_image_ce", "train_total", {"dual_blocks": 9}),
    "ada_clip": Recipe("ada_clip_tiny_hsf", "clip_model.", "train_cls_focal", "train_total", {}),
    "april_gan": Recipe("april_gan_tiny", "trainable_linearlayer.", None, "train_loss", {}),
    "clip_ad": Recipe("clip_ad_sdp_plus_tiny", "linear_layers.", None, "train_loss", {"for_training": True}),
}


def recipe_of(method: str) -> ConfigParser:
    """Return the overlay of a method with what a bundle would add to it."""
    overlay = json.loads(METHODS.find(method).read_text(encoding="utf-8"))
    backbone = ClipBackbone(TINY, activation=overlay["activation"], position_embedding=overlay["position_embedding"])
    return ConfigParser({**overlay, "weights": None, "backbone": backbone, **RECIPES[method].settings})


def step(parser: ConfigParser, items: list[dict[str, Any]], prefix: str, **settings: Any) -> AdapterTrainer:
    """Take one step with the fixture's weights."""
    network = parser.get_parsed_content("network")
    seed_adapters(network.adapters(), prefix)
    trainer = AdapterTrainer(
        device=torch.device("cpu"),
        max_epochs=1,
        train_data_loader=DataLoader(items, batch_size=len(items), sampler=EpochSampler(items, len(items))),
        network=TrainingView(AnomalyDetector(network, "brain", parser.get_parsed_content("prompts"))),
        optimizer=parser.get_parsed_content("optimizer"),
        loss_function=parser.get_parsed_content("loss"),
        augmentation=parser.get_parsed_content("augmentation"),
        **settings,
    )
    trainer.run()
    return trainer


@pytest.mark.parametrize("method", RECIPES)
def test_a_step_gives_the_authors_losses_gradients_and_weights(method: str) -> None:
    recipe = RECIPES[method]
    want = read_parity(recipe.fixture)
    alone = method == "ada_clip"  # whose authors train with one image, so that the fixture has each
    for image in range(2) if alone else [None]:
        items = training_items() if image is None else training_items()[image : image + 1]
        parser = recipe_of(method)
        losses = step(parser, items, recipe.prefix).state.output[0]
        network = parser.get_parsed_content("network")
        total, norms = (np.atleast_1d(want[name]) for name in (recipe.loss, "grad_norm_values"))
        total, norms = (total, norms) if image is None else (total[image : image + 1], norms[image])
        image_loss = 0.0 if recipe.image_loss is None else float(np.atleast_1d(want[recipe.image_loss])[image or 0])
        assert losses["loss"] == pytest.approx(float(total[0]), rel=2e-5)
        assert losses["image_loss"] == pytest.approx(image_loss, rel=1e-4)
        parameters = dict(network.adapters().named_parameters())
        for name, norm in zip(want["grad_norm_names"], norms, strict=True):
            gradient = parameters[str(name).removeprefix(recipe.prefix)].grad
            assert float(gradient.norm()) == pytest.approx(float(norm), rel=1e-3), name
        # Several processes wait for the gradient of everything that is trained.
        assert all((value.grad is not None) == value.requires_grad for value in parameters.values())
        assert all(parameter.grad is None for parameter in network.backbone.parameters())
    if "step_fc0_weight_rows8" in want:
        assert_close(network.adapters()["fc"][0].weight[:8], want["step_fc0_weight_rows8"])


@pytest.mark.parametrize("method", RECIPES)
def test_a_batch_in_parts_of_one_gives_the_gradient_of_the_batch(method: str) -> None:
    gradients = []
    for accumulate in (1, 2):
        parser = recipe_of(method)
        step(parser, training_items(), RECIPES[method].prefix, accumulate=accumulate)
        adapters = parser.get_parsed_content("network").adapters()
        gradients.append([value.grad for value in adapters.parameters() if value.requires_grad])
    for whole, parts in zip(*gradients, strict=True):
        torch.testing.assert_close(parts, whole, rtol=1e-3, atol=1e-5 * float(whole.abs().max()))


@pytest.mark.parametrize(
    ("method", "epochs", "batch_size", "optimizer", "settings"),
    [
        ("anomaly_clip", 15, 8, torch.optim.Adam, {"lr": 1e-3, "betas": (0.5, 0.999), "weight_decay": 0}),
        ("ada_clip", 5, 1, torch.optim.AdamW, {"lr": 0.01, "betas": (0.5, 0.999), "weight_decay": 0.01}),
        ("clip_ad", 5, 8, torch.optim.Adam, {"lr": 1e-4, "betas": (0.9, 0.999), "weight_decay": 0}),
        ("april_gan", 15, 8, torch.optim.Adam, {"lr": 1e-3, "betas": (0.5, 0.999), "weight_decay": 0}),
    ],
)
def test_optimizer_and_schedule_are_the_authors(
    method: str, epochs: int, batch_size: int, optimizer: type, settings: dict[str, Any]
) -> None:
    parser = recipe_of(method)
    assert [parser[name] for name in ("epochs", "training_batch_size", "lr_decay")] == [epochs, batch_size, 1.0]
    built = parser.get_parsed_content("optimizer")
    assert type(built) is optimizer
    (group,) = built.param_groups
    assert {name: tuple(v) if name == "betas" else v for name, v in group.items() if name in settings} == settings
    assert len(group["params"]) == len(list(parser.get_parsed_content("network").adapters().parameters()))
