"""Standard errors of figures: the delete-a-group jackknife, and the spread over splits.

Leave one of G random groups out at a time, theta_g being the figure of all the others together:

    error^2 = (G - 1) / G  sum_g (theta_g - mean theta)^2

(Quenouille 1956; Efron and Tibshirani 1993, chapter 11; Kott 2001 for groups instead of single rows.) A figure's bias
is the same in all theta_g and drops out. For a figure of two independent sets group g of both is left out at once: to
first order the two shares add up, and their product is 0 on average. Where the first order vanishes, as for distances
between sets from the same distribution, the error comes out too large rather than too small (Efron and Stein 1981),
by a factor of up to about 1.4.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for

NUM_GROUPS = 10
_CHUNK_ROWS = 4096
Group = TypeVar("Group")


def jackknife(statistic: Callable[[list[Group]], float], groups: Sequence[Group]) -> float | None:
    """Standard error of a figure by leaving one group out at a time.

    statistic: the groups that are left, in order -> the figure. It is called once a group.
    groups: whatever `statistic` can take a list of, alike in size: row indices, moments, pairs of either.
    None where there are fewer than three groups, or the figure of some of them is not finite or refused by a UserError.
    """
    if len(groups) < 3:
        return None
    try:
        left = [statistic([*groups[:index], *groups[index + 1 :]]) for index in range(len(groups))]
    except UserError:
        return None
    return math.sqrt((len(left) - 1) * statistics.pvariance(left)) if all(map(math.isfinite, left)) else None


def jackknife_from(num_groups: int) -> str:
    """How `Estimate.error_from` says it."""
    return f"jackknife over {num_groups} groups"


def mean_error(values: Sequence[float]) -> float | None:
    """Standard error of the mean of independent figures, as of disjoint splits; None for fewer than two."""
    return statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else None


def both(*errors: float | None) -> float | None:
    """Error from several independent causes: the root of the sum of squares. None where one is unknown."""
    known = [e for e in errors if e is not None]
    return math.hypot(*known) if len(known) == len(errors) else None


def settled_order(rows: Tensor, seed: int, use: str) -> Tensor:
    """A random order of rows (N, D) that depends on what they hold and not on where they stand: indices (N,).

    Rows are sorted along a random direction, then shuffled by the seed, so whoever draws rows by this order draws the
    same ones however they arrive. Rows that differ in the last digit only stay where they are but for a few swaps.
    """
    direction = torch.randn(rows.shape[1], generator=generator_for(seed, use, "direction"), dtype=torch.float64)
    places = torch.cat([chunk.detach().cpu().double() @ direction for chunk in rows.split(_CHUNK_ROWS)])
    return places.argsort()[torch.randperm(len(rows), generator=generator_for(seed, use, "shuffle"))]


def grouped(order: Tensor, num_groups: int = NUM_GROUPS) -> list[Tensor]:
    """Split an order (N,) into groups alike in size, at most one a row."""
    return list(order.tensor_split(min(num_groups, len(order)))) if len(order) else []


def check_rows(what: str, real: Tensor, fake: Tensor, least: int = 2) -> None:
    """Raise UserError, naming `what`, unless both are finite tables of the same width with `least` rows or more."""
    for rows in (real, fake):
        check_table(what, rows, least)
    if real.shape[1] != fake.shape[1]:
        raise UserError(f"features of {real.shape[1]} dimensions cannot be compared with those of {fake.shape[1]}")


def check_table(what: str, rows: Tensor, least: int = 2) -> None:
    """Raise UserError, naming `what`, unless rows are finite and (N, D) with N at least `least` and D at least 1."""
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise UserError(f"features must be a table (N, D), not a tensor of shape {tuple(rows.shape)}")
    if len(rows) < least:
        raise UserError(f"{what} needs {least} items, not {len(rows)}; take more samples")
    num_bad = sum(int((~chunk.isfinite()).sum()) for chunk in rows.split(_CHUNK_ROWS))
    if num_bad:
        raise UserError(f"{num_bad} of {rows.numel()} feature values are not finite; look for NaN in the samples")
