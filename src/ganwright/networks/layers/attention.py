"""Self-attention over the places of a feature map (Zhang et al. 2019, SAGAN, arXiv:1805.08318, section 3)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.ops.attention import attention


class SelfAttention(nn.Module):
    """x + gate * project(attention(x)), (N, C, H, W) -> the same shape.

    Queries and keys have C / 8 channels, values C / 2, and scores are not scaled. Keys and values are the largest of
    each 2x2 places, as in the authors' code, which takes a quarter of the scores. The gate begins at 0: at first the
    layer is the identity.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        narrow, half = max(channels // 8, 1), max(channels // 2, 1)
        self.queries = nn.Conv2d(channels, narrow, 1, bias=False)
        self.keys = nn.Conv2d(channels, narrow, 1, bias=False)
        self.values = nn.Conv2d(channels, half, 1, bias=False)
        self.project = nn.Conv2d(half, channels, 1, bias=False)
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        queries = _tokens(self.queries(x))
        keys, values = (_tokens(_pooled(layer(x))) for layer in (self.keys, self.values))
        seen = attention(queries, keys, values, scale=1.0).transpose(1, 2).unflatten(2, x.shape[2:])
        return x + self.gate * self.project(seen)


def _tokens(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, H * W, C)."""
    return x.flatten(2).transpose(1, 2)


def _pooled(x: Tensor) -> Tensor:
    """The largest of each 2x2 places; those of an odd border stay."""
    return F.max_pool2d(x, 2, ceil_mode=True)
