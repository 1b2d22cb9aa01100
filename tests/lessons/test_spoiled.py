"""The claims of the lessons that spoil a healthy run: they hold on numbers as expected, and each can fail."""

from collections.abc import Mapping

import pytest

from ganwright.lessons import LESSONS
from ganwright.lessons.results import Curve, Record

Numbers = Mapping[str, Mapping[str, tuple[float, ...]]]

IMAGES = (0, 20, 40, 60, 80, 100)


def flat(value: float, first: float | None = None) -> tuple[float, ...]:
    return (value if first is None else first, *[value] * 5)


HEALTHY = {
    "diversity": flat(0.9),
    "classes_covered": flat(9.8),
    "fid": flat(7.0),
    "discriminator_loss": flat(0.9),
}
ALIKE = {"diversity": flat(0.2), "classes_covered": flat(3.0), "fid": flat(28.0), "discriminator_loss": flat(1.38)}

EXPECTED: dict[str, Numbers] = {
    "collapse": {"healthy": HEALTHY, "greedy": {**ALIKE, "diversity": flat(0.55)}},
    "slow-discriminator": {
        "healthy": HEALTHY,
        "slow": {**ALIKE, "classes_covered": (1.0, 3.0, 5.0, 7.0, 9.0, 9.0)},
    },
    "three-curves": {
        "healthy": HEALTHY,
        "d-wins": {"fid": flat(40.0), "discriminator_loss": flat(0.08)},
        "collapse": ALIKE,
    },
    "spectral-norm": {
        "without": {"slope_highest": flat(500.0), "fid": flat(30.0), "diversity": flat(0.3)},
        "with": {"slope_highest": flat(0.9), "fid": flat(15.0), "diversity": flat(0.8)},
    },
    "mlp-vs-dcgan": {
        "mlp": {"fid": flat(30.0)},
        "dcgan": {
            "fid": flat(5.0),
            "value_mean": flat(0.31),
            "value_std": flat(0.34),
            "real_value_mean": flat(0.312),
            "real_value_std": flat(0.35),
            "diversity": flat(0.92),
        },
    },
    "long-run": {
        "long": {
            "fid": (36.0, 4.2, 3.9, 4.0, 4.5, 4.7),
            "real_probability": (0.5, 0.7, 0.7, 0.7, 0.7, 0.7),
            "unseen_probability": (0.5, 0.7, 0.68, 0.65, 0.55, 0.55),
        }
    },
}

BROKEN = [
    ("collapse", 0, "healthy", "diversity", flat(0.5)),
    ("collapse", 1, "greedy", "diversity", flat(0.85)),
    ("collapse", 1, "greedy", "classes_covered", flat(9.0)),
    ("collapse", 2, "greedy", "discriminator_loss", flat(0.8)),
    ("slow-discriminator", 0, "healthy", "classes_covered", flat(7.0)),
    ("slow-discriminator", 1, "slow", "classes_covered", flat(9.0)),
    ("slow-discriminator", 1, "slow", "diversity", flat(0.9)),
    ("slow-discriminator", 2, "slow", "classes_covered", flat(4.0)),
    ("three-curves", 0, "d-wins", "discriminator_loss", flat(0.9)),
    ("three-curves", 0, "d-wins", "fid", flat(8.0)),
    ("three-curves", 1, "collapse", "discriminator_loss", flat(0.8)),
    ("three-curves", 1, "collapse", "diversity", flat(0.9)),
    ("three-curves", 2, "healthy", "discriminator_loss", flat(1.35)),
    ("three-curves", 2, "collapse", "fid", flat(8.0)),
    ("spectral-norm", 0, "with", "slope_highest", flat(3.0)),
    ("spectral-norm", 0, "without", "slope_highest", flat(2.0)),
    ("spectral-norm", 1, "with", "fid", flat(29.0)),
    ("spectral-norm", 2, "with", "diversity", flat(0.4)),
    ("mlp-vs-dcgan", 0, "dcgan", "fid", flat(29.0)),
    ("mlp-vs-dcgan", 1, "dcgan", "value_mean", flat(0.5)),
    ("mlp-vs-dcgan", 1, "dcgan", "value_std", flat(0.2)),
    ("mlp-vs-dcgan", 2, "dcgan", "diversity", flat(0.5)),
    ("long-run", 0, "long", "fid", (36.0, 30.0, 20.0, 4.0, 5.5, 5.0)),
    ("long-run", 1, "long", "fid", (36.0, 4.2, 3.9, 3.0, 2.5, 2.0)),
    ("long-run", 2, "long", "unseen_probability", flat(0.7)),
]


def records(numbers: Numbers) -> dict[str, Record]:
    return {
        run: Record({measure: Curve(IMAGES, values) for measure, values in measures.items()})
        for run, measures in numbers.items()
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_the_lesson_holds_on_numbers_as_expected(name: str):
    found = LESSONS[name].claims(records(EXPECTED[name]))
    assert [claim.holds for claim in found] == [True] * len(found)
    assert all(claim.sentence.endswith(".") for claim in found)


@pytest.mark.parametrize(("name", "claim", "run", "measure", "values"), BROKEN)
def test_each_claim_can_fail(name: str, claim: int, run: str, measure: str, values: tuple[float, ...]):
    numbers = EXPECTED[name]
    changed = {**numbers, run: {**numbers[run], measure: values}}
    assert not LESSONS[name].claims(records(changed))[claim].holds
