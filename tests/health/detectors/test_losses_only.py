"""What losses alone tell, and what they do not."""

import math
import random
from collections.abc import Callable

import pytest

from ganwright.health.detectors.losses_only import LOSSES_ONLY, THRESHOLDS
from ganwright.health.diagnosis import DIAGNOSES, Finding
from ganwright.health.history import History, Moment

Curve = Callable[[int], float]


def history(num: int = 100, **curves: Curve) -> History:
    names = {"d": "discriminator/loss", "g": "generator/loss"}
    logs = [
        Moment(100 * (i + 1), {names.get(n, f"discriminator/{n}_probability"): c(i) for n, c in curves.items()})
        for i in range(num)
    ]
    return History(logs=logs)


def found(told: History) -> dict[str, Finding]:
    asked = {kind: detector.find(told) for kind, detector in LOSSES_ONLY.items() if detector.can_tell(told)}
    return {kind: finding for kind, finding in asked.items() if finding is not None}


def noisy(level: float, width: float, seed: int = 0) -> Curve:
    rng = random.Random(seed)
    return lambda i: max(0.0, level + rng.gauss(0, width))


def test_kinds_and_thresholds_are_known() -> None:
    assert LOSSES_ONLY.keys() <= DIAGNOSES.keys()
    assert all(row.reason.endswith(".") and row.unit for row in THRESHOLDS.values())


@pytest.mark.parametrize(
    ("d", "g"),
    [
        (noisy(1.3, 0.1), noisy(0.8, 0.1)),
        (noisy(0.4, 0.3), noisy(4.0, 1.5)),  # a plain DCGAN late in training: D is good, not perfect
        (lambda i: -12 * math.exp(-i / 30) - 2 + 0.3 * math.sin(i), lambda i: 5 * math.sin(i / 9)),  # WGAN-GP
        (lambda i: 0.25 + 0.02 * math.sin(i), lambda i: 0.4 + 0.05 * math.cos(i)),  # LSGAN
        (lambda i: 0.0 if i < 6 else 0.9 + 0.1 * math.sin(i), lambda i: 8.0 if i < 6 else 1.0 + 0.1 * math.sin(i)),
        (lambda i: 60.0 if i == 50 else 1.1 + 0.1 * math.sin(i), noisy(1.0, 0.2)),  # one bad batch
    ],
)
def test_games_that_go_on_are_left_alone(d: Curve, g: Curve) -> None:
    assert not found(history(d=d, g=g))


def test_short_logs_are_left_alone() -> None:
    assert not found(history(8, d=lambda i: 0.0, g=lambda i: 50.0))


def test_an_unbounded_critic() -> None:
    grows = found(history(d=lambda i: -0.05 * i**2, g=lambda i: i))["unbounded-critic"]
    assert grows.severity == "failing"
    assert grows.onset_images == pytest.approx(2000, abs=400)
    assert found(history(d=lambda i: -500.0 + math.sin(i), g=lambda i: i))["unbounded-critic"].severity == "failing"
    assert found(history(d=lambda i: -30.0 + math.sin(i), g=lambda i: i))["unbounded-critic"].severity == "watch"
    assert not found(history(d=lambda i: -60.0 * math.exp(-i / 60), g=lambda i: float(i)))


def test_a_perfect_discriminator() -> None:
    d = lambda i: 1.0 if i < 40 else 0.001  # noqa: E731
    lost = found(history(d=d, g=lambda i: 2 + i / 10))["discriminator-too-strong"]
    assert lost.severity == "failing"
    assert lost.onset_images == pytest.approx(4100, abs=400)
    learns = found(history(d=d, g=lambda i: 12 - i / 10 if i > 40 else 2))["discriminator-too-strong"]
    assert learns.severity == "watch"
    outputs = history(d=noisy(0.2, 0.01), g=noisy(9, 0.1), real=lambda i: 0.995, fake=lambda i: 0.004)
    assert found(outputs)["discriminator-too-strong"].evidence["D(x)"] == 0.995


def test_a_beaten_and_a_guessing_discriminator() -> None:
    beaten = history(d=lambda i: 1.4 + i / 20, g=lambda i: 0.7 * math.exp(-i / 10))
    assert found(beaten)["discriminator-too-weak"].severity == "failing"
    fooled = history(d=noisy(1.6, 0.1), g=noisy(0.4, 0.05), real=lambda i: 0.3, fake=lambda i: 0.7)
    assert found(fooled)["discriminator-too-weak"].severity == "failing"
    guesses = history(d=lambda i: 2 * math.log(2) + 1e-3 * math.sin(i), g=lambda i: math.log(2) + 1e-3 * math.cos(i))
    assert found(guesses)["discriminator-too-weak"].severity == "watch"


def test_divergence() -> None:
    assert found(history(d=lambda i: 1.2 + max(0, i - 50), g=noisy(1, 0.2)))["divergence"].severity == "failing"
    leaps = history(d=lambda i: 80.0 if i > 50 and i % 4 == 0 else 1.0 + 0.1 * math.sin(i), g=noisy(1, 0.2))
    assert found(leaps)["divergence"].evidence["highest"] == 80


def test_losses_that_repeat_one_number() -> None:
    still = history(d=lambda i: 1.2 if i > 30 else 1.2 + 0.01 * i, g=lambda i: 0.8 if i > 30 else 0.8 + 0.01 * i)
    finding = found(still)["stalled"]
    assert (finding.severity, finding.onset_images) == ("failing", 3200)
    assert "stalled" not in found(history(d=lambda i: 1.2, g=noisy(0.8, 0.1)))


def test_numbers_that_are_not_finite_do_not_stop_them() -> None:
    odd = history(d=lambda i: math.nan if i % 3 else math.inf, g=lambda i: math.nan)
    for finding in found(odd).values():
        assert finding.severity in ("watch", "failing")
