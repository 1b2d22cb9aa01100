"""Kernel distance between two sets of features (KID; Binkowski et al. 2018, section 4).

The squared maximum mean discrepancy with the kernel k(x, y) = (x . y / D + 1)^3, by its unbiased estimator (Gretton et
al. 2012, equation 3):

    1/(n(n-1)) sum_{i != j} k(x_i, x_j)  +  1/(m(m-1)) sum_{i != j} k(y_i, y_j)  -  2/(nm) sum_{i, j} k(x_i, y_j)

Being unbiased it does not depend on how many items there are, and is below 0 as often as above where both sets come
from the same distribution. KID as it is reported is the mean over random subsets of 1000 rows a side.
"""

import statistics
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.metrics.base import Estimate, Pair, Progress
from ganwright.metrics.errors import both, check_rows, grouped, jackknife, settled_order

NUM_SUBSETS = 100
SUBSET_SIZE = 1000
MOST_FOR_ERROR = 5000
"""Rows a side whose kernels the error is found from: its cost grows with their square."""
_BLOCK_ROWS = 1024


@dataclass(frozen=True)
class KernelDistance:
    """KID: `mean` and `std` (of a population, as is usual) over `num_subsets` subsets of `subset_size` rows a side."""

    mean: float
    std: float
    num_subsets: int
    subset_size: int


def kernel_distance(
    real: Tensor,
    fake: Tensor,
    *,
    num_subsets: int = NUM_SUBSETS,
    subset_size: int = SUBSET_SIZE,
    seed: int = 0,
    progress: Progress | None = None,
) -> KernelDistance:
    """KID of features (N, D) and (M, D): mean and standard deviation over subsets.

    subset_size: rows a side in a subset, drawn without replacement; all of the smaller side where that has fewer. Where
    neither side has more, one subset holds everything. The order of the rows does not matter.
    Raises UserError for non-finite values, other shapes, fewer than two rows and subsets of fewer than two.
    """
    check_rows("the kernel distance", real, fake)
    if num_subsets < 1 or subset_size < 2:
        raise UserError(f"KID needs 1 subset of 2 rows or more, not {num_subsets} of {subset_size}")
    size = min(subset_size, len(real), len(fake))
    num = 1 if size == len(real) == len(fake) else num_subsets
    orders = [settled_order(rows, seed, f"kid {n}") for n, rows in enumerate((real, fake))]
    found = []
    for subset in range(num):
        chosen = []
        for side, rows in enumerate((real, fake)):
            picked = torch.randperm(len(rows), generator=generator_for(seed, "kid", side, subset))[:size]
            chosen.append(rows[orders[side][picked]])
        found.append(squared_mmd(*chosen))
        if progress is not None:
            progress(subset + 1, num)
    return KernelDistance(statistics.fmean(found), statistics.pstdev(found), num, size)


def squared_mmd(real: Tensor, fake: Tensor) -> float:
    """The unbiased estimator from all rows (N, D) and (M, D), in blocks; may be negative. Errors as above."""
    check_rows("the kernel distance", real, fake)
    return _from_sums(
        len(real), len(fake), _kernel_sum(real, real) - _own(real), _kernel_sum(fake, fake) - _own(fake),
        _kernel_sum(real, fake),
    )  # fmt: skip


def squared_mmd_error(real: Tensor, fake: Tensor, *, seed: int = 0) -> tuple[float, float | None, int]:
    """The same estimator, its jackknife error, and from how many groups: (value, error, groups).

    Sums of the kernel between all groups are found once; leaving a group out adds up those of the others.
    """
    check_rows("the kernel distance", real, fake)
    sides = [[rows[i] for i in grouped(settled_order(rows, seed, f"kid {n}"))] for n, rows in enumerate((real, fake))]
    num = min(map(len, sides))
    rs, fs = ([torch.cat(groups[num - 1 :]) if n == num - 1 else groups[n] for n in range(num)] for groups in sides)
    within = [torch.zeros(num, num, dtype=torch.float64) for _ in range(2)]
    across = torch.tensor([[_kernel_sum(r, f) for f in fs] for r in rs], dtype=torch.float64)
    for sums, groups in zip(within, (rs, fs), strict=True):
        for a in range(num):
            sums[a, a] = _kernel_sum(groups[a], groups[a]) - _own(groups[a])
            for b in range(a):
                sums[a, b] = sums[b, a] = _kernel_sum(groups[a], groups[b])

    def figure(left: list[int]) -> float:
        at = torch.tensor(left)
        num_real, num_fake = sum(len(rs[i]) for i in left), sum(len(fs[i]) for i in left)
        if min(num_real, num_fake) < 2:
            raise UserError("too few rows are left")
        real_sum, fake_sum, cross = (float(s[at][:, at].sum()) for s in (*within, across))
        return _from_sums(num_real, num_fake, real_sum, fake_sum, cross)

    return figure(list(range(num))), jackknife(figure, range(num)), num


def kid_of(pair: Pair) -> Estimate:
    """KID as it is reported, with an error that knows that subsets overlap.

    The standard deviation over subsets divided by the root of their number, which is often printed, only tells how well
    the mean over all possible subsets of these items is known. The error here adds (in squares) the jackknife's for the
    estimator from all rows, which tells how it would change with other items; it is found from at most 5000 rows a
    side and, where there are more, scaled by the root of the share.
    """
    real, fake, seed = pair.real.rows, pair.fake.rows, pair.real.seed
    found = kernel_distance(real, fake, seed=seed, progress=pair.progress)
    some = [rows[settled_order(rows, seed, "kid error")[:MOST_FOR_ERROR]] for rows in (real, fake)]
    over_rows, error, num_groups = squared_mmd_error(*some, seed=seed)
    if error is not None:
        error *= (min(map(len, some)) / min(len(real), len(fake))) ** 0.5
    error = both(error, found.std / found.num_subsets**0.5)
    return Estimate(
        found.mean,
        error,
        "" if error is None else f"jackknife over {num_groups} groups and spread over {found.num_subsets} subsets",
        details={"std_over_subsets": found.std, "all_rows": over_rows, "rows_for_all_rows": min(map(len, some))},
        protocol={"subsets": found.num_subsets, "subset_size": found.subset_size},
    )


def _from_sums(num_real: int, num_fake: int, real: float, fake: float, across: float) -> float:
    """Sums of the kernel over pairs of different rows of each side and over all pairs of both -> the estimator."""
    return real / (num_real * (num_real - 1)) + fake / (num_fake * (num_fake - 1)) - 2 * across / (num_real * num_fake)


def _kernel_sum(a: Tensor, b: Tensor) -> float:
    """Sum of the kernel over all pairs. A column of ones in each set makes the 1 part of the product."""
    total = 0.0
    seconds = [_with_one(rows, 1.0) for rows in b.split(_BLOCK_ROWS)]
    for rows in a.split(_BLOCK_ROWS):
        firsts = _with_one(rows, 1 / a.shape[1])
        for others in seconds:
            kernel = (firsts @ others.T).flatten()
            total += float(torch.dot(kernel.square(), kernel))
    return total


def _with_one(rows: Tensor, scale: float) -> Tensor:
    return torch.nn.functional.pad(rows.detach().cpu().double() * scale, (0, 1), value=1.0)


def _own(rows: Tensor) -> float:
    """Sum of the kernel of each row with itself."""
    return sum(
        float((chunk.detach().cpu().double().square().sum(1) / rows.shape[1] + 1).pow(3).sum())
        for chunk in rows.split(_BLOCK_ROWS)
    )
