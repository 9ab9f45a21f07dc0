"""Slices in order along their normal, and the one affine that places them; refused where there is none exactly.

The affine follows the plane equation of DICOM PS3.3 C.7.6.2.1.1, with the slice axis taken from the first and the last
position, so that a tilted gantry's shear stays in it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from acd_monai.data.affine import LPS_TO_RAS, check_affine, shear_warning
from acd_monai.data.dicom_groups import POSITION_TOLERANCE
from acd_monai.data.dicom_header import SliceHeader
from acd_monai.data.slice_resampling import SliceResampling, even_slices
from acd_monai.errors import GeometryError

__all__ = ["GAP_TOLERANCE", "SliceGrid", "order_slices"]

GAP_TOLERANCE = 0.01
"""How far a slice gap, or a slice's distance from the even grid, may be off, as a part of the usual gap."""

ROUNDING = 0.05
"""What rounding of written positions may add to that, in mm."""

COSINE_TOLERANCE = 2e-3
"""How far direction cosines may be from unit length and from right angles."""

SPACING_TOLERANCE = 1e-3
"""How far the pixel spacing may differ between slices, as a part of it."""

EVEN_TOLERANCE = 0.01
"""Slices off the even grid by more than this, in mm, are worth a warning."""

_RESAMPLE = "resample it to even slices (--resample-uneven)"


class SliceGrid(NamedTuple):
    """Slices in array order and the grid they make.

    Attributes:
        slices: along the normal, first at ``k = 0``.
        affine: float64 ``(4, 4)``, (column, row, slice) to RAS millimetres.
        warnings: one line each.
        resampling: how the slices become those of the grid, where they lie unevenly and resampling was asked for;
            None when they are the grid's own.
    """

    slices: tuple[SliceHeader, ...]
    affine: np.ndarray
    warnings: tuple[str, ...]
    resampling: SliceResampling | None = None


def order_slices(slices: tuple[SliceHeader, ...], name: str, resample_uneven: bool = False) -> SliceGrid:
    """Order the slices of one volume and compute its affine.

    Args:
        slices: the slices, of one orientation and size, in any order.
        name: what messages call the volume.
        resample_uneven: give unevenly spaced slices an even grid and the way there, instead of refusing them.

    Returns:
        The ordered slices, the affine and warnings.

    Raises:
        GeometryError: position, orientation or spacing is missing or impossible; slices are missing, doubled or
            unevenly spaced.
    """
    row, column = _orientation(slices, name)
    row_spacing, column_spacing = _spacing(slices, name)
    positions = _positions(slices, name)
    normal = np.cross(row, column)
    normal /= np.linalg.norm(normal)
    order = np.argsort(positions @ normal, kind="stable")
    ordered = tuple(slices[index] for index in order)
    positions = positions[order]
    warnings = []
    resampling = None
    if len(slices) == 1:
        gap = slices[0].slice_spacing
        if gap is None:
            warnings.append("a single slice without thickness: 1 mm is assumed")
        step = normal * (gap or 1.0)
    else:
        step = (positions[-1] - positions[0]) / (len(positions) - 1)
        _check_places(positions, normal, ordered, name)
        uneven = _uneven_gap(positions, normal, ordered, name) or _uneven_grid(positions, step, normal, ordered, name)
        if uneven is None:
            worst = _off_grid(positions, step)
            if worst.max() > EVEN_TOLERANCE:
                warnings.append(f"slice positions are up to {worst.max():.3f} mm off an even grid")
        elif resample_uneven:
            _check_straight(positions, normal, ordered, name)
            resampling = even_slices(positions @ normal, GAP_TOLERANCE, name)
            step = (positions[-1] - positions[0]) / (resampling.slices - 1)
            warnings.append(resampling.describe())
        else:
            raise uneven
    affine = np.eye(4)
    affine[:3, 0] = row * column_spacing
    affine[:3, 1] = column * row_spacing
    affine[:3, 2] = step
    affine[:3, 3] = positions[0]
    affine = LPS_TO_RAS @ affine
    check_affine(affine, name)
    shear = shear_warning(affine)
    return SliceGrid(ordered, affine, (*warnings, shear) if shear else tuple(warnings), resampling)


def _orientation(slices: tuple[SliceHeader, ...], name: str) -> tuple[np.ndarray, np.ndarray]:
    value = slices[0].orientation
    if value is None:
        raise GeometryError(f"{name}: no ImageOrientationPatient; six direction cosines are needed. Export anew.")
    row, column = value[:3].astype(np.float64), value[3:].astype(np.float64)
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if (
        not np.isfinite(value).all()
        or np.abs(lengths - 1).max() > COSINE_TOLERANCE
        or abs(row @ column) > COSINE_TOLERANCE
    ):
        raise GeometryError(
            f"{name}: ImageOrientationPatient is {_list(value)}; two unit vectors at right angles are needed "
            f"(within {COSINE_TOLERANCE:g}). The header is damaged: export the series again."
        )
    return row, column


def _spacing(slices: tuple[SliceHeader, ...], name: str) -> tuple[float, float]:
    for header in slices:
        if header.spacing is None:
            raise GeometryError(f"{name}: a slice has no PixelSpacing; two positive numbers in mm are needed.")
        if not np.isfinite(header.spacing).all() or (header.spacing <= 0).any():
            raise GeometryError(
                f"{name}: PixelSpacing is {_list(header.spacing)}; two positive numbers in mm are needed. Export anew."
            )
    spacings = np.array([h.spacing for h in slices])
    low, high = spacings.min(axis=0), spacings.max(axis=0)
    if ((high - low) > SPACING_TOLERANCE * low).any():
        raise GeometryError(
            f"{name}: PixelSpacing varies from {_list(low)} to {_list(high)} mm between slices; one spacing is needed. "
            "Give the slices of one spacing by themselves."
        )
    return float(spacings[0, 0]), float(spacings[0, 1])


def _positions(slices: tuple[SliceHeader, ...], name: str) -> np.ndarray:
    for header in slices:
        if header.position is None or not np.isfinite(header.position).all():
            got = "missing" if header.position is None else _list(header.position)
            raise GeometryError(
                f"{name}: ImagePositionPatient of a slice is {got}; three numbers in mm are needed for each slice. "
                "Export the series again."
            )
    return np.array([h.position for h in slices], dtype=np.float64)


def _check_places(positions: np.ndarray, normal: np.ndarray, slices: tuple[SliceHeader, ...], name: str) -> None:
    gaps = np.diff(positions @ normal)
    if gaps.min() <= POSITION_TOLERANCE:
        at = int(gaps.argmin())
        raise GeometryError(
            f"{name}: two slices at one place, {_name(slices[at])} and {_name(slices[at + 1])}, and nothing in their "
            "headers tells them apart; one slice a place is needed. Remove duplicates or give each volume alone."
        )


def _uneven_gap(
    positions: np.ndarray, normal: np.ndarray, slices: tuple[SliceHeader, ...], name: str
) -> GeometryError | None:
    """Return what to raise for gaps that differ from the usual one, with the worst of them."""
    gaps = np.diff(positions @ normal)
    usual = float(np.median(gaps))
    off = np.abs(gaps - usual)
    if off.max() <= max(GAP_TOLERANCE * usual, ROUNDING):
        return None
    at = int(off.argmax())
    missing = round(gaps[at] / usual) - 1
    guess = f" ({missing} slice{'s' if missing > 1 else ''} missing?)" if missing > 0 else ""
    return GeometryError(
        f"{name}: slice gaps are uneven: {gaps[at]:.2f} mm between {_name(slices[at])} and {_name(slices[at + 1])}"
        f"{guess}, usually {usual:.2f} mm; expected within {GAP_TOLERANCE:.0%}. "
        f"Export the whole series again, or {_RESAMPLE}."
    )


def _uneven_grid(
    positions: np.ndarray, step: np.ndarray, normal: np.ndarray, slices: tuple[SliceHeader, ...], name: str
) -> GeometryError | None:
    """Return what to raise for slices that drift off the even grid although neighbouring gaps hardly differ."""
    off, gap = _off_grid(positions, step), float(step @ normal)
    if off.max() <= max(GAP_TOLERANCE * gap, ROUNDING):
        return None
    at = int(off.argmax())
    return GeometryError(
        f"{name}: the slices are not on one even grid: {_name(slices[at])} is {off[at]:.2f} mm off it, with slices "
        f"{gap:.2f} mm apart; expected within {GAP_TOLERANCE:.0%}. To accept that, {_RESAMPLE}."
    )


def _off_grid(positions: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return how far each slice is from its place on the even grid, in mm."""
    return np.linalg.norm(positions - (positions[0] + np.outer(np.arange(len(positions)), step)), axis=1)


def _check_straight(positions: np.ndarray, normal: np.ndarray, slices: tuple[SliceHeader, ...], name: str) -> None:
    """Refuse slices that are shifted sideways: moving them along the slice axis would not put them right."""
    along = (positions - positions[0]) @ normal
    line = positions[0] + np.outer(along / along[-1], positions[-1] - positions[0])
    off = np.linalg.norm(positions - line, axis=1)
    allowed = max(GAP_TOLERANCE * float(np.median(np.diff(along))), ROUNDING)
    if off.max() > allowed:
        at = int(off.argmax())
        raise GeometryError(
            f"{name}: {_name(slices[at])} lies {off[at]:.2f} mm beside the straight line through the first and the "
            f"last slice; expected within {allowed:.2f} mm. Such a series cannot be resampled: give its parts alone."
        )


def _name(header: SliceHeader) -> str:
    file = header.path.replace("\\", "/").rsplit("/", 1)[-1]
    return file if header.frames == 1 else f"{file} frame {header.frame + 1}"


def _list(values: np.ndarray) -> str:
    return "\\".join(f"{value:g}" for value in np.asarray(values).reshape(-1))
