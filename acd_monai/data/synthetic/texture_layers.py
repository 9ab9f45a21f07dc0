"""What goes wrong between layers and with loose parts: they come apart, swell, go missing or slip."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.texture_defects import Damage
from acd_monai.data.synthetic.texture_fields import SPAN, blend, bounding_box, smooth_noise, smooth_step
from acd_monai.data.synthetic.texture_marks import Spot, choose_spot, pick_contrast
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["add_delamination", "add_missing_part", "add_swelling"]


def add_delamination(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A lens-shaped gap along the layers, dark or bright; at times it pushes its neighbours aside."""
    spot = choose_spot(rng, surface)
    across, along = _layer_axes(spot, surface)
    half, length = rng.uniform(2.0, 13.0) * min(strength, 1.6), rng.uniform(16, 75)
    bow = np.clip(1 - (along / np.float32(length)) ** 2, 0, 1)
    lens = np.float32(half) * np.sqrt(bow) if rng.uniform() < 0.5 else np.float32(half) * bow
    if rng.uniform() < 0.4:  # lies flat on one side and bulges to the other
        across = across + lens * np.float32(rng.choice((-1, 1)))
    lens = lens * (1 + np.float32(0.12) * np.clip(smooth_noise(rng, len(lens), 6.0), -2, 2))
    edge = rng.uniform(0.5, 1.8)
    share = smooth_step(lens - np.abs(across), -edge, edge) * (lens > 0.3) * surface.inside
    gap = surface.beneath
    if rng.uniform() < 0.4 or np.abs(gap - spot.colour).max() < 0.2 * strength:
        gap = pick_contrast(rng, spot.colour, strength)
    reach = share
    colour, height = surface.colour, surface.height
    if rng.uniform() < 0.6:
        # What lay in the gap is squeezed into the zone beside it: from twice its half-width it is as it was.
        zone = np.float32(rng.uniform(2.0, 3.2)) * lens + np.float32(1e-3)
        t = np.clip(np.abs(across) / zone, 0, 1)
        source = np.where(t < 1, (np.clip((t * zone - lens) / (zone - lens), 0, 1) * zone - t * zone), 0) * np.sign(
            across
        )
        colour, height = _pull(surface, across, source)
        reach = np.maximum(share, (t < 1) * (lens > 0.3) * surface.inside)
    inner = gap * (1 + np.float32(0.06) * smooth_noise(rng, len(lens), rng.uniform(1.0, 4.0)))
    opaque = np.float32(min(1.0, rng.uniform(0.5, 1.0) * strength))
    colour = blend(colour, inner, share * opaque)
    if rng.uniform() < 0.35:  # the gap's walls send echoes
        walls = np.exp(-(((lens - np.abs(across)) / np.float32(1.3)) ** 2)) * (lens > 0.3) * surface.inside
        colour = blend(colour, pick_contrast(rng, gap, strength), walls * np.float32(0.7))
        reach = np.maximum(reach, walls)
    height = height - np.float32(rng.uniform(0.0, 2.0)) * share
    return Damage(surface._replace(colour=np.clip(colour, 0, 1), height=height), reach)


def add_swelling(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """Layers or threads thicker than they should be, or thinner: they drive their neighbours apart."""
    spot = choose_spot(rng, surface)
    across, along = _layer_axes(spot, surface)
    tall, length = rng.uniform(12, 42), rng.uniform(16, 60)
    far = np.hypot(across / np.float32(tall), along / np.float32(length))
    share = (1 - smooth_step(far, 0.5, 1.0)) * surface.inside
    bell = np.clip(1 - far * far, 0, 1) ** 2
    grow = np.float32(min(0.85, rng.uniform(0.45, 0.75) * strength)) if rng.uniform() < 0.75 else np.float32(-0.7)
    colour, height = _pull(surface, across, -grow * bell * across)
    amount = np.float32(rng.uniform(0.0, 0.25) * strength * rng.choice((-1, 1)))
    colour = colour * (1 + amount * bell)
    height = height + np.float32(rng.uniform(0.0, 0.12) * tall * strength) * bell
    keep = surface.inside
    colour, height = np.where(keep, colour, surface.colour), np.where(keep, height, surface.height)
    return Damage(surface._replace(colour=np.clip(colour, 0, 1), height=height), share)


def add_missing_part(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A strand or another loose part that is not there, or lies beside its place; else a clean cut-out."""
    spot = choose_spot(rng, surface)
    size = len(surface.height)
    parts = (
        np.zeros(0, np.int32)
        if surface.parts is None
        else np.unique(surface.parts[surface.inside & (surface.parts > 0)])
    )
    if not len(parts):
        half = np.exp(rng.uniform(np.log(6), np.log(30), 2)).astype(np.float32)
        outline = np.maximum(np.abs(spot.dx) - half[0], np.abs(spot.dy) - half[1])
        share = (1 - smooth_step(outline, -0.7, 0.7)) * surface.inside
    else:
        part = (surface.parts == rng.choice(parts)).astype(np.float32)
        share = ndimage.gaussian_filter(ndimage.maximum_filter(part, 3), 0.5, truncate=2.0)
    beneath = surface.beneath
    if np.abs(beneath - spot.colour).max() < 0.15 * strength:
        beneath = pick_contrast(rng, spot.colour, strength)
    floor = beneath * (1 + np.float32(0.05) * smooth_noise(rng, size, rng.uniform(1.0, 3.0)))
    colour = blend(surface.colour, floor, share)
    height = surface.height + share * (surface.height.min() - surface.height)
    reach = share
    if rng.uniform() < 0.4:
        angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(5, 16) * size / SPAN
        move = (round(far * np.sin(angle)), round(far * np.cos(angle)))
        moved = np.roll(share, move, axis=(0, 1)) * surface.inside
        colour = blend(colour, np.roll(surface.colour, move, axis=(1, 2)), moved)
        height = height + moved * (np.roll(surface.height, move, axis=(0, 1)) - height)
        reach = np.maximum(share, moved)
    return Damage(surface._replace(colour=colour, height=height.astype(np.float32)), reach)


def _layer_axes(spot: Spot, surface: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Return the way across the layers from the spot's own, and the way along them, units of length."""
    if surface.depth is None:
        return spot.dy, spot.dx
    row, column = np.unravel_index(np.argmin(spot.dx**2 + spot.dy**2), spot.dx.shape)
    across = surface.depth - surface.depth[row, column]
    along = np.sqrt(np.maximum(spot.dx**2 + spot.dy**2 - across**2, 0))
    # Where layers bend, what is as deep may be far away; and depth may jump.
    return across, np.maximum(along, np.hypot(spot.dx, spot.dy) * np.float32(0.5))


def _pull(surface: Surface, across: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return colour and relief drawn from places ``shift`` (units of length) further across the layers."""
    size = len(across)
    box = bounding_box(np.abs(shift) > 1e-3, margin=8 * size // 256)
    if box is None:
        return surface.colour, surface.height
    across, shift = across[box], shift[box]
    down, right = np.gradient(ndimage.gaussian_filter(across, 2.0 * size / SPAN, truncate=2.0))
    length = np.maximum(np.hypot(down, right), np.float32(1e-3))
    step = shift * np.float32(size / SPAN) / length
    y, x = np.mgrid[box].astype(np.float32)
    place = [y + step * down, x + step * right]
    colour, height = surface.colour.copy(), surface.height.copy()
    for source, target in zip((*surface.colour, surface.height), (*colour, height), strict=True):
        target[box] = ndimage.map_coordinates(source, place, order=1, mode="nearest", prefilter=False)
    return colour, height
