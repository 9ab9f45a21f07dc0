"""What goes wrong in a thing or on it, smooth-edged mostly: inclusions, mounds, holes, pores, rot and strange textures.

Sizes run from a three-hundredth to a fifth of the picture, contrasts from just visible to strong.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.texture_defects import Damage
from acd_monai.data.synthetic.texture_fields import (
    SPAN,
    blend,
    bounding_box,
    pick_colours,
    smooth_noise,
    smooth_step,
    wavy,
)
from acd_monai.data.synthetic.texture_marks import Spot, blob, choose_spot
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = ["add_blob", "add_bump", "add_corrosion", "add_hole", "add_pores", "add_texture_change"]


_ROT = np.array([[0.75, 0.48, 0.3], [0.55, 0.7, 0.6], [0.9, 0.9, 0.88], [0.4, 0.38, 0.36]], dtype=np.float32)[
    ..., None, None
]  # rust, verdigris, white rust, mould


def _draw_radius(rng: np.random.Generator, least: float = 8.0, most: float = 58.0) -> float:
    """Return a radius, units of length: as many between 8 and 16 as between 16 and 32."""
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


def add_blob(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A brighter or darker region with a soft edge; at times a rim, a halo, a core, or its own inner texture."""
    spot = choose_spot(rng, surface)
    radius = _draw_radius(rng)
    far = _outline(rng, spot, radius)
    soft = rng.uniform(0.08, 0.7)
    share = 1 - smooth_step(far, 1 - soft, 1 + 0.3 * soft)
    amount = np.exp(rng.uniform(np.log(0.12), np.log(0.75))) * strength
    fill = _shift_grey(rng, spot.colour, amount, surface)
    inner = surface.colour
    if rng.uniform() < 0.5:  # hides what was there, wholly or in part
        inner = blend(inner, spot.colour, np.float32(rng.uniform(0.2, 1.0)))
    inner = inner + (fill - spot.colour)
    size = len(share)
    if rng.uniform() < 0.5:
        inner = inner * (1 + np.float32(rng.uniform(0.03, 0.2)) * smooth_noise(rng, size, rng.uniform(1.0, radius / 4)))
    if rng.uniform() < 0.3 and radius > 14:
        core = 1 - smooth_step(far, 0.2, rng.uniform(0.35, 0.7))
        inner = blend(inner, _shift_grey(rng, fill, 0.6 * amount, surface), core)
    if rng.uniform() < 0.25:
        rim = np.exp(-(((far - np.float32(0.88)) / np.float32(rng.uniform(0.06, 0.15))) ** 2))
        inner = blend(inner, _shift_grey(rng, fill, 0.8 * amount, surface), rim)
    colour = blend(surface.colour, np.clip(inner, 0, 1), share * surface.inside)
    if radius < 34 and rng.uniform() < 0.5:
        reach = rng.uniform(1.4, 2.2)
        ragged = far * (1 + np.float32(0.15) * np.clip(smooth_noise(rng, size, radius / 2.5), -2, 2))
        halo = np.float32(rng.uniform(0.2, 0.6)) * (1 - smooth_step(ragged, 0.8, reach)) * (1 - share)
        colour = blend(colour, _shift_grey(rng, spot.colour, amount, surface), halo * surface.inside)
        share = np.maximum(share, halo)
    return Damage(surface._replace(colour=colour), share * surface.inside)


def add_bump(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A smooth mound that grew out of the surface, on a broad or a narrow foot, lit by the same lamp."""
    spot = choose_spot(rng, surface)
    radius = _draw_radius(rng, 9.0, 52.0)
    far = _outline(rng, spot, radius)
    share = (1 - smooth_step(far, 0.85, 1.05)) * surface.inside
    dome = np.sqrt(np.clip(1 - far * far, 0, 1)) if rng.uniform() < 0.6 else np.clip(1 - far * far, 0, 1) ** 2
    dome = ndimage.gaussian_filter(dome * share, 0.06 * radius * len(far) / SPAN, truncate=2.5)
    tall = np.float32(radius * rng.uniform(0.25, 0.75) * min(strength, 2.5))
    lying = surface.height + share * np.float32(rng.uniform(0.3, 1.0)) * (_level(surface, share) - surface.height)
    height = lying + tall * dome
    if rng.uniform() < 0.6:  # lobes
        lobes = np.clip(smooth_noise(rng, len(far), rng.uniform(radius / 7, radius / 3)), -2, 2)
        height += np.float32(rng.uniform(0.02, 0.12)) * tall * lobes * dome
    tint = _tint(rng, surface)
    own = blend(surface.colour, spot.colour, np.float32(rng.uniform(0.0, 0.9))) * tint
    own = own * (1 + np.float32(rng.uniform(0.0, 0.3) * min(strength, 2.0)) * (dome - np.float32(0.3)))
    colour = blend(surface.colour, np.clip(own, 0, 1), share * np.float32(rng.uniform(0.5, 1.0)))
    gloss = surface.gloss + 0.1 * (strength - 1)
    return Damage(surface._replace(colour=colour, height=height.astype(np.float32), gloss=gloss), share)


def add_hole(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A hole or a void with a clean edge; what lies beneath shows."""
    spot = choose_spot(rng, surface)
    radius = _draw_radius(rng, 6.0, 40.0)
    far = _outline(rng, spot, radius)
    edge = max(0.03, 0.8 / radius)
    share = (1 - smooth_step(far, 1 - edge, 1 + edge)) * surface.inside
    beneath = surface.beneath
    if np.abs(beneath - spot.colour).max() < 0.2 * strength:
        beneath = _shift_grey(rng, spot.colour, rng.uniform(0.3, 0.6) * strength, surface)
    inner = beneath * (1 + np.float32(0.04) * smooth_noise(rng, len(far), rng.uniform(1.0, 4.0)))
    colour = blend(surface.colour, inner, share)
    if rng.uniform() < 0.3:
        rim = np.exp(-(((far - np.float32(1.08)) / np.float32(0.09)) ** 2)) * surface.inside
        colour = blend(colour, _shift_grey(rng, spot.colour, 0.35 * strength, surface), rim * np.float32(0.7))
        share = np.maximum(share, rim)
    deep = np.float32(rng.uniform(1.0, 5.0))
    return Damage(surface._replace(colour=np.clip(colour, 0, 1), height=surface.height - deep * share), share)


def add_pores(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A few or many bubbles, round or drawn out, in a cluster, a row or strewn about."""
    spot = choose_spot(rng, surface)
    count, spread = int(rng.integers(2, 22)), rng.uniform(14, 48)
    flat, large = rng.uniform(0.15, 1.0), rng.uniform(2.6, 9.0)
    far = np.full_like(spot.dx, 99.0)
    for _ in range(count):
        at, radius = rng.normal(0.0, spread / 2, 2), large * rng.uniform(0.75, 1.35)
        away = np.hypot(
            spot.dx - np.float32(at[0]), (spot.dy - np.float32(at[1] * flat)) * np.float32(rng.uniform(0.7, 1.3))
        )
        np.minimum(far, away / np.float32(radius), out=far)
    soft = rng.uniform(0.15, 0.6)
    share = (1 - smooth_step(far, 1 - soft, 1 + 0.4 * soft)) * surface.inside
    fill = _shift_grey(rng, spot.colour, rng.uniform(0.2, 0.6) * strength, surface)
    height = surface.height - np.float32(rng.uniform(0.5, 2.5)) * share
    return Damage(surface._replace(colour=blend(surface.colour, fill, share), height=height), share)


def add_corrosion(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """Rot: pitted and rough, ragged at its border, of another colour where there is colour."""
    spot = choose_spot(rng, surface)
    radius = _draw_radius(rng, 9.0, 55.0)
    far = blob(rng, spot, radius, ragged=0.25)
    size = len(far)
    pits = smooth_noise(rng, size, rng.uniform(1.2, min(6.0, radius / 4)))
    patchy = np.clip(0.75 + 0.5 * smooth_noise(rng, size, radius / 4), 0, 1)
    share = (1 - smooth_step(far, rng.uniform(0.5, 0.9), 1.05)) * surface.inside
    eaten = share * patchy
    tint = np.array(
        ((0.75, 0.48, 0.3), (0.55, 0.7, 0.6), (0.9, 0.9, 0.88), (0.4, 0.38, 0.36))[rng.integers(4)], np.float32
    )
    rust = blend(spot.colour, tint[:, None, None], np.float32(rng.uniform(0.2, 0.8)))
    rust = rust * (1 - np.float32(0.25) * smooth_step(pits, -0.5, 1.5))
    colour = blend(surface.colour, rust, eaten * np.float32(min(1.0, rng.uniform(0.3, 0.9) * strength)))
    height = surface.height + np.float32(rng.uniform(0.3, 1.2) * min(strength, 3.0)) * pits * share
    return Damage(surface._replace(colour=np.clip(colour, 0, 1), height=height), share)


def add_texture_change(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A region as bright as before whose texture is smoother, coarser, stronger, rougher or runs another way."""
    spot = choose_spot(rng, surface)
    radius = _draw_radius(rng, 14.0, 58.0)
    soft = rng.uniform(0.05, 0.35)
    share = (1 - smooth_step(_outline(rng, spot, radius), 1 - soft, 1 + soft / 2)) * surface.inside
    size = len(share)
    width = 2 * round(4 * size / SPAN) + 1
    box = bounding_box(share > 0, margin=width)
    if box is None:
        return Damage(surface, share)
    layers = np.concatenate([surface.colour, surface.height[None]])[:, *box]
    mean = ndimage.uniform_filter(ndimage.uniform_filter(layers, (0, width, width)), (0, width, width))
    detail = layers - mean
    kind = rng.integers(4)
    if kind == 0:  # worn smooth
        detail = detail * np.float32(rng.uniform(0.0, 0.35))
    elif kind == 1:  # stronger
        detail = detail * np.float32(1 + rng.uniform(0.6, 1.4) * strength)
    elif kind == 2:  # turned and scaled
        angle, scale = rng.uniform(0.4, 2.7), rng.choice((rng.uniform(0.35, 0.7), 1.0, rng.uniform(1.5, 2.5)))
        cos, sin = scale * np.cos(angle), scale * np.sin(angle)
        turn = np.array([[cos, -sin], [sin, cos]])
        middle = np.array(detail.shape[1:]) / 2
        offset = middle - turn @ middle
        options = {"offset": offset, "order": 1, "mode": "reflect", "prefilter": False}
        detail = np.stack([ndimage.affine_transform(layer, turn, **options) for layer in detail])
        detail = detail * np.float32(min(strength, 2.0))
    if kind == 3 or strength > 1.7:  # rough
        rough = smooth_noise(rng, size, rng.uniform(0.9, 4.0))[box]
        detail = detail + np.float32(rng.uniform(0.05, 0.11) * strength) * rough
    colour, height = surface.colour.copy(), surface.height.copy()
    layers = layers + share[box] * (mean + detail - layers)
    colour[:, *box], height[box] = np.clip(layers[:-1], 0, 1), layers[-1]
    return Damage(surface._replace(colour=colour, height=height), share)


def _outline(rng: np.random.Generator, spot: Spot, radius: float) -> np.ndarray:
    """Return the distance from the spot, 1 on a closed outline: an ellipse, lobed or ragged."""
    if rng.uniform() < 0.4:
        return blob(rng, spot, radius, ragged=rng.uniform(0.0, 0.25))
    stretch = np.float32(np.sqrt(rng.uniform(1.0, 3.0)))
    dx, dy = spot.dx / stretch, spot.dy * stretch
    angle = np.arctan2(dy, dx)
    return np.hypot(dx, dy) / (np.float32(radius) * wavy(rng, angle, rng.uniform(0.0, 0.25), 6))


def _shift_grey(rng: np.random.Generator, colour: np.ndarray, amount: float, surface: Surface) -> np.ndarray:
    """Return a colour brighter or darker by ``amount``, whichever there is room for; tinted where there is colour."""
    up = rng.uniform() < np.clip(1.35 - 1.7 * float(colour.mean()), 0.08, 0.92)
    return np.clip((colour + np.float32(amount if up else -amount)) * _tint(rng, surface), 0, 1)


def _tint(rng: np.random.Generator, surface: Surface) -> np.ndarray:
    """Return a mild tint, ``(3, 1, 1)``, or none where signals have no colour."""
    if len(surface.colour) == 1:
        return np.ones((1, 1, 1), np.float32)
    tint = pick_colours(rng, 1)[0]
    return 1 + np.float32(rng.uniform(0.0, 0.8)) * (tint / tint.mean() - 1)


def _level(surface: Surface, share: np.ndarray) -> np.float32:
    return np.float32((surface.height * share).sum() / max(float(share.sum()), 1.0))
