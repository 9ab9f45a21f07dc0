"""The files of a scene, read back without Slicer."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree
from zipfile import ZipFile

import nibabel as nib
import numpy as np
import pytest
import SimpleITK

from acd_monai.data.itk_volume import read_itk_volume
from acd_monai.errors import AcdMonaiError, ConfigError, GeometryError, OutputError
from acd_monai.reports.components import find_components, label_components
from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.slicer import scene_file_names, write_slicer_scene
from acd_monai.reports.slicer.findings import write_peaks, write_segmentation
from acd_monai.reports.slicer.nrrd import narrowest, placed_by_itk, write_nrrd
from acd_monai.reports.summary import NOTICE
from tests.reports.slicer.made_case import NAME, THRESHOLD, WINDOW, make_affine, make_case

KINDS = ["straight", "oblique", "sheared", "sagittal"]


def read_scene(content: bytes | str) -> dict[str, dict[str, str]]:
    """Return the attributes of each node by its id."""
    nodes = list(ElementTree.fromstring(content))
    assert len({node.get("id") for node in nodes}) == len(nodes)
    return {node.get("id"): {"tag": node.tag, **node.attrib} for node in nodes}


def decoded(file: str) -> str:
    return file.replace("%20", " ").replace("%25", "%")


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_written_and_every_reference_leads_somewhere(kind: str, tmp_path: Path) -> None:
    names = make_case(kind).write(tmp_path)
    scene = read_scene((tmp_path / names["slicer_scene"]).read_bytes())
    assert {path.name for path in tmp_path.iterdir()} == {*names.values(), f"{NAME}_anomaly.nii.gz"}
    files = [decoded(node["fileName"]) for node in scene.values() if "fileName" in node]
    assert len(files) == 4 and all((tmp_path / file).is_file() and "/" not in file for file in files)
    tables = {"vtkMRMLColorTableNodeGrey", "vtkMRMLColorTableNodeFileInferno.txt"}
    for node in scene.values():
        for part in filter(None, node.get("references", "").split(";")):
            assert set(part.partition(":")[2].split()) <= scene.keys()
        assert node.get("colorNodeID", min(tables)) in tables
    assert scene["vtkMRMLScalarVolumeNode1"]["name"] == f"{NAME} image"
    shows = scene["vtkMRMLScalarVolumeDisplayNode1"]
    assert (float(shows["level"]), float(shows["window"])) == (sum(WINDOW) / 2, WINDOW[1] - WINDOW[0])
    assert float(scene["vtkMRMLScalarVolumeDisplayNode2"]["lowerThreshold"]) == THRESHOLD


@pytest.mark.parametrize("kind", KINDS)
def test_volumes_keep_values_and_grid(kind: str, tmp_path: Path) -> None:
    case = make_case(kind)
    names = case.write(tmp_path)
    assert ("slicer_map" in names) == (kind == "sheared")
    image = read_itk_volume(tmp_path / names["slicer_image"])
    np.testing.assert_array_equal(image.array, case.image)
    np.testing.assert_allclose(image.affine, case.affine, rtol=0, atol=1e-12)
    if kind == "sheared":
        anomaly_map = read_itk_volume(tmp_path / names["slicer_map"])
        np.testing.assert_array_equal(anomaly_map.array[0], case.anomaly_map)
        np.testing.assert_allclose(anomaly_map.affine, case.affine, rtol=0, atol=1e-12)
    labels = SimpleITK.ReadImage(str(tmp_path / names["slicer_findings"]))
    voxels = SimpleITK.GetArrayFromImage(labels).transpose(2, 1, 0)
    np.testing.assert_array_equal(voxels, label_components(case.anomaly_map, THRESHOLD, case.components.items))
    for number, item in enumerate(case.components.items, 1):
        assert (voxels == number).sum() == item.voxels and voxels[item.peak_voxel] == number
        assert labels.GetMetaData(f"Segment{number - 1}_LabelValue") == str(number)
        assert labels.GetMetaData(f"Segment{number - 1}_Name").startswith(f"Finding {number}: peak {item.peak:.2f}, ")
    (markup,) = json.loads((tmp_path / names["slicer_peaks"]).read_text())["markups"]
    assert markup["coordinateSystem"] == "LPS"
    places = [np.array(point["position"]) * (-1, -1, 1) for point in markup["controlPoints"]]
    np.testing.assert_allclose(places, [item.peak_mm for item in case.components.items])


def test_without_a_nifti_map_the_scene_has_its_own(tmp_path: Path) -> None:
    case = make_case()
    names = case.write(tmp_path, with_nifti=False)
    assert set(names) == set(scene_file_names(NAME))
    np.testing.assert_array_equal(read_itk_volume(tmp_path / names["slicer_map"]).array[0], case.anomaly_map)


@pytest.mark.parametrize("kind", KINDS)
def test_itk_is_asked_where_it_places_a_nifti(kind: str, tmp_path: Path) -> None:
    case = make_case(kind)
    case.write(tmp_path)
    file = tmp_path / f"{NAME}_anomaly.nii.gz"
    assert placed_by_itk(file, case.affine, case.anomaly_map.shape) == (kind != "sheared")
    moved = case.affine.copy()
    moved[0, 3] += 0.01
    assert not placed_by_itk(file, moved, case.anomaly_map.shape)
    assert not placed_by_itk(file, case.affine, (1, 2, 3))
    assert not placed_by_itk(tmp_path / "none.nii.gz", case.affine, case.anomaly_map.shape)
    straightened = nib.Nifti1Image(case.anomaly_map, case.affine)  # as other writers leave a sheared grid
    straightened.set_qform(case.affine, code=1, strip_shears=True)
    nib.save(straightened, file)
    assert placed_by_itk(file, case.affine, case.anomaly_map.shape) == (kind != "sheared")


def test_the_bundle_is_the_scene_in_one_file(tmp_path: Path) -> None:
    case = make_case("oblique")
    names = case.write(tmp_path)
    first = (tmp_path / names["slicer_bundle"]).read_bytes()
    with ZipFile(tmp_path / names["slicer_bundle"]) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    assert all(name.isascii() for name in inside)
    scene = read_scene(inside.pop("scene/scene.mrml"))
    files = {f"scene/{node['fileName']}" for node in scene.values() if "fileName" in node}
    assert files == set(inside)
    beside = read_scene((tmp_path / names["slicer_scene"]).read_bytes())
    for own in (scene, beside):
        for node in own.values():
            node.pop("fileName", None)
    assert scene == beside
    assert inside["scene/image.nrrd"] == (tmp_path / names["slicer_image"]).read_bytes()
    case.write(tmp_path)
    assert (tmp_path / names["slicer_bundle"]).read_bytes() == first


def test_no_findings_no_segments_and_no_points(tmp_path: Path) -> None:
    case = make_case().without_findings()
    names = case.write(tmp_path, alert="UNTRAINED & <useless>")
    assert not {"slicer_findings", "slicer_peaks", "slicer_map"} & set(names)
    scene = read_scene((tmp_path / names["slicer_scene"]).read_bytes())
    assert not [node for node in scene.values() if node["tag"] in ("Segmentation", "MarkupsFiducial")]
    assert scene["vtkMRMLScalarVolumeNode2"]["name"] == "anomaly map, UNTRAINED & <useless>"
    matrix = np.array(scene["vtkMRMLSliceNodeRed"]["sliceToRAS"].split(), dtype=float).reshape(4, 4)
    highest = np.unravel_index(case.anomaly_map.argmax(), case.anomaly_map.shape)
    np.testing.assert_allclose(matrix[2, 3], (case.affine @ (*highest, 1))[2])


@pytest.mark.parametrize(("threshold", "shown_from"), [(0.3, 0.51), (0.505, 0.505), (0.7, 0.51)])
def test_a_narrow_map_is_shown_by_its_differences_and_says_so(
    threshold: float, shown_from: float, tmp_path: Path
) -> None:
    case = make_case().narrow()
    names = case.write(tmp_path, scale=MapScale(0.5, 0.52), threshold=threshold, alert="UNTRAINED")
    scene = read_scene((tmp_path / names["slicer_scene"]).read_bytes())
    shows = scene["vtkMRMLScalarVolumeDisplayNode2"]
    assert (float(shows["window"]), float(shows["level"])) == pytest.approx((0.02, 0.51))
    assert float(shows["lowerThreshold"]) == pytest.approx(shown_from)
    anomaly_map = scene["vtkMRMLScalarVolumeNode2"]
    assert anomaly_map["name"] == "anomaly map, differences ×50, UNTRAINED"
    assert anomaly_map["description"].startswith(f"{NOTICE} Colours run from 0.500 to 0.520, not from 0 to 1")
    assert scene["vtkMRMLColorLegendDisplayNode1"]["labelFormat"] == "%.3f"
    assert f"score {threshold:g} or more" in scene["vtkMRMLSegmentationNode1"]["name"]
    stored = nib.load(tmp_path / f"{NAME}_anomaly.nii.gz")
    np.testing.assert_array_equal(np.asarray(stored.dataobj), case.anomaly_map)


def test_many_findings_share_the_last_segment(tmp_path: Path) -> None:
    values = np.zeros((61, 3, 3), dtype=np.float32)
    values[::2, 1, 1] = np.linspace(0.6, 0.9, 31)
    components = find_components(values, np.eye(4), 0.5)
    write_segmentation(values, np.eye(4), 0.5, components, tmp_path / "a.seg.nrrd")
    write_peaks(components.items, tmp_path / "a.mrk.json")
    stored = SimpleITK.ReadImage(str(tmp_path / "a.seg.nrrd"))
    assert [*SimpleITK.GetArrayFromImage(stored)[1, 1, ::2]] == [21] * 11 + list(range(20, 0, -1))
    assert stored.GetMetaData("Segment19_Name").startswith("Finding 20: peak 0.71")
    assert stored.GetMetaData("Segment20_Name") == "11 more findings"
    assert "Segment21_Name" not in stored.GetMetaDataKeys()
    (markup,) = json.loads((tmp_path / "a.mrk.json").read_text())["markups"]
    assert len(markup["controlPoints"]) == 20


@pytest.mark.parametrize("channels", [1, 3])
def test_a_volume_is_kept_to_the_digit_in_any_memory_order(channels: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    affine = np.eye(4)
    affine[:3] = rng.normal(size=(3, 4)) * 10
    voxels = rng.integers(0, 256, (channels, 5, 4, 37), dtype=np.uint8)
    voxels = voxels[0] if channels == 1 else voxels
    for name, array in (("a", voxels), ("b", np.asfortranarray(voxels))):
        write_nrrd(array, affine, tmp_path / f"{name}.nrrd", {"Key": "a value: with, marks"})
    assert (tmp_path / "a.nrrd").read_bytes() == (tmp_path / "b.nrrd").read_bytes()
    stored = SimpleITK.ReadImage(str(tmp_path / "a.nrrd"))
    read = SimpleITK.GetArrayFromImage(stored)
    np.testing.assert_array_equal(read.transpose((2, 1, 0) if channels == 1 else (3, 2, 1, 0)), voxels)
    assert stored.GetMetaData("Key") == "a value: with, marks"
    header = dict(
        line.split(": ", 1) for line in (tmp_path / "a.nrrd").read_bytes().decode("latin-1").splitlines()[1:10]
    )
    columns = [part for part in header["space directions"].split() if part != "none"]
    written = np.array([[float(number) for number in part[1:-1].split(",")] for part in columns]).T
    np.testing.assert_array_equal(np.diag((-1, -1, 1)) @ written, affine[:3, :3])


@pytest.mark.parametrize(
    ("values", "kind"),
    [([-1024, 3071], np.int16), ([0, 40000], np.float32), ([0.5, 1], np.float32), ([-32768, 32767], np.int16)],
)
def test_whole_numbers_are_stored_small(values: list[float], kind: type) -> None:
    array = np.array(values, dtype=np.float32).reshape(1, 1, 2)
    stored = narrowest(array)
    assert stored.dtype == kind
    np.testing.assert_array_equal(stored, array)


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    case = make_case()
    good = {
        "image": case.image,
        "affine": case.affine,
        "anomaly_map": case.anomaly_map,
        "components": case.components,
        "threshold": THRESHOLD,
        "window": WINDOW,
    }
    for error, bad in [
        (AcdMonaiError, {"image": case.image[..., :5]}),
        (AcdMonaiError, {"anomaly_map": case.anomaly_map + 1}),
        (ConfigError, {"window": (5.0, 5.0)}),
        (ConfigError, {"threshold": 2.0}),
        (GeometryError, {"affine": np.diag([1.0, 1.0, 0.0, 1.0])}),
    ]:
        with pytest.raises(error):
            write_slicer_scene("a", tmp_path, **{**good, **bad})
    assert not list(tmp_path.iterdir())
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="could not write"):
        write_nrrd(case.image[0], make_affine("straight"), tmp_path / "file" / "a.nrrd")
