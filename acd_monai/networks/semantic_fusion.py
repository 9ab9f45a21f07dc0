"""AdaCLIP's Hybrid Semantic Fusion: one vector for what looks most abnormal in an image (Cao et al., ECCV 2024)."""

from __future__ import annotations

import warnings

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

__all__ = ["PATCHES_PER_CLUSTER", "cluster_patches", "fuse_semantics"]

PATCHES_PER_CLUSTER = 5


def fuse_semantics(patches: Tensor, abnormality: Tensor, clusters: int) -> Tensor:
    """Return unit vectors ``(B, D)``: of each image the mean over clusters of its most abnormal patches.

    Every cluster counts the same, so that a large defect does not drown a small one. Which patch belongs where carries
    no gradient; their features do.

    Args:
        patches: unit vectors ``(levels, B, L, D)``.
        abnormality: ``(B, L)``, higher is more abnormal.
        clusters: how many are sought; five patches are taken for each, as far as there are.
    """
    count = min(abnormality.shape[1], PATCHES_PER_CLUSTER * clusters)
    order = abnormality.detach().argsort(dim=1, descending=True, stable=True)[:, :count]
    fused = []
    for image, chosen in enumerate(order):
        features = patches[:, image, chosen]
        # KMeans may leave a cluster empty; numbered anew, every one has a member to take the mean of.
        labels = cluster_patches(features, clusters).unique(return_inverse=True)[1]
        members = F.one_hot(labels).T.to(features.dtype)
        fused.append(((members / members.sum(dim=1, keepdim=True)) @ features.mean(dim=0)).mean(dim=0))
    return F.normalize(torch.stack(fused), dim=-1)


def cluster_patches(features: Tensor, clusters: int) -> Tensor:
    """Return the cluster ``(P,)`` of each patch from its features at all levels, ``(levels, P, D)``; deterministic."""
    points = rearrange(features.detach().float(), "levels p d -> p (levels d)").cpu().numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different patches than clusters
        found = KMeans(min(clusters, len(points)), n_init="auto", random_state=0).fit_predict(points)
    return torch.from_numpy(found).long().to(features.device)
