"""The Vendi score: known numbers of different items, both ways to the eigenvalues, orders."""

import math
import statistics

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.metrics.base import Side
from ganwright.metrics.vendi import vendi_of, vendi_score


def draw(num: int, size: int, seed: int) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def plain(features: torch.Tensor, order: float = 1.0) -> float:
    """From the whole kernel, in numpy."""
    x = features.double().numpy()
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(x @ x.T / len(x))
    values = values[values > 1e-13]
    if order == 1:
        return float(np.exp(-(values * np.log(values)).sum()))
    return float(1 / values.max() if math.isinf(order) else (values**order).sum() ** (1 / (1 - order)))


@pytest.mark.parametrize("order", [0.5, 1, 2, math.inf])
@pytest.mark.parametrize(("num", "size"), [(20, 50), (50, 20), (30, 30), (1000, 3), (1, 4)])
def test_kernel_and_second_moment_agree_with_the_formula(num: int, size: int, order: float) -> None:
    rows = draw(num, size, 0)
    score = vendi_score(rows, order=order)
    assert score == pytest.approx(plain(rows, order), rel=1e-6)
    assert 1 - 1e-12 <= score <= min(num, size) + 1e-9
    assert vendi_score(rows.flip(0), order=order) == pytest.approx(score, rel=1e-9)


@pytest.mark.parametrize("order", [0.5, 1, 2, math.inf])
def test_known_numbers_of_different_items(order: float) -> None:
    assert vendi_score(torch.eye(6), order=order) == pytest.approx(6)
    assert vendi_score(torch.eye(6).repeat(5, 1), order=order) == pytest.approx(6)  # copies change nothing
    assert vendi_score(torch.rand(1, 6).repeat(9, 1), order=order) == pytest.approx(1)  # collapsed
    scaled = torch.eye(6) * torch.arange(1, 7)  # only directions count
    assert vendi_score(scaled, order=order) == pytest.approx(6)


def test_higher_orders_weigh_rare_kinds_less() -> None:
    rows = torch.eye(3)[[0] * 8 + [1, 2]]
    scores = [vendi_score(rows, order=q) for q in (0.5, 1, 2, math.inf)]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] == pytest.approx(1 / 0.8)
    assert scores[2] == pytest.approx(1 / (0.64 + 0.02))


@pytest.mark.parametrize(("num", "size"), [(200, 6), (60, 80)])
def test_a_side_gives_value_and_an_error(num: int, size: int) -> None:
    found = []
    for seed in range(60):
        side = Side(0)
        side.add(torch.zeros(num, 1), features=(draw(num, size, seed) + 0.5).float())
        found.append(vendi_of(side))
        assert found[-1].value == pytest.approx(vendi_score(side.rows), rel=1e-9)
    truth = statistics.stdev(f.value for f in found)
    assert 0.7 * truth < statistics.fmean(f.error or 0.0 for f in found) < 1.5 * truth
    assert (found[0].error_from, found[0].protocol) == ("jackknife over 10 groups", {"order": 1})


def test_the_number_of_threads_is_left_as_it_was() -> None:
    before = torch.get_num_threads()
    vendi_score(torch.eye(3))
    assert torch.get_num_threads() == before


@pytest.mark.parametrize(
    ("rows", "order", "says"),
    [
        (torch.full((2, 3), torch.nan), 1, "6 of 6 feature values are not finite"),
        (torch.rand(0, 3), 1, "needs 1 items, not 0"),
        (torch.rand(3), 1, "must be a table"),
        (torch.eye(3)[[0, 1, 1]] * torch.tensor([[1.0], [0], [0]]), 1, "2 of 3 rows of features are all zeros"),
        (torch.eye(3), 0, "order must be above 0"),
        (torch.eye(3), math.nan, "order must be above 0"),
    ],
)
def test_bad_input_is_refused_in_one_line(rows: torch.Tensor, order: float, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        vendi_score(rows, order=order)
    assert "\n" not in str(caught.value)
