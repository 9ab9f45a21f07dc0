"""One vector for the normal and one for the abnormal sentences, in CLIP's shared space."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from sklearn.cluster import DBSCAN
from torch import Tensor

from acd_monai.networks.backbone import ClipBackbone

__all__ = ["densest_direction", "encode_states", "mean_direction"]


def mean_direction(sentences: Tensor) -> Tensor:
    """Return the unit vector of the mean of unit vectors: ``(S, D)`` of any lengths → ``(D,)``."""
    return F.normalize(F.normalize(sentences, dim=-1).mean(dim=0), dim=0)


def densest_direction(sentences: Tensor, eps: float, min_samples: int) -> Tensor:
    """Return the direction of the largest DBSCAN cluster of unit vectors: ``(S, D)`` of any lengths → ``(D,)``.

    Of clusters of the same size it is the one found first; when all is noise, the mean of everything.

    Args:
        sentences: embeddings of the sentences.
        eps: radius of a neighbourhood.
        min_samples: vectors in it, its centre included, that make a cluster.
    """
    clusters = DBSCAN(eps=eps, min_samples=min_samples).fit_predict(F.normalize(sentences, dim=-1).cpu().numpy())
    sizes = np.bincount(clusters[clusters >= 0])
    kept = clusters == sizes.argmax() if len(sizes) else np.full(len(clusters), True)
    return mean_direction(sentences[torch.from_numpy(kept).to(sentences.device)])


def encode_states(
    backbone: ClipBackbone,
    normal: Sequence[str],
    abnormal: Sequence[str],
    represent: Callable[[Tensor], Tensor] = mean_direction,
) -> Tensor:
    """Return ``(D, 2)``, normal then abnormal, from a frozen text tower.

    Args:
        backbone: the frozen CLIP.
        normal: sentences.
        abnormal: sentences.
        represent: makes one vector ``(D,)`` of a state's sentence embeddings ``(S, D)``, which are not normalised.
    """
    sentences = backbone.encode_sentences([*normal, *abnormal])
    return torch.stack([represent(sentences[: len(normal)]), represent(sentences[len(normal) :])], dim=-1)
