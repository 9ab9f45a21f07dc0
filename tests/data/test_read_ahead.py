from __future__ import annotations

import threading

import pytest
from monai.data import DataLoader, Dataset

from acd_monai.data import ReadAheadLoader


class Recorder:
    """A transform that notes when an item is read, and can be waited for."""

    def __init__(self, fails_at: int | None = None) -> None:
        self.begun = [threading.Event() for _ in range(9)]
        self.fails_at = fails_at

    def __call__(self, item: int) -> int:
        self.begun[item].set()
        if item == self.fails_at:
            raise OSError("the drive is gone")
        return item


def test_the_next_is_read_while_this_one_is_in_use_and_no_more() -> None:
    recorder = Recorder()
    batches = iter(ReadAheadLoader(Dataset(range(4), recorder), batch_size=1))
    for current in range(3):
        assert int(next(batches)) == current
        assert recorder.begun[current + 1].wait(10)
        assert not recorder.begun[current + 2].wait(0.05)
    assert int(next(batches)) == 3
    assert next(batches, None) is None


def test_same_order_and_length_as_the_plain_loader() -> None:
    data = Dataset(list(range(7)))
    ahead = ReadAheadLoader(data, batch_size=2)
    assert len(ahead) == 4
    for _ in range(2):
        assert [batch.tolist() for batch in ahead] == [batch.tolist() for batch in DataLoader(data, batch_size=2)]
    assert list(ReadAheadLoader(Dataset([]), batch_size=1)) == []


def test_what_reading_raises_is_raised_here() -> None:
    batches = iter(ReadAheadLoader(Dataset(range(4), Recorder(fails_at=1)), batch_size=1))
    assert int(next(batches)) == 0
    with pytest.raises(RuntimeError, match="applying transform") as caught:
        next(batches)
    assert "the drive is gone" in str(caught.value.__cause__)


def test_leaving_early_ends_the_thread() -> None:
    batches = iter(ReadAheadLoader(Dataset(range(4)), batch_size=1))
    next(batches)
    batches.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("read-ahead")]
