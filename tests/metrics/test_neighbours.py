"""Nearest neighbours against plain differences in float64, on ordinary rows and where products round badly."""

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics import neighbours
from ganwright.metrics.neighbours import balls, kth_distances, nearest

MEMORIES = [1, 2**14, 2**28]


def draw(num: int, size: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def clustered(num: int, size: int, seed: int, spread: float = 1e-4) -> Tensor:
    """Float32 rows in five clusters so tight that a float32 product sees each of them as one point."""
    centres = 10 * draw(5, size, 99)
    return (centres[torch.arange(num) % 5] + spread * draw(num, size, seed)).float()


def plain(x: Tensor, y: Tensor) -> Tensor:
    return (x.double()[:, None] - y.double()[None]).square().sum(2).sqrt()


def plain_kth(x: Tensor, k: int) -> Tensor:
    return plain(x, x).fill_diagonal_(torch.inf).kthvalue(k, dim=1).values


SETS = {
    "float64": draw(130, 6, 1),
    "float32": draw(130, 6, 1, torch.float32),
    "far from 0": draw(130, 6, 2, torch.float32) + 1000,
    "tight clusters": clustered(130, 6, 3),
    "wide": draw(130, 300, 4, torch.float32),
    "huge": 1e25 * draw(130, 6, 5, torch.float32),
    "tiny": 1e-30 * draw(130, 6, 6, torch.float32),
    "triplets": draw(50, 6, 7).repeat(3, 1),
    "lattice": torch.randint(0, 3, (130, 4), generator=torch.Generator().manual_seed(8)).float(),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("k", [1, 5])
def test_kth_distance(name: str, k: int) -> None:
    rows = SETS[name]
    torch.testing.assert_close(kth_distances(rows, k, memory=2**15), plain_kth(rows, k), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", SETS)
def test_nearest(name: str) -> None:
    rows, queries = SETS[name][:90], SETS[name][60:]
    distances, indices = nearest(queries, rows, 3, memory=2**15)
    expected = plain(queries, rows)
    torch.testing.assert_close(distances, expected.topk(3, largest=False).values, rtol=1e-12, atol=0)
    torch.testing.assert_close(expected.gather(1, indices), distances, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", SETS)
def test_balls(name: str) -> None:
    real, fake = SETS[name][:80], SETS[name][50:]
    real_radii, fake_radii = plain_kth(real, 4), plain_kth(fake, 4)
    distances = plain(real, fake)
    in_real = distances < real_radii[:, None] * (1 - 1e-9)  # ties are outside, however they round
    in_fake = distances < fake_radii[None] * (1 - 1e-9)
    found = balls(real, fake, real_radii, fake_radii, memory=2**15)
    assert torch.equal(found.num_holding_fake, in_real.sum(0))
    assert torch.equal(found.num_holding_real, in_fake.sum(1))
    assert torch.equal(found.real_ball_used, in_real.any(1))


@pytest.mark.parametrize("name", ["float32", "tight clusters", "triplets", "lattice"])
def test_no_memory_and_no_order_changes_a_result(name: str) -> None:
    rows = SETS[name]
    shuffle = torch.randperm(len(rows), generator=torch.Generator().manual_seed(0))
    all_radii = [kth_distances(rows, 3, memory=m) for m in MEMORIES]
    all_balls = [balls(rows, rows[:70], all_radii[0], all_radii[0][:70], memory=m) for m in MEMORIES]
    for radii, found in zip(all_radii[1:], all_balls[1:], strict=True):
        assert torch.equal(radii, all_radii[0])
        assert torch.equal(found.num_holding_fake, all_balls[0].num_holding_fake)
        assert torch.equal(found.num_holding_real, all_balls[0].num_holding_real)
    assert torch.equal(kth_distances(rows[shuffle], 3), all_radii[0][shuffle])


@pytest.mark.parametrize("width", [1, 31, 127, 128, 129, 700, 1025])
@pytest.mark.parametrize("num", [1, 9, 13])
def test_the_smallest_of_a_tile_through_groups(width: int, num: int) -> None:
    for tile in (draw(5, width, 0), draw(width, 5, 1).T):
        values, columns = neighbours._smallest(tile, num)
        torch.testing.assert_close(values.sort(1).values, tile.sort(1).values[:, :num])
        assert torch.equal(tile.gather(1, columns), values)


def test_copies_are_others_at_distance_zero() -> None:
    """Four of one row have three neighbours at 0, but not a fourth; centring and products would say otherwise."""
    rows = (100 + draw(30, 40, 9, torch.float32)).repeat(4, 1)
    assert torch.equal(kth_distances(rows, 3), torch.zeros(120, dtype=torch.float64))
    assert float(kth_distances(rows, 4).min()) > 1
    distances, indices = nearest(rows[:30], rows, 4)
    assert torch.equal(distances, torch.zeros(30, 4, dtype=torch.float64))
    assert torch.equal(indices.sort(1).values, torch.arange(30)[:, None] + torch.tensor([0, 30, 60, 90]))


def test_a_ball_is_open_and_one_of_radius_zero_is_empty() -> None:
    real, fake = torch.tensor([[0.1], [5.0]]), torch.tensor([[0.1], [0.3]])
    radii = torch.stack([plain(real, fake)[0, 1], torch.tensor(0.0)])
    found = balls(real, fake, radii, torch.tensor([0.0, 1.0]))
    assert found.num_holding_fake.tolist() == [1, 0]
    assert found.num_holding_real.tolist() == [1, 0]
    assert found.real_ball_used.tolist() == [True, False]


def test_large_products_are_of_float32_unless_that_hides_neighbours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Clusters so tight that all of one is within float32's rounding; and rows for which float32 does."""
    monkeypatch.setattr(neighbours, "SMALL_PRODUCT", 0)
    rows = clustered(300, 40, 10)
    torch.testing.assert_close(kth_distances(rows, 5), plain_kth(rows, 5), rtol=1e-9, atol=0)
    radii = kth_distances(rows, 5)
    inside = balls(rows, rows, radii, radii).num_holding_real
    expected = (plain(rows, rows) < plain_kth(rows, 5)[None]).sum(1)
    assert int((inside - expected).abs().sum()) <= 3  # pairs at a radius, but for the slack
    wide = draw(300, 40, 11, torch.float32)
    torch.testing.assert_close(kth_distances(wide, 5), plain_kth(wide, 5), rtol=1e-9, atol=0)


def test_shortcuts_for_products_are_put_aside_and_back() -> None:
    before = torch.get_float32_matmul_precision()
    seen: list[str] = []
    torch.set_float32_matmul_precision("medium")
    try:
        kth_distances(SETS["wide"], 5, progress=lambda *_: seen.append(torch.get_float32_matmul_precision()))
        assert set(seen) == {"highest"}
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


def test_progress_reaches_the_end() -> None:
    told: list[tuple[int, int]] = []
    kth_distances(SETS["float32"], 5, memory=2**15, progress=lambda *now: told.append(now))
    assert len(told) > 5
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert told[-1] == (130**2, 130**2)
    told.clear()
    nearest(SETS["float32"][:50], SETS["float32"], memory=2**15, progress=lambda *now: told.append(now))
    assert told[-1] == (50 * 130, 50 * 130)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kth_distances(torch.rand(5, 2), 5), "5 neighbours need 6 rows, not 5"),
        (lambda: kth_distances(torch.rand(5, 2), 0), "at least 1, not 0"),
        (lambda: kth_distances(torch.rand(5), 1), "must be a table"),
        (lambda: kth_distances(torch.rand(5, 0), 1), "must be a table"),
        (lambda: kth_distances(torch.full((5, 2), torch.nan), 1), "10 of 10 values of the rows are not finite"),
        (lambda: kth_distances(torch.full((5, 2), 1e200, dtype=torch.float64), 1), "overflow"),
        (lambda: nearest(torch.rand(5, 2), torch.rand(5, 3)), "queries of 2 dimensions"),
        (lambda: nearest(torch.rand(5, 2), torch.rand(3, 2), 4), "4 nearest of 3 rows"),
        (lambda: nearest(torch.rand(0, 2), torch.rand(3, 2)), "queries must be a table"),
    ],
)
def test_bad_rows_are_refused_in_one_line(call, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        call()
    assert "\n" not in str(caught.value)
