"""Tests of whether two groups of runs differ in a figure, and Holm's correction for making many of them."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["Welch's t-test", "Student's t-test", "z-test"]

WELCH: Kind = "Welch's t-test"
STUDENT: Kind = "Student's t-test"
NORMAL: Kind = "z-test"


@dataclass(frozen=True)
class Sample:
    """One figure of a group: its finite value in every seed, and the standard errors of these values or None."""

    values: tuple[float, ...]
    errors: tuple[float | None, ...]

    @property
    def mean(self) -> float:
        """Over seeds."""
        return statistics.fmean(self.values)

    @property
    def variance(self) -> float:
        """Over seeds, over n - 1; needs two."""
        return statistics.variance(self.values)


@dataclass(frozen=True)
class Test:
    """What a two-sided test found.

    difference: of the means, first less second. statistic: t or z. freedom: degrees of freedom; None for z.
    p: chance of a difference at least as large where there is none; None where the test cannot be made, and `problem`
        then says why.
    """

    kind: Kind
    difference: float
    statistic: float | None = None
    freedom: float | None = None
    p: float | None = None
    problem: str = ""

    def swapped(self) -> "Test":
        """The same of second less first."""
        statistic = None if self.statistic is None else -self.statistic
        return replace(self, difference=-self.difference, statistic=statistic)

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return {
            "test": self.kind,
            "difference": self.difference,
            "statistic": self.statistic,
            "degrees_of_freedom": self.freedom,
            "p": self.p,
            "problem": self.problem,
        }


def difference_test(first: Sample, second: Sample) -> Test:
    """Test two groups by what is known of them.

    Two seeds or more on both sides: Welch (1947), which lets the spreads differ. One seed against several: Student's t
    with the several's spread for both, as one seed has none of its own. One against one: z from the standard errors of
    both figures, which speaks of these two models only and not of other seeds.
    """
    sizes = len(first.values), len(second.values)
    difference = first.mean - second.mean
    if min(sizes) > 1:
        return _by_t(WELCH, difference, *_welch(first, second), "no spread over seeds to test with")
    if max(sizes) > 1:
        several = first if sizes[0] > 1 else second
        num = len(several.values)
        scale = math.sqrt(several.variance * (1 + 1 / num))
        return _by_t(STUDENT, difference, scale, num - 1, "no spread over seeds to test with")
    a, b = first.errors[0], second.errors[0]
    if a is None or b is None or not math.isfinite(a + b):
        return Test(NORMAL, difference, problem="no standard error")
    return _by_t(NORMAL, difference, math.hypot(a, b), None, "standard errors of 0")


def _welch(first: Sample, second: Sample) -> tuple[float, float]:
    """Standard error of the difference, and its degrees of freedom after Welch and Satterthwaite."""
    parts = [(s.variance / len(s.values), len(s.values) - 1) for s in (first, second)]
    total = sum(square for square, _ in parts)
    if total == 0:
        return 0.0, 1.0
    return math.sqrt(total), 1 / sum((square / total) ** 2 / freedom for square, freedom in parts)


def _by_t(kind: Kind, difference: float, scale: float, freedom: float | None, if_flat: str) -> Test:
    from scipy.special import ndtr, stdtr

    if scale == 0:
        if difference == 0:
            return Test(kind, 0.0, 0.0, freedom, 1.0)
        return Test(kind, difference, problem=if_flat)
    statistic = difference / scale
    tail = ndtr(-abs(statistic)) if freedom is None else stdtr(freedom, -abs(statistic))
    return Test(kind, difference, statistic, freedom, min(1.0, 2 * float(tail)))


def holm(ps: Sequence[float]) -> list[float]:
    """Correct p-values for their number (Holm 1979): the chance of a single false alarm among all stays at the level.

    The k-th smallest of m is multiplied by m - k + 1, and none may be smaller than one before it. In the order given.
    """
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    found, highest = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(ps) - rank) * ps[i]))
        found[i] = highest
    return found
