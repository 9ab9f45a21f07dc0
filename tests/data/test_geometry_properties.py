"""Whatever the orientation, spacing, order, tilt or number of volumes: each slice lies where its header says.

The conftest proves corners and values of every volume that is read here; these tests make the volumes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from monai.transforms import Compose, LoadImaged, SaveImaged
from pydicom.dataset import Dataset

from acd_monai.data import find_cases, read_volume
from tests.data.dicom_files import ENHANCED_MR, MR, functional_group, write_frames, write_series

ANGLES = st.tuples(*[st.floats(-3.1, 3.1)] * 3)
EXAMPLES = settings(max_examples=12, deadline=None)


def rotation(angles: tuple[float, float, float]) -> np.ndarray:
    """Turn about the three axes, one after the other."""
    result = np.eye(3)
    for axis, angle in enumerate(angles):
        turn = np.eye(3)
        a, b = [n for n in range(3) if n != axis]
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        result = result @ turn
    return result


def values(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4000, shape).astype(np.uint16)


@EXAMPLES
@given(
    angles=ANGLES,
    spacing=st.tuples(st.floats(0.2, 5.0), st.floats(0.2, 5.0)),
    gap=st.floats(0.3, 8.0),
    tilt=st.tuples(st.floats(-0.6, 0.6), st.floats(-0.6, 0.6)),
    origin=st.tuples(*[st.floats(-500.0, 500.0)] * 3),
    slopes=st.lists(st.floats(0.01, 40.0), min_size=4, max_size=4),
    names=st.permutations(range(4)),
)
def test_any_series(
    angles: tuple[float, float, float],
    spacing: tuple[float, float],
    gap: float,
    tilt: tuple[float, float],
    origin: tuple[float, float, float],
    slopes: list[float],
    names: list[int],
) -> None:
    axes = rotation(angles)

    def rescale(dataset: Dataset, k: int) -> None:
        dataset.RescaleSlope, dataset.RescaleIntercept = f"{slopes[k]:.6f}", f"{-100 * k}"

    with tempfile.TemporaryDirectory() as folder:
        paths = write_series(
            Path(folder),
            values(3, 4, 4),
            orientation=np.concatenate([axes[:, 0], axes[:, 1]]),
            spacing=(round(spacing[0], 6), round(spacing[1], 6)),
            origin=origin,
            step=tuple(gap * (axes @ [tilt[0], tilt[1], 1.0])),
            edit=rescale,
        )
        for path, name in zip(paths, names, strict=True):
            path.rename(path.with_name(f"n{name}"))
        volume = read_volume(folder)
    assert volume.array.shape == (1, 4, 3, 4)
    sheared = max(abs(tilt[0]), abs(tilt[1])) > 0.002
    assert any(line.startswith("sheared") for line in volume.warnings) or not sheared


@EXAMPLES
@given(
    volumes=st.integers(1, 4),
    slices=st.integers(2, 4),
    key=st.sampled_from(["TemporalPositionIdentifier", "EchoTime", "DiffusionBValue", "TriggerTime", "InversionTime"]),
    data=st.data(),
)
def test_any_classic_4d_series(volumes: int, slices: int, key: str, data: st.DataObject) -> None:
    names = data.draw(st.permutations(range(volumes * slices)))
    stored = values(3, 4, slices)
    with tempfile.TemporaryDirectory() as folder:
        for n in range(volumes):

            def stamp(dataset: Dataset, k: int, n: int = n) -> None:
                setattr(dataset, key, 10 * (n + 1))

            paths = write_series(
                Path(folder), stored + np.uint16(n), prefix=f"t{n}_", edit=stamp, modality="MR", sop_class=MR
            )
            for k, path in enumerate(paths):
                path.rename(path.with_name(f"n{names[n * slices + k]}"))
        cases = find_cases(folder)
        assert len(cases) == volumes
        for n, case in enumerate(cases):
            np.testing.assert_array_equal(read_volume(case["image"]).array[0], stored.transpose(1, 0, 2) + n)


@EXAMPLES
@given(
    angles=ANGLES,
    volumes=st.integers(1, 3),
    slices=st.integers(2, 4),
    key=st.sampled_from(["TemporalPositionIndex", "DiffusionBValue"]),
    data=st.data(),
)
def test_any_enhanced_object(
    angles: tuple[float, float, float], volumes: int, slices: int, key: str, data: st.DataObject
) -> None:
    axes = rotation(angles)
    order = data.draw(st.permutations([(n, k) for n in range(volumes) for k in range(slices)]))
    stored = values(len(order), 3, 4)
    frames = [
        functional_group(
            ImagePositionPatient=[round(float(x), 9) for x in axes @ [1.0, 2.0, 1.5 * k]],
            ImageOrientationPatient=[round(float(x), 12) for x in (*axes[:, 0], *axes[:, 1])],
            RescaleSlope=1.0 + k,
            RescaleIntercept=-10.0 * n,
            **{key: n + 1},
        )
        for n, k in order
    ]
    shared = functional_group(PixelSpacing=[0.5, 0.75], SliceThickness=1.5)
    with tempfile.TemporaryDirectory() as folder:
        path = write_frames(Path(folder) / "e", stored, ENHANCED_MR, "MR", shared=shared, frames=frames)
        cases = find_cases(path)
        assert len(cases) == volumes
        for n, case in enumerate(cases):
            volume = read_volume(case["image"])
            assert volume.array.shape == (1, 4, 3, slices)
            along = volume.affine[:3, 2] @ np.diag([-1.0, -1.0, 1.0]) @ axes[:, 2]
            for k in range(slices):
                place = k if along > 0 else slices - 1 - k
                expected = stored[order.index((n, k))].T * (1.0 + k) - 10.0 * n
                np.testing.assert_allclose(volume.array[0, :, :, place], expected, rtol=1e-6)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("step", [(0.0, 0.0, 2.0), (0.0, 0.7, 2.0)])
def test_save_image_keeps_the_grid(tmp_path: Path, step: tuple[float, float, float]) -> None:
    write_series(tmp_path / "s", values(6, 5, 7), orientation=(0, 1, 0, 0, 0, -1), step=(step[2], step[0], step[1]))
    volume = read_volume(tmp_path / "s")
    chain = Compose(
        [
            LoadImaged("image", "acd_monai.data.StudyReader", ensure_channel_first=True),
            SaveImaged(
                "image", output_dir=tmp_path / "out", resample=False, separate_folder=False, output_dtype=np.float32
            ),
        ]
    )
    image = chain({"image": str(tmp_path / "s")})["image"]
    assert torch.equal(image.as_tensor(), torch.from_numpy(np.ascontiguousarray(volume.array)))
    (written,) = (tmp_path / "out").glob("*.nii.gz")
    again = read_volume(written)
    np.testing.assert_array_equal(again.array, volume.array)
    np.testing.assert_allclose(again.affine, volume.affine, atol=1e-5)
