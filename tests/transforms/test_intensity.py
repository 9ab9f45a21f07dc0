"""Scanner units to [0, 1]."""

from __future__ import annotations

import pickle

import pytest
import torch
from monai.data import MetaTensor

from acd_monai.errors import ConfigError
from acd_monai.transforms import ScaleMRd, WindowCTd, window
from acd_monai.transforms.intensity import scale_mr


def test_window_is_linear_and_clipped() -> None:
    values = torch.tensor([-1000.0, -160.0, 40.0, 240.0, 3000.0])
    assert torch.equal(window(values, -160, 240), torch.tensor([0.0, 0.0, 0.5, 1.0, 1.0]))
    assert torch.equal(WindowCTd("image", level=40, width=400)({"image": values})["image"], window(values, -160, 240))
    with pytest.raises(ConfigError, match=r"window is \[40.0, 40.0\] HU"):
        WindowCTd("image", level=40, width=0)


@pytest.mark.parametrize(("gain", "offset"), [(1.0, 0.0), (37.5, 100.0), (1e-3, -4.0)])
@pytest.mark.parametrize("air", [1000, 50_000])
def test_mr_scale_depends_neither_on_the_unit_nor_on_the_share_of_air(gain: float, offset: float, air: int) -> None:
    torch.manual_seed(0)
    tissue = 100 + 10 * torch.randn(20_000)
    scaled = scale_mr(torch.cat([torch.rand(air), tissue]) * gain + offset)[air:]
    assert scaled.min() >= 0 and scaled.max() == 1
    assert scaled.median() == pytest.approx(100 / 126, abs=0.02)


def test_an_outlier_does_not_set_the_scale() -> None:
    image = torch.cat([torch.zeros(1000), torch.linspace(50, 100, 1000), torch.tensor([1e6])])
    assert scale_mr(image)[1500] == pytest.approx(0.75, abs=0.01)


def test_constant_volumes_and_frames() -> None:
    assert torch.equal(scale_mr(torch.full((2, 3), 7.0)), torch.zeros(2, 3))
    frame = MetaTensor(torch.rand(3, 4, 4, 1), meta={"kind": "frame"})
    for transform in (ScaleMRd("image"), WindowCTd("image", 40, 400)):
        assert transform({"image": frame})["image"] is frame
        colour = torch.rand(3, 4, 4, 2)
        assert transform({"image": colour})["image"] is colour
        assert pickle.loads(pickle.dumps(transform)).keys == ("image",)
    with pytest.raises(ConfigError, match="percentiles are 0.5 and 101"):
        ScaleMRd("image", upper=101)
