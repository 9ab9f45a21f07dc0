"""The order of a training run."""

from __future__ import annotations

import pytest

from acd_monai.data import EpochSampler
from acd_monai.errors import ConfigError


def order(epoch: int, seed: int = 0, steps_done: int = 0) -> list[int]:
    sampler = EpochSampler(range(11), batch_size=4, seed=seed)
    sampler.set_epoch(epoch)
    sampler.steps_done = steps_done
    return list(sampler)


def test_an_epoch_shows_everything_once_in_an_order_of_its_own() -> None:
    assert sorted(order(1)) == list(range(11))
    assert order(1) == order(1)
    assert order(1) != order(2)
    assert order(1) != order(1, seed=7)


def test_a_resumed_epoch_shows_the_rest() -> None:
    assert order(3, steps_done=2) == order(3)[8:]


@pytest.mark.parametrize("batch_size", [0, -6])
def test_a_batch_of_nothing_is_refused(batch_size: int) -> None:
    with pytest.raises(ConfigError, match=f"batch_size is {batch_size} for 1 processes; wanted a multiple"):
        EpochSampler(range(11), batch_size=batch_size)
