"""Volumes to slices to batches to volumes."""

from __future__ import annotations

import pytest
import torch
from monai.data import MetaTensor
from torch import Tensor, nn

from acd_monai.errors import ConfigError
from acd_monai.inferers import SliceAnomalyInferer
from acd_monai.networks import Prediction


class Brightness(nn.Module):
    """A detector whose map is the image itself: what comes back must lie where it was."""

    image_size = 56

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self.batches: list[int] = []

    def predict(self, image: Tensor, noun_index: Tensor | None = None) -> Prediction:
        assert image.shape[1:] == (3, 56, 56)
        self.batches.append(len(image))
        return Prediction(image.amax(dim=(1, 2, 3)), image.mean(dim=1, keepdim=True) * self.weight)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_every_slice_comes_back_to_its_place(channels: int, batch_size: int) -> None:
    torch.manual_seed(0)
    volume = torch.rand(2, channels, 56, 56, 7)
    network = Brightness()
    prediction = SliceAnomalyInferer(batch_size).predict(volume, network)
    torch.testing.assert_close(prediction.anomaly_map, volume.mean(dim=1, keepdim=True))
    torch.testing.assert_close(prediction.slice_scores, volume.amax(dim=(1, 2, 3)))
    assert max(network.batches) <= batch_size and sum(network.batches) == 14
    assert torch.equal(SliceAnomalyInferer(batch_size)(volume, network), prediction.anomaly_map)


def test_slices_without_foreground_are_not_scored() -> None:
    volume = torch.rand(1, 1, 40, 30, 5) * 0.04
    volume[..., 10:20, 10:20, 2] = 0.9
    network = Brightness()
    prediction = SliceAnomalyInferer(slice_sigma=2.0).predict(volume, network)
    assert network.batches == [1]
    assert prediction.slice_scores.isnan().tolist() == [[True, True, False, True, True]]
    assert prediction.anomaly_map[..., [0, 1, 3, 4]].abs().max() == 0
    assert prediction.anomaly_map[..., 2].max() > 0


def test_a_dark_picture_is_scored_all_the_same() -> None:
    prediction = SliceAnomalyInferer().predict(torch.zeros(1, 3, 20, 20, 1), Brightness())
    assert prediction.slice_scores.tolist() == [[0.0]]


def test_smoothing_across_slices_keeps_the_sum() -> None:
    volume = torch.full((1, 1, 14, 14, 21), 0.1)
    volume[..., 10] = 1.0
    plain = SliceAnomalyInferer().predict(volume, Brightness()).anomaly_map[0, 0, 5, 5]
    smooth = SliceAnomalyInferer(slice_sigma=1.5).predict(volume, Brightness()).anomaly_map[0, 0, 5, 5]
    assert smooth.sum() == pytest.approx(float(plain.sum()), rel=1e-4)
    assert smooth.argmax() == 10 and smooth[10] < plain[10]


def test_volumes_of_a_batch_keep_their_own_pixel_size() -> None:
    torch.manual_seed(0)
    volumes = torch.rand(2, 1, 40, 40, 2)
    affines = torch.stack([torch.eye(4), torch.diag(torch.tensor([1.0, 4.0, 1.0, 1.0]))]).double()
    batch = MetaTensor(volumes, affine=affines)
    together = SliceAnomalyInferer()(batch, Brightness())
    for index in range(2):
        alone = MetaTensor(volumes[index : index + 1], affine=affines[index])
        torch.testing.assert_close(
            together[index].as_tensor(), SliceAnomalyInferer()(alone, Brightness())[0].as_tensor()
        )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 0}, "batch_size is 0"),
        ({"precision": "int8"}, "wanted one of fp32, bf16, fp16"),
        ({"slice_sigma": -1}, "slice_sigma is -1"),
        ({"fit": "crop"}, "fit is 'crop'"),
    ],
)
def test_settings_out_of_range(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SliceAnomalyInferer(**settings)


def test_a_tensor_of_another_shape() -> None:
    with pytest.raises(ConfigError, match=r"shape \(1, 2, 4, 4, 4\); wanted \(B, C, rows, columns, slices\)"):
        SliceAnomalyInferer()(torch.zeros(1, 2, 4, 4, 4), Brightness())
