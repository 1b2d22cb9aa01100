"""Layers of transformers that play a game: L2 attention, and a layer norm whose gains and biases come from outside."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.ops.attention import attention, l2_attention_inputs, windowed_attention

Seeing = Literal["full", "window"]


class SelfAttention(nn.Module):
    """Tokens (N, T, width) -> (N, T, width), by several heads side by side.

    grid, window, num_global: as in `windowed_attention`; window None: every token sees all.
    distances: True compares tokens by their distance instead of their product: L2 attention (Kim, Papamakarios and Mnih
        2021, arXiv:2006.04710, equation 13), whose slope is bounded where keys and queries come from the same map, as
        they do then.
    """

    def __init__(
        self, width: int, heads: int, grid: tuple[int, int], window: int | None, num_global: int, distances: bool
    ) -> None:
        super().__init__()
        self.heads, self.grid, self.window = heads, grid, window
        self.num_global, self.distances = num_global, distances
        self.project = nn.Linear(width, (2 if distances else 3) * width)
        self.join = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        split = self.project(tokens).unflatten(2, (-1, self.heads, tokens.shape[2] // self.heads))
        parts = split.permute(2, 0, 3, 1, 4).unbind(0)
        if self.distances:
            queries, keys = l2_attention_inputs(parts[0], parts[0])
        else:
            queries, keys = parts[0], parts[1]
        if self.window is None:
            found = attention(queries, keys, parts[-1])
        else:
            found = windowed_attention(queries, keys, parts[-1], self.grid, self.window, self.num_global)
        return self.join(found.transpose(1, 2).flatten(2))


class SelfModulatedNorm(nn.Module):
    """Layer norm of tokens (N, T, width) with a gain and a bias that are linear maps of styles (N, W).

    gain(w) * (h - mean) / std + bias(w) (Lee et al. 2022, ViTGAN, equation 17). Gains begin near 1, biases near 0.
    """

    def __init__(self, width: int, style_size: int) -> None:
        super().__init__()
        self.width = width
        self.affine = nn.Linear(style_size, 2 * width)
        with torch.no_grad():
            self.affine.bias[:width] = 1.0
            self.affine.bias[width:] = 0.0

    def forward(self, tokens: Tensor, styles: Tensor) -> Tensor:
        gain, bias = self.affine(styles).unsqueeze(1).chunk(2, 2)
        return torch.addcmul(bias, gain, F.layer_norm(tokens, (self.width,)).to(gain.dtype))


def perceptron(width: int, ratio: int) -> nn.Sequential:
    """Tokens -> `ratio` times as many hidden units, GELU -> tokens."""
    return nn.Sequential(nn.Linear(width, ratio * width), nn.GELU(), nn.Linear(ratio * width, width))
