"""The MRML text of a scene: which nodes there are, how they look, where the views stand.

Nodes and attributes are those Slicer 5 writes itself; what is left out takes Slicer's defaults.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from acd_monai.reports.map_scale import MapScale
from acd_monai.reports.slicer.files import SceneFiles
from acd_monai.reports.slicer.nodes import add_node, add_shown, display_of, numbers
from acd_monai.reports.slicer.views import VIEW_PIXELS, CameraPlace, SlicePlace
from acd_monai.reports.summary import NOTICE

__all__ = ["Scene"]

VERSION = "Slicer 5.0.0 0"
FOUR_UP_LAYOUT = 3
MAP_OPACITY = 0.5
SHOWN_IN_3D = ("Red", "Green")
"""The third slice would hide the findings."""

INFERNO, GREY = "vtkMRMLColorTableNodeFileInferno.txt", "vtkMRMLColorTableNodeGrey"
"""Colour tables that every Slicer has."""

IMAGE, COLOUR_IMAGE, MAP = "vtkMRMLScalarVolumeNode1", "vtkMRMLVectorVolumeNode1", "vtkMRMLScalarVolumeNode2"
LEGEND = "vtkMRMLColorLegendDisplayNode1"
FINDINGS, PEAKS = "vtkMRMLSegmentationNode1", "vtkMRMLMarkupsFiducialNode1"

VOLUME_FILE = {"centerImage": 0, "forceRightHandedIJKCoordinateSystem": True, "UseOrientationFromFile": 1}
VOLUME_LOOK = {"autoWindowLevel": 0, "interpolate": 1}
FINDINGS_LOOK = {
    "visibility2D": True,
    "visibility3D": True,
    "Visibility2DFill": False,
    "Visibility2DOutline": True,
    "sliceIntersectionThickness": 2,
}
"""Outlines: the map shows what is inside."""
PEAKS_LOOK = {
    "color": "1 1 1",
    "selectedColor": "1 1 1",
    "glyphType": "Cross2D",
    "glyphScale": 2,
    "useGlyphScale": True,
    "textScale": 3,
    "pointLabelsVisibility": True,
    "propertiesLabelVisibility": False,
}


@dataclass(frozen=True)
class Scene:
    """What a scene shows.

    Attributes:
        case: name of the case.
        colour: whether the image is in colour.
        window: values shown as black and as white, in the image's unit.
        threshold: of the findings, in [0, 1].
        scale: which scores the map's colours stand for.
        slices: of the three views.
        camera: of the 3-D view.
        alert: what must not be overlooked; it is part of the map's name, which stands in every view.
    """

    case: str
    colour: bool
    window: tuple[float, float]
    threshold: float
    scale: MapScale
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
            storage = "MarkupsJsonStorage"
            own = {"locked": True, "controlPointLabelFormat": "%N-%d"}
            add_shown(
                root, "MarkupsFiducial", PEAKS, "peaks", storage=storage, file=files.peaks, look=PEAKS_LOOK, own=own
            )
        for place in self.slices:
            self._add_slice(root, place)
        self._add_layout(root)
        ElementTree.indent(root, " ")
        return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"

    @property
    def _shown_from(self) -> float:
        """Lowest score that is shown: the threshold; where a narrow map lies on one side of it, its colours' middle."""
        low, high = self.scale.low, self.scale.high
        return (low + high) / 2 if self.scale.enlarged and not low < self.threshold < high else self.threshold

    @property
    def _image_id(self) -> str:
        return COLOUR_IMAGE if self.colour else IMAGE

    def _add_image(self, root: ElementTree.Element, file: str) -> None:
        low, high = self.window
        add_shown(
            root,
            "VectorVolume" if self.colour else "Volume",
            self._image_id,
            f"{self.case} image",
            storage="VolumeArchetypeStorage",
            file=file,
            stored=VOLUME_FILE,
            look={
                **VOLUME_LOOK,
                "colorNodeID": GREY,
                "window": f"{high - low:.6g}",
                "level": f"{(low + high) / 2:.6g}",
            },
        )

    def _add_map(self, root: ElementTree.Element, file: str) -> None:
        scale = self.scale
        colours = {"colorNodeID": INFERNO, "window": scale.high - scale.low, "level": (scale.low + scale.high) / 2}
        shown = {"applyThreshold": 1, "autoThreshold": 0, "lowerThreshold": self._shown_from, "upperThreshold": 1}
        enlarged = f"differences {scale.enlarged}" if scale.enlarged else ""
        add_shown(
            root,
            "Volume",
            MAP,
            ", ".join(filter(None, ("anomaly map", enlarged, self.alert))),
            storage="VolumeArchetypeStorage",
            file=file,
            stored=VOLUME_FILE,
            look={**VOLUME_LOOK, **colours, **shown},
            own={"description": f"{NOTICE} {scale.note}".strip()},
            legend=LEGEND,
        )
        legend = {
            "name": "anomaly map legend",
            "colorNodeID": INFERNO,
            "visibility": True,
            "visibility3D": False,
            "viewNodeRef": "vtkMRMLSliceNodeRed",
            "titleText": "score",
            "labelFormat": f"%.{scale.digits}f",
            "size": "0.1 0.4",
        }
        add_node(root, "ColorLegendDisplay", LEGEND, legend, {"primaryDisplay": display_of(MAP)})

    def _add_findings(self, root: ElementTree.Element, file: str) -> None:
        add_shown(
            root,
            "Segmentation",
            FINDINGS,
            f"findings, score {self.threshold:g} or more",
            storage="SegmentationStorage",
            file=file,
            look=FINDINGS_LOOK,
            own={"SourceRepresentationName": "Binary labelmap"},
            references={"referenceImageGeometryRef": self._image_id},
        )

    def _add_slice(self, root: ElementTree.Element, place: SlicePlace) -> None:
        view = {"singletonTag": place.view, "layoutName": place.view}
        width, height = VIEW_PIXELS
        stands = {
            "name": place.view,
            **view,
            **({"orientation": place.orientation} if place.orientation else {}),
            "sliceToRAS": numbers(place.slice_to_ras),
            "fieldOfView": numbers((*place.field_of_view, 1)),
            "dimensions": f"{width} {height} 1",
            "sliceVisibility": place.view in SHOWN_IN_3D,
            "rulerType": "thin",
        }
        add_node(root, "Slice", f"vtkMRMLSliceNode{place.view}", stands)
        shows = {"name": f"{place.view} layers", **view, "compositing": 0, "foregroundOpacity": MAP_OPACITY}
        layers = {"backgroundVolume": self._image_id, "foregroundVolume": MAP}
        composite = f"vtkMRMLSliceCompositeNode{place.view}"
        add_node(root, "SliceComposite", composite, {**shows, "linkedControl": 1}, layers)

    def _add_layout(self, root: ElementTree.Element) -> None:
        view = {"singletonTag": "1", "layoutName": "1"}
        plain = {"boxVisible": False, "axisLabelsVisible": False, "orientationMarkerType": "cube"}
        add_node(root, "View", "vtkMRMLViewNode1", {"name": "View1", **view, "layoutLabel": "1", **plain})
        stands = {
            "position": numbers(self.camera.position),
            "focalPoint": numbers(self.camera.focal_point),
            "viewUp": numbers(self.camera.view_up),
        }
        add_node(root, "Camera", "vtkMRMLCameraNode1", {"name": "Camera", **view, **stands})
        active = {"ActiveVolume": self._image_id, "SecondaryVolume": MAP}
        selection = {"name": "Selection", "singletonTag": "Singleton"}
        add_node(root, "Selection", "vtkMRMLSelectionNodeSingleton", selection, active)
        layout = {"name": "Layout", "singletonTag": "vtkMRMLLayoutNode", "currentViewArrangement": FOUR_UP_LAYOUT}
        add_node(root, "Layout", "vtkMRMLLayoutNodevtkMRMLLayoutNode", layout)
