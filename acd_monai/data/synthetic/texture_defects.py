"""What goes wrong with a surface: eight kinds of damage, each at a place of its own.

A defect changes relief, colour and gloss as the real one does, and the lamp and the camera do the rest.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import ndimage

from acd_monai.data.synthetic.texture_fields import SPAN, blend, pick_colours, smooth_noise, smooth_step
from acd_monai.data.synthetic.texture_marks import blob, choose_spot, draw_line, pick_contrast, shard
from acd_monai.data.synthetic.texture_scene import Surface

__all__ = [
    "Damage",
    "add_crack",
    "add_dent",
    "add_distortion",
    "add_foreign_piece",
    "add_misprint",
    "add_missing_piece",
    "add_scratch",
    "add_stain",
]


class Damage(NamedTuple):
    """A surface with a defect.

    Attributes:
        surface: the damaged one.
        share: float32 ``(H, W)``, how much of a pixel the defect takes, 0 to 1.
    """

    surface: Surface
    share: np.ndarray


def add_scratch(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A thin groove along a gentle bow, often with another beside it, with bright or dark flanks."""
    spot = choose_spot(rng, surface)
    width = rng.uniform(0.6, 1.5) * min(strength, 3.0) ** 0.7
    share = draw_line(rng, spot, rng.uniform(25, 110), width, rough=0.15)
    if rng.uniform() < 0.35:
        moved = spot._replace(dy=spot.dy + np.float32(rng.uniform(3, 8)), dx=spot.dx + np.float32(rng.uniform(-15, 15)))
        share = np.maximum(share, draw_line(rng, moved, rng.uniform(15, 60), 0.7 * width, rough=0.15))
    share = share * surface.inside
    colour = blend(
        surface.colour,
        pick_contrast(rng, spot.colour, strength),
        share * np.float32(min(1.0, rng.uniform(0.45, 0.9) * strength)),
    )
    height = surface.height - np.float32(min(3.0, rng.uniform(0.4, 1.6) * strength)) * share
    return Damage(surface._replace(colour=colour, height=height), share)


def add_crack(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A dark, jagged line that forks."""
    spot = choose_spot(rng, surface)
    length, width = rng.uniform(35, 110), rng.uniform(0.7, 1.8) * min(strength, 3.0) ** 0.7
    share = draw_line(rng, spot, length, width, rough=1.0)
    for _ in range(rng.integers(0, 3)):
        angle, at = rng.choice((-1, 1)) * rng.uniform(0.35, 1.0), rng.uniform(-0.3, 0.3) * length
        cos, sin, half = np.float32(np.cos(angle)), np.float32(np.sin(angle)), length * rng.uniform(0.12, 0.28)
        dx = spot.dx - np.float32(at)
        fork = spot._replace(dx=cos * dx + sin * spot.dy - np.float32(half), dy=cos * spot.dy - sin * dx)
        share = np.maximum(share, draw_line(rng, fork, 2 * half, 0.8 * width, rough=1.0))
    share = share * surface.inside
    depths = spot.colour * np.float32(rng.uniform(0.08, 0.4))
    if strength > 1.5 and rng.uniform() < 0.5:
        depths = pick_contrast(rng, spot.colour, strength)  # in a black surface a crack shows by its bright edges
    colour = blend(surface.colour, depths, share * np.float32(min(1.0, rng.uniform(0.75, 1.0) * strength)))
    height = surface.height - np.float32(rng.uniform(0.5, 2.0)) * share
    return Damage(surface._replace(colour=colour, height=height), share)


def add_dent(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A hollow or a bump: nothing changes but the way the light falls."""
    spot = choose_spot(rng, surface)
    radius = rng.uniform(9, 34)
    share = 1 - smooth_step(blob(rng, spot, radius, ragged=0.1), 0.1, 1.0)
    share = share * surface.inside
    height = surface.height + np.float32(rng.choice((-1, -1, 1)) * radius * rng.uniform(0.25, 0.45) * strength) * share
    return Damage(surface._replace(height=height, gloss=surface.gloss + _shine(strength)), share)


def add_stain(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A liquid's mark, often darker at its rim, sometimes with drops around it."""
    spot = choose_spot(rng, surface)
    radius = rng.uniform(8, 36)
    far = blob(rng, spot, radius, ragged=0.25)
    if rng.uniform() < 0.4:
        drops = smooth_noise(rng, far.shape[0], radius / 5)
        far = np.minimum(far, np.where(far < 2.0, 2.6 - drops, 9.0))
    soft = rng.uniform(0.05, 0.5)
    share = (1 - smooth_step(far, 1 - soft, 1.0)) * surface.inside
    rim = (
        share
        * np.exp(-(((far - np.float32(0.9 - soft / 2)) / np.float32(0.14)) ** 2))
        * np.float32(rng.uniform(0, 0.5))
    )
    opaque = min(0.95, rng.uniform(0.35, 0.8) * strength)
    if rng.uniform() < 0.6:
        liquid = surface.colour * (pick_colours(rng, 1)[0] * np.float32(0.75))  # it tints what is below it
        if spot.colour.mean() < 0.3:
            liquid = liquid + np.float32(0.2 * strength)
    else:
        liquid = pick_contrast(rng, spot.colour, strength)
    colour = blend(surface.colour, liquid, np.float32(opaque) * share) * (1 - rim)
    return Damage(surface._replace(colour=colour), share)


def add_missing_piece(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A chip broken out: what lies beneath shows, and the break has an edge."""
    spot = choose_spot(rng, surface)
    share = (1 - smooth_step(shard(rng, spot, rng.uniform(7, 26)), -0.6, 0.6)) * surface.inside
    rough = smooth_noise(rng, share.shape[0], rng.uniform(1.0, 3.0))
    beneath = surface.beneath
    if np.abs(beneath - spot.colour).max() < 0.15 * strength:
        beneath = pick_contrast(rng, spot.colour, strength)
    colour = blend(surface.colour, beneath * (1 + np.float32(0.08) * rough), share)
    depth = np.float32(rng.uniform(1.5, 4.0))
    floor = np.float32(surface.height.mean()) - depth + np.float32(0.5) * rough
    return Damage(surface._replace(colour=colour, height=surface.height + share * (floor - surface.height)), share)


def add_foreign_piece(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """Something that does not belong there lies on top: a fibre, a crumb or a scrap."""
    spot = choose_spot(rng, surface)
    kind = rng.integers(3)
    if kind == 0:
        width = rng.uniform(0.9, 2.2)
        share = draw_line(rng, spot, rng.uniform(25, 80), width, rough=0.5, bow=0.6, even=True)
        thickness = width
    elif kind == 1:
        radius = rng.uniform(4, 13)
        share = 1 - smooth_step(blob(rng, spot, radius, ragged=0.2), 1 - 1 / radius, 1 + 0.3 / radius)
        thickness = 0.5 * radius
    else:
        share = 1 - smooth_step(shard(rng, spot, rng.uniform(7, 22)), -0.6, 0.6)
        thickness = 1.0
    share = share * surface.inside
    own = pick_colours(rng, 1)[0]
    if np.abs(own - spot.colour).max() < 0.25:
        own = pick_contrast(rng, spot.colour, strength)
    size = share.shape[0]
    shadow = ndimage.shift(share, rng.uniform(-2.5, 2.5, 2) * size / SPAN, order=1)
    below = surface.colour * (1 - np.float32(0.45) * shadow * surface.inside)
    colour = blend(below, own * (1 + np.float32(0.05) * smooth_noise(rng, size, 1.5)), share)
    dome = np.sqrt(np.clip(ndimage.gaussian_filter(share, 0.35 * thickness * size / SPAN), 0, 1))
    lying = surface.height + share * (np.float32(surface.height.mean()) - surface.height)
    height = lying + np.float32(thickness) * dome * share
    return Damage(surface._replace(colour=colour, height=height), np.maximum(share, shadow * surface.inside))


def add_misprint(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A patch that slipped sideways, a little paler or darker than the rest."""
    spot = choose_spot(rng, surface)
    size = surface.height.shape[0]
    half = rng.uniform(11, 38, 2).astype(np.float32)
    if rng.uniform() < 0.5:
        outline = np.maximum(np.abs(spot.dx) - half[0], np.abs(spot.dy) - half[1])
    else:
        outline = (blob(rng, spot, float(half.mean()), ragged=0.15) - 1) * half.mean()
    share = (1 - smooth_step(outline, -1.0, 1.0)) * surface.inside
    angle, far = rng.uniform(0, 2 * np.pi), rng.uniform(4, 14)
    move = tuple(round(far * way * size / SPAN) for way in (np.sin(angle), np.cos(angle)))
    slipped = np.roll(surface.colour, move, axis=(1, 2))
    lighter = rng.uniform() < (0.7 if spot.colour.mean() < 0.35 else 0.35)
    tint = (1 + rng.normal(0.0, 0.06, (3, 1, 1))) * (1 + (1 if lighter else -0.7) * rng.uniform(0.12, 0.35) * strength)
    slipped = slipped * np.maximum(tint, 0.1).astype(np.float32)
    if lighter:
        slipped = slipped + np.float32(0.05 * (strength - 1))
    height = surface.height + share * (np.roll(surface.height, move, axis=(0, 1)) - surface.height)
    return Damage(surface._replace(colour=blend(surface.colour, slipped, share), height=height), share)


def add_distortion(rng: np.random.Generator, surface: Surface, strength: float) -> Damage:
    """A place where the surface was pulled, pinched or twisted, and bulges a little."""
    spot = choose_spot(rng, surface)
    size = surface.height.shape[0]
    radius = rng.uniform(14, 38)
    far = np.minimum(np.hypot(spot.dx, spot.dy) / np.float32(radius), 1)
    share = ((1 - far * far) ** 2 * surface.inside).astype(np.float32)
    rows, columns = np.nonzero(far < 1)
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    y, x = np.mgrid[box].astype(np.float32)
    middle = [np.float32(one.mean()) for one in (rows, columns)]
    dy, dx, local = y - middle[0], x - middle[1], share[box]
    kind, sign = rng.integers(3), np.float32(rng.choice((-1, 1)))
    if kind == 0:  # twist
        angle = sign * np.float32(rng.uniform(0.9, 1.9) * min(strength, 2.0)) * local
        cos, sin = np.cos(angle), np.sin(angle)
        source = [middle[0] + cos * dy - sin * dx, middle[1] + cos * dx + sin * dy]
    elif kind == 1:  # pinch or swell
        scale = 1 + sign * np.float32(rng.uniform(0.35, 0.55)) * local
        source = [middle[0] + scale * dy, middle[1] + scale * dx]
    else:  # pull
        pull = rng.normal(0.0, 1.0, 2)
        pull *= 0.55 * radius * size / SPAN / np.linalg.norm(pull)
        source = [y - np.float32(pull[0]) * local, x - np.float32(pull[1]) * local]
    colour, height = surface.colour.copy(), surface.height.copy()
    for layer in (*colour, height):
        layer[box] = ndimage.map_coordinates(layer, source, order=1, mode="mirror", prefilter=False)
    height += np.float32(rng.choice((-1, 1)) * radius * rng.uniform(0.1, 0.22) * strength) * share
    keep = surface.inside  # the outline stays where it is
    colour = np.where(keep, colour, surface.colour)
    height = np.where(keep, height, surface.height)
    return Damage(surface._replace(colour=colour, height=height, gloss=surface.gloss + _shine(strength)), share)


def _shine(strength: float) -> float:
    """Return the gloss that a strong defect adds: on what is nearly black, relief shows by highlights alone."""
    return 0.15 * (strength - 1)
