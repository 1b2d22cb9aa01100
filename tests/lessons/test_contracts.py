"""What every lesson promises, over all rows of the table: declarative, complete, runnable, judged."""

import ast
import importlib
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.lessons import LESSONS
from ganwright.lessons.base import Bars, Clouds, Curves, Figure, Grades, Lesson, Maps, Panels, Profiles
from ganwright.lessons.page_sections import explanation
from ganwright.lessons.probes import PROBES, Measuring
from ganwright.lessons.runner import plan_of, run_lesson, stage_of
from ganwright.recipes import RECIPES
from ganwright.runs import Plan
from ganwright.training import Engine

SEEDS = (0, 1, 2)
STAGES = [(name, stage) for name, lesson in LESSONS.items() for stage in lesson.stages]
LOGGED = {
    *(f"{player}/{name}" for player in ("discriminator", "generator") for name in ("loss", "real_score", "fake_score")),
    *(f"discriminator/{name}" for name in ("real_probability", "fake_probability", "penalty_gp", "penalty_r1")),
    "classifier/accuracy",
    *(f"{name}/{player}" for player in ("discriminator", "generator") for name in ("gradient_norm", "learning_rate")),
}


def source_of(lesson: Lesson) -> Path:
    module = importlib.import_module(f"ganwright.lessons.{lesson.name.replace('-', '_')}")
    assert module.__file__
    assert module.LESSON is lesson
    return Path(module.__file__)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_a_declarative_file(name: str) -> None:
    """It imports what a description needs, and neither torch nor anything that trains or draws."""
    tree = ast.parse(source_of(LESSONS[name]).read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    allowed = {
        "collections.abc",
        "math",
        "typing",
        "itertools",
        "ganwright.lessons.base",
        "ganwright.lessons.perceptrons",
    }
    assert imported <= allowed
    functions = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    assert "claims" in functions


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_without_images_says_why(name: str) -> None:
    lesson = LESSONS[name]
    images = [stage.data for stage in lesson.stages.values() if not stage.data.startswith("gaussian")]
    assert bool(lesson.no_images) != bool(images)
    if lesson.no_images:
        with pytest.raises(UserError, match="has no image version, because ") as error:
            stage_of(lesson, "mnist")
        assert lesson.no_images in str(error.value)
        assert lesson.no_images in explanation(lesson)
    else:
        assert "no image version" not in explanation(lesson)


def test_the_table_is_light() -> None:
    code = "import sys; from ganwright.lessons import LESSONS; print(len(LESSONS), *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    num, *modules = done.stdout.split()
    assert int(num) == len(LESSONS)
    assert not {"torch", "numpy", "matplotlib", "pydantic"} & set(modules)


@pytest.mark.parametrize("name", LESSONS)
def test_it_says_what_it_is_about(name: str) -> None:
    lesson = LESSONS[name]
    assert lesson.name == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert lesson.title
    assert lesson.question
    assert len(lesson.explanation.split()) > 60
    assert "    " in lesson.explanation or "\n\n" in lesson.explanation
    assert all(figure.title and figure.caption for figure in lesson.figures)
    assert lesson.figures
    assert len({figure.title for figure in lesson.figures}) == len(lesson.figures)


@pytest.mark.parametrize("name", LESSONS)
def test_its_parts_fit_together(name: str) -> None:
    lesson = LESSONS[name]
    assert set(lesson.measures) <= set(PROBES)
    assert len(set(lesson.measures)) == len(lesson.measures)
    earlier: set[str] = set()
    for run, training in lesson.runs.items():
        assert training.starts_from is None or training.starts_from in earlier
        assert 0 < training.length <= 100
        assert training.recipe is None or training.recipe in RECIPES
        assert set(training.measures or ()) <= set(lesson.measures)
        earlier.add(run)
    assert len({training.title for training in lesson.runs.values()}) == len(lesson.runs)
    for data, stage in lesson.stages.items():
        assert stage.data.partition(":")[0] == data
        assert stage.recipe in RECIPES
        assert stage.images % stage.options.get("tick_images", stage.images) == 0
    for figure in lesson.figures:
        assert set(figure.runs) <= set(lesson.runs)
        assert {m for m in measures_of(figure) if m not in LOGGED} <= set(lesson.measures)


def measures_of(figure: Figure) -> set[str]:
    match figure:
        case Curves():
            assert len(figure.labels) in (0, len(figure.measures))
            return {*figure.measures, *(v for v, _ in figure.references if isinstance(v, str))}
        case Profiles():
            assert set(figure.areas) <= {measure for measure, _ in figure.lines}
            assert figure.animated or figure.moments >= 1
            return {figure.x, *(measure for measure, _ in figure.lines)}
        case Bars():
            reference = figure.reference[0] if figure.reference else None
            return {figure.measure, *([reference] if isinstance(reference, str) else [])}
        case Panels():
            assert figure.moments >= 1
            return set()
        case Maps():
            assert figure.moments > 1
            return {figure.measure}
        case Clouds():
            assert figure.neighbours >= 1
            return {figure.real, *(measure for measure, _ in figure.fakes)}
        case Grades():
            assert figure.categories
            return {measure for measure, _ in figure.measures}


def made_plan(lesson: Lesson, stage: str, run: str, place: Path, request: pytest.FixtureRequest) -> Plan:
    """A run's plan; real data is only asked for where the stage needs it."""
    embedded = stage in ("digits", "ring8", "grid25", "gaussian1d")
    data_dir = None if embedded else request.getfixturevalue("real_data")
    return plan_of(lesson, lesson.stages[stage], run, 0, place, data_dir)


@pytest.mark.parametrize(("name", "stage"), STAGES)
def test_every_run_can_be_built_and_takes_a_step(
    name: str, stage: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Two iterations leave finite weights; the first run's measures are numbers and lists of numbers."""
    lesson = LESSONS[name]
    for index, run in enumerate(lesson.runs):
        made = made_plan(lesson, stage, run, tmp_path, request)
        events = EventWriter(tmp_path / f"{run}.jsonl")
        engine = Engine(made.algorithm(), made.loader(), made.config, tmp_path, made.device, events)
        engine.iterate()
        engine.iterate()
        for network in engine.networks.values():
            assert all(bool(parameter.isfinite().all()) for parameter in network.parameters())
        assert made.config.images % made.config.batch_size == 0, "the last tick would not be the end"
        if index == 0 and stage == next(iter(lesson.stages)):
            measured = Measuring(made, lesson.measures)(engine)
            assert set(measured) == set(lesson.measures)
            for value in measured.values():
                numbers = value if isinstance(value, list) else [value]
                assert numbers
                assert any(math.isfinite(n) for n in numbers)


def test_runs_of_a_lesson_begin_alike(tmp_path: Path) -> None:
    """The same seed gives the same first weights where the networks are the same: only what is meant differs."""
    lesson = LESSONS["collapse"]
    built = [plan_of(lesson, lesson.stages["digits"], run, 3, tmp_path).algorithm() for run in lesson.runs]
    weights = [torch.cat([p.flatten() for p in a.networks["generator"].parameters()]) for a in built]
    assert all(torch.equal(weights[0], other) for other in weights[1:])


def test_every_lesson_has_numbers_that_its_claims_are_tried_on() -> None:
    texts = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_*.py"))
    for name in LESSONS:
        assert f'"{name}": {{' in texts, f"{name}: give numbers for which its claims hold, and others that break them"


def test_the_documentation_lists_them_in_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "lessons" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[`([a-z0-9-]+)`\]", page, re.MULTILINE) == list(LESSONS)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", LESSONS)
def test_it_shows_its_effect(name: str, seed: int, tmp_path: Path) -> None:
    outcome = run_lesson(LESSONS[name], seed=seed, out=tmp_path)
    assert outcome.holds, [claim.sentence for claim in outcome.claims if not claim.holds]


def test_an_unknown_run_is_told(tmp_path: Path) -> None:
    lesson = LESSONS["first-gan"]
    with pytest.raises(UserError, match="has no version for 'cifar10'; known: digits, mnist"):
        run_lesson(lesson, data="cifar10", out=tmp_path)
