"""What each ailment looks like in the signals, broken from some look on, by hand."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from .made import Change, constantly, held_critic, perceptrons, points


@dataclass(frozen=True)
class Case:
    """A run that breaks. since: the look. delay: looks after which it must have been said, at most."""

    kind: str
    name: str
    broken: Change
    run: Callable[[float, int], dict[str, float]] = perceptrons
    since: int = 16
    delay: int = 7
    others: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


FEW = constantly(
    diversity_live=0.7,
    distinct_live=3 / 128,
    duplicates_live=1.0,
    coverage_live=0.05,
    coverage_averaged=0.06,
    left_out_live=0.75,
    left_out_averaged=0.75,
)
ONE = constantly(diversity_live=0.01, distinct_live=1 / 128, duplicates_live=1.0, left_out_live=0.95, coverage_live=0.0)


def _hops(look: int, healthy: dict[str, float]) -> dict[str, float]:
    away = 5.0 + (look % 3)
    lost = {"left_out_live": 0.75, "left_out_averaged": 0.5, "coverage_averaged": 0.3, "diversity_live": 0.4}
    return {**lost, "distance": away, "drift": 1.2 * away, "rank_real_fake": 0.8}


def _goes_away(look: int, healthy: dict[str, float]) -> dict[str, float]:
    return {"distance": healthy["distance"] + 1.5 * (look + 1), "drift": 2.0, "coverage_averaged": 0.2}


def _too_steep(look: int, healthy: dict[str, float]) -> dict[str, float]:
    slope = 2.0 * 1.6**look
    return {
        "slope_real": slope,
        "slope_fake": slope,
        "score_real": 2 * slope,
        "score_fake": -2 * slope,
        "discriminator/loss": -4 * slope,
    }


def _never_given(look: int, healthy: dict[str, float]) -> dict[str, float]:
    given = {"discriminator/real_score": 1.0, "discriminator/fake_score": 0.0}
    return {**given, "score_real": -2.0, "score_fake": -0.5, "rank_real_fake": 0.3, "left_out_live": 0.4}


def _sees_through(look: int, healthy: dict[str, float]) -> dict[str, float]:
    return {
        "rank_real_fake": 1.0,
        "distance": 6.0,
        "drift": 0.6,
        "coverage_averaged": 0.1,
        "coverage_live": 0.05,
        "left_out_averaged": 0.8,
        "left_out_live": 0.8,
        "gradient_generator": 0.001,
    }


CASES = (
    Case("full-collapse", "three pictures", FEW),
    Case("full-collapse", "one picture", ONE),
    Case("full-collapse", "one point", ONE, run=points),
    Case("full-collapse", "one picture from the first look on", ONE, since=0),
    Case("full-collapse", "under a held critic", FEW, run=held_critic),
    Case(
        "partial-collapse",
        "half of the data",
        constantly(left_out_live=0.45, left_out_averaged=0.45, coverage_averaged=0.4, coverage_live=0.4),
        delay=10,
    ),
    Case(
        "partial-collapse",
        "half of the data, from the first look on",
        lambda look, healthy: (
            {name: max(healthy[name], 0.4) for name in ("left_out_live", "left_out_averaged")}
            | {"coverage_averaged": min(healthy["coverage_averaged"], 0.5), "distance": max(healthy["distance"], 3.0)}
        ),
        since=0,
        delay=26,
    ),
    Case("mode-hopping", "data comes sorted", _hops, others=("partial-collapse",)),
    Case("divergence", "samples go away", _goes_away),
    Case(
        "divergence",
        "steps as long as the weights",
        constantly(
            update_generator=0.4,
            update_discriminator=0.3,
            distance=9.0,
            drift=9.0,
            coverage_live=0.02,
            coverage_averaged=0.0,
            left_out_averaged=0.6,
        ),
        others=("mode-hopping",),
        since=0,
        delay=10,
    ),
    Case(
        "discriminator-too-strong",
        "sees through poor samples",
        _sees_through,
        since=2,
        delay=10,
        others=("divergence",),
    ),
    Case("discriminator-too-weak", "never trained", constantly(update_discriminator=0.0), since=0),
    Case("discriminator-too-weak", "no longer trained", constantly(update_discriminator=0.0)),
    Case(
        "discriminator-too-weak",
        "fooled",
        constantly(
            rank_real_fake=0.1,
            distance=6.0,
            drift=0.5,
            coverage_averaged=0.05,
            left_out_averaged=0.8,
            update_discriminator=1e-4,
            movement=0.02,
            score_real=-0.2,
            score_fake=0.2,
            discriminator__real_score=-0.2,
            discriminator__fake_score=0.15,
        ),
        since=2,
        delay=10,
    ),
    Case(
        "discriminator-too-weak",
        "sure of the opposite",
        constantly(rank_real_fake=0.2, score_real=20.0, score_fake=60.0),
    ),
    Case(
        "discriminator-too-weak",
        "weights clipped to nothing",
        constantly(slope_real=1e-5, slope_fake=1e-5, distance=2.0, discriminator__loss=1.38619),
        since=0,
    ),
    Case(
        "divergence",
        "scores of millions",
        constantly(score_real=3e6, score_fake=8e6, rank_real_fake=0.3, slope_real=1e6, slope_fake=2e6),
    ),
    Case(
        "divergence",
        "samples run about where no data is",
        constantly(distance=5.0, drift=7.0, coverage_live=0.0, coverage_averaged=0.0, left_out_live=0.6),
    ),
    Case(
        "partial-collapse",
        "samples drawn together",
        constantly(
            coverage_averaged=0.02, coverage_live=0.02, diversity_live=0.6, diversity_averaged=0.6, distance=1.8
        ),
        delay=9,
    ),
    Case(
        "partial-collapse",
        "half of the data never reaches the discriminator",
        _never_given,
    ),
    Case(
        "full-collapse",
        "only the averaged generator, as latents are shrunk",
        constantly(diversity_averaged=0.2, vendi_averaged=0.05, coverage_averaged=0.01),
    ),
    Case("unbounded-critic", "steeper and steeper", _too_steep, run=held_critic, since=0, delay=12),
    Case(
        "discriminator-overfitting",
        "knows its items",
        constantly(rank_train_held_out=0.97, rank_real_fake=1.0, rank_held_out_fake=0.6, score_held_out=-0.7),
    ),
    Case("memorisation", "copies", constantly(nearest_train_share=1.0, nearest_ratio=0.1)),
    Case("stalled", "rates are cut", constantly(update_generator=1e-9, update_discriminator=1e-9), since=6),
    Case("stalled", "generator never trained", constantly(update_generator=0.0, distance=6.5, drift=0.4), since=0),
    Case("non-finite", "loss is not a number", constantly(generator__loss=math.nan)),
    Case("non-finite", "weights are not numbers", constantly(nonfinite_weights=6.0)),
)
