"""The lesson on transformers: its claims can fail, its measures are right, its maps are where they belong."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from ganwright.core.events import EventWriter
from ganwright.lessons import LESSONS
from ganwright.lessons.attending import (
    WINDOW,
    attention_times,
    attention_tokens,
    counts_per_token,
    near_and_far,
    position_similarity,
)
from ganwright.lessons.base import Curves, Lesson, Maps, Stage, Training
from ganwright.lessons.figures import draw
from ganwright.lessons.maps import mosaic
from ganwright.lessons.page import write_page
from ganwright.lessons.probes import PROBES
from ganwright.lessons.results import Curve, Record, Value
from ganwright.lessons.runner import run_lesson
from ganwright.lessons.scene import Scene, Truth
from ganwright.runs import plan
from ganwright.training import Engine

Numbers = Mapping[str, Mapping[str, tuple[Value, ...]]]

IMAGES = (0, 20, 40, 60, 80, 100)


def still(value: Value) -> tuple[Value, ...]:
    return (value,) * 6


EXPECTED: dict[str, Numbers] = {
    "vit": {
        "cnn": {"test_accuracy": (0.1, 0.9, 0.95, 0.97, 0.97, 0.97)},
        "vit": {
            "test_accuracy": (0.1, 0.3, 0.7, 0.9, 0.93, 0.95),
            "neighbour_similarity": (0.0, 0.05, 0.1, 0.2, 0.2, 0.2),
            "distant_similarity": (0.01, 0.0, -0.05, -0.1, -0.1, -0.1),
            "attention_tokens": still([49.0, 196.0, 1225.0]),
            "full_attention_count": still([12.5, 50.0, 312.5]),
            "window_attention_count": still([12.5, 12.5, 12.5]),
            "full_attention_time": still([1.0, 2.0, 30.0]),
            "window_attention_time": still([2.0, 1.5, 1.2]),
        },
    }
}

BROKEN = [
    (0, "vit", "test_accuracy", (0.1, 0.9, 0.95, 0.97, 0.97, 0.97)),
    (1, "vit", "neighbour_similarity", (0.0, 0.0, 0.0, 0.0, 0.0, -0.05)),
    (1, "vit", "neighbour_similarity", (0.5, 0.5, 0.5, 0.5, 0.5, 0.5)),
    (2, "vit", "full_attention_count", still([12.5, 12.5, 12.5])),
    (2, "vit", "window_attention_count", still([12.5, 50.0, 312.5])),
    (3, "vit", "window_attention_time", still([2.0, 1.5, 20.0])),
]


def records(numbers: Numbers) -> dict[str, Record]:
    return {
        run: Record({measure: Curve(IMAGES, values) for measure, values in measures.items()})
        for run, measures in numbers.items()
    }


def test_the_lesson_holds_on_numbers_as_expected() -> None:
    found = LESSONS["vit"].claims(records(EXPECTED["vit"]))
    assert [claim.holds for claim in found] == [True] * 4
    assert all(claim.sentence.endswith(".") for claim in found)
    assert {claim for claim, *_ in BROKEN} == set(range(len(found)))


@pytest.mark.parametrize(("claim", "run", "measure", "values"), BROKEN)
def test_each_claim_can_fail(claim: int, run: str, measure: str, values: tuple[Value, ...]) -> None:
    numbers = EXPECTED["vit"]
    changed = {**numbers, run: {**numbers[run], measure: values}}
    assert not LESSONS["vit"].claims(records(changed))[claim].holds


def test_neighbours_and_distant_patches_are_those_of_the_grid() -> None:
    """Embeddings on a quarter of a circle, by column: their similarity is the cosine of the angle between."""
    angles = torch.arange(4).repeat(3) * torch.pi / 8
    found = position_similarity(3 * torch.stack((angles.cos(), angles.sin()), 1), (3, 4))
    assert found.shape == (3, 4, 3, 4)
    assert float(found[0, 0, 2, 3]) == pytest.approx(float(torch.cos(torch.tensor(3 * torch.pi / 8))), abs=1e-6)
    pairs: dict[bool, list[float]] = {True: [], False: []}
    for a in range(12):
        for b in range(12):
            rows, columns = abs(a // 4 - b // 4), abs(a % 4 - b % 4)
            if rows + columns == 1 or rows**2 + columns**2 >= 13 / 4:
                pairs[rows + columns == 1].append(float(found[a // 4, a % 4, b // 4, b % 4]))
    near, far = near_and_far(found)
    assert near == pytest.approx(sum(pairs[True]) / len(pairs[True]), abs=1e-6)
    assert far == pytest.approx(sum(pairs[False]) / len(pairs[False]), abs=1e-6)
    assert near > far


def test_counts_are_linear_and_flat_a_token() -> None:
    tokens, full, window = attention_tokens(), counts_per_token(None), counts_per_token(WINDOW)
    assert full == pytest.approx([2 * n * 128 / 1e3 for n in tokens])
    assert window == pytest.approx([2 * 49 * 128 / 1e3] * len(tokens))


def test_times_are_measured_on_every_grid() -> None:
    found = attention_times()
    assert len(found.full) == len(found.window) == len(attention_tokens())
    assert all(t > 0 for t in (*found.full, *found.window))


def test_a_mosaic_holds_each_places_map_where_it_lies() -> None:
    similarity = torch.randn(3, 3, 3, 3)
    picture = mosaic(similarity.flatten().tolist())
    assert picture.shape == (11, 11)
    for i in range(3):
        for j in range(3):
            cell = torch.from_numpy(picture[4 * i : 4 * i + 3, 4 * j : 4 * j + 3]).float()
            assert torch.equal(cell, similarity[i, j])
    assert torch.from_numpy(picture[3]).isnan().all()
    with pytest.raises(ValueError, match="17 numbers"):
        mosaic([0.0] * 17)


def test_accuracy_is_that_of_the_test_split(tmp_path: Path) -> None:
    made = plan("digits", "classifier-cnn", images=128, out=tmp_path / "run", overrides={"ema.half_life_images": 0})
    events = EventWriter(tmp_path / "events.jsonl")
    engine = Engine(made.algorithm(), made.loader(), made.config, tmp_path, made.device, events)
    scene = Scene(engine, Truth(made))
    test = made.config.data.build("test")
    assert test.labels is not None
    items, labels = scene.truth.tested
    assert torch.equal(items, test.items)
    guesses = scene.classifier(test.items.float() * 2 / 255 - 1).argmax(1)
    assert PROBES["test_accuracy"].measure(scene) == pytest.approx(float((guesses == labels).float().mean()))


def test_classifiers_are_trained_measured_and_drawn(tmp_path: Path) -> None:
    """A run that makes no samples is measured before the first step and at every tick; each run by its own measures."""
    options = {"tick_images": 128, "log_images": 64, "batch_size": 64, "shift": 0}
    lesson = Lesson(
        name="small",
        title="Small",
        question="?",
        explanation="Text.",
        stages={"digits": Stage("digits", "classifier-vit", 256, options)},
        runs={
            "vit": Training("a", {"classifier.width": 8, "classifier.patch": 2}),
            "cnn": Training("b", recipe="classifier-cnn", measures=("test_accuracy",)),
        },
        measures=("test_accuracy", "position_similarity"),
        figures=(
            Curves("Accuracy", "c", ("test_accuracy",)),
            Maps("Maps", "m", "position_similarity", runs=("vit",)),
        ),
        claims=lambda runs: [],
    )
    outcome = run_lesson(lesson, out=tmp_path)
    assert outcome.records["vit"]["test_accuracy"].images == (0, 128, 256)
    assert outcome.records["cnn"]["test_accuracy"].images == (0, 128, 256)
    assert len(outcome.records["vit"]["position_similarity"].lists[0]) == 256
    assert "position_similarity" not in outcome.records["cnn"]
    again = run_lesson(lesson, out=tmp_path)
    assert again.plain() == outcome.plain()
    folders = {name: outcome.run_folder(name) for name in outcome.records}
    (shot,) = draw(lesson.figures[1], lesson, outcome.records, folders)
    assert shot.png.startswith(b"\x89PNG")
    assert "Maps" in write_page(outcome).read_text()
