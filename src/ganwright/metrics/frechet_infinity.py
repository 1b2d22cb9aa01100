"""Frechet distance extrapolated to infinitely many samples (Chong and Forsyth 2020, section 3).

The distance from N samples is too large by an amount that goes as 1/N, with a factor that depends on the generator, so
that at the same N the worse of two generators may win. A line through the distances from several N, over 1/N, meets
1/N = 0 at the figure without that bias. As in the paper only the samples become fewer: the real statistics stay those
of all real items, and what *their* number adds stays in the figure; `of_both` takes both sides to the limit.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.metrics.base import Estimate, Pair, Progress
from ganwright.metrics.errors import both, check_rows, settled_order
from ganwright.metrics.frechet import frechet_between, frechet_of
from ganwright.metrics.moments import Moments

NUM_SIZES = 15


@dataclass(frozen=True)
class Extrapolation:
    """value: where the line meets 1/N = 0; below 0 at times, as rounding or few samples have it.

    error: the standard error of that place as least squares gives it: how well the points lie on a line.
    slope: distance times samples. sizes, distances: the points.
    """

    value: float
    error: float
    slope: float
    sizes: tuple[int, ...]
    distances: tuple[float, ...]


def frechet_infinity(
    real: Tensor,
    fake: Tensor,
    *,
    num_sizes: int = NUM_SIZES,
    of_both: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> Extrapolation:
    """Extrapolate the distance between features (N, D) of real items and (M, D) of samples.

    num_sizes: distances, at sizes from M/10 to M in even steps, each from samples drawn anew without replacement.
    of_both: take the same share of the real items away too, drawn alike.
    Raises UserError for fewer than 100 samples (or real items, of both), fewer than 3 sizes, and as `frechet_distance`.
    """
    check_rows("the extrapolated Frechet distance", real, fake)
    fewest = min(len(fake), len(real)) if of_both else len(fake)
    if fewest < 100 or num_sizes < 3:
        raise UserError(f"the extrapolation needs 100 samples and 3 sizes, not {fewest} and {num_sizes}")
    sizes = [round(float(size)) for size in torch.linspace(len(fake) / 10, len(fake), num_sizes, dtype=torch.float64)]
    orders = [settled_order(rows, seed, f"frechet infinity {n}") for n, rows in enumerate((real, fake))]
    whole = Moments.of(real)
    distances = []
    for index, size in enumerate(sizes):
        against = whole
        if of_both:
            against = Moments.of(_drawn(real, orders[0], round(len(real) * size / len(fake)), (seed, "real", index)))
        distances.append(frechet_between(against, Moments.of(_drawn(fake, orders[1], size, (seed, "fake", index)))))
        if progress is not None:
            progress(index + 1, num_sizes)
    value, error, slope = line([1 / size for size in sizes], distances)
    return Extrapolation(value, error, slope, tuple(sizes), tuple(distances))


def line(x: list[float], y: list[float]) -> tuple[float, float, float]:
    """Least squares: where the line meets x = 0, the standard error of that, and its slope. At least 3 points."""
    at, to = torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    spread = (at - at.mean()).square().sum()
    slope = ((at - at.mean()) * (to - to.mean())).sum() / spread
    value = to.mean() - slope * at.mean()
    noise = (to - value - slope * at).square().sum() / (len(x) - 2)
    error = (noise * (1 / len(x) + at.mean().square() / spread)).sqrt()
    return float(value), float(error), float(slope)


def frechet_infinity_of(pair: Pair, plain: Estimate | None = None) -> Estimate:
    """FID-infinity of a pair, with an error of two causes.

    The intercept's own only tells how subsets of these very samples scatter. What other samples would change is, for
    the most part, what they change in the plain distance, so the jackknife's error of that is added in squares.
    plain: the plain distance where `frechet_of(pair)` has already found it.
    """
    found = frechet_infinity(pair.real.rows, pair.fake.rows, seed=pair.real.seed, progress=pair.progress)
    plain = frechet_of(pair) if plain is None else plain
    error = both(found.error, plain.error)
    return Estimate(
        found.value,
        error,
        "" if error is None else f"{plain.error_from} of the plain distance, and scatter about the line",
        details={
            "sizes": list(found.sizes),
            "distances": list(found.distances),
            "slope": found.slope,
            "error_of_intercept": found.error,
        },
        protocol={"sizes": len(found.sizes), "smallest": found.sizes[0], "real": "fixed"},
    )


def _drawn(rows: Tensor, order: Tensor, size: int, key: tuple[int, str, int]) -> Tensor:
    picked = torch.randperm(len(rows), generator=generator_for("frechet infinity", *key))[:size]
    return rows[order[picked]]
