"""Scaled dot-product attention: of all tokens to all, or of a grid's tokens to those of their own window.

Written in matrix products, so that it can be differentiated twice and runs under torch.func.vmap.
"""

from math import ceil

import torch
from torch import Tensor
from torch.nn import functional as F


def attention(
    queries: Tensor, keys: Tensor, values: Tensor, allowed: Tensor | None = None, scale: float | None = None
) -> Tensor:
    """softmax(scale * Q K^T) V (Vaswani et al. 2017, arXiv:1706.03762, equation 1).

    queries: (..., N, d). keys: (..., M, d). values: (..., M, e).
    allowed: bool, broadcast over (..., N, M): False where a query must not see a key. Each query needs one that it may.
    scale: None: 1 / sqrt(d), that of the paper.

    Returns (..., N, e).
    """
    scores = (queries * (queries.shape[-1] ** -0.5 if scale is None else scale)) @ keys.transpose(-2, -1)
    if allowed is not None:
        scores = scores.masked_fill(~allowed, -torch.inf)
    return scores.softmax(-1) @ values


def l2_attention_inputs(queries: Tensor, keys: Tensor) -> tuple[Tensor, Tensor]:
    """Queries and keys (..., d) -> others (..., d + 1), so that `attention` of these compares by distance.

    softmax(-|q_i - k_j|^2 / sqrt(d)) (Kim, Papamakarios and Mnih 2021, arXiv:2006.04710, equation 13): of the square
    2 q.k - |k|^2 is left, since |q|^2 is the same for all keys and no softmax sees it. The factor undoes the scale
    that `attention` takes from the one more number.
    """
    size = queries.shape[-1]
    longer = ((size + 1) / size) ** 0.5
    one = torch.full_like(queries[..., :1], -longer)
    return torch.cat((2 * longer * queries, one), -1), torch.cat((keys, keys.square().sum(-1, keepdim=True)), -1)


def windowed_attention(
    queries: Tensor, keys: Tensor, values: Tensor, grid: tuple[int, int], window: int, num_global: int = 0
) -> Tensor:
    """Attention within windows of a grid that do not overlap (Liu et al. 2021, Swin, arXiv:2103.14030, section 3.2).

    queries, keys, values: (..., T, d) with T = num_global + H * W: first tokens that belong to no place, such as a
        class token, then those of the grid, row by row. Global ones see all tokens and are seen by all; through them
        windows learn of each other, so windows are not shifted.
    grid: (H, W), tokens a column and a row. window: the longest side of a window, in tokens; see `window_sides`.

    Where windows reach over the border of the grid, what lies beyond is not seen. Returns (..., T, d).
    """
    height, width = window_sides(grid, window)
    parts = [_split(tokens[..., num_global:, :], grid, (height, width)) for tokens in (queries, keys, values)]
    own_keys, own_values = (
        torch.cat((_repeated(tokens[..., :num_global, :], part.shape[-3]), part), -2) if num_global else part
        for tokens, part in zip((keys, values), parts[1:], strict=True)
    )
    inside = _allowed(grid, (height, width), num_global, queries.device)
    local = _joined(attention(parts[0], own_keys, own_values, inside), grid, (height, width))
    if not num_global:
        return local
    return torch.cat((attention(queries[..., :num_global, :], keys, values), local), -2)


def window_sides(grid: tuple[int, int], window: int) -> tuple[int, int]:
    """Sides of the windows that cover a grid: as few as fit with sides of at most `window`, as alike as they can be.

    7 on a side of 14 is 7, on one of 8 is 4, on one of 5 is 5. On a side of 13 it is 7: the second window has 6.
    """
    height, width = (ceil(side / ceil(side / window)) for side in grid)
    return height, width


def multiply_adds(grid: tuple[int, int], width: int, window: int | None = None, num_global: int = 0) -> int:
    """Multiply-adds of one attention over one item: scores and weighted sums of all heads, without projections.

    grid: (H, W). width: numbers in a token, over all heads. window: None: every token sees all; else the longest side
    of a window. num_global: tokens that belong to no place.

    Full attention takes 2 T^2 width for T tokens; windows of n tokens 2 T n width and, for global tokens, as much as
    they see: linear in T. Padding counts, as it is computed.
    """
    num = num_global + grid[0] * grid[1]
    if window is None:
        return 2 * num * num * width
    height, breadth = window_sides(grid, window)
    num_windows, size = ceil(grid[0] / height) * ceil(grid[1] / breadth), height * breadth
    return 2 * width * (num_windows * size * (size + num_global) + num_global * num)


def _split(tokens: Tensor, grid: tuple[int, int], sides: tuple[int, int]) -> Tensor:
    """Tokens (..., H * W, d) of a grid -> (..., windows, tokens of a window, d), padded by zeros."""
    (rows, columns), (height, width) = _padded(grid, sides), sides
    picture = tokens.unflatten(-2, grid)
    if (rows, columns) != grid:
        picture = F.pad(picture, (0, 0, 0, columns - grid[1], 0, rows - grid[0]))
    picture = picture.unflatten(-2, (columns // width, width)).unflatten(-4, (rows // height, height))
    return picture.transpose(-4, -3).flatten(-3, -2).flatten(-4, -3)


def _joined(windows: Tensor, grid: tuple[int, int], sides: tuple[int, int]) -> Tensor:
    """The inverse of _split, without what was padded."""
    (rows, columns), (height, width) = _padded(grid, sides), sides
    picture = windows.unflatten(-3, (rows // height, columns // width)).unflatten(-2, (height, width))
    picture = picture.transpose(-4, -3).flatten(-3, -2).flatten(-4, -3)
    return picture[..., : grid[0], : grid[1], :].flatten(-3, -2)


def _padded(grid: tuple[int, int], sides: tuple[int, int]) -> tuple[int, int]:
    """The grid's sides, rounded up to whole windows."""
    return ceil(grid[0] / sides[0]) * sides[0], ceil(grid[1] / sides[1]) * sides[1]


def _repeated(tokens: Tensor, num_windows: int) -> Tensor:
    """Global tokens (..., G, d) for every window: (..., windows, G, d)."""
    *lead, num, width = tokens.shape
    return tokens.unsqueeze(-3).expand(*lead, num_windows, num, width)


def _allowed(grid: tuple[int, int], sides: tuple[int, int], num_global: int, device: torch.device) -> Tensor | None:
    """Which keys of a window are tokens and not padding (windows, 1, G + tokens of a window); None: all of them."""
    if _padded(grid, sides) == grid:
        return None
    inside = _split(torch.ones(grid[0] * grid[1], 1, device=device), grid, sides).squeeze(-1) > 0
    return F.pad(inside, (num_global, 0), value=True).unsqueeze(-2)
