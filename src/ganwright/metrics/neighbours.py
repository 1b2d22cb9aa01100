"""Nearest neighbours among rows of features, in bounded memory, at the speed of one matrix product.

Squared distances come from a product, |x|^2 + |y|^2 - 2 x.y, on centred rows, tile by tile. Such a product rounds by a
share of |x|^2 + |y|^2, the slack. So the distances of the neighbours it finds are measured again from the differences,
which makes duplicates lie at 0, and a pair is inside a ball only where it is so by more than the slack, so that equal
distances are ties wherever they were met. Products that are small are taken in float64; large ones of float32 rows in
float32, unless neighbours turn out so close that its slack matters (tight clusters far apart): then they are repeated
in float64.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.errors import UserError

MEMORY = 2**28
"""Bytes that the work may take by default beyond the rows and one centred copy of them."""

SMALL_PRODUCT = 2**34
"""Multiplications up to which a product is taken in float64, which costs twice as much."""

_GROUP = 32
_CLEAR = 1000
"""Times the slack that a distance must reach to be told from rounding by a float32 product."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Balls:
    """Which rows of one set lie within the balls around the rows of another.

    num_holding_fake: (M,) int64: how many balls of real rows hold each fake row.
    num_holding_real: (N,) int64: how many balls of fake rows hold each real row.
    real_ball_used: (N,) bool: whether the ball of each real row holds any fake row.
    """

    num_holding_fake: Tensor
    num_holding_real: Tensor
    real_ball_used: Tensor


def kth_distances(rows: Tensor, neighbours: int, *, memory: int = MEMORY, progress: Progress | None = None) -> Tensor:
    """Distance (N,), float64, of each row (N, D) to its `neighbours`-th nearest other row; duplicates are others.

    memory: bytes to work in. progress: told of the distances done and in all. Half of the products are spared, since
    a tile serves both of its sides.
    Raises UserError for rows that are no finite table and unless neighbours is from 1 to N - 1.
    """
    rows = checked(rows, "rows")
    check_neighbours(neighbours, len(rows), "rows")
    dtype = _precision(rows, rows)
    squared, slack = _kth_squared(rows, neighbours, dtype, memory, _ticker(progress, len(rows) ** 2))
    if dtype == torch.float32 and bool(((squared > 0) & (squared < _CLEAR * slack)).any()):
        squared, _ = _kth_squared(rows, neighbours, torch.float64, memory, _ticker(progress, len(rows) ** 2))
    return squared.sqrt()


def nearest(
    queries: Tensor, rows: Tensor, num: int = 1, *, memory: int = MEMORY, progress: Progress | None = None
) -> tuple[Tensor, Tensor]:
    """Of each query (Q, D) the distances (Q, num), float64, to its nearest rows (N, D), and these rows' indices.

    Nearest first; which of rows equally near is taken is left open. A query that is itself among the rows finds itself.
    The distances are measured again from the differences, so that they are exact.
    Raises UserError for tables that are not finite or do not match and unless num is from 1 to N.
    """
    queries, rows = checked(queries, "queries"), checked(rows, "rows")
    check_same(queries, rows, "queries", "rows")
    if not 1 <= num <= len(rows):
        raise UserError(f"{num} nearest of {len(rows)} rows cannot be found; ask for 1 to {len(rows)}")
    tick = _ticker(progress, len(queries) * len(rows))
    dtype, centre = _precision(queries, rows), rows.mean(0, dtype=torch.float64)
    best = _Best(len(queries), num, dtype)
    with _full_precision():
        a, b = _Centred.of(queries, centre, dtype), _Centred.of(rows, centre, dtype)
        for i in _blocks(len(queries), memory):
            for j in _blocks(len(rows), memory):
                tile = a.squared(b, i, j)
                best.take(i, tile, j.start)
                tick(tile.numel())
    exact = _measure(queries, rows, best.indices)
    exact, order = exact.sort(dim=1)
    return exact.sqrt(), best.indices.gather(1, order)


def balls(
    real: Tensor,
    fake: Tensor,
    real_radii: Tensor,
    fake_radii: Tensor,
    *,
    memory: int = MEMORY,
    progress: Progress | None = None,
) -> Balls:
    """Judge real rows (N, D) and fake rows (M, D) by each other's balls, of radii (N,) and (M,), in one product.

    A ball is open: what lies at its radius is outside, and a ball of radius 0 is empty.
    """
    real, fake = checked(real, "real features"), checked(fake, "fake features")
    check_same(real, fake, "real features", "fake features")
    tick = _ticker(progress, len(real) * len(fake))
    centre = (real.sum(0, dtype=torch.float64) + fake.sum(0, dtype=torch.float64)) / (len(real) + len(fake))
    dtype = _precision(real, fake)
    holding_fake = torch.zeros(len(fake), dtype=torch.int64)
    holding_real = torch.zeros(len(real), dtype=torch.int64)
    used = torch.zeros(len(real), dtype=torch.bool)
    with _full_precision():
        a, b = _Centred.of(real, centre, dtype), _Centred.of(fake, centre, dtype)
        radii = real_radii.double(), fake_radii.double()
        tight = (r[(r > 0) & (r.square() < _CLEAR * c.slack * c.norms)] for r, c in zip(radii, (a, b), strict=True))
        if dtype == torch.float32 and any(len(r) for r in tight):
            dtype = torch.float64
            a, b = _Centred.of(real, centre, dtype), _Centred.of(fake, centre, dtype)
        limit_a, limit_b = (torch.where(r > 0, r.square(), -torch.inf).to(dtype) for r in radii)
        for i in _blocks(len(real), memory):
            for j in _blocks(len(fake), memory):
                tile = a.squared(b, i, j, above=True)
                rows, columns = (tile < limit_a[i, None]).nonzero().T  # few, so cheaper than sums over booleans
                holding_fake[j] += torch.bincount(columns, minlength=tile.shape[1])
                used[i.start + rows] = True
                rows = (tile < limit_b[None, j]).nonzero()[:, 0]
                holding_real[i] += torch.bincount(rows, minlength=tile.shape[0])
                tick(tile.numel())
    return Balls(holding_fake, holding_real, used)


def checked(rows: Tensor, name: str) -> Tensor:
    """A finite table (N, D), N and D at least 1, on the CPU, float32 or float64; else a UserError that says `name`."""
    if rows.ndim != 2 or 0 in rows.shape:
        raise UserError(f"{name} must be a table (N, D) with a row at least, not a tensor of shape {tuple(rows.shape)}")
    rows = rows.detach().to("cpu", torch.float64 if rows.dtype == torch.float64 else torch.float32)
    num_bad = sum(int((~part.isfinite()).sum()) for part in rows.split(4096))
    if num_bad:
        raise UserError(f"{num_bad} of {rows.numel()} values of the {name} are not finite; look for NaN in the items")
    if float(rows.abs().max()) > 1e140:
        raise UserError(f"the {name} reach beyond 1e140, where distances overflow; scale them down")
    return rows.contiguous()


def check_same(a: Tensor, b: Tensor, name_a: str, name_b: str) -> None:
    """Raise UserError unless both tables have the same number of columns."""
    if a.shape[1] != b.shape[1]:
        raise UserError(f"{name_a} of {a.shape[1]} dimensions cannot be compared with {name_b} of {b.shape[1]}")


def check_neighbours(neighbours: int, num_rows: int, name: str) -> None:
    """Raise UserError unless each of the rows has that many others."""
    if neighbours < 1:
        raise UserError(f"neighbours must be at least 1, not {neighbours}")
    if num_rows <= neighbours:
        raise UserError(
            f"{neighbours} neighbours need {neighbours + 1} {name}, not {num_rows}; give more or lower neighbours"
        )


@dataclass(frozen=True)
class _Centred:
    """Rows less their centre, in the product's precision, with their squared norms.

    slack: times the sum of two squared norms it is about the rounding of their squared distance, a few units: more
    would move figures, since that many pairs inside would be taken for ties.
    """

    values: Tensor
    norms: Tensor
    slack: float

    @classmethod
    def of(cls, rows: Tensor, centre: Tensor, dtype: torch.dtype) -> "_Centred":
        values = torch.empty(rows.shape, dtype=dtype)
        norms = torch.empty(len(rows), dtype=torch.float64)
        for part, into, norm in zip(rows.split(1024), values.split(1024), norms.split(1024), strict=True):
            into.copy_(part.double() - centre)
            norm.copy_(into.double().square().sum(1))
        return cls(values, norms, 8 * torch.finfo(dtype).eps)

    def squared(self, other: "_Centred", i: slice, j: slice, above: bool = False) -> Tensor:
        """(n, m): squared distances of rows i from the other's rows j; what they are at most where `above`."""
        share = 1 + self.slack if above else 1
        norms_a, norms_b = ((share * c.norms[part]).to(self.values.dtype) for c, part in ((self, i), (other, j)))
        return torch.addmm(norms_b[None], self.values[i], other.values[j].T, alpha=-2).add_(norms_a[:, None])


def _precision(a: Tensor, b: Tensor) -> torch.dtype:
    """float64 for rows in float64, for small products, and for rows whose squares would leave float32's range."""
    dtype = torch.promote_types(a.dtype, b.dtype)
    if dtype == torch.float64 or len(a) * len(b) * a.shape[1] <= SMALL_PRODUCT:
        return torch.float64
    reach = max(float(s.amax()) for s in (a, b, -a, -b))
    return torch.float32 if 1e-12 < reach < 1e15 else torch.float64


def _kth_squared(
    rows: Tensor, neighbours: int, dtype: torch.dtype, memory: int, tick: Callable[[int], None]
) -> tuple[Tensor, Tensor]:
    """Squared distances (N,), float64, of neighbours found by products in `dtype`, and the slack of each row (N,)."""
    best = _Best(len(rows), neighbours, dtype)
    with _full_precision():
        c = _Centred.of(rows, rows.mean(0, dtype=torch.float64), dtype)
        for i in _blocks(len(rows), memory):
            for j in _blocks(len(rows), memory):
                if j.start < i.start:
                    continue
                tile = c.squared(c, i, j)
                if i == j:
                    tile.fill_diagonal_(torch.inf)
                else:
                    best.take(j, tile.T, i.start)
                best.take(i, tile, j.start)
                tick(tile.numel() * (1 if i == j else 2))
    return _measure(rows, rows, best.indices).amax(1), 2 * c.slack * c.norms


class _Best:
    """The rows with the least squared distances to each query, as tiles come by."""

    def __init__(self, num_queries: int, num: int, dtype: torch.dtype) -> None:
        self.squared = torch.full((num_queries, num), torch.inf, dtype=dtype)
        self.indices = torch.zeros((num_queries, num), dtype=torch.int64)

    def take(self, queries: slice, tile: Tensor, first: int) -> None:
        """Take in a tile (queries, rows) whose rows begin at index `first`."""
        squared, columns = _smallest(tile, self.squared.shape[1])
        squared = torch.cat([self.squared[queries], squared], 1)
        indices = torch.cat([self.indices[queries], columns + first], 1)
        self.squared[queries], chosen = squared.topk(self.squared.shape[1], largest=False)
        self.indices[queries] = indices.gather(1, chosen)


def _smallest(tile: Tensor, num: int) -> tuple[Tensor, Tensor]:
    """The `num` smallest of each row and their columns.

    They lie in the `num` groups of columns with the smallest minima, so that most columns are looked at only once.
    """
    width = tile.shape[1]
    if width < max(8 * num, 4 * _GROUP):
        return tile.topk(min(num, width), largest=False)
    if width % _GROUP:
        tile = F.pad(tile, (0, -width % _GROUP), value=torch.inf)
    groups = tile.unflatten(1, (_GROUP, -1))
    num_groups = groups.shape[2]
    chosen = groups.amin(1).topk(min(num, num_groups), largest=False).indices
    members = groups.gather(2, chosen[:, None].expand(-1, _GROUP, -1))
    values, where = members.flatten(1).topk(num, largest=False)
    num_chosen = chosen.shape[1]
    columns = torch.div(where, num_chosen, rounding_mode="floor") * num_groups + chosen.gather(1, where % num_chosen)
    return values, columns.clamp(max=width - 1)


def _measure(queries: Tensor, rows: Tensor, indices: Tensor) -> Tensor:
    """Squared distances (Q, num) of queries from the rows of these indices, from their differences, in float64."""
    num = max(1, 2**20 // rows.shape[1])
    parts = [
        torch.stack([(q.double() - rows[column].double()).square_().sum(1) for column in chosen.T], 1)
        for q, chosen in zip(queries.split(num), indices.split(num), strict=True)
    ]
    return torch.cat(parts)


def _blocks(num: int, memory: int) -> Iterator[slice]:
    """Slices whose tiles, with what is made of them, fit into the memory (32 bytes a pair), at least 32 long."""
    side = max(1, math.isqrt(memory // 32) // _GROUP) * _GROUP
    for start in range(0, num, side):
        yield slice(start, min(num, start + side))


def _ticker(progress: Progress | None, in_all: int) -> Callable[[int], None]:
    done = 0

    def tick(num: int) -> None:
        nonlocal done
        done += num
        if progress is not None:
            progress(done, in_all)

    return tick


@contextmanager
def _full_precision() -> Iterator[None]:
    """Products of float32 without shortcuts through shorter floats, whatever was chosen for training."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)
