"""Sliced Wasserstein distance of order 2 between two sets of features (Bonneel et al. 2015, equation 6).

In one dimension the cheapest way to move one set onto another pairs their quantiles. Averaged over random directions t:

    SW^2 = mean_t  integral_0^1 ( F_t^-1(u) - G_t^-1(u) )^2 du

with F_t, G_t the distributions of the rows' shadows x . t. Sets of different sizes have their quantiles paired exactly,
piece by piece, where other tools cut the larger one down.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.metrics.base import Estimate, Pair, Progress
from ganwright.metrics.errors import NUM_GROUPS, both, check_rows, grouped, settled_order

NUM_DIRECTIONS = 500
_AT_ONCE = 2**22
"""Numbers of one side that are sorted at once."""


@dataclass(frozen=True)
class SlicedDistance:
    """value: SW, in the features' unit. direction_error: what another choice of directions would change."""

    value: float
    direction_error: float
    squares: Tensor
    """Squared distance in each direction (L,), float64."""


def sliced_wasserstein(
    real: Tensor,
    fake: Tensor,
    *,
    num_directions: int = NUM_DIRECTIONS,
    seed: int = 0,
    progress: Progress | None = None,
) -> SlicedDistance:
    """Sliced Wasserstein distance between features (N, D) and (M, D), at least 0; 0 for the same set.

    A shift of all features by v gives about |v| / sqrt(D). In one dimension it is the Wasserstein distance itself.
    Raises UserError for non-finite values, other shapes, no rows and no directions.
    """
    squares, _ = _squares(real, fake, num_directions, seed, 0, progress)
    return _distance(squares[0])


def sliced_of(pair: Pair) -> Estimate:
    """The distance, with an error of two causes: directions, and items by the jackknife with the same directions."""
    real, fake, seed = pair.real.rows, pair.fake.rows, pair.real.seed
    squares, num_groups = _squares(real, fake, NUM_DIRECTIONS, seed, NUM_GROUPS, pair.progress)
    found = _distance(squares[0])
    over_items = None
    if num_groups >= 3:
        left = squares[1:].mean(1).sqrt()
        over_items = math.sqrt((num_groups - 1) * float(left.var(correction=0)))
    error = both(found.direction_error, over_items)
    return Estimate(
        found.value,
        error,
        "" if error is None else f"jackknife over {num_groups} groups and spread over {NUM_DIRECTIONS} directions",
        details={"error_over_directions": found.direction_error},
        protocol={"directions": NUM_DIRECTIONS},
    )


def _distance(squares: Tensor) -> SlicedDistance:
    """The error of a mean of squares, carried over to its root."""
    value = math.sqrt(float(squares.mean()))
    spread = float(squares.std()) / math.sqrt(len(squares)) if len(squares) > 1 else 0.0
    return SlicedDistance(value, spread / (2 * value) if value else 0.0, squares)


def _squares(
    real: Tensor, fake: Tensor, num_directions: int, seed: int, num_groups: int, progress: Progress | None
) -> tuple[Tensor, int]:
    """Squared distances (1 + groups, L): of everything, then without each group of both sides; and how many groups."""
    check_rows("the sliced Wasserstein distance", real, fake, 1)
    if num_directions < 1:
        raise UserError(f"the sliced Wasserstein distance needs 1 direction or more, not {num_directions}")
    directions = torch.randn(
        num_directions, real.shape[1], generator=generator_for(seed, "sliced wasserstein"), dtype=torch.float64
    )
    directions = torch.nn.functional.normalize(directions, dim=1)
    num_groups = min(num_groups, len(real), len(fake))
    num_groups = num_groups if num_groups >= 3 else 0
    sides = [rows.detach().cpu() for rows in (real, fake)]
    members = [_members(rows, seed, num_groups) for rows in sides]
    parts = []
    at_once = max(1, _AT_ONCE // max(len(real), len(fake)))
    for chunk in directions.split(at_once):
        shadows = [(torch.cat([r.double() @ chunk.T for r in rows.split(4096)])).T.contiguous() for rows in sides]
        (x, x_at), (y, y_at) = (s.sort(dim=1) for s in shadows)
        found = [_coupled(x, y)]
        for group in range(num_groups):
            found.append(_coupled(_without(x, members[0][x_at], group), _without(y, members[1][y_at], group)))
        parts.append(torch.stack(found))
        if progress is not None:
            progress(sum(p.shape[1] for p in parts), num_directions)
    return torch.cat(parts, 1), num_groups


def _members(rows: Tensor, seed: int, num_groups: int) -> Tensor:
    """The group of each row (N,)."""
    groups = torch.zeros(len(rows), dtype=torch.int8)
    if num_groups:
        for group, places in enumerate(grouped(settled_order(rows, seed, "sliced wasserstein"), num_groups)):
            groups[places] = group
    return groups


def _without(values: Tensor, groups: Tensor, group: int) -> Tensor:
    """Sorted values (L, N) without those of a group, which has the same number in each row."""
    return values[groups != group].view(len(values), -1)


def _coupled(x: Tensor, y: Tensor) -> Tensor:
    """Sorted values (L, N) and (L, M) -> squared distances (L,).

    The quantile functions are constant between multiples of 1/N and of 1/M. Counted in units of 1/(NM) their borders
    are whole numbers, so that pieces are found without rounding.
    """
    n, m = x.shape[1], y.shape[1]
    if n == m:
        return (x - y).square().mean(1)
    ends = torch.cat([torch.arange(1, n + 1) * m, torch.arange(1, m + 1) * n]).unique()
    weights = torch.diff(ends, prepend=ends.new_zeros(1)).double() / (n * m)
    return (x[:, (ends - 1) // m] - y[:, (ends - 1) // n]).square() @ weights
