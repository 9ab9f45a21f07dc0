"""An option goes to the methods that have it, and is refused when there is none."""

from __future__ import annotations

import argparse

import pytest

from acd_monai.bundle import METHODS, share_options
from acd_monai.bundle.method_options import _keys
from acd_monai.commands.options import add_method_options, method_settings
from acd_monai.errors import ConfigError


def test_an_option_goes_to_every_method_that_has_it() -> None:
    given = {"temperature": 0.1, "mode": "paper", "sigma": None}
    shared = share_options(given, ["clip", "win-clip", "anomaly_clip"])
    assert shared == {
        "clip": {},
        "win-clip": {"temperature": 0.1, "mode": "paper"},
        "anomaly_clip": {"temperature": 0.1},
    }
    assert share_options({"n_groups": 3}, [None]) == {None: {"n_groups": 3}}


@pytest.mark.parametrize(
    ("given", "methods", "message"),
    [
        ({"mode": "paper"}, [None], "--mode is no option of acd_clip; the methods that have it: win_clip"),
        ({"n_groups": 2}, ["clip", "clip-ad"], "--n-groups is no option of clip or clip_ad; the methods .*: acd_clip"),
        ({"sigma": 2}, ["winclip"], "no method is called 'winclip'; did you mean win_clip"),
    ],
)
def test_an_option_of_none_of_them_is_refused(given: dict, methods: list, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        share_options(given, methods)


def test_every_option_of_the_command_line_is_a_key_of_some_method_and_every_key_an_option() -> None:
    parser = argparse.ArgumentParser()
    add_method_options(parser)
    options = set(parser.get_default("method_options"))
    fixed = {"activation", "position_embedding", "mask_resize", "prompts", "network", "weights"}
    recipe = {"epochs", "training_batch_size", "learning_rate", "lr_decay", "augmentation", "loss", "optimizer"}
    recipe |= {"parameter_groups", "blend_parameters"}
    assert options == set().union(*(_keys(name) for name in METHODS)) - fixed - recipe


def test_what_is_typed_is_what_the_config_gets() -> None:
    parser = argparse.ArgumentParser()
    add_method_options(parser)
    typed = ["--levels", "6", "12", "--no-fusion", "--dbscan", "1.5", "25", "--mode", "paper"]
    assert method_settings(parser.parse_args(typed)) == {
        "levels": [6, 12], "fusion": False, "dbscan": [1.5, 25.0], "mode": "paper",
    }  # fmt: skip
