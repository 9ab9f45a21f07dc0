"""Slicer without its window: its own libraries load a scene and render its views, and what they complain of is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import slicer
from matplotlib import colormaps
from trame_slicer.core import SlicerApp
from trame_slicer.views import ViewLayoutDefinition
from trame_slicer.views.direct_view_factory import DirectViewFactory
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkFileOutputWindow, vtkOutputWindow
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkWindowToImageFilter

SLICE_VIEWS = ("Red", "Green", "Yellow")


class HeadlessSlicer:
    """Slicer just started, and a scene opened in it.

    Args:
        scene: ``.mrml`` or ``.mrb``.
        log: file that takes VTK's errors and warnings, from the opening on.
        size: width and height of each of the four views.

    Attributes:
        opened: whether Slicer says that it read all of it.
    """

    def __init__(self, scene: Path, log: Path, size: tuple[int, int]) -> None:
        self.app, self.log = SlicerApp(), log
        self.scene = self.app.scene
        self._add_what_the_application_has()
        self.app.view_manager.register_factory(DirectViewFactory(do_render_offscreen=True))
        layout = ViewLayoutDefinition
        views = (layout.axial_view(), layout.coronal_view(), layout.sagittal_view(), layout.threed_view(name="1"))
        self.views = {}
        for view in views:
            made = self.app.view_manager.create_view(view)
            made.set_render_blocked(True)  # else it renders after each change, hundreds of times
            made.render_window().SetSize(*size)
            self.views[view.singleton_tag] = made
        window = vtkFileOutputWindow()
        window.SetFileName(str(log))
        window.SetFlush(True)
        vtkOutputWindow.SetInstance(window)
        self.opened = bool(self.app.io_manager.load_scene(scene))
        for name in SLICE_VIEWS:
            self.views[name]._logic.ResizeSliceNode(*size)  # as Slicer's window does

    def _add_what_the_application_has(self) -> None:
        """Add what Slicer itself has and these libraries come without."""
        table = slicer.vtkMRMLColorTableNode()
        table.SetTypeToUser()
        table.SetName("Inferno")
        table.SetNumberOfColors(256)
        for index, colour in enumerate(colormaps["inferno"](np.arange(256))):
            table.SetColor(index, str(index), *colour)
        table.SetSingletonTag("FileInferno.txt")
        self.scene.AddNode(table)
        assert table.GetID() == "vtkMRMLColorTableNodeFileInferno.txt"
        self.scene.RegisterNodeClass(slicer.vtkMRMLColorLegendDisplayNode())

    def nodes(self, kind: str) -> list[Any]:
        return [self.scene.GetNthNodeByClass(n, kind) for n in range(self.scene.GetNumberOfNodesByClass(kind))]

    def node(self, kind: str) -> Any:
        (node,) = self.nodes(kind)
        return node

    def complaints(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def close(self) -> None:
        for view in self.views.values():
            view.finalize()

    def render(self, name: str) -> np.ndarray:
        """Return a view as ``(rows, columns, 3)`` uint8, the first row at the bottom, as Slicer counts."""
        window = self.views[name].render_window()
        window.Render()
        grab = vtkWindowToImageFilter()
        grab.SetInput(window)
        grab.ReadFrontBufferOff()
        grab.Update()
        width, height, _ = grab.GetOutput().GetDimensions()
        return vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(height, width, -1)[..., :3]


def to_array(matrix: vtkMatrix4x4) -> np.ndarray:
    return np.array([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])


def affine_of(volume: Any) -> np.ndarray:
    matrix = vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return to_array(matrix)


def voxels_of(image: Any) -> np.ndarray:
    """Return a VTK image as ``(I, J, K)``, or ``(I, J, K, C)``."""
    values = vtk_to_numpy(image.GetPointData().GetScalars())
    shape = (*reversed(image.GetDimensions()), *values.shape[1:])
    return values.reshape(shape).transpose(2, 1, 0, *range(3, len(shape)))
