"""What stands for a state's sentences."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.cluster import DBSCAN

from acd_monai.networks import ClipBackbone
from acd_monai.networks.text_features import densest_direction, encode_states, mean_direction
from tests.networks.nets.parity import assert_close, read_parity


@pytest.mark.parametrize(("rule", "key"), [((0.5, 15), "mvtec"), ((1.5, 25), "visa")])
def test_largest_cluster_against_the_authors(rule: tuple, key: str) -> None:
    want = read_parity("clip_ad_sdp_tiny")
    vectors = torch.from_numpy(want["dbscan_demo_in"])
    assert_close(densest_direction(vectors, *rule), want[f"dbscan_demo_out_{key}"])


def test_when_all_is_noise_it_is_the_mean_of_all() -> None:
    vectors = torch.eye(6)
    assert torch.equal(densest_direction(vectors, 0.5, 3), mean_direction(vectors))


def test_of_equal_clusters_the_first_is_taken() -> None:
    vectors = torch.eye(3).repeat_interleave(torch.tensor([2, 4, 4]), dim=0)
    assert np.unique(DBSCAN(eps=0.5, min_samples=2).fit_predict(vectors), return_counts=True)[1].tolist() == [2, 4, 4]
    assert torch.equal(densest_direction(vectors, 0.5, 2), torch.eye(3)[1])


def test_lengths_do_not_count_in_the_mean_direction() -> None:
    vectors = torch.tensor([[3.0, 0.0], [0.0, 0.1]])
    torch.testing.assert_close(mean_direction(vectors), torch.full((2,), 0.5**0.5))


def test_states_are_encoded_apart(backbone: ClipBackbone) -> None:
    together = encode_states(backbone, ["a scan"], ["a damaged scan", "a broken scan"])
    swapped = encode_states(backbone, ["a damaged scan", "a broken scan"], ["a scan"])
    torch.testing.assert_close(together, swapped.flip(-1))
    torch.testing.assert_close(together.norm(dim=0), torch.ones(2))
