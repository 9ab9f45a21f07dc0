"""Precision by name."""

from __future__ import annotations

import pytest
import torch

from acd_monai.errors import ConfigError
from acd_monai.networks.precision import autocast, training_precision

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("precision", "dtype"), [("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)]
)
def test_autocast_computes_in_what_was_asked_for(precision: str, dtype: torch.dtype) -> None:
    with autocast(precision, CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == dtype


@pytest.mark.parametrize(
    ("instructions", "want"), [((True, False), "bf16"), ((False, True), "bf16"), ((False, False), "fp32")]
)
def test_auto_is_bf16_where_the_processor_computes_in_it(
    instructions: tuple[bool, bool], want: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    avx512, amx = instructions
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    assert training_precision("auto", CPU) == want
    assert training_precision("auto", torch.device("mps")) == "fp32"
    assert training_precision("bf16", CPU) == "bf16"
    assert training_precision("fp32", CPU) == "fp32"


def test_training_in_fp16_is_refused() -> None:
    with pytest.raises(ConfigError, match="precision is 'fp16'; wanted auto, fp32 or bf16 for training"):
        training_precision("fp16", CPU)
