"""The page: whole in one file, true to the numbers, safe, and with commands that repeat what was run."""

import io
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ganwright.cli import overrides
from ganwright.core.options import differences
from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA, read_mark
from ganwright.lessons.base import Curves, Lesson, Panels, Profiles, Stage, Training
from ganwright.lessons.commands import lesson_command, run_command
from ganwright.lessons.figures import draw
from ganwright.lessons.page import write_page
from ganwright.lessons.results import Curve, Record
from ganwright.lessons.runner import Outcome, run_lesson
from ganwright.runs.plan import plan


@pytest.fixture(scope="module")
def outcome(tiny: Lesson, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return run_lesson(tiny, seed=1, out=tmp_path_factory.mktemp("lesson"))


def test_it_holds_everything_and_fetches_nothing(outcome: Outcome) -> None:
    page = write_page(outcome).read_text(encoding="utf-8")
    sources = re.findall(r'\b(?:src|href)="([^"]*)"', page)
    assert all(s.startswith("data:") or s.endswith("/report.html") for s in sources)
    assert sum(s.startswith("data:image/png") for s in sources) == 4
    assert "@import" not in page
    assert "url(" not in page
    assert "viewport" in page
    for link in (s for s in sources if s.endswith("/report.html")):
        assert (outcome.folder / link).is_file()


def test_the_verdict_and_the_numbers_are_the_runs(outcome: Outcome) -> None:
    page = write_page(outcome).read_text(encoding="utf-8")
    assert "1 of 2 claims did not hold" in page
    assert '<li class="holds">Probabilities are at least 0.</li>' in page
    assert "<li>One is above &lt;1&gt;.</li>" in page
    last = outcome.records["first"]["real_probability"].last
    assert f"{last:.4g}" in page
    assert "Tiny &amp; quick" in page
    assert "Does &lt;it&gt; run?" in page
    assert '<pre class="equation">a &lt; b</pre>' in page
    assert "<p>Last, over two lines.</p>" in page
    assert "loss.kind" in page  # what differs
    assert "generator.hidden</th>" not in page  # what does not


def test_a_lesson_that_holds_says_so(outcome: Outcome) -> None:
    held = replace(outcome, claims=outcome.claims[:1])
    assert "It holds" in write_page(held).read_text(encoding="utf-8")


def test_figures_are_files_too_and_say_what_they_show(outcome: Outcome) -> None:
    write_page(outcome)
    files = ["1-curve.png", "2-panel.png", "3-groups.png", "4-bars.png"]
    marks = {name: read_mark(outcome.folder / "figures" / name).get("digital_source_type") for name in files}
    assert marks.pop("2-panel.png") == TRAINED_ALGORITHMIC_MEDIA
    assert not any(marks.values())


def test_the_page_is_the_same_when_it_is_written_again(outcome: Outcome) -> None:
    first = write_page(outcome).read_bytes()
    assert write_page(outcome).read_bytes() == first


def test_commands_repeat_the_runs(outcome: Outcome) -> None:
    """Parsed as the command line parses them, they give the config that was trained."""
    for name in outcome.records:
        words = shlex.split(run_command(outcome, name))
        assert words[:3] == ["ganwright", "train", "digits"]
        flags = ("--recipe", "--images", "--seed", "--out", "--fork")
        kept, options = overrides.split(words[3:], flags)
        own = dict(zip(kept[::2], kept[1::2], strict=True))
        assert own.keys() <= set(flags)
        made = plan(
            "digits",
            own["--recipe"],
            images=int(own["--images"]),
            seed=int(own["--seed"]),
            overrides=overrides.Given(options).values(),
        )
        assert differences(outcome.run_folder(name).config(), made.config) == []
        assert ("--fork" in own) == (name == "second")
    assert lesson_command(outcome) == "ganwright lesson tiny --seed 1"


def test_parts_with_options_fit_into_one_word(tiny: Lesson, tmp_path: Path) -> None:
    options = {"penalties": [{"kind": "gp", "weight": 1.5}], "discriminator.spectral_norm": False}
    lesson = replace(tiny, runs={"first": Training("one", options), "second": tiny.runs["first"]})
    made = Outcome(lesson, lesson.stages["digits"], 0, tmp_path, {}, ())
    words = shlex.split(run_command(made, "first"))
    assert words[words.index("--penalties") + 1] == '[{kind = "gp", weight = 1.5}]'
    _, given = overrides.split(words[3:], ())
    assert overrides.Given(given).values()["penalties"] == [{"kind": "gp", "weight": 1.5}]


def line_lesson(figure: Profiles | Curves, *runs: str) -> tuple[Lesson, dict[str, Record]]:
    """A lesson of one figure, with made-up numbers of four moments."""
    moments = (0, 100, 200, 300)
    grid = [0.0, 1.0, 2.0]
    record = Record(
        {
            "grid": Curve(moments, tuple(grid for _ in moments)),
            "a": Curve(moments, ([0.0, 1.0, 0.0], [1.0, float("nan"), 2.0], [0.5, 0.5, 0.5], [3.0, 2.0, 1.0])),
            "b": Curve(moments, tuple([0.1, 0.2, 0.1] for _ in moments)),
            "number": Curve(moments, (1.0, float("inf"), 100.0, -5.0)),
            "still": Curve(moments, (2.0, 2.0, 2.0, 2.0)),
        }
    )
    names = runs or ("one",)
    trainings = {name: Training(name) for name in names}
    stages = {"d": Stage("d", "mlp", 1)}
    lesson = Lesson("x", "x", "x", "x", stages, trainings, (), (figure,), lambda runs: [])
    return lesson, dict.fromkeys(names, record)


@pytest.mark.parametrize("runs", [("one",), ("one", "two"), ("one", "two", "three")])
def test_an_animation_is_a_picture_a_moment_of_one_size(runs: tuple[str, ...]) -> None:
    figure = Profiles("f", "", "grid", (("a", "line"), ("b", "filled")), areas=("b",), animated=True, axis="y")
    lesson, records = line_lesson(figure, *runs)
    shots = draw(figure, lesson, records, {})
    assert [shot.caption for shot in shots] == ["0 images", "100 images", "200 images", "300 images"]
    assert len({Image.open(io.BytesIO(shot.png)).size for shot in shots}) == 1
    assert len({shot.png for shot in shots}) == 4


@pytest.mark.parametrize(
    "figure",
    [
        Profiles("f", "", "grid", (("a", "line"), ("b", "other")), moments=3, references=((0.5, "half"),)),
        Profiles("f", "", "grid", (("a", "line"),), areas=("a",), moments=2, limits=(0.0, 3.0)),
        Profiles("f", "", "grid", (("a", "line"),), runs=("two",), moments=1),
        Curves("f", "", ("number",), logarithmic=True, references=(("still", "two"), (3.0, "three"))),
        Curves("f", "", ("number", "still"), ("n", "s"), runs=("two",), limits=(0.0, None)),
    ],
)
def test_charts_are_drawn_whatever_the_numbers(figure: Profiles | Curves) -> None:
    lesson, records = line_lesson(figure, "one", "two")
    (shot,) = draw(figure, lesson, records, {})
    assert Image.open(io.BytesIO(shot.png)).width == 1080


def test_an_animation_has_a_player_and_a_file(outcome: Outcome) -> None:
    figure = Profiles("Moving", "", "class_shares", (("real_class_shares", "share"),), animated=True)
    moving = replace(outcome, lesson=replace(outcome.lesson, figures=(figure,)))
    page = write_page(moving).read_text(encoding="utf-8")
    assert page.count("data-moment=") == 3
    assert page.count('class="shown"') == 1  # without scripts the last moment is there
    assert '<div class="player" hidden>' in page
    with Image.open(outcome.folder / "figures" / "1-moving.gif") as animation:
        assert getattr(animation, "n_frames", 1) == 3


def test_panels_show_every_run_at_every_moment_and_the_data(outcome: Outcome) -> None:
    figure = Panels("p", "", moments=2)
    folders = {name: outcome.run_folder(name) for name in outcome.records}
    tall = Image.open(io.BytesIO(draw(figure, outcome.lesson, outcome.records, folders)[0].png)).height
    more = replace(figure, moments=3)
    taller = Image.open(io.BytesIO(draw(more, outcome.lesson, outcome.records, folders)[0].png)).height
    assert taller > tall
    single = replace(figure, runs=("first",))
    assert draw(single, outcome.lesson, outcome.records, folders)[0].png
