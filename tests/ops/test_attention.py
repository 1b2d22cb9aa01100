"""Attention: against torch's own over each window and against a twin in loops, with first and second gradients."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ganwright.ops.attention import attention, multiply_adds, window_sides, windowed_attention

GRIDS = [(4, 4), (8, 8), (5, 3), (13, 9), (1, 15), (14, 7)]
HEADS, WIDTH = 2, 6
Three = tuple[Tensor, Tensor, Tensor]


def tokens(num: int, seed: int = 0) -> Three:
    """Queries, keys and values of a batch of 3."""
    generator = torch.Generator().manual_seed(seed)
    made = torch.randn(3, 3, HEADS, num, WIDTH, generator=generator, dtype=torch.float64)
    return made[0].requires_grad_(), made[1].requires_grad_(), made[2].requires_grad_()


def plainly(queries: Tensor, keys: Tensor, values: Tensor, seen: list[list[int]]) -> Tensor:
    """Equation 1, a query at a time; `seen` names the keys that each sees."""
    rows = []
    for place, others in enumerate(seen):
        scores = (queries[..., place : place + 1, :] * keys[..., others, :]).sum(-1) / queries.shape[-1] ** 0.5
        weights = scores.exp() / scores.exp().sum(-1, keepdim=True)
        rows.append((weights.unsqueeze(-1) * values[..., others, :]).sum(-2))
    return torch.stack(rows, -2)


def windows_of(grid: tuple[int, int], window: int) -> list[list[int]]:
    """Places of each window, row by row."""
    height, width = window_sides(grid, window)
    return [
        [
            r * grid[1] + c
            for r in range(top, min(top + height, grid[0]))
            for c in range(left, min(left + width, grid[1]))
        ]
        for top in range(0, grid[0], height)
        for left in range(0, grid[1], width)
    ]


def torchs_own(q: Tensor, k: Tensor, v: Tensor, grid: tuple[int, int], window: int, num_global: int) -> Tensor:
    """scaled_dot_product_attention over each window by itself."""
    found = torch.empty_like(q)
    with sdpa_kernel(SDPBackend.MATH):  # the others cannot be differentiated twice
        found = found.index_copy(
            -2,
            torch.arange(num_global),
            F.scaled_dot_product_attention(q[..., :num_global, :], k, v),
        )
        for places in windows_of(grid, window):
            own = torch.tensor(places) + num_global
            seen = torch.cat((torch.arange(num_global), own))
            found = found.index_copy(
                -2, own, F.scaled_dot_product_attention(q[..., own, :], k[..., seen, :], v[..., seen, :])
            )
    return found


def outcomes(found: Tensor, given: Three) -> tuple[Tensor, ...]:
    """Values, gradients, and gradients of the gradients' squares."""
    target = torch.randn(found.shape, generator=torch.Generator().manual_seed(9), dtype=found.dtype)
    first = torch.autograd.grad((found * target).sum(), given, create_graph=True)
    second = torch.autograd.grad(torch.stack([g.square().sum() for g in first]).sum(), given)
    return (found, *first, *second)


def test_full_attention_equals_torchs_and_the_twin() -> None:
    given = tokens(7)
    mine = outcomes(attention(*given), given)
    torch.testing.assert_close(mine, outcomes(plainly(*given, seen=[list(range(7))] * 7), given))
    with sdpa_kernel(SDPBackend.MATH):
        torch.testing.assert_close(mine, outcomes(F.scaled_dot_product_attention(*given), given))


@pytest.mark.parametrize("num_global", [0, 1, 2])
@pytest.mark.parametrize("window", [1, 3, 7])
@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_windows_equal_torchs_attention_in_each(grid: tuple[int, int], window: int, num_global: int) -> None:
    given = tokens(num_global + grid[0] * grid[1])
    mine = outcomes(windowed_attention(*given, grid, window, num_global), given)
    torch.testing.assert_close(mine, outcomes(torchs_own(*given, grid, window, num_global), given))


@pytest.mark.parametrize("grid", [(5, 3), (4, 6)], ids=str)
def test_windows_equal_the_twin(grid: tuple[int, int]) -> None:
    num = grid[0] * grid[1]
    given = tokens(1 + num)
    seen = [list(range(1 + num)), *([0] for _ in range(num))]
    for places in windows_of(grid, 3):
        for place in places:
            seen[1 + place] = [0, *(1 + p for p in places)]
    mine = outcomes(windowed_attention(*given, grid, 3, 1), given)
    torch.testing.assert_close(mine, outcomes(plainly(*given, seen=seen), given))


def test_one_window_that_holds_the_grid_is_full_attention() -> None:
    given = tokens(1 + 20)
    torch.testing.assert_close(windowed_attention(*given, (5, 4), 7, 1), attention(*given))


def test_a_window_does_not_see_the_next() -> None:
    queries, keys, values = tokens(64)
    found = windowed_attention(queries, keys, values, (8, 8), 7)
    (gradient,) = torch.autograd.grad(found[..., 0, :].sum(), values)
    reached = gradient.abs().sum((0, 1, 3)).view(8, 8) > 0
    assert reached[:4, :4].all()
    assert reached.sum() == 16


@pytest.mark.parametrize(
    ("side", "window", "expected"), [(14, 7, 7), (8, 7, 4), (5, 7, 5), (13, 7, 7), (16, 7, 6), (1, 7, 1), (9, 1, 1)]
)
def test_windows_are_few_and_alike(side: int, window: int, expected: int) -> None:
    assert window_sides((side, side), window) == (expected, expected)


def test_every_window_holds_a_token() -> None:
    for side in range(1, 60):
        for window in range(1, 12):
            own, _ = window_sides((side, 1), window)
            assert own <= window
            assert -(-side // own) == -(-side // window)


def test_it_runs_under_vmap() -> None:
    def seen(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        return windowed_attention(queries, keys, values, (5, 3), 2, 1)

    stacked = [torch.stack((t.detach(), 2 * t.detach())) for t in tokens(1 + 15)]
    found = torch.func.vmap(seen)(*stacked)
    for k in range(2):
        torch.testing.assert_close(found[k], seen(stacked[0][k], stacked[1][k], stacked[2][k]))


@pytest.mark.parametrize("num_global", [0, 1])
@pytest.mark.parametrize("window", [None, 2, 7])
@pytest.mark.parametrize("grid", GRIDS, ids=str)
def test_multiply_adds_are_those_that_torch_counts(grid: tuple[int, int], window: int | None, num_global: int) -> None:
    given = tokens(num_global + grid[0] * grid[1])
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        if window is None:
            attention(*given)
        else:
            windowed_attention(*given, grid, window, num_global)
    assert 2 * len(given[0]) * multiply_adds(grid, HEADS * WIDTH, window, num_global) == counter.get_total_flops()


def test_cost_is_quadratic_in_tokens_for_full_and_linear_for_windows() -> None:
    small, large = (7, 7), (28, 28)
    assert multiply_adds(large, 128) == 16**2 * multiply_adds(small, 128)
    assert multiply_adds(large, 128, 7) == 16 * multiply_adds(small, 128, 7)
