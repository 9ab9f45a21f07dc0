"""The grid on which maps and masks are compared.

``network``: masks are brought to the network's square as the images are, and maps stay as they come out: the published
tables are made so. ``native``: maps are brought back to the pixels of the mask, which stays as it was drawn.
"""

from __future__ import annotations

from torch import Tensor

from acd_monai.errors import ConfigError
from acd_monai.inferers.fit import Fit
from acd_monai.transforms.resize_mask import check_mask_resize, resize_mask

__all__ = ["RESOLUTIONS", "EvaluationGrid"]

RESOLUTIONS = ("network", "native")


class EvaluationGrid:
    """Brings maps and masks together.

    Args:
        resolution: one of :data:`RESOLUTIONS`.
        mask_resize: for ``"network"``, how the method's authors resize masks: ``"nearest"`` (ACD-CLIP), or
            ``"bilinear"``, then above one half.

    Raises:
        ConfigError: another value.
    """

    def __init__(self, resolution: str = "network", mask_resize: str = "nearest") -> None:
        if resolution not in RESOLUTIONS:
            raise ConfigError(f"resolution is {resolution!r}; wanted one of {', '.join(RESOLUTIONS)}")
        check_mask_resize(mask_resize)
        self.resolution = resolution
        self.mask_resize = mask_resize

    def shape(self, fit: Fit) -> tuple[int, int]:
        """Return rows and columns of the grid."""
        return fit.content if self.resolution == "network" else fit.source

    def maps(self, maps: Tensor, fit: Fit) -> Tensor:
        """``(N, 1, size, size)`` of the network → ``(N, 1, *shape)``; what was padded is cut off."""
        if self.resolution == "native":
            return fit.invert(maps)
        (top, left), (height, width) = fit.before, fit.content
        return maps[..., top : top + height, left : left + width]

    def masks(self, masks: Tensor, fit: Fit) -> Tensor:
        """``(N, 1, *fit.source)`` of 0 and 1 → bool ``(N, 1, *shape)``."""
        shape = self.shape(fit)
        if tuple(masks.shape[-2:]) == shape:
            return masks > 0.5
        return resize_mask(masks, shape, self.mask_resize)
