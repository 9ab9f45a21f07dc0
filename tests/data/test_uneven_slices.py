"""Uneven series: refused with the worst gap named, or resampled to an even grid and said so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monai.transforms import LoadImaged
from pydicom.dataset import Dataset

from acd_monai.bundle import DOMAINS
from acd_monai.data import read_volume
from acd_monai.data.slice_resampling import even_slices, resample_slices
from acd_monai.errors import GeometryError, find_cause
from tests.data.dicom_files import write_series


def at(places: Sequence[float], tilt: float = 0.0) -> Callable[[Dataset, int], None]:
    """Put slice k at ``places[k]`` mm, shifted along the columns by ``tilt`` mm a mm."""

    def edit(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [-10.0, -20.0 + tilt * places[k], places[k]]
        dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0

    return edit


def ramp(places: Sequence[float]) -> np.ndarray:
    """Stored values that grow evenly along the slice axis, so that linear interpolation is exact."""
    plane = np.arange(20).reshape(4, 5, 1)
    return (plane + 100 * np.asarray(places)).astype(np.uint16)


PLACES = (0.0, 2.0, 4.0, 8.0, 10.0, 15.0, 20.0)


def test_refused_with_the_worst_gap_unless_asked(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(PLACES), edit=at(PLACES))
    with pytest.raises(GeometryError, match=r"uneven: (5|2)\.00 mm between .*--resample-uneven"):
        read_volume(tmp_path)


@pytest.mark.parametrize("tilt", [0.0, 0.3])
def test_resampled_to_the_smallest_usual_gap(tmp_path: Path, tilt: float) -> None:
    write_series(tmp_path, ramp(PLACES), edit=at(PLACES, tilt))
    volume = read_volume(tmp_path, resample_uneven=True)
    assert volume.array.shape == (1, 5, 4, 11) and volume.array.dtype == np.float32
    np.testing.assert_allclose(volume.affine[:3, 2], [0.0, -2.0 * tilt, 2.0], atol=1e-12)
    np.testing.assert_allclose(volume.affine[:3, 3], [10.0, 20.0, 0.0], atol=1e-12)
    expected = np.arange(20).reshape(4, 5, 1) + 200.0 * np.arange(11)
    np.testing.assert_allclose(volume.array[0], expected.transpose(1, 0, 2), rtol=1e-6)
    assert volume.warnings[0] == (
        "resampled along the slice axis: 7 slices with gaps of 2.00 to 5.00 mm became 11 slices every 2.000 mm "
        "(linear); image and map are on this even grid"
    )
    assert [line.startswith("sheared") for line in volume.warnings[1:]] == ([True] if tilt else [])


def test_even_series_are_left_alone(tmp_path: Path) -> None:
    places = [2.0 * k for k in range(6)]
    write_series(tmp_path, ramp(places), edit=at(places, 0.3))
    plain, asked = read_volume(tmp_path), read_volume(tmp_path, resample_uneven=True)
    np.testing.assert_array_equal(plain.array, asked.array)
    np.testing.assert_array_equal(plain.affine, asked.affine)
    assert plain.warnings == asked.warnings


def test_slices_shifted_sideways_are_refused_all_the_same(tmp_path: Path) -> None:
    def edit(dataset: Dataset, k: int) -> None:
        dataset.ImagePositionPatient = [3.0 * (k == 2), 0.0, PLACES[k]]

    write_series(tmp_path, ramp(PLACES), edit=edit)
    with pytest.raises(GeometryError, match=r"3\.00 mm beside the straight line"):
        read_volume(tmp_path, resample_uneven=True)


def test_a_grid_that_would_be_mostly_made_up_is_refused(tmp_path: Path) -> None:
    places = [0.0, 1.0, 2.0, 3.0, 400.0]
    write_series(tmp_path, ramp(places), edit=at(places))
    with pytest.raises(GeometryError, match="needs 401 slices where 5 are stored"):
        read_volume(tmp_path, resample_uneven=True)


def test_two_slices_at_one_place_stay_refused(tmp_path: Path) -> None:
    places = [0.0, 2.0, 2.0, 4.0]
    write_series(tmp_path, ramp([0, 1, 2, 3]), edit=at(places))
    with pytest.raises(GeometryError, match="two slices at one place"):
        read_volume(tmp_path, resample_uneven=True)


@pytest.mark.filterwarnings("ignore")
def test_through_load_image(tmp_path: Path) -> None:
    write_series(tmp_path, ramp(PLACES), edit=at(PLACES))
    item = {"image": str(tmp_path)}
    load = LoadImaged("image", "acd_monai.data.StudyReader", ensure_channel_first=True, resample_uneven=True)
    image = load(item)["image"]
    assert image.shape == (1, 5, 4, 11) and "resampled along" in image.meta["acd_warnings"]
    with pytest.raises(Exception) as raised:
        LoadImaged("image", "acd_monai.data.StudyReader", ensure_channel_first=True, resample_uneven=False)(item)
    assert isinstance(find_cause(raised.value), GeometryError)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("wanted", [False, True])
def test_through_the_bundles(tmp_path: Path, wanted: bool) -> None:
    from monai.bundle import ConfigParser

    write_series(tmp_path, ramp(PLACES), edit=at(PLACES))
    parser = ConfigParser()
    parser.read_config(str(DOMAINS.find("liver_ct")))
    parser["resample_uneven"] = wanted
    load = parser.get_parsed_content("preprocessing").transforms[0]
    if wanted:
        assert load({"image": str(tmp_path)})["image"].shape == (1, 5, 4, 11)
    else:
        with pytest.raises(Exception) as raised:
            load({"image": str(tmp_path)})
        assert isinstance(find_cause(raised.value), GeometryError)


@given(st.lists(st.floats(0.8, 3.0), min_size=2, max_size=20))
def test_never_beyond_the_ends_and_linear_between(gaps: list[float]) -> None:
    along = np.concatenate([[5.0], 5.0 + np.cumsum(gaps)])
    grid = even_slices(along, 0.1, "a")
    assert grid.lower.min() >= 0 and grid.lower.max() <= len(along) - 2
    assert grid.fraction.min() >= 0.0 and grid.fraction.max() <= 1.0
    result = resample_slices(along.astype(np.float32)[None], grid)[0]
    np.testing.assert_allclose(result, np.linspace(along[0], along[-1], grid.slices), rtol=1e-5)
    assert result[0] == np.float32(along[0]) and result[-1] == np.float32(along[-1])
