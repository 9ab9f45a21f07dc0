from __future__ import annotations

import numpy as np
import pytest
import torch

from acd_monai.errors import GeometryError
from acd_monai.reports.slicer import display_window
from acd_monai.transforms.intensity import scale_mr, window
from tests.reports.slicer.made_case import make_affine, make_case


def hung(values: np.ndarray, affine: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Swap and flip axes as for display."""
    turned = affine @ np.array([[0, -1, 0, values.shape[0] - 1], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    return values[::-1].swapaxes(0, 1), turned


@pytest.mark.parametrize("kind", ["straight", "oblique", "sheared"])
def test_the_window_of_ct_is_found(kind: str) -> None:
    image, affine = make_case(kind).image[0], make_affine(kind)
    shown = window(torch.from_numpy(image), 240.0, 610.0).numpy()
    np.testing.assert_allclose(display_window(image, affine, *hung(shown, affine)), (240.0, 610.0), atol=0.01)


def test_the_scale_of_mr_is_found() -> None:
    image, affine = make_case().image[0], make_affine("straight")
    shown = scale_mr(torch.from_numpy(image)).numpy()
    low, high = display_window(image, affine, *hung(shown, affine))
    np.testing.assert_allclose(np.clip((image - low) / (high - low), 0, 1), shown, atol=1e-4)


def test_where_all_is_black_or_white_the_window_is_the_range() -> None:
    affine, image = np.eye(4), np.zeros((4, 5, 6))
    assert display_window(image, affine, image, affine) == (-0.5, 0.5)
    image[0] = 7
    assert display_window(image, affine, image > 3, affine) == (0.0, 7.0)


def test_another_grid_is_refused() -> None:
    image = np.zeros((4, 5, 6))
    with pytest.raises(GeometryError, match="swapped and flipped"):
        display_window(image, make_affine("straight"), image, make_affine("oblique"))
    with pytest.raises(GeometryError, match="swapped and flipped"):
        display_window(image, np.eye(4), image[..., :3], np.eye(4))
