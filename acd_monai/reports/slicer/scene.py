"""The MRML text of a scene: which nodes there are, how they look, where the views stand.

Nodes and attributes are those Slicer 5 writes itself; what is left out takes Slicer's defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from acd_monai.reports.slicer.files import SceneFiles
from acd_monai.reports.slicer.views import VIEW_PIXELS, CameraPlace, SlicePlace
from acd_monai.reports.summary import NOTICE

__all__ = ["Scene"]

VERSION = "Slicer 5.0.0 0"
FOUR_UP_LAYOUT = 3
MAP_OPACITY = 0.5
SHOWN_IN_3D = ("Red", "Green")
INFERNO, GREY = "vtkMRMLColorTableNodeFileInferno.txt", "vtkMRMLColorTableNodeGrey"
"""Colour tables that every Slicer has."""

IMAGE, MAP = "vtkMRML{}VolumeNode1", "vtkMRMLScalarVolumeNode2"
LEGEND = "vtkMRMLColorLegendDisplayNode1"
FINDINGS, PEAKS = "vtkMRMLSegmentationNode1", "vtkMRMLMarkupsFiducialNode1"


@dataclass(frozen=True)
class Scene:
    """What a scene shows.

    Attributes:
        case: name of the case.
        colour: whether the image is in colour.
        window: lowest and highest grey value told apart, in the image's unit.
        threshold: lowest score that is shown, in [0, 1].
        slices: of the three views.
        camera: of the 3-D view.
        alert: what must not be overlooked; it is part of the map's name, which stands in every view.
    """

    case: str
    colour: bool
    window: tuple[float, float]
    threshold: float
    slices: Sequence[SlicePlace]
    camera: CameraPlace
    alert: str | None = None

    def text(self, files: SceneFiles) -> bytes:
        """Return the scene as XML in UTF-8.

        Args:
            files: where its parts lie, relative to the scene.
        """
        root = ElementTree.Element("MRML", version=VERSION, userTags="")
        self._add_image(root, files.image)
        self._add_map(root, files.anomaly_map)
        if files.findings:
            self._add_findings(root, files.findings)
        if files.peaks:
            self._add_peaks(root, files.peaks)
        self._add_views(root)
        ElementTree.indent(root, " ")
        return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"

    @property
    def _image_id(self) -> str:
        return IMAGE.format("Vector" if self.colour else "Scalar")

    def _add_image(self, root: ElementTree.Element, file: str) -> None:
        low, high = self.window
        look = {"colorNodeID": GREY, "window": high - low, "level": (low + high) / 2}
        tags = ("VectorVolume", "VectorVolumeDisplay") if self.colour else ("Volume", "VolumeDisplay")
        _add_volume(root, tags, self._image_id, f"{self.case} image", file, look)

    def _add_map(self, root: ElementTree.Element, file: str) -> None:
        look = {"colorNodeID": INFERNO, "window": 1, "level": 0.5, "applyThreshold": 1}
        look |= {"lowerThreshold": self.threshold, "upperThreshold": 1}
        name = "anomaly map" if self.alert is None else f"anomaly map, {self.alert}"
        _add_volume(root, ("Volume", "VolumeDisplay"), MAP, name, file, look, LEGEND)
        _add(
            root,
            "ColorLegendDisplay",
            LEGEND,
            "legend",
            references=f"primaryDisplay:{MAP.replace('Node', 'DisplayNode')};",
            colorNodeID=INFERNO,
            visibility="true",
            visibility3D="false",
            viewNodeRef="vtkMRMLSliceNodeRed",
            titleText="score",
            labelFormat="%.2f",
            size="0.1 0.4",
        )

    def _add_findings(self, root: ElementTree.Element, file: str) -> None:
        look = {
            "visibility2D": "true",
            "visibility3D": "true",
            "Visibility2DFill": "false",
            "Visibility2DOutline": "true",
            "sliceIntersectionThickness": 2,
            "PreferredDisplayRepresentationName2D": "Binary labelmap",
            "PreferredDisplayRepresentationName3D": "Closed surface",
        }
        places = f"referenceImageGeometryRef:{self._image_id};"
        own = {"SourceRepresentationName": "Binary labelmap"}
        name = f"findings, score {self.threshold:g} or more"
        _add_stored(root, "Segmentation", "Segmentation", FINDINGS, name, file, look, own, places)

    def _add_peaks(self, root: ElementTree.Element, file: str) -> None:
        look = {
            "color": "1 1 1",
            "selectedColor": "1 1 1",
            "glyphType": "Cross2D",
            "glyphScale": 2,
            "useGlyphScale": "true",
            "textScale": 3,
            "pointLabelsVisibility": "true",
            "propertiesLabelVisibility": "false",
        }
        own = {"locked": "true", "controlPointLabelFormat": "%N-%d"}
        _add_stored(root, "MarkupsFiducial", "MarkupsJson", PEAKS, "peaks", file, look, own)

    def _add_views(self, root: ElementTree.Element) -> None:
        width, height = VIEW_PIXELS
        shown = f"backgroundVolume:{self._image_id};foregroundVolume:{MAP};"
        for place in self.slices:
            _add(
                root,
                "Slice",
                f"vtkMRMLSliceNode{place.view}",
                place.view,
                singletonTag=place.view,
                layoutName=place.view,
                **({"orientation": place.orientation} if place.orientation else {}),
                sliceToRAS=_numbers(place.slice_to_ras),
                fieldOfView=_numbers((*place.field_of_view, 1)),
                dimensions=f"{width} {height} 1",
                sliceVisibility="true" if place.view in SHOWN_IN_3D else "false",
                rulerType="thin",
            )
            _add(
                root,
                "SliceComposite",
                f"vtkMRMLSliceCompositeNode{place.view}",
                "SliceComposite",
                singletonTag=place.view,
                layoutName=place.view,
                references=shown,
                compositing=0,
                foregroundOpacity=MAP_OPACITY,
                linkedControl=1,
            )
        one = {"singletonTag": "1", "layoutName": "1"}
        _add(root, "View", "vtkMRMLViewNode1", "View1", **one, layoutLabel="1", boxVisible="false", axisLabelsVisible="false", orientationMarkerType="cube")
        _add(
            root,
            "Camera",
            "vtkMRMLCameraNode1",
            "Camera",
            **one,
            position=_numbers(self.camera.position),
            focalPoint=_numbers(self.camera.focal_point),
            viewUp=_numbers(self.camera.view_up),
        )
        active = f"ActiveVolume:{self._image_id};SecondaryVolume:{MAP};"
        _add(
            root,
            "Selection",
            "vtkMRMLSelectionNodeSingleton",
            "Selection",
            singletonTag="Singleton",
            references=active,
        )
        layout = "vtkMRMLLayoutNode"
        _add(root, "Layout", layout * 2, "Layout", singletonTag=layout, currentViewArrangement=FOUR_UP_LAYOUT)


def _add_volume(
    root: ElementTree.Element, tags: tuple[str, str], node_id: str, name: str, file: str, look: dict[str, object], legend: str = ""
) -> None:
    number = node_id[-1]
    storage, display = f"vtkMRMLVolumeArchetypeStorageNode{number}", node_id.replace("Node", "DisplayNode")
    _add(
        root,
        "VolumeArchetypeStorage",
        storage,
        "storage",
        fileName=_encoded(file),
        centerImage=0,
        forceRightHandedIJKCoordinateSystem="true",
        UseOrientationFromFile=1,
    )
    _add(root, tags[1], display, "display", visibility="true", autoWindowLevel=0, interpolate=1, **look)
    references = f"display:{f'{display} {legend}'.strip()};storage:{storage};"
    _add(root, tags[0], node_id, name, description=NOTICE, references=references)


def _add_stored(
    root: ElementTree.Element,
    tag: str,
    storage_tag: str,
    node_id: str,
    name: str,
    file: str,
    look: dict[str, object],
    own: dict[str, str],
    references: str = "",
) -> None:
    storage, display = f"vtkMRML{storage_tag}StorageNode1", node_id.replace("Node", "DisplayNode")
    _add(root, f"{storage_tag}Storage", storage, "storage", fileName=_encoded(file))
    _add(root, f"{tag}Display", display, "display", visibility="true", **look)
    references = f"display:{display};storage:{storage};{references}"
    _add(root, tag, node_id, name, description=NOTICE, references=references, **own)


def _add(root: ElementTree.Element, tag: str, node_id: str, name: str, **attributes: object) -> None:
    ElementTree.SubElement(root, tag, id=node_id, name=name, **{key: str(item) for key, item in attributes.items()})


def _encoded(file: str) -> str:
    """Encode what Slicer decodes in a file name and could mistake; other letters it takes as they are."""
    return file.replace("%", "%25").replace(" ", "%20")


def _numbers(values: np.ndarray | Sequence[float]) -> str:
    return " ".join(repr(float(value)) for value in np.ravel(values))
