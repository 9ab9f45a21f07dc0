"""Scenes as Slicer's own libraries load and render them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
from scipy import ndimage

from acd_monai.reports.components import label_components
from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.slicer.views import place_camera, place_slices
from tests.reports.slicer.made_case import SHAPE, THRESHOLD, WINDOW, MadeCase, make_case

pytest.importorskip("trame_slicer", reason="Slicer's libraries are not installed: pip install acd_monai[dev]")

import slicer
import slicer.util
from trame_slicer.core import SlicerApp
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from tests.slicer_app import SLICE_VIEWS, HeadlessSlicer, affine_of, to_array, voxels_of

SIZE = (240, 180)


def open_scene(case: MadeCase, folder: Path, role: str = "slicer_scene", **more: Any) -> HeadlessSlicer:
    """Write the case, move what belongs to the scene, and open it there."""
    written = folder / "geschrieben"
    written.mkdir(parents=True)
    file = case.write(written, **more)[role]
    moved = folder / "moved & ü 100%"
    if role == "slicer_bundle":
        moved.mkdir()
        shutil.copy(written / file, moved)
        shutil.rmtree(written)
    else:
        shutil.move(written, moved)
    return HeadlessSlicer(moved / file, folder / "log.txt", SIZE)


class Opened(NamedTuple):
    kind: str
    case: MadeCase
    app: HeadlessSlicer


@pytest.fixture(scope="module", params=["straight", "oblique", "sheared", "sagittal"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    case = make_case(request.param)
    role = "slicer_bundle" if request.param == "oblique" else "slicer_scene"
    app = open_scene(case, tmp_path_factory.mktemp("scene"), role)
    yield Opened(request.param, case, app)
    app.close()


def image_and_map(app: HeadlessSlicer) -> tuple[Any, Any]:
    image, anomaly_map = app.nodes("vtkMRMLVolumeNode")
    return image, anomaly_map


def assert_same_voxels(volume: Any, values: np.ndarray, affine: np.ndarray, tolerance_mm: float) -> None:
    """Each voxel is at its place, in whatever order: Slicer turns left-handed grids round."""
    own = affine_of(volume)
    if np.linalg.det(affine[:3, :3]) < 0:
        values, affine = values[..., ::-1], affine.copy()
        affine[:3, 3] += affine[:3, 2] * (values.shape[2] - 1)
        affine[:3, 2] *= -1
    np.testing.assert_allclose(own, affine, rtol=0, atol=tolerance_mm)
    np.testing.assert_array_equal(voxels_of(volume.GetImageData()), values)


def test_volumes_findings_and_peaks_are_where_they_belong(opened: Opened) -> None:
    kind, case, app = opened
    assert app.opened
    image, anomaly_map = image_and_map(app)
    assert_same_voxels(image, case.image[0], case.affine, 1e-10)
    assert_same_voxels(anomaly_map, case.anomaly_map, case.affine, 1e-10 if kind == "sheared" else 1e-4)

    node = app.node("vtkMRMLSegmentationNode")
    segmentation = node.GetSegmentation()
    assert segmentation.GetNumberOfSegments() == len(case.components.items) == 2
    assert segmentation.ContainsRepresentation("Closed surface")
    labels = label_components(case.anomaly_map, THRESHOLD, case.components.items)
    for number, item in enumerate(case.components.items, 1):
        segment = segmentation.GetNthSegment(number - 1)
        assert segment.GetName() == f"Finding {number}: peak {item.peak:.2f}, {item.volume_mm3 / 1000:.2f} mL"
        labelmap = segment.GetRepresentation("Binary labelmap")
        matrix = to_array(_image_to_world(labelmap))
        np.testing.assert_allclose(matrix, case.affine, rtol=0, atol=1e-10)
        np.testing.assert_array_equal(voxels_of(labelmap) == segment.GetLabelValue(), labels == number)
        centre = np.reshape(segment.GetRepresentation("Closed surface").GetBounds(), (3, 2)).mean(axis=1)
        corners = (np.argwhere(labels == number) @ case.affine[:3, :3].T) + case.affine[:3, 3]
        np.testing.assert_allclose(centre, (corners.min(axis=0) + corners.max(axis=0)) / 2, atol=2.5)

    peaks = app.node("vtkMRMLMarkupsFiducialNode")
    assert peaks.GetNumberOfControlPoints() == 2
    for number, item in enumerate(case.components.items):
        np.testing.assert_allclose(peaks.GetNthControlPointPosition(number), item.peak_mm, atol=1e-9)
        assert peaks.GetNthControlPointLabel(number) == f"{number + 1}: {item.peak:.2f}"
    assert not app.complaints()


def _image_to_world(labelmap: Any) -> Any:
    matrix = vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    return matrix


def test_every_view_shows_the_top_finding_and_the_whole_image(opened: Opened) -> None:
    _, case, app = opened
    image, anomaly_map = image_and_map(app)
    peak = np.array([*case.components.items[0].peak_mm, 1.0])
    corners = np.array([[i, j, k, 1] for i in (0, 35) for j in (0, 29) for k in (0, 13)]) @ case.affine.T
    for name in SLICE_VIEWS:
        view = app.views[name].get_view_node()
        x, y, _, _ = np.linalg.solve(to_array(view.GetXYToRAS()), peak)
        assert 0 < x < SIZE[0] and 0 < y < SIZE[1]
        np.testing.assert_allclose(np.linalg.solve(to_array(view.GetSliceToRAS()), peak)[2], 0, atol=1e-6)
        seen = np.linalg.solve(to_array(view.GetXYToRAS()), corners.T)[:2]
        assert seen.min() > 0 and seen[0].max() < SIZE[0] and seen[1].max() < SIZE[1]
        layers = app.views[name]._logic.GetSliceCompositeNode()
        assert layers.GetBackgroundVolumeID() == image.GetID()
        assert layers.GetForegroundVolumeID() == anomaly_map.GetID()
    assert app.node("vtkMRMLLayoutNode").GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert anomaly_map.GetDisplayNode().GetColorNode().GetName() == "Inferno"
    assert len(np.unique(app.render("1").reshape(-1, 3), axis=0)) > 100
    assert not app.complaints()


def test_pixels_are_grey_in_the_window_and_coloured_where_the_map_is(opened: Opened) -> None:
    _, case, app = opened
    for node in (*app.nodes("vtkMRMLSegmentationDisplayNode"), *app.nodes("vtkMRMLMarkupsDisplayNode")):
        node.SetVisibility(False)
    app.node("vtkMRMLColorLegendDisplayNode").SetVisibility(False)
    for name in SLICE_VIEWS:
        node = app.views[name].get_view_node()
        node.SetRulerType(node.RulerTypeNone)
        pixels = app.render(name).astype(int)
        y, x = np.mgrid[: SIZE[1], : SIZE[0]]
        screen = np.stack([x, y, np.zeros_like(x), np.ones_like(x)]).reshape(4, -1)
        index = np.linalg.solve(case.affine, to_array(node.GetXYToRAS()) @ screen)[:3]
        ends = np.array(case.anomaly_map.shape)[:, None] - 1
        inside = ((index > 0.1) & (index < ends - 0.1)).all(axis=0).reshape(x.shape)
        score = ndimage.map_coordinates(case.anomaly_map, index, order=1).reshape(x.shape)
        value = ndimage.map_coordinates(case.image[0], index, order=1).reshape(x.shape)
        coloured = np.ptp(pixels, axis=-1) > 12
        hot, cold = inside & (score > THRESHOLD + 0.02), inside & (score < THRESHOLD - 0.02)
        assert hot.sum() > 50 and cold.sum() > 1000
        assert coloured[hot].mean() > 0.995 and not coloured[cold].any()
        grey = 255 * np.clip((value - WINDOW[0]) / (WINDOW[1] - WINDOW[0]), 0, 1)
        assert np.abs(pixels[cold].mean(axis=-1) - grey[cold]).max() < 6
    assert not app.complaints()


@pytest.mark.parametrize("replace", [False, True])
def test_an_open_slicer_takes_over_layout_places_and_camera(replace: bool, tmp_path: Path) -> None:
    """Dragged into a running Slicer that shows another layout, whose views are there already."""
    case = make_case("oblique")
    scene, layouts = SlicerApp().scene, slicer.vtkMRMLLayoutLogic()
    scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())
    layouts.SetMRMLScene(scene)
    layouts.GetLayoutNode().SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutConventionalView)
    scene.SetURL(str(tmp_path / case.write(tmp_path)["slicer_scene"]))
    assert scene.Connect() if replace else scene.Import(None)
    assert layouts.GetLayoutNode().GetViewArrangement() == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert scene.GetNumberOfNodesByClass("vtkMRMLSliceNode") == 3
    peak = (*case.components.items[0].peak_mm, 1.0)
    for place in place_slices(case.affine, case.anomaly_map.shape, np.asarray(peak[:3])):
        node = scene.GetNodeByID(f"vtkMRMLSliceNode{place.view}")
        np.testing.assert_allclose(to_array(node.GetSliceToRAS()), place.slice_to_ras, atol=1e-9)
        assert abs(np.linalg.solve(to_array(node.GetSliceToRAS()), peak)[2]) < 1e-6
    camera = scene.GetNodeByID("vtkMRMLCameraNode1")
    np.testing.assert_allclose(camera.GetFocalPoint(), place_camera(case.affine, SHAPE).focal_point, atol=1e-9)


def test_a_case_without_findings(tmp_path: Path) -> None:
    app = open_scene(make_case().without_findings(), tmp_path, alert="UNTRAINED MODEL")
    assert app.opened
    assert not app.nodes("vtkMRMLSegmentationNode") and not app.nodes("vtkMRMLMarkupsNode")
    _, anomaly_map = image_and_map(app)
    assert anomaly_map.GetName() == "anomaly map, UNTRAINED MODEL"
    app.node("vtkMRMLColorLegendDisplayNode").SetVisibility(False)
    assert (np.ptp(app.render("Red"), axis=-1) == 0).all()
    assert not app.complaints()
    app.close()


def test_of_a_narrow_map_the_upper_half_is_seen_in_all_its_colours(tmp_path: Path) -> None:
    case = make_case().narrow()
    app = open_scene(case, tmp_path, threshold=0.4, scale=MapScale(0.5, 0.52))
    _, anomaly_map = image_and_map(app)
    assert anomaly_map.GetName() == "anomaly map, differences ×50"
    display = anomaly_map.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel()) == pytest.approx((0.02, 0.51))
    for node in (*app.nodes("vtkMRMLSegmentationDisplayNode"), *app.nodes("vtkMRMLMarkupsDisplayNode")):
        node.SetVisibility(False)
    app.node("vtkMRMLColorLegendDisplayNode").SetVisibility(False)
    node = app.views["Red"].get_view_node()
    node.SetRulerType(node.RulerTypeNone)
    coloured = np.ptp(app.render("Red").astype(int), axis=-1) > 12
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    screen = np.stack([x, y, np.zeros_like(x), np.ones_like(x)]).reshape(4, -1)
    index = np.linalg.solve(case.affine, to_array(node.GetXYToRAS()) @ screen)[:3]
    score = ndimage.map_coordinates(case.anomaly_map, index, order=1, cval=0.0).reshape(x.shape)
    assert coloured[score > 0.511].mean() > 0.99 and not coloured[score < 0.509].any()
    assert (score > 0.511).sum() > 50
    assert not app.complaints()
    app.close()


def test_a_volume_in_colour(tmp_path: Path) -> None:
    made = make_case("oblique")
    colours = np.random.default_rng(0).integers(0, 256, (3, *made.image.shape[1:]))
    case = MadeCase((colours / 255).astype(np.float32), made.affine, made.anomaly_map, made.components)
    app = open_scene(case, tmp_path)
    assert app.opened
    image, _ = image_and_map(app)
    assert image.IsA("vtkMRMLVectorVolumeNode")
    np.testing.assert_array_equal(voxels_of(image.GetImageData()), np.moveaxis(colours, 0, -1))
    np.testing.assert_allclose(affine_of(image), case.affine, rtol=0, atol=1e-10)
    assert (np.ptp(app.render("Red").astype(int), axis=-1) > 60).mean() > 0.1
    assert not app.complaints()
    app.close()


def test_the_guides_console_lines_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = make_case("sheared")
    app = open_scene(case, tmp_path)
    monkeypatch.setattr(slicer, "mrmlScene", app.scene, raising=False)  # as Slicer's own console has it
    logic = {"volumes": app.app.volumes_logic, "segmentations": app.app.segmentations_logic}
    modules = SimpleNamespace(**{name: SimpleNamespace(logic=lambda one=one: one) for name, one in logic.items()})
    monkeypatch.setattr(slicer, "modules", modules, raising=False)
    guide = Path(__file__).parents[3] / "docs" / "slicer.md"
    opening, *blocks = re.findall(r"```python\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    assert "loadScene" in opening and len(blocks) == 3
    names: dict[str, Any] = {"slicer": slicer}
    for block in blocks:
        exec(block, names)
    assert names["anomaly_map"].GetDisplayNode().GetLowerThreshold() == 0.3
    assert {layers.GetForegroundOpacity() for layers in app.nodes("vtkMRMLSliceCompositeNode")} == {0.7}
    np.testing.assert_array_equal(names["scores"].T, case.anomaly_map)
    second = (*case.components.items[1].peak_mm, 1.0)
    for name in SLICE_VIEWS:
        place = to_array(app.views[name].get_view_node().GetSliceToRAS())
        assert abs(np.linalg.solve(place, second)[2]) < 1e-6
    made = names["segmentation"].GetSegmentation().GetNthSegment(0)
    assert voxels_of(made.GetRepresentation("Binary labelmap")).sum() == (case.anomaly_map >= np.float32(0.3)).sum()
    assert made.GetRepresentation("Closed surface").GetNumberOfPoints() > 50
    assert not app.complaints()
    app.close()


def test_what_is_wrong_is_complained_of(tmp_path: Path) -> None:
    names = make_case().write(tmp_path)
    (tmp_path / names["slicer_findings"]).unlink()
    app = HeadlessSlicer(tmp_path / names["slicer_scene"], tmp_path / "log.txt", SIZE)
    assert not app.opened and "is not found" in app.complaints()
    app.close()
