"""Slices hang as a radiologist expects, and the way back is exact."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.data import MetaTensor
from scipy.spatial.transform import Rotation

from acd_monai.errors import ConfigError
from acd_monai.transforms import PLANES, SlicePlane, SlicePlaned


def image_with(affine: np.ndarray, shape: tuple[int, int, int] = (3, 4, 5), **meta: object) -> MetaTensor:
    voxels = torch.arange(float(np.prod(shape))).reshape(1, *shape)
    return MetaTensor(voxels, affine=torch.from_numpy(affine), meta=meta)


def direction(image: MetaTensor, axis: int) -> np.ndarray:
    column = np.asarray(image.affine)[:3, axis]
    return np.round(column / np.linalg.norm(column), 6)


@pytest.mark.parametrize(
    ("plane", "down", "right", "normal"),
    [
        ("axial", (0, -1, 0), (-1, 0, 0), (0, 0, 1)),
        ("coronal", (0, 0, -1), (-1, 0, 0), (0, -1, 0)),
        ("sagittal", (0, 0, -1), (0, -1, 0), (-1, 0, 0)),
    ],
)
@pytest.mark.parametrize("permutation", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_rows_run_down_and_patient_right_is_on_the_left(
    plane: str, down: tuple, right: tuple, normal: tuple, permutation: tuple
) -> None:
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, permutation] * (2.0, -3.0, 4.0)
    sliced = SlicePlane(plane)(image_with(affine))
    assert [tuple(direction(sliced, axis)) for axis in range(3)] == [down, right, normal]


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    plane=st.sampled_from(PLANES),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)),
    shear=st.floats(-0.4, 0.4),
)
def test_the_way_back_is_exact(seed: int, plane: str, shape: tuple, shear: float) -> None:
    random = np.random.default_rng(seed)
    affine = np.eye(4)
    affine[:3, :3] = Rotation.random(random_state=seed).as_matrix() @ np.diag(random.uniform(0.3, 6, 3))
    affine[:3, 2] += shear * affine[:3, 1]
    affine[:3, 3] = random.uniform(-200, 200, 3)
    image = image_with(affine, shape)
    transform = SlicePlaned("image", plane)
    there = transform({"image": image})
    for index in [(0, 0, 0), tuple(n - 1 for n in there["image"].shape[1:])]:
        world = np.asarray(there["image"].affine) @ [*index, 1]
        source = np.rint(np.linalg.solve(affine, world)[:3]).astype(int)
        np.testing.assert_allclose(affine @ [*source, 1], world, atol=1e-9)
        assert there["image"][(0, *index)] == image[(0, *source)]
    back = transform.inverse(there)["image"]
    assert torch.equal(back.as_tensor(), image.as_tensor())
    assert np.array_equal(np.asarray(back.affine), affine)


def test_stored_only_turns_the_picture_upright() -> None:
    image = image_with(np.diag([-1.0, -1.0, 1.0, 1.0]), (3, 4, 1), kind="frame")
    for plane in PLANES:
        sliced = SlicePlane(plane)(image)
        assert torch.equal(sliced.as_tensor(), image.as_tensor().transpose(1, 2))


def test_a_single_slice_keeps_its_own_plane() -> None:
    affine = np.eye(4)
    affine[:3, :3] = np.eye(3)[:, (1, 2, 0)]
    sliced = SlicePlane("axial")(image_with(affine, (5, 6, 1)))
    assert sliced.shape == (1, 6, 5, 1)


def test_refusals() -> None:
    with pytest.raises(ConfigError, match="plane is 'axal'; wanted one of axial, coronal"):
        SlicePlane("axal")
    with pytest.raises(ConfigError, match="needs a MetaTensor"):
        SlicePlane("axial")(torch.zeros(1, 2, 3, 4))
