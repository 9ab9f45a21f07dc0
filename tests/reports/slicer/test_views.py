from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd_monai.reports.slicer.views import SCREEN_AXES, patient_frame, place_camera, place_slices
from tests.reports.slicer.made_case import SHAPE, make_affine

ORDERS = [(0, 1, 2), (2, 0, 1), (1, 2, 0), (0, 2, 1)]


def rotation(degrees: tuple[float, float, float]) -> np.ndarray:
    turned = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        a, b = (other for other in range(3) if other != axis)
        step = np.eye(3)
        step[[a, a, b, b], [a, b, a, b]] = np.cos(angle), -np.sin(angle), np.sin(angle), np.cos(angle)
        turned = step @ turned
    return turned


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("signs", [(1, 1, 1), (-1, -1, 1), (-1, 1, -1)])
def test_a_straight_grid_gives_slicers_own_planes(order: tuple[int, ...], signs: tuple[int, ...]) -> None:
    affine = np.eye(4)
    affine[:3, :3] = (np.diag((0.5, 3.0, 1.0)) @ np.diag(signs))[:, list(order)]
    np.testing.assert_array_equal(patient_frame(affine), np.eye(3))
    places = place_slices(affine, (9, 8, 7), np.zeros(3))
    assert [(place.view, place.orientation) for place in places] == [
        ("Red", "Axial"),
        ("Green", "Coronal"),
        ("Yellow", "Sagittal"),
    ]
    for place in places:
        np.testing.assert_array_equal(place.slice_to_ras[:3, :3].T, SCREEN_AXES[place.view][1])


@given(angles=st.tuples(*(st.floats(-20, 20) for _ in range(3))), order=st.sampled_from(ORDERS), shear=st.floats(-2, 2))
def test_a_turned_grid_is_cut_along_its_own_axes(
    angles: tuple[float, float, float], order: tuple[int, ...], shear: float
) -> None:
    turned = rotation(angles)
    affine = np.eye(4)
    affine[:3, :3] = (turned @ np.diag((-0.7, -0.7, 4.0)))[:, list(order)]
    affine[:3, 2] += shear * affine[:3, 1]
    frame = patient_frame(affine)
    np.testing.assert_allclose(frame.T @ frame, np.eye(3), atol=1e-12)
    assert np.linalg.det(frame) > 0
    np.testing.assert_allclose(frame, turned, atol=2e-6)


@pytest.mark.parametrize("kind", ["straight", "oblique", "sheared", "sagittal"])
def test_slices_hold_the_point_and_see_the_whole_image(kind: str) -> None:
    affine = make_affine(kind)
    point = affine[:3, :3] @ (30, 4, 11) + affine[:3, 3]
    corners = np.array([[i, j, k] for i in (-0.5, 35.5) for j in (-0.5, 29.5) for k in (-0.5, 13.5)])
    corners = corners @ affine[:3, :3].T + affine[:3, 3]
    for place in place_slices(affine, SHAPE, point):
        x, y, depth, _ = np.linalg.solve(place.slice_to_ras, (*point, 1))
        assert abs(depth) < 1e-9
        seen = (corners - place.slice_to_ras[:3, 3]) @ place.slice_to_ras[:3, :2]
        assert (np.abs(seen) < np.array(place.field_of_view) / 2).all()
        assert np.abs(seen).max() > 0.45 * max(place.field_of_view)
        assert abs(x) < place.field_of_view[0] / 2 and abs(y) < place.field_of_view[1] / 2


def test_the_camera_looks_at_the_middle_from_the_front_above() -> None:
    camera = place_camera(make_affine("straight"), SHAPE)
    np.testing.assert_allclose(camera.focal_point, (36.0, -148.55, 673.2))
    right, anterior, superior = camera.position - camera.focal_point
    assert anterior > right > 0 and superior > 0
    np.testing.assert_array_equal(camera.view_up, (0, 0, 1))
