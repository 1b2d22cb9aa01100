"""Judges score samples that are known: perfect ones, collapsed ones, none."""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from ganwright.bench import Watch
from ganwright.bench.entries import FIELDS
from ganwright.bench.judges import PointJudge, StackJudge, judge_of
from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.data.dataset import to_float
from ganwright.data.digits import DigitsConfig
from ganwright.data.stacked import StackedConfig

WATCH = Watch()


def run_of(items: Tensor) -> Any:
    """A run whose generator makes these."""

    def sample_batches(n: int, *, seed: int = 0) -> Iterator[Tensor]:
        assert (n, seed) == (len(items), 100)
        yield from items.split(256)

    return SimpleNamespace(sample_batches=sample_batches, config=SimpleNamespace(seed=100, recipe="stub"))


def points() -> PointJudge:
    judge = judge_of(FIELDS["grid25"].data, 2_500, None)
    assert isinstance(judge, PointJudge)
    return judge


def test_samples_of_the_mixture_meet_the_goal_and_its_ceiling() -> None:
    judge = points()
    items, _ = judge.mixture.sample(2_500, generator_for("judge"))
    found, best = judge.judge(run_of(items), WATCH), judge.ceiling(WATCH)
    assert found["goal_met"]
    assert found["modes_covered"] == best["modes_covered"] == pytest.approx(25)
    assert found["high_quality_share"] == pytest.approx(best["high_quality_share"], abs=0.008)
    assert found["reverse_kl"] == pytest.approx(best["reverse_kl"], abs=0.006)
    assert found["std_ratio_mean"] == pytest.approx(best["std_ratio_mean"], abs=0.03)
    assert found["std_ratio_min"] <= found["std_ratio_mean"] <= found["std_ratio_max"]


@pytest.mark.parametrize("flaw", ["a mode is missing", "a mode is too narrow", "too much lies between"])
def test_the_goal_needs_every_mode_every_spread_and_quality(flaw: str) -> None:
    judge = points()
    items, modes = judge.mixture.sample(2_500, generator_for("judge"))
    first = modes == 0
    if flaw == "a mode is missing":
        items[first] = items[~first][: int(first.sum())]
    elif flaw == "a mode is too narrow":
        items[first] = judge.mixture.centres[0] + 0.4 * (items[first] - judge.mixture.centres[0])
    else:
        items[:150] += 1.0
    assert not judge.judge(run_of(items), WATCH)["goal_met"]


def test_spread_is_told_of_covered_modes_only() -> None:
    judge = points()
    items = judge.mixture.centres[3] + 0.05 * torch.randn(2_500, 2, generator=generator_for("one"))
    found = judge.judge(run_of(items), WATCH)
    assert found["modes_covered"] == 1
    assert found["std_ratio_min"] == found["std_ratio_max"] == pytest.approx(0.97, abs=0.03)
    found = judge.judge(run_of(torch.full((2_500, 2), 99.0)), WATCH)
    assert found["std_ratio_min"] is None
    assert {k: found[k] for k in ("modes_covered", "high_quality_share")} == {
        "modes_covered": 0,
        "high_quality_share": 0,
    }


def test_a_diverged_seed_has_no_mode_and_the_largest_divergence() -> None:
    none = points().nothing()
    assert none["modes_covered"] == 0
    assert none["reverse_kl"] == pytest.approx(math.log(25))
    assert set(points().names) <= set(none)


def stacks() -> StackJudge:
    judge = judge_of(StackedConfig(digits="digits"), 3_000, None)
    assert isinstance(judge, StackJudge)
    return judge


def test_stacks_of_real_digits_reach_nearly_all_modes() -> None:
    judge = stacks()
    real = StackedConfig(digits="digits").build("test")
    found, best = judge.judge(run_of(to_float(real.items[:3_000])), WATCH), judge.ceiling(WATCH)
    assert found["modes_covered"] > 900
    assert found["modes_covered"] == best["modes_covered"]
    assert found["reverse_kl"] == pytest.approx(best["reverse_kl"])
    assert best["floor"] < best["reverse_kl"] < 2 * best["floor"]
    assert 0.95 < best["judge_accuracy"] <= 1
    assert set(judge.names) <= set(found) & set(judge.nothing())


def test_one_stack_again_and_again_is_one_mode_and_what_is_not_finite_none() -> None:
    judge = stacks()
    digits = DigitsConfig().build("test").items[:1]
    items = to_float(digits.expand(3_000, 3, -1, -1)).clone()
    found = judge.judge(run_of(items), WATCH)
    assert (found["modes_covered"], found["num_not_finite"]) == (1, 0)
    assert found["reverse_kl"] == pytest.approx(math.log(1000))
    items[:10, 0, 0, 0] = float("nan")
    assert judge.judge(run_of(items), WATCH)["num_not_finite"] == 10
    items[:] = float("nan")
    assert judge.judge(run_of(items), WATCH) == {**judge.nothing(), "num_not_finite": 3_000}


def test_data_without_known_modes_is_refused() -> None:
    with pytest.raises(UserError, match="digits has no modes that are known"):
        judge_of(DigitsConfig(), 100, None)
