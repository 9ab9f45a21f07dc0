"""Takes half of a benchmark's pictures again with another camera, as the small CLIP saw them: grey, cut out, noisy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from embedded.distortions import distort

__all__ = ["retake"]


def retake(family: Path, seed: int) -> None:
    """Replace every second picture and mask of a family's ``test`` folder; a defect that was lost stays as it was.

    Args:
        family: laid out as MVTec AD is.
        seed: of the cameras.
    """
    for index, path in enumerate(sorted(family.glob("test/*/*.png"))):
        if index % 2:
            mask_path = family / "ground_truth" / path.parent.name / f"{path.stem}_mask.png"
            _retake(path, mask_path if mask_path.exists() else None, torch.Generator().manual_seed(seed + index))


def _retake(path: Path, mask_path: Path | None, generator: torch.Generator) -> None:
    image = torch.from_numpy(np.array(Image.open(path).convert("RGB"))).permute(2, 0, 1)
    mask = np.zeros(image.shape[1:], dtype=bool) if mask_path is None else np.array(Image.open(mask_path)) > 0
    pixels, share = distort(image[None], torch.from_numpy(mask)[None], image.shape[1], generator)
    seen = share[0, 0].numpy() > 0.5
    if mask_path is not None and not seen.any():
        return
    Image.fromarray((pixels[0] * 255.0).round().byte().permute(1, 2, 0).numpy()).save(path)
    if mask_path is not None:
        Image.fromarray(seen.astype(np.uint8) * 255).save(mask_path)
