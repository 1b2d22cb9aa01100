"""The runner: trains once, goes on where it stopped, tells what it cannot do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from ganwright.core.errors import UserError
from ganwright.lessons import runner
from ganwright.lessons.base import Lesson, Training
from ganwright.lessons.runner import folder_of, read_outcome, run_lesson, stage_of
from ganwright.runs import Plan
from ganwright.runs.folder import RunFolder
from ganwright.runs.train import train_plan
from ganwright.training import Callback, Engine, Interrupted


class _Stop(Callback):
    """Stops a run as a signal does."""

    def __init__(self, at_images: int) -> None:
        self.at_images = at_images

    def on_iteration(self, num_images: int) -> None:
        if num_images == self.at_images:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGTERM)


def stopping(run: str, at_images: int) -> runner.Watch:
    """A display that stops one of the runs."""

    @contextmanager
    def watch(title: str, plan: Plan) -> Iterator[Callback | None]:
        yield _Stop(at_images) if title == run else None

    return watch


def logs(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("events.jsonl"))}


def test_it_measures_before_the_first_step_and_at_every_tick(tiny: Lesson, tmp_path: Path) -> None:
    outcome = run_lesson(tiny, seed=3, out=tmp_path)
    assert outcome.folder == tmp_path / "seed-3"
    assert outcome.records["first"]["real_probability"].images == (0, 128, 256, 384)
    assert outcome.records["second"]["real_probability"].images == (0, 128, 192)  # the end is no tick
    assert len(outcome.records["first"]["class_shares"].lists[0]) == 10
    assert outcome.records["first"]["discriminator/loss"].images[-1] == 384
    assert [c.holds for c in outcome.claims] == [True, False]
    assert not outcome.holds
    assert json.dumps(outcome.plain(), default=str)


def test_a_run_starts_from_anothers_last_weights(tiny: Lesson, tmp_path: Path) -> None:
    outcome = run_lesson(tiny, out=tmp_path)
    first, second = outcome.records["first"], outcome.records["second"]
    assert second["real_probability"].first == first["real_probability"].last
    assert second["real_probability"].first != first["real_probability"].first


def test_nothing_is_trained_twice(tiny: Lesson, tmp_path: Path) -> None:
    before = run_lesson(tiny, out=tmp_path)
    written = logs(tmp_path)

    def watch(title: str, plan: Plan) -> None:
        raise AssertionError(f"{title} was trained again")

    after = run_lesson(tiny, out=tmp_path, watch=watch)  # pyright: ignore[reportArgumentType]
    assert logs(tmp_path) == written
    assert after.plain() == before.plain()


def test_what_it_came_to_is_read_from_its_logs_alone(tiny: Lesson, tmp_path: Path) -> None:
    assert read_outcome(tiny, out=tmp_path) is None
    with pytest.raises(Interrupted):
        run_lesson(tiny, out=tmp_path, watch=stopping("two", 64))
    assert read_outcome(tiny, out=tmp_path) is None
    outcome = run_lesson(tiny, out=tmp_path)
    found = read_outcome(tiny, out=tmp_path)
    assert found is not None
    assert found.plain() == outcome.plain()


@pytest.mark.parametrize(("run", "at_images"), [("one", 192), ("two", 64)])
def test_an_interrupted_lesson_goes_on_exactly(tiny: Lesson, tmp_path: Path, run: str, at_images: int) -> None:
    whole = run_lesson(tiny, out=tmp_path / "whole")
    with pytest.raises(Interrupted):
        run_lesson(tiny, out=tmp_path / "cut", watch=stopping(run, at_images))
    cut = run_lesson(tiny, out=tmp_path / "cut")
    assert cut.plain()["numbers"] == whole.plain()["numbers"]
    for name in tiny.runs:
        weights = [
            safetensors.torch.load_file(sorted((o.folder / name / "checkpoints").glob("*.safetensors"))[-1])
            for o in (whole, cut)
        ]
        assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])


def test_measuring_changes_nothing_in_the_run(tiny: Lesson, tmp_path: Path) -> None:
    stage = stage_of(tiny, None)
    measured = run_lesson(tiny, out=tmp_path / "measured")
    train_plan(runner.plan_of(tiny, stage, "first", 0, tmp_path / "alone"))
    files = [
        sorted((folder / "checkpoints").glob("*.safetensors"))[-1]
        for folder in (measured.folder / "first", tmp_path / "alone" / "first")
    ]
    tensors = [safetensors.torch.load_file(file) for file in files]
    assert tensors[0].keys() == tensors[1].keys()
    assert all(torch.equal(tensors[0][key], tensors[1][key]) for key in tensors[0])


def test_a_longer_run_drops_the_measures_of_the_old_end(tiny: Lesson, tmp_path: Path) -> None:
    odd = replace(tiny, runs={"first": tiny.runs["first"], "second": replace(tiny.runs["second"], length=0.8)})
    run_lesson(tiny, out=tmp_path)
    outcome = run_lesson(odd, out=tmp_path)
    assert outcome.records["second"]["real_probability"].images == (0, 128, 256, 307 // 64 * 64 + 64)


def test_a_run_that_may_fail_is_a_result(tiny: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"optimisers.generator.learning_rate": 1e30, "optimisers.discriminator.learning_rate": 1e30}
    bold = Training("bold", broken, may_fail=True)
    lesson = replace(tiny, runs={"first": bold, "second": tiny.runs["first"]})
    outcome = run_lesson(lesson, out=tmp_path)
    assert "finite" in outcome.records["first"].failure
    assert outcome.plain()["failures"]["first"]
    written = logs(tmp_path)
    assert run_lesson(lesson, out=tmp_path).records["first"].failure == outcome.records["first"].failure
    assert logs(tmp_path) == written
    strict = replace(lesson, runs={"first": replace(bold, may_fail=False), "second": tiny.runs["first"]})
    with pytest.raises(UserError, match="finite"):
        run_lesson(strict, out=tmp_path / "strict")


def test_runs_of_another_version_are_told(tiny: Lesson, tmp_path: Path) -> None:
    run_lesson(tiny, out=tmp_path)
    with pytest.raises(UserError, match="was trained without measuring diversity; remove it, or choose another --out"):
        run_lesson(replace(tiny, measures=(*tiny.measures, "diversity")), out=tmp_path)
    other = replace(tiny, runs={**tiny.runs, "first": Training("one", {"batch_size": 32})})
    with pytest.raises(UserError, match="batch_size: 64 -> 32"):
        run_lesson(other, out=tmp_path)


def test_unknown_stages_and_measures_are_told_with_the_nearest(tiny: Lesson, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="lesson tiny has no version for 'digit'; did you mean 'digits'"):
        run_lesson(tiny, data="digit", out=tmp_path)
    with pytest.raises(UserError, match="unknown measure 'diversty'; did you mean 'diversity'"):
        run_lesson(replace(tiny, measures=("diversty",)), out=tmp_path)


def test_each_stage_has_a_folder_of_its_own(tiny: Lesson) -> None:
    other = replace(tiny.stages["digits"], data="mnist")
    both = replace(tiny, stages={**tiny.stages, "mnist": other})
    assert folder_of(both, both.stages["digits"], 2) == Path("runs/lesson-tiny/seed-2")
    assert folder_of(both, other, 0) == Path("runs/lesson-tiny-mnist/seed-0")
    assert folder_of(both, other, 0, "x") == Path("x/seed-0")


def test_small_runs_have_a_thread_of_their_own_whatever_the_machine(tiny: Lesson, tmp_path: Path) -> None:
    """Alike on every number of cores; afterwards the number is what it was."""
    for asked, expected in ((1, 1), (None, 2)):
        stage = replace(tiny.stages["digits"], num_threads=asked)
        torch.set_num_threads(2)
        try:
            outcome = run_lesson(replace(tiny, stages={"digits": stage}), out=tmp_path / str(asked))
            assert torch.get_num_threads() == 2
        finally:
            torch.set_num_threads(1)
        started = next(e for e in outcome.run_folder("first").events() if e["type"] == "started")
        assert started["environment"]["num_threads"] == expected


def test_the_engine_knows_nothing_of_measures(tiny: Lesson, tmp_path: Path) -> None:
    """They are written through a callback; a run without them writes none and draws no panel at the start."""
    made = runner.plan_of(tiny, stage_of(tiny, None), "first", 0, tmp_path)
    train_plan(made)
    events = RunFolder(tmp_path / "first").events()
    assert not any(e["type"] == "measurements" for e in events)
    assert all(e["num_images"] for e in events if e["type"] == "samples")
    assert not hasattr(Engine, "measure")
