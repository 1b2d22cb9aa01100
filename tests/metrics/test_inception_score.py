"""The inception score's bounds, its formula, and the customary splits."""

import statistics

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.metrics.base import Side
from ganwright.metrics.inception_score import inception_score, inception_score_of, inception_score_splits


def draw(num: int, size: int, seed: int, sharp: float = 2.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (sharp * torch.randn(num, size, generator=generator, dtype=torch.float64)).softmax(1)


def plain(p: torch.Tensor) -> float:
    rows = p.numpy()
    return float(np.exp((rows * (np.log(rows) - np.log(rows.mean(0)))).sum(1).mean()))


@settings(max_examples=30, deadline=None)
@given(num=st.integers(1, 50), size=st.integers(1, 9), seed=st.integers(0, 99), sharp=st.floats(0.1, 30))
def test_formula_bounds_and_order(num: int, size: int, seed: int, sharp: float) -> None:
    rows = draw(num, size, seed, sharp)
    score = inception_score(rows)
    assert score == pytest.approx(plain(rows), rel=1e-9)
    assert 1 <= score <= size * (1 + 1e-12)
    assert inception_score(rows.flip(0)) == pytest.approx(score, rel=1e-12)


def test_ends_of_the_range_with_zeros() -> None:
    assert inception_score(torch.eye(7).repeat(3, 1)) == pytest.approx(7, rel=1e-12)
    assert inception_score(torch.eye(7)[:1].repeat(5, 1)) == 1  # sure and all the same: collapsed
    assert inception_score(torch.full((5, 7), 1 / 7)) == pytest.approx(1, rel=1e-12)  # unsure
    assert inception_score(torch.eye(7)[:2].repeat(9, 1)) == pytest.approx(2, rel=1e-12)


@pytest.mark.filterwarnings("ignore:Metric `InceptionScore` will save all extracted features")
def test_splits_equal_torchmetrics() -> None:
    from torchmetrics.image.inception import InceptionScore

    logits = torch.randn(100, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    class Identity(torch.nn.Module):
        num_features = 6

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    ours = inception_score_splits(logits.softmax(1), splits=10, seed=None)
    theirs = InceptionScore(Identity(), splits=10)
    shuffled = torch.randperm(100, generator=torch.Generator().manual_seed(5))  # as torch's own generator shuffles
    theirs.update(logits[shuffled.argsort()])
    torch.manual_seed(5)
    mean, std = theirs.compute()
    assert (ours.mean, ours.std) == pytest.approx((float(mean), float(std)), rel=1e-9)


def test_splits_score_lower_and_do_not_depend_on_order() -> None:
    rows = draw(200, 8, 1)
    ours = inception_score_splits(rows)
    assert ours.mean < inception_score(rows)
    flipped = inception_score_splits(rows.flip(0))
    assert (flipped.mean, flipped.std) == pytest.approx((ours.mean, ours.std), rel=1e-9)
    assert inception_score_splits(rows, seed=1).mean != ours.mean


def test_a_side_gives_value_and_an_honest_error() -> None:
    found = []
    for seed in range(60):
        side = Side(0)
        side.add(torch.zeros(300, 1), probabilities=draw(300, 5, seed).float())
        found.append(inception_score_of(side))
    assert found[0].value == pytest.approx(inception_score(draw(300, 5, 0)), rel=1e-5)
    truth = statistics.stdev(f.value for f in found)
    assert 0.75 * truth < statistics.fmean(f.error or 0.0 for f in found) < 1.35 * truth
    assert found[0].error_from == "jackknife over 10 groups"
    assert found[0].details["mean_of_10_splits"] < found[0].value
    side = Side(0)
    side.add(torch.zeros(1, 1), probabilities=torch.eye(3)[:1])
    assert (inception_score_of(side).value, inception_score_of(side).error) == (1, None)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (torch.rand(0, 3), "must be a table"),
        (torch.rand(3), "must be a table"),
        (torch.full((2, 3), torch.nan), "not finite"),
        (torch.randn(9, 3), "sum to 1"),
        (torch.tensor([[1.5, -0.5]]), "at least 0"),
    ],
)
def test_what_is_no_distribution_is_refused(rows: torch.Tensor, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        inception_score(rows)
    assert "\n" not in str(caught.value)


def test_bad_splits_are_refused() -> None:
    with pytest.raises(UserError, match="10 splits of 4 rows"):
        inception_score_splits(torch.eye(4))
    with pytest.raises(UserError, match="2 splits or more"):
        inception_score_splits(torch.eye(4), splits=1)
