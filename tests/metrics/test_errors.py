"""Standard errors against the truth: the spread of a figure over many redraws."""

import math
import statistics

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.metrics.errors import both, check_rows, grouped, jackknife, jackknife_from, mean_error, settled_order
from ganwright.metrics.frechet import frechet_distance, frechet_error


def test_jackknife_of_a_mean_is_the_textbook_error() -> None:
    values = np.random.default_rng(0).normal(size=200)
    groups = [values[i : i + 1] for i in range(200)]
    error = jackknife(lambda left: float(np.concatenate(left).mean()), groups)
    assert error == pytest.approx(values.std(ddof=1) / math.sqrt(200), rel=1e-9)


def test_jackknife_of_a_constant_and_of_what_cannot_be_known() -> None:
    def refused(left: list[int]) -> float:
        raise UserError("too few")

    assert jackknife(lambda left: 3.0, range(5)) == 0
    assert jackknife(lambda left: math.inf, range(5)) is None
    assert jackknife(lambda left: 1.0, range(2)) is None
    assert jackknife(refused, range(5)) is None
    assert jackknife_from(10) == "jackknife over 10 groups"


def test_errors_of_means_and_of_several_causes() -> None:
    assert mean_error([1.0, 2.0, 3.0]) == pytest.approx(1 / math.sqrt(3))
    assert mean_error([1.0]) is None
    assert both(3.0, 4.0) == 5.0
    assert both(3.0, None) is None


@pytest.mark.parametrize(("num", "size"), [(200, 4), (60, 40), (30, 64)])
def test_the_frechet_error_is_the_spread_over_redraws(num: int, size: int) -> None:
    """More rows than dimensions, about as many, and fewer."""
    generator = torch.Generator().manual_seed(1)

    def pair() -> tuple[torch.Tensor, torch.Tensor]:
        real = torch.randn(num, size, generator=generator, dtype=torch.float64)
        return real, 1.5 * torch.randn(num, size, generator=generator, dtype=torch.float64) + 1

    truth = statistics.stdev(frechet_distance(*pair()) for _ in range(200))
    errors = [frechet_error(*pair())[0] or 0.0 for _ in range(20)]
    assert 0.75 * truth < statistics.fmean(errors) < 1.35 * truth


@pytest.mark.parametrize("size", [5, 57, 90, 200])
def test_merged_moments_leave_out_what_they_should(size: int) -> None:
    """The error equals that of distances from the rows that are left, gathered afresh."""
    generator = torch.Generator().manual_seed(2)
    real = torch.randn(100, size, generator=generator, dtype=torch.float64)
    fake = torch.randn(63, size, generator=generator, dtype=torch.float64) + 0.5
    parts = [grouped(settled_order(rows, 7, f"frechet {n}")) for n, rows in enumerate((real, fake))]
    left = [
        frechet_distance(*(rows[torch.cat(p[:g] + p[g + 1 :])] for rows, p in zip((real, fake), parts, strict=True)))
        for g in range(10)
    ]
    error, error_from = frechet_error(real, fake, seed=7)
    assert error == pytest.approx(math.sqrt(9 * np.var(left)), rel=1e-6)
    assert error_from == "jackknife over 10 groups"
    shuffled = frechet_error(real.flip(0), fake[torch.randperm(63, generator=generator)], seed=7)[0]
    assert shuffled == pytest.approx(error, rel=1e-9)


def test_no_frechet_error_from_two_rows() -> None:
    assert frechet_error(torch.rand(2, 3), torch.rand(9, 3)) == (None, "")


def test_an_order_depends_on_what_rows_hold_only() -> None:
    generator = torch.Generator().manual_seed(3)
    rows = torch.randn(9000, 6, generator=generator)
    rows[5000:] = rows[:4000]  # copies
    shuffle = torch.randperm(9000, generator=generator)
    first = rows[settled_order(rows, 0, "test")]
    assert torch.equal(first, rows[shuffle][settled_order(rows[shuffle], 0, "test")])
    assert not torch.equal(first, rows[settled_order(rows, 1, "test")])
    assert settled_order(rows, 0, "test").sort().values.tolist() == list(range(9000))


def test_groups_are_alike_in_size() -> None:
    assert [len(g) for g in grouped(torch.arange(23))] == [3, 3, 3, 2, 2, 2, 2, 2, 2, 2]
    assert [g.tolist() for g in grouped(torch.arange(2))] == [[0], [1]]
    assert grouped(torch.arange(0)) == []


def test_tables_are_checked() -> None:
    check_rows("x", torch.rand(3, 2), torch.rand(4, 2))
    with pytest.raises(UserError, match="x needs 2 items, not 1"):
        check_rows("x", torch.rand(3, 2), torch.rand(1, 2))
    with pytest.raises(UserError, match="2 dimensions cannot be compared with those of 3"):
        check_rows("x", torch.rand(3, 2), torch.rand(3, 3))
