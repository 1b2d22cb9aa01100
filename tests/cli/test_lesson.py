"""`ganwright lesson`: lists, runs, judges, and tells mistakes in a line."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from ganwright import lessons
from ganwright.lessons.base import Claim, Curves, Lesson, Runs, Stage, Training


def claims(runs: Runs) -> Sequence[Claim]:
    """One that always holds and one that never does."""
    return [Claim(runs["only"]["real_probability"].last <= 1, "At most 1."), Claim(False, "Never.")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lesson:
    """A lesson of one short run, alone in the table; the working folder is a temporary one."""
    options = {"tick_images": 128, "generator.hidden": [8], "discriminator.hidden": [8]}
    lesson = Lesson(
        name="quick",
        title="Quick",
        question="Is it quick?",
        explanation="It is.",
        stages={"digits": Stage("digits", "mlp", images=256, options=options)},
        runs={"only": Training("the only one")},
        measures=("real_probability",),
        figures=(Curves("D", "", measures=("real_probability",)),),
        claims=claims,
    )
    monkeypatch.setattr(lessons, "LESSONS", {"quick": lesson})
    monkeypatch.chdir(tmp_path)
    return lesson


def test_without_a_name_all_are_listed(call) -> None:
    ended = call("lesson")
    assert ended.code == 0
    rows = ended.out.splitlines()
    assert len(rows) == len(lessons.LESSONS) + 1
    for name, lesson in lessons.LESSONS.items():
        assert any(row.split()[0] == name and lesson.question in row for row in rows)
    listed = json.loads(call("lesson", "--json").out)["lessons"]
    assert [row["name"] for row in listed] == list(lessons.LESSONS)


@pytest.mark.parametrize("name", ["optimal-discriminator", "wasserstein-vs-js", "counterfeiter"])
def test_lessons_on_a_line_say_that_there_is_no_image_version(call, name: str) -> None:
    ended = call("lesson", name, "--data", "mnist")
    assert ended.code == 2
    assert ended.error.startswith(f"ganwright: lesson {name} has no image version, because ")
    assert ended.error.endswith("; leave --data out")


def test_it_runs_and_says_what_held_and_where_the_page_is(call, quick: Lesson) -> None:
    ended = call("lesson", "quick")
    assert ended.code == 0
    assert "quick on digits, seed 0: does not hold" in ended.out
    assert "yes  At most 1." in ended.out
    assert "NO   Never." in ended.out
    page = Path("runs/lesson-quick/seed-0/lesson.html")
    assert f"page {page}" in ended.out
    assert page.is_file()
    assert "the only one: mlp on digits, seed 0" in ended.err


def test_several_seeds_are_each_judged(call, quick: Lesson) -> None:
    ended = call("lesson", "quick", "--seed", "3", "--seeds", "2", "--out", "there", "--json", "--quiet")
    told = json.loads(ended.out)
    assert ended.err == ""
    assert (told["lesson"], told["holds"], told["num_held"]) == ("quick", False, 0)
    assert [own["seed"] for own in told["seeds"]] == [3, 4]
    assert told["seeds"][1]["page"] == "there/seed-4/lesson.html"
    assert [c["holds"] for c in told["seeds"][0]["claims"]] == [True, False]
    first, last = told["seeds"][0]["numbers"]["only"]["real_probability"]
    assert 0 <= first <= 1
    assert 0 <= last <= 1
    again = call("lesson", "quick", "--seed", "3", "--seeds", "2", "--out", "there")
    assert "holds on 0 of 2 seeds" in again.out
    assert "images/s" not in again.err  # nothing was trained again


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["quik"], "unknown lesson 'quik'; did you mean 'quick'?"),
        (["quick", "--data", "digit"], "lesson quick has no version for 'digit'; did you mean 'digits'?"),
        (["quick", "--seed", "-1"], "--seed -1 and --seeds 1: a seed is 0 or more, and there must be 1 or more"),
        (["quick", "--seeds", "0"], "--seed 0 and --seeds 0: a seed is 0 or more, and there must be 1 or more"),
        (["quick", "--seeds", "two"], "--seeds is 'two': not a whole number"),
    ],
)
def test_mistakes_are_told_in_a_line(call, quick: Lesson, arguments: list[str], line: str) -> None:
    ended = call("lesson", *arguments)
    assert ended.code == 2
    assert ended.error == f"ganwright: {line}"
    assert not Path("runs").exists()
