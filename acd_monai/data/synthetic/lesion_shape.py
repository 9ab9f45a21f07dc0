"""The shape of a lesion: a squashed ball with lobes and a ragged edge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation

from acd_monai.data.synthetic.solid_shapes import Waves, make_waves

__all__ = ["Lesion", "LesionShape", "draw_lesion_shape"]


class Lesion(NamedTuple):
    """What is known of a lesion that was drawn.

    Attributes:
        centre_mm: mean of its voxels' centres, RAS+ millimetres.
        radius_mm: of the ball of as many voxels, millimetres.
    """

    centre_mm: tuple[float, float, float]
    radius_mm: float


class LesionShape(NamedTuple):
    """A body around a centre.

    Attributes:
        centre: float32 ``(3, 1)``, millimetres.
        radius: of the ball before it is squashed, millimetres.
        turn: float32 ``(3, 3)``, turns and squashes without a change of volume.
        lobes, edge: coarse and fine fields that move the surface.
        lobed, ragged: how far they move it, as shares of the radius.
    """

    centre: np.ndarray
    radius: float
    turn: np.ndarray
    lobes: Waves
    edge: Waves
    lobed: float
    ragged: float

    def distance(self, places: np.ndarray) -> np.ndarray:
        """Return the distance to its surface, ``(N,)`` mm, inside < 0."""
        away = self.turn @ (places - self.centre)
        moved = self.lobed * self.lobes.at(places) + self.ragged * self.edge.at(places)
        return np.sqrt((away * away).sum(axis=0)) - np.float32(self.radius) * (1 + moved)


def draw_lesion_shape(rng: np.random.Generator, centre: np.ndarray, radius: float, ragged: float = 1.0) -> LesionShape:
    """Draw a lesion around ``centre`` ``(3,)``, with a surface as uneven as ``ragged`` says: 0 is a smooth body."""
    squash = np.exp(rng.normal(0.0, 0.14, 3))
    squash /= np.prod(squash) ** (1 / 3)
    turn = Rotation.random(random_state=rng).as_matrix() / squash[:, None]
    return LesionShape(
        centre=np.asarray(centre, dtype=np.float32).reshape(3, 1),
        radius=radius,
        turn=turn.astype(np.float32),
        lobes=make_waves(rng, 3.2 * radius, 8),
        edge=make_waves(rng, max(1.1 * radius, 4.0), 10, 0.5),
        lobed=ragged * rng.uniform(0.05, 0.16),
        ragged=ragged * rng.uniform(0.02, 0.10),
    )
