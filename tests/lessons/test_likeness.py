"""The lessons on WGAN-GP and on precision and recall: claims can fail, faults are as constructed, pictures show it."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import spearmanr

from ganwright.core.events import EventWriter
from ganwright.lessons import LESSONS
from ganwright.lessons.base import Clouds, Curves, Grades, Lesson, Training, rank_correlation
from ganwright.lessons.clouds import points_of, radii_of
from ganwright.lessons.faults import RECALLS, given_faults, in_plane, kept_kinds, precision_at
from ganwright.lessons.figures import draw
from ganwright.lessons.probes import PROBES
from ganwright.lessons.results import Curve, Record, Value, record_of
from ganwright.lessons.scene import Scene, Truth
from ganwright.metrics.frechet import frechet_distance
from ganwright.runs import plan
from ganwright.training import Engine

Numbers = Mapping[str, Mapping[str, tuple[Value, ...]]]

IMAGES = tuple(range(0, 101, 20))


def still(value: Value) -> tuple[Value, ...]:
    return (value,) * 6


FALLING: tuple[Value, ...] = (36.0, 12.0, 6.0, 4.0, 3.0, 2.0)

EXPECTED: dict[str, Numbers] = {
    "wgan-gp-vs-bce": {
        "bce": {
            "fid_crowd": (36.0, 18.0, 9.0, 4.0, 1.5, 1.0),
            "discriminator_loss": (1.38, 1.2, 1.3, 1.25, 1.2, 1.2),
            "training_seconds": (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
        },
        "bce-five": {"fid_crowd": (36.0, 18.0, 12.0, 8.0, 6.0, 6.0), "training_seconds": still(10.0)},
        "wgan-gp": {
            "fid_crowd": FALLING,
            "fid_floor": still(0.2),
            "num_crowd": still(750.0),
            "discriminator_loss": (-2.4, -2.4, -1.2, -0.7, -0.6, -0.5),
            "training_seconds": (0.0, 5.0, 10.0, 15.0, 20.0, 25.0),
        },
    },
    "precision-recall": {
        "wgan-gp": {
            "faults_fid": still([1.5, 7.1, 7.1, 0.2]),
            "faults_precision": still([0.4, 0.4, 0.1, 0.95]),
            "faults_recall": still([0.9, 0.4, 0.9, 0.95]),
            "faults_density": still([0.25, 0.25, 0.03, 1.0]),
            "faults_coverage": still([0.5, 0.35, 0.05, 0.97]),
            "noise_given": still(0.6),
            "precision": still(0.4),
            "recall": still(0.9),
            "real_precision": still(0.95),
            "real_recall": still(0.95),
        },
        "greedy": {
            "precision": still(0.2),
            "recall": still(0.0),
            "real_precision": still(0.95),
            "real_recall": still(0.95),
        },
    },
}
LONGER = {("wgan-gp-vs-bce", "bce"): 5}
"""Runs that see several times as many images."""

BROKEN = [
    ("wgan-gp-vs-bce", 0, "bce", "fid_crowd", (36.0, 3.0, 2.0, 2.0, 2.0, 2.0)),
    ("wgan-gp-vs-bce", 0, "bce-five", "fid_crowd", still(2.0)),
    ("wgan-gp-vs-bce", 1, "wgan-gp", "training_seconds", still(10.0)),
    ("wgan-gp-vs-bce", 2, "bce", "fid_crowd", (36.0, 18.0, 9.0, 4.0, 3.5, 3.5)),
    ("wgan-gp-vs-bce", 3, "wgan-gp", "discriminator_loss", (-0.5, -0.5, -0.6, -0.7, -1.2, -2.4)),
    ("wgan-gp-vs-bce", 4, "bce", "discriminator_loss", (0.7, 0.5, 0.8, 1.0, 1.1, 1.2)),
    ("wgan-gp-vs-bce", 5, "wgan-gp", "fid_floor", still(2.0)),
    ("precision-recall", 0, "wgan-gp", "faults_fid", still([1.5, 7.1, 6.0, 0.2])),
    ("precision-recall", 1, "wgan-gp", "faults_precision", still([0.4, 0.2, 0.1, 0.95])),
    ("precision-recall", 1, "wgan-gp", "faults_recall", still([0.9, 0.8, 0.9, 0.95])),
    ("precision-recall", 2, "wgan-gp", "faults_precision", still([0.4, 0.4, 0.3, 0.95])),
    ("precision-recall", 2, "wgan-gp", "faults_recall", still([0.9, 0.4, 0.5, 0.95])),
    ("precision-recall", 3, "wgan-gp", "faults_density", still([0.25, 0.25, 0.2, 1.0])),
    ("precision-recall", 3, "wgan-gp", "faults_density", still([0.25, 0.1, 0.03, 1.0])),
    ("precision-recall", 3, "wgan-gp", "faults_coverage", still([0.5, 0.5, 0.05, 0.97])),
    ("precision-recall", 4, "wgan-gp", "precision", still(0.9)),
    ("precision-recall", 5, "greedy", "recall", still(0.9)),
]


def records(lesson: str, numbers: Numbers) -> dict[str, Record]:
    made = {}
    for run, measures in numbers.items():
        images = tuple(LONGER.get((lesson, run), 1) * i for i in IMAGES)
        made[run] = Record({measure: Curve(images, values) for measure, values in measures.items()})
    return made


@pytest.mark.parametrize("name", EXPECTED)
def test_a_lesson_holds_on_numbers_as_expected(name: str) -> None:
    found = LESSONS[name].claims(records(name, EXPECTED[name]))
    assert [claim.sentence for claim in found if not claim.holds] == []
    assert all(claim.sentence.endswith(".") for claim in found)
    assert {claim for lesson, claim, *_ in BROKEN if lesson == name} == set(range(len(found)))


@pytest.mark.parametrize(("name", "claim", "run", "measure", "values"), BROKEN)
def test_each_claim_can_fail(name: str, claim: int, run: str, measure: str, values: tuple[Value, ...]) -> None:
    numbers = EXPECTED[name]
    changed = {**numbers, run: {**numbers[run], measure: values}}
    assert not LESSONS[name].claims(records(name, changed))[claim].holds


def test_rank_correlation_is_spearmans() -> None:
    generator = np.random.default_rng(0)
    first, second = generator.integers(0, 6, 40), generator.normal(size=40)
    for a, b in ((first, second), (second, first + second), (first, first)):
        assert rank_correlation(a.tolist(), b.tolist()) == pytest.approx(float(np.asarray(spearmanr(a, b))[0]))
    assert rank_correlation([1.0, 2.0, 3.0], [9.0, 4.0, 1.0]) == pytest.approx(-1)
    assert rank_correlation([1.0, 1.0], [1.0, 2.0]) == 0


def test_a_curve_can_be_read_between_moments() -> None:
    curve = Curve((0, 10, 30), (0.0, 1.0, 5.0))
    assert [curve.at(i) for i in (-5, 0, 5, 10, 20, 30, 99)] == [0.0, 0.0, 0.5, 1.0, 3.0, 5.0, 5.0]


def test_seconds_of_training_are_read_from_the_log() -> None:
    log = [{"type": "log", "num_images": n, "scalars": {}, "training_seconds": n / 10} for n in (20, 40)]
    end = {"type": "finished", "num_images": 50, "training_seconds": 5.5}
    found = record_of([*log, end])["training_seconds"]
    assert found.images == (0, 20, 40, 50)
    assert found.numbers == (0.0, 2.0, 4.0, 5.5)


def test_kinds_are_kept_in_order_and_filled_up() -> None:
    classes = torch.tensor([3, 0, 2, 1, 0, 3])
    order = kept_kinds(torch.nn.functional.one_hot(classes, 4).float())
    assert order.tolist() == [1, 3, 4, 0, 2, 5]


def test_faults_have_one_fid_and_are_what_they_say() -> None:
    """Four kinds of tiny images, each a bright pixel; the features are the pixels themselves."""
    generator = torch.Generator().manual_seed(0)

    def items(num: int) -> torch.Tensor:
        kinds = torch.randint(4, (num,), generator=generator)
        return (0.8 * torch.eye(4)[kinds] + 0.05 * torch.randn(num, 4, generator=generator)).view(num, 1, 2, 2)

    def classify(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return images.flatten(1), (20 * images.flatten(1)).softmax(1)

    real, rest, pool = items(200), items(200), items(800)
    noise = torch.randn(200, 1, 2, 2, generator=generator)
    faults = given_faults(pool, real.flatten(1), rest.flatten(1), classify, noise)
    assert torch.equal(faults.trained, pool[:200].flatten(1))
    assert bool((faults.few.argmax(1) < 2).all())
    assert torch.allclose(faults.badly, (pool[:200] + faults.noise * noise).clamp(-1, 1).flatten(1), atol=0.02)
    trained, few, badly, floor = faults.fids
    assert few == pytest.approx(badly, rel=0.05)
    assert few > 10 * max(trained, floor)
    assert faults.manifolds[1].precision > 0.8 > 0.6 > faults.manifolds[1].recall
    assert faults.manifolds[2].precision < 0.6 < faults.manifolds[2].recall
    assert len(faults.curves) == 4
    assert faults.curves[1][-10:] == [0.0] * 10
    assert [plane.shape for plane in faults.planes] == [(200, 2)] * 5


def test_the_curve_of_equal_sides_is_high_and_of_disjoint_ones_zero() -> None:
    real, other = torch.randn(2, 200, 3, generator=torch.Generator().manual_seed(1))
    assert min(precision_at(RECALLS, real, other)[:40]) > 0.85
    assert max(precision_at(RECALLS, real, other + 100)) < 0.01


def test_the_plane_is_that_of_the_greatest_spread() -> None:
    signs = torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 4).repeat(20, 1)
    real = signs * torch.tensor([0.1, 5.0, 0.2, 2.0]) + 7
    first, second = in_plane(real, real[:10] + torch.tensor([3.0, 0.0, 0.0, 0.0]))
    assert first.shape == (250, 2)
    assert second.shape == (10, 2)
    spread = float(real[:, 1].std())
    places = (signs[:, [1, 3]] * torch.tensor([5.0, 2.0]) / spread).double()
    way = first[0].sign() * signs[0, [1, 3]]  # directions may point either way
    assert torch.allclose(first * way, places[:250], atol=1e-5)
    assert torch.allclose(second * way, places[:10], atol=1e-5)


def test_radii_reach_to_the_kth_other_point() -> None:
    points = points_of([0.0, 0.0, 3.0, 4.0, 0.0, 1.0])
    assert points.tolist() == [[0, 0], [3, 4], [0, 1]]
    assert radii_of(points, 1) == pytest.approx([1, 18**0.5, 1])
    assert radii_of(points, 9) == pytest.approx([5, 5, 18**0.5])


def inks(png: bytes) -> set[tuple[int, ...]]:
    colours = Image.open(io.BytesIO(png)).convert("RGB").getcolors(1 << 24) or []
    return {tuple(colour) for number, colour in colours if number > 20 and isinstance(colour, tuple)}


def test_clouds_and_grades_are_drawn(tiny: Lesson) -> None:
    cloud: list[float] = torch.randn(60, generator=torch.Generator().manual_seed(3)).tolist()
    record = Record({"a": Curve((0, 9), ([0.0, 1.0], cloud)), "b": Curve((9,), (cloud,))})
    found = Record({**record, "g": Curve((9,), ([0.5, 0.2, 0.9],))})
    runs = {"first": found, "second": found}
    clouds = draw(Clouds("t", "c", real="a", fakes=(("b", "x"), ("a", "y"))), tiny, runs, {})
    grades = draw(Grades("t", "c", measures=(("g", "G"),), categories=("x", "y", "real")), tiny, runs, {})
    assert (0x43, 0x53, 0xC4) in inks(clouds[0].png)
    assert {(0x43, 0x53, 0xC4), (0xD2, 0x66, 0x1D), (0x5D, 0x6B, 0x82)} <= inks(grades[0].png)


def test_curves_over_time_are_other_pictures(tiny: Lesson) -> None:
    curve = Curve((0, 50, 100), (1.0, 0.5, 0.4))
    runs = {
        name: Record({"m": curve, "training_seconds": Curve((0, 100), (0.0, seconds))})
        for name, seconds in (("first", 1.0), ("second", 9.0))
    }
    shots = [draw(Curves("t", "c", measures=("m",), by_time=by), tiny, runs, {})[0].png for by in (False, True)]
    assert shots[0] != shots[1]


def test_many_are_measured_against_disjoint_real_items(tmp_path: Path) -> None:
    overrides = {"ema.half_life_images": 0, "generator.hidden": [16], "discriminator.hidden": [16]}
    made = plan("digits", "mlp", images=128, out=tmp_path / "run", overrides=overrides)
    events = EventWriter(tmp_path / "events.jsonl")
    engine = Engine(made.algorithm(), made.loader(), made.config, tmp_path, made.device, events)
    truth = Truth(made)
    scene = Scene(engine, truth)
    half = len(made.dataset) // 2
    assert truth.num_crowd == half == PROBES["num_crowd"].measure(scene)
    assert torch.allclose(truth.crowd[:100], truth.seen[0][:100], atol=1e-4)
    both = torch.cat([truth.crowd, truth.rest])
    assert len(both) == 2 * half
    whole = truth.features.classify(made.dataset.items)[0]
    assert both.mean(0) == pytest.approx(whole[truth._order[: 2 * half]].mean(0), abs=1e-3)
    floor, fid = PROBES["fid_floor"].measure(scene), PROBES["fid_crowd"].measure(scene)
    assert isinstance(floor, float)
    assert isinstance(fid, float)
    assert 0 < floor < fid == pytest.approx(frechet_distance(truth.crowd, Scene(engine, truth).crowd))
    assert PROBES["real_recall"].measure(scene) > 0.8  # pyright: ignore[reportOperatorIssue]
    assert scene.faults.trained.shape == truth.seen[0].shape


def test_the_longer_run_is_read_at_equal_images() -> None:
    """What cross-entropy does later must not count at equal images."""
    lesson = LESSONS["wgan-gp-vs-bce"]
    assert isinstance(lesson.runs["bce"], Training)
    numbers = EXPECTED["wgan-gp-vs-bce"]
    late = (36.0, 18.0, 0.1, 0.1, 0.1, 0.1)
    changed = {**numbers, "bce": {**numbers["bce"], "fid_crowd": late}}
    assert lesson.claims(records(lesson.name, changed))[0].holds
