"""The claims of the first lessons: they hold on numbers as expected, and each can fail."""

from collections.abc import Mapping

import pytest

from ganwright.lessons import LESSONS
from ganwright.lessons.results import Curve, Record

Numbers = Mapping[str, Mapping[str, tuple[float, ...]]]

IMAGES = (0, 20, 40, 60, 80, 100)


def flat(value: float, first: float | None = None) -> tuple[float, ...]:
    return (value if first is None else first, *[value] * 5)


EXPECTED: dict[str, Numbers] = {
    "first-gan": {
        "gan": {
            "discriminator_loss": flat(1.0, 1.386),
            "generator_loss": flat(1.4, 0.69),
            "fid": (37.0, 20.0, 10.0, 5.0, 4.0, 3.0),
            "classes_covered": flat(10.0, 1.0),
            "diversity": flat(0.93, 0.13),
            "rank_accuracy": (0.34, 0.997, 0.95, 0.95, 0.9, 0.9),
        }
    },
    "saturating": {
        "alone": {
            "gradient_saturating": flat(0.004, 0.13),
            "gradient_non_saturating": flat(30.0, 0.13),
            "fake_probability": flat(1.4e-4, 0.49),
            "value_mean": flat(0.496),
        },
        "saturating": {"value_mean": flat(0.496)},
        "non-saturating": {"value_mean": (0.496, 0.5, 0.42, 0.34, 0.3, 0.28)},
        "saturating-adam": {"value_mean": flat(0.3, 0.496)},
    },
    "optimal-discriminator": {
        "still": {"distance_to_optimal": flat(0.005, 0.44)},
        "game": {
            "distance_to_optimal": flat(0.02, 0.44),
            "wasserstein": flat(0.04, 2.5),
            "real_probability": flat(0.51),
        },
    },
    "critic-unbounded": {
        "free": {"slope_mean": (0.09, 50.0, 200.0, 300.0, 600.0, 700.0), "fid": flat(37.0)},
        "clip": {"slope_mean": flat(0.05), "fid": flat(5.5, 37.0)},
        "gp": {"slope_mean": flat(1.04), "fid": flat(4.2, 37.0)},
        "spectral": {"slope_mean": flat(0.3), "fid": flat(3.9, 37.0)},
    },
}

BROKEN = [
    ("first-gan", 0, "gan", "discriminator_loss", flat(1.0)),
    ("first-gan", 0, "gan", "generator_loss", flat(1.4)),
    ("first-gan", 1, "gan", "fid", flat(20.0, 37.0)),
    ("first-gan", 2, "gan", "classes_covered", flat(9.0)),
    ("first-gan", 2, "gan", "diversity", flat(0.5)),
    ("first-gan", 3, "gan", "rank_accuracy", flat(0.4)),
    ("first-gan", 3, "gan", "rank_accuracy", flat(0.99)),
    ("saturating", 0, "alone", "gradient_non_saturating", flat(0.1)),
    ("saturating", 0, "alone", "fake_probability", flat(0.01)),
    ("saturating", 1, "saturating", "value_mean", flat(0.3, 0.496)),
    ("saturating", 1, "non-saturating", "value_mean", flat(0.496)),
    ("saturating", 2, "saturating-adam", "value_mean", flat(0.496)),
    ("optimal-discriminator", 0, "still", "distance_to_optimal", flat(0.2)),
    ("optimal-discriminator", 1, "game", "distance_to_optimal", flat(0.2)),
    ("optimal-discriminator", 2, "game", "wasserstein", flat(2.0)),
    ("optimal-discriminator", 2, "game", "real_probability", flat(0.8)),
    ("critic-unbounded", 0, "free", "slope_mean", flat(1.0, 0.09)),
    ("critic-unbounded", 0, "free", "slope_mean", flat(500.0, 0.09)),
    ("critic-unbounded", 1, "gp", "slope_mean", flat(5.0)),
    ("critic-unbounded", 2, "free", "fid", flat(6.0)),
    ("critic-unbounded", 2, "clip", "fid", flat(30.0)),
]


def records(numbers: Numbers) -> dict[str, Record]:
    return {
        run: Record({measure: Curve(IMAGES, values) for measure, values in measures.items()})
        for run, measures in numbers.items()
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_the_lesson_holds_on_numbers_as_expected(name: str) -> None:
    found = LESSONS[name].claims(records(EXPECTED[name]))
    assert [claim.holds for claim in found] == [True] * len(found)


@pytest.mark.parametrize(("name", "claim", "run", "measure", "values"), BROKEN)
def test_each_claim_can_fail(name: str, claim: int, run: str, measure: str, values: tuple[float, ...]) -> None:
    numbers = EXPECTED[name]
    changed = {**numbers, run: {**numbers[run], measure: values}}
    assert not LESSONS[name].claims(records(changed))[claim].holds


def test_every_claim_is_broken_once() -> None:
    for name, numbers in EXPECTED.items():
        num_claims = len(LESSONS[name].claims(records(numbers)))
        assert {claim for lesson, claim, *_ in BROKEN if lesson == name} == set(range(num_claims))


def test_a_critic_whose_numbers_end_has_run_away_too() -> None:
    numbers = EXPECTED["critic-unbounded"]
    made = records(numbers)
    made["free"] = Record({"slope_mean": Curve(IMAGES, flat(1.0)), "fid": Curve(IMAGES, flat(37.0))}, "not finite")
    assert LESSONS["critic-unbounded"].claims(made)[0].holds
