"""The blocks of one of CLIP's towers: run them, tap tokens at depths, edit them between blocks.

Notation as in the CLIP paper (Radford et al., 2021): ``h_0`` is the input of the first block, ``h_k`` the output of
block ``k`` (1-based), with all tokens, class token first.

The weights are frozen, so no gradient of them is ever computed, and autograd does not record the blocks before the
first edit that is trained: nothing that goes into them requires a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from einops import rearrange
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from acd_monai.errors import ConfigError

__all__ = ["Edit", "Tower", "attend", "attend_values", "run_block", "run_blocks"]

PLAIN_TOKENS = 600
"""Up to so many tokens, their products are worth their memory."""

Edit = Callable[[int, Tensor], Tensor]
"""``edit(depth, tokens) -> tokens``, called with the tokens a run starts from and after every block with its output."""


class Tower(NamedTuple):
    """What a tower gives.

    Attributes:
        tokens: output of the last block run, ``(B, L, width)``, after its edit.
        taps: ``(B, L, width)`` after block ``k`` and its edit, for each requested depth ``k``.
    """

    tokens: Tensor
    taps: dict[int, Tensor]


def run_blocks(
    blocks: nn.ModuleList,
    tokens: Tensor,
    *,
    start: int = 0,
    stop: int | None = None,
    taps: Collection[int] = (),
    edit: Edit | None = None,
    causal: bool = False,
    checkpointing: bool = False,
) -> Tower:
    """Run open_clip's residual blocks on tokens ``h_start``, ``(B, L, C)``, batch first, to ``h_stop``.

    Args:
        blocks: all blocks of the tower.
        tokens: ``h_start``, not edited yet.
        start: depth of ``tokens``.
        stop: depth of the last block to run; None is the last there is.
        taps: depths whose tokens are wanted.
        edit: changes tokens at every depth from ``start`` on.
        causal: each token sees itself and those before it.
        checkpointing: run blocks again for their gradient instead of keeping what they computed.

    Raises:
        ConfigError: a tap outside 1 … the number of blocks.
    """
    out_of_range = sorted(depth for depth in taps if not 1 <= depth <= len(blocks))
    if out_of_range:
        raise ConfigError(f"no block at depth {out_of_range}; this tower has depths 1 to {len(blocks)}")
    tapped: dict[int, Tensor] = {}
    for depth in range(start, (len(blocks) if stop is None else stop) + 1):
        if depth > start and checkpointing and tokens.requires_grad:
            tokens = checkpoint(run_block, blocks[depth - 1], tokens, causal=causal, use_reentrant=False)
        elif depth > start:
            tokens = run_block(blocks[depth - 1], tokens, causal=causal)
        if edit is not None:
            tokens = edit(depth, tokens)
        if depth in taps:
            tapped[depth] = tokens
    return Tower(tokens, tapped)


def run_block(block: Any, tokens: Tensor, *, causal: bool = False) -> Tensor:
    """One pre-norm residual block: attention, then MLP, with open_clip's own modules."""
    tokens = tokens + block.ls_1(attend(block.attn, block.ln_1(tokens), causal=causal))
    return tokens + block.ls_2(block.mlp(block.ln_2(tokens)))


def attend(attention: nn.MultiheadAttention, tokens: Tensor, *, causal: bool = False) -> Tensor:
    """Self-attention of ``(B, L, C)`` on the module's weights, without materialising the attention matrix."""
    qkv = F.linear(tokens, attention.in_proj_weight, attention.in_proj_bias)
    query, key, value = rearrange(qkv, "b l (three h d) -> three b h l d", three=3, h=attention.num_heads)
    mixed = _mix(query, key, value, causal=causal)
    return attention.out_proj(rearrange(mixed, "b h l d -> b l (h d)"))


def _mix(query: Tensor, key: Tensor, value: Tensor, *, causal: bool) -> Tensor:
    """``softmax(q·kᵀ/√d)·v`` of ``(B, h, L, d)``.

    For the gradient in bfloat16, torch's fused kernel on a CPU takes two to seven times as long as plain products.
    """
    few = query.shape[2] <= PLAIN_TOKENS
    if not (few and query.requires_grad and query.dtype == torch.bfloat16 and query.device.type == "cpu"):
        return F.scaled_dot_product_attention(query, key, value, is_causal=causal)
    products = query @ key.transpose(2, 3) * query.shape[3] ** -0.5
    if causal:
        products = products + torch.full(products.shape[2:], -torch.inf, dtype=products.dtype).triu(1)
    return products.softmax(dim=3) @ value


def attend_values(attention: nn.MultiheadAttention, tokens: Tensor) -> Tensor:
    """Value-value self-attention of ``(B, L, C)``: each token looks at those whose *value* is like its own.

    ``out_proj(softmax(v·vᵀ/√d)·v)`` on the module's weights (CLIP Surgery, Li et al., 2023).
    """
    width = attention.embed_dim
    bias = None if attention.in_proj_bias is None else attention.in_proj_bias[-width:]
    value = F.linear(tokens, attention.in_proj_weight[-width:], bias)
    value = rearrange(value, "b l (h d) -> b h l d", h=attention.num_heads)
    mixed = F.scaled_dot_product_attention(value, value, value)
    return attention.out_proj(rearrange(mixed, "b h l d -> b l (h d)"))
