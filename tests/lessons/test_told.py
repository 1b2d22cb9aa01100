"""The claims of break-it, wasserstein-vs-js, imbalance and counterfeiter: they hold as expected, and each can fail."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from ganwright.core.events import EventWriter
from ganwright.data.dataset import to_float
from ganwright.lessons import LESSONS
from ganwright.lessons.probes import PROBES
from ganwright.lessons.results import Curve, Record
from ganwright.lessons.scene import Scene, Truth
from ganwright.lessons.separated import separated
from ganwright.runs import plan
from ganwright.theory import normal_js, normal_kl
from ganwright.training import Engine

Numbers = Mapping[str, Mapping[str, tuple[float, ...]]]

IMAGES = (0, 20, 40, 60, 80, 100)


def flat(value: float, first: float | None = None) -> tuple[float, ...]:
    return (value if first is None else first, *[value] * 5)


EXPECTED: dict[str, Numbers] = {
    "break-it": {
        "healthy": {"diversity": flat(0.9, 0.1), "fid": flat(8.0, 36.0), "rank_accuracy": flat(0.9)},
        "stranger": {"diversity": flat(0.02, 0.1), "fid": flat(39.0), "rank_accuracy": flat(0.0, 0.2)},
        "strong": {"fid": flat(6.0, 36.0), "rank_accuracy": flat(0.997)},
        "noiseless": {"diversity": flat(0.0)},
    },
    "wasserstein-vs-js": {
        "d-alone": {"js": flat(0.6931), "wasserstein": flat(8.1), "gradient_generator": flat(9e-5, 0.05)},
        "critic-alone": {"gradient_generator": flat(1.4, 0.1), "slope_mean": flat(1.4, 0.06)},
        "minimax": {"wasserstein": flat(8.1)},
        "critic": {"wasserstein": flat(0.1, 8.1)},
        "non-saturating": {"wasserstein": flat(0.05, 8.1)},
    },
    "imbalance": {
        "even": {"tail_share": flat(0.29)},
        "long-tail": {"tail_share": flat(0.07), "real_tail_share": flat(0.073)},
        "balanced": {"tail_share": flat(0.28)},
    },
    "counterfeiter": {
        "game": {
            "real_probability": (0.45, 0.95, 0.7, 0.5, 0.5, 0.5),
            "fake_probability": (0.48, 0.05, 0.3, 0.5, 0.5, 0.5),
            "js": (0.693, 0.6, 0.2, 0.01, 0.003, 0.003),
            "value_mean": flat(4.01, -0.1),
            "real_value_mean": flat(4.0),
            "value_std": flat(0.53, 0.7),
            "real_value_std": flat(0.5),
        }
    },
}

BROKEN = [
    ("break-it", 0, "healthy", "diversity", flat(0.5)),
    ("break-it", 1, "stranger", "rank_accuracy", flat(0.2)),
    ("break-it", 1, "stranger", "diversity", flat(0.4)),
    ("break-it", 1, "stranger", "fid", flat(9.0)),
    ("break-it", 2, "strong", "rank_accuracy", flat(0.95)),
    ("break-it", 2, "healthy", "rank_accuracy", flat(0.999)),
    ("break-it", 3, "strong", "fid", flat(25.0)),
    ("break-it", 4, "noiseless", "diversity", (0.0, 0.0, 0.1, 0.0, 0.0, 0.0)),
    ("wasserstein-vs-js", 0, "d-alone", "js", flat(0.6)),
    ("wasserstein-vs-js", 1, "d-alone", "gradient_generator", flat(0.08)),
    ("wasserstein-vs-js", 2, "critic-alone", "slope_mean", flat(0.6)),
    ("wasserstein-vs-js", 3, "minimax", "wasserstein", flat(4.0)),
    ("wasserstein-vs-js", 3, "critic", "wasserstein", flat(12.0)),
    ("wasserstein-vs-js", 4, "non-saturating", "wasserstein", flat(8.0)),
    ("imbalance", 0, "even", "tail_share", flat(0.1)),
    ("imbalance", 1, "long-tail", "tail_share", flat(0.2)),
    ("imbalance", 2, "balanced", "tail_share", flat(0.1)),
    ("counterfeiter", 0, "game", "fake_probability", flat(0.5)),
    ("counterfeiter", 1, "game", "js", flat(0.1)),
    ("counterfeiter", 2, "game", "value_mean", flat(4.5)),
    ("counterfeiter", 2, "game", "value_std", flat(0.1)),
    ("counterfeiter", 3, "game", "real_probability", (0.45, 0.95, 0.7, 0.7, 0.7, 0.7)),
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


def test_every_claim_is_broken_once():
    for name, numbers in EXPECTED.items():
        num_claims = len(LESSONS[name].claims(records(numbers)))
        assert {claim for lesson, claim, *_ in BROKEN if lesson == name} == set(range(num_claims))


def test_separated_normals_match_the_closed_forms_and_their_slopes():
    std, farthest = 0.5, 4.0
    found = separated(std, farthest)
    places = torch.tensor(found.separations, dtype=torch.float64)
    zero = torch.zeros_like(places)
    assert found.separations[0] == 0
    assert found.separations[-1] == farthest
    assert found.kl == pytest.approx(normal_kl(zero, std, places, std).tolist(), rel=1e-4)
    assert found.js == pytest.approx(normal_js(zero, std, places, std).tolist(), rel=1e-4, abs=1e-9)
    assert found.wasserstein == found.separations
    assert found.wasserstein_slope == [1.0] * len(places)
    assert found.kl_slope == pytest.approx((places / std**2).tolist(), rel=1e-4)
    nearby = 1e-5
    difference = normal_js(zero, std, places + nearby, std) - normal_js(zero, std, (places - nearby).abs(), std)
    assert found.js_slope == pytest.approx((difference / (2 * nearby)).tolist(), rel=1e-3, abs=1e-6)
    assert found.js_slope[-1] < 1e-3 < max(found.js_slope)


def scene_of(place: Path, data: str, **options: Any) -> Scene:
    """A scene of an untrained run."""
    small = {"generator.hidden": [8], "discriminator.hidden": [8], "ema.half_life_images": 0}
    made = plan(data, "mlp", overrides=small | options, out=place / "run", images=64)
    events = EventWriter(place / "events.jsonl")
    return Scene(Engine(made.algorithm(), made.loader(), made.config, place, made.device, events), Truth(made))


def measured(scene: Scene, name: str) -> float:
    value = PROBES[name].measure(scene)
    assert isinstance(value, float)
    return value


def test_the_tail_is_the_last_three_classes(tmp_path: Path):
    scene = scene_of(tmp_path, "digits")
    scene.__dict__["fake"] = scene.real
    shares = PROBES["class_shares"].measure(scene)
    assert isinstance(shares, list)
    assert measured(scene, "tail_share") == measured(scene, "real_tail_share")
    assert measured(scene, "tail_share") == pytest.approx(sum(shares[-3:]), abs=1e-4)
    nines = scene.truth.items[scene.seen[1].argmax(1) == 9]
    copies = scene_of(tmp_path, "digits")
    copies.__dict__["fake"] = to_float(nines[:1]).expand_as(copies.real)
    assert measured(copies, "tail_share") == 1.0


def test_balanced_draws_do_not_change_what_the_data_has(tmp_path: Path):
    scene = scene_of(tmp_path, "digits", **{"data.imbalance": 0.05, "data.balanced": True})
    assert PROBES["real_tail_share"].measure(scene) == pytest.approx(0.06, abs=0.03)


def test_the_generators_own_gradient_is_that_of_the_loss_it_plays_for(tmp_path: Path):
    for kind, probe in (("non-saturating", "gradient_non_saturating"), ("saturating", "gradient_saturating")):
        scene = scene_of(tmp_path, "gaussian1d", **{"loss.kind": kind})
        assert PROBES["gradient_generator"].measure(scene) == pytest.approx(PROBES[probe].measure(scene))
    paired = scene_of(tmp_path, "gaussian1d", loss={"kind": "relativistic-pairing"})
    assert measured(paired, "gradient_generator") > 0
