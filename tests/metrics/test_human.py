"""The human test's error rates."""

import pytest

from ganwright.core.errors import UserError
from ganwright.metrics.human import ErrorRate, human_error, human_error_of_pairs
from ganwright.metrics.two_sample import wilson_interval


def test_a_guesser_errs_in_half_and_each_kind_of_error_is_counted_apart() -> None:
    truths = [True, True, False, False]
    found = human_error(truths, [True, False, True, True])
    assert found.all == ErrorRate(3, 4, 0.75, *wilson_interval(0.75, 4))
    assert (found.fakes.errors, found.fakes.num) == (2, 2)
    assert (found.reals.errors, found.reals.num) == (1, 2)


def test_the_interval_is_wilsons() -> None:
    """Solved by hand: |p - 3/10| = 1.96 sqrt(p (1 - p) / 10) has the roots 0.10779 and 0.60322."""
    rate = ErrorRate.of([True] * 3 + [False] * 7)
    assert rate.low == pytest.approx(0.10779, abs=1e-5)
    assert rate.high == pytest.approx(0.60322, abs=1e-5)


def test_of_pairs_each_choice_counts_once() -> None:
    found = human_error_of_pairs([True, False, False, False])
    assert (found.all.errors, found.all.num, found.all.rate) == (1, 4, 0.25)
    assert found.fakes == found.reals == ErrorRate(0, 0, None, None, None)


def test_no_answers_have_no_rate_and_wrong_numbers_are_refused() -> None:
    assert human_error([], []).all.rate is None
    with pytest.raises(UserError, match="2 pictures need as many answers, not 1"):
        human_error([True, False], [True])
