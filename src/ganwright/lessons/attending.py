"""What lessons measure of transformers: how alike positions have become, and what attention costs."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.seeding import generator_for
from ganwright.ops.attention import attention, multiply_adds, windowed_attention

WINDOW = 7
SIDES = tuple(WINDOW * n for n in range(1, 6))
WIDTH, HEADS = 128, 4
NUM_REPEATS = 7


@dataclass(frozen=True)
class AttentionTimes:
    """Microseconds a token, on the grids of `attention_tokens`, of full attention and of windows of 7 x 7."""

    full: list[float]
    window: list[float]


def position_similarity(positions: Tensor, grid: tuple[int, int]) -> Tensor:
    """Cosine similarity (H, W, H, W) of all pairs of position embeddings (H * W, width), row by row on the grid."""
    unit = F.normalize(positions.float(), dim=1)
    return (unit @ unit.T).view(*grid, *grid)


def near_and_far(similarity: Tensor) -> tuple[float, float]:
    """Mean similarity (H, W, H, W) of places that share an edge, and of those at least half the diagonal apart."""
    height, width = similarity.shape[:2]
    places = torch.cartesian_prod(torch.arange(height), torch.arange(width)).float()
    distances = torch.cdist(places, places)
    diagonal = ((height - 1) ** 2 + (width - 1) ** 2) ** 0.5
    flat = similarity.reshape(len(places), len(places))
    return float(flat[distances == 1].mean()), float(flat[distances >= diagonal / 2].mean())


def attention_tokens() -> list[int]:
    """Tokens of square grids with sides of 1 to 5 windows."""
    return [side * side for side in SIDES]


def counts_per_token(window: int | None) -> list[float]:
    """Thousands of multiply-adds a token, on these grids; window: None: full attention."""
    return [multiply_adds((side, side), WIDTH, window) / (1e3 * side * side) for side in SIDES]


def attention_times() -> AttentionTimes:
    """Measure both on the CPU; each the best of seven passes, taken in turns."""
    full: list[float] = []
    window: list[float] = []
    for side in SIDES:
        shape = (3, 1, HEADS, side * side, WIDTH // HEADS)
        queries, keys, values = torch.randn(shape, generator=generator_for("attention", side)).unbind(0)
        best = _best_seconds(
            lambda q=queries, k=keys, v=values: attention(q, k, v),
            lambda q=queries, k=keys, v=values, s=side: windowed_attention(q, k, v, (s, s), WINDOW),
        )
        full.append(1e6 * best[0] / side**2)
        window.append(1e6 * best[1] / side**2)
    return AttentionTimes(full, window)


def _best_seconds(*works: Callable[[], Tensor]) -> list[float]:
    best = [float("inf")] * len(works)
    with torch.no_grad():
        for _ in range(NUM_REPEATS):
            for i, work in enumerate(works):
                start = time.perf_counter()
                work()
                best[i] = min(best[i], time.perf_counter() - start)
    return best
