"""Progress shows where a run is, at next to no cost, in a form that suits where it is shown."""

import io
from typing import Any

import pytest
import torch
from rich.console import Console

from ganwright.cli import output
from ganwright.cli.counter import counter
from ganwright.cli.progress import LiveProgress, PlainProgress, Progress, progress

SCALARS = {"discriminator/loss": 1.25, "generator/loss": 0.75, "discriminator/real_probability": 0.6}


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now, self.readings = 0.0, 0

    def __call__(self) -> float:
        self.readings += 1
        return self.now


class Terminal(io.StringIO):
    """Takes what would go to a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return output.make_console(Terminal())


def plain() -> Console:
    return output.make_console(io.StringIO())


def text(console: Console) -> str:
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def event(type: str, num_images: int = 0, **fields: Any) -> dict[str, Any]:
    return {"type": type, "iteration": 0, "num_images": num_images, "time": 0.0, **fields}


def test_plain_lines_come_every_so_often(clock: Clock) -> None:
    console = plain()
    with PlainProgress(console, 100_000, 0, clock) as display:
        for second in range(101):
            clock.now = float(second)
            display.on_iteration(second * 1000)
        display.on_event(event("log", scalars=SCALARS))
        display.on_event(event("finished", 100_000))
    lines = text(console).splitlines()
    assert lines[0] == "2,000 of 100,000 images (2%), 1,000 images/s, 1 min 38 s left"
    assert lines[-1].startswith("100,000 of 100,000 images (100%), D loss 1.25, G loss 0.75, D(real) 0.6")
    assert 12 <= len(lines) <= 22
    assert not set("\x1b\r") & set(text(console))


def test_plain_lines_become_rare_in_long_runs(clock: Clock) -> None:
    console = plain()
    display = PlainProgress(console, 10**9, 0, clock)
    for minute in range(600):
        clock.now = 60.0 * minute
        display.on_iteration(minute)
    assert text(console).count("\n") < 60


def test_an_iteration_costs_one_reading_of_the_clock(clock: Clock) -> None:
    for display in (PlainProgress(plain(), 10, 0, clock), Progress(10, 0, clock)):
        clock.readings = 0
        for index in range(1000):
            display.on_iteration(index)
        assert clock.readings == 1000


def test_speed_forgets_what_is_long_ago(clock: Clock) -> None:
    display = Progress(10**6, 0, clock)
    for step in range(601):  # a minute at 10 images/s, then a minute at 1000
        clock.now += 0.2
        display.on_iteration(step if step <= 300 else 300 + (step - 300) * 200)
    assert display.images_per_second == pytest.approx(1000)


def test_a_resumed_run_counts_its_speed_from_where_it_goes_on(clock: Clock) -> None:
    display = Progress(20_000, 10_000, clock)
    clock.now = 100.0  # setting up
    display.on_iteration(10_100)
    clock.now = 101.0
    display.on_iteration(10_600)
    assert display.images_per_second == 500
    assert display.numbers() == "10,600 of 20,000 images (53%), 500 images/s, 19 s left"


def test_critics_show_scores_where_there_are_no_probabilities() -> None:
    display = Progress(10)
    display.on_event(event("log", scalars={"discriminator/loss": -2.0, "discriminator/real_score": 5.0}))
    assert display.losses() == "D loss -2, D(real) 5"
    display.on_event(event("log", scalars={"classifier/loss": 0.5, "x": 1.0}))
    assert display.losses() == "classifier loss 0.5"


def test_live_display_shows_bar_scalars_and_preview(terminal: Console, clock: Clock) -> None:
    with LiveProgress(terminal, 1000, 0, clock) as display:
        display.on_panel(torch.arange(256, dtype=torch.uint8).view(4, 1, 8, 8))
        display.on_event(event("log", scalars=SCALARS))
        display.on_iteration(250)
        clock.now = 1.0
        display.on_iteration(500)
    shown = text(terminal)
    assert "500 of 1,000 images" in shown
    assert "G loss 0.75" in shown
    assert any(block in shown for block in "▀▄█")
    assert shown.rstrip().endswith("\x1b[?25h")  # the cursor is given back


def diagnosis(state: str, num_images: int, severity: str = "failing") -> dict[str, Any]:
    told = {"title": "Full mode collapse", "cause": "", "advice": "Take packs.", "evidence": {"distinct samples": 0.03}}
    return event("diagnosis", num_images, state=state, severity=severity, kind="full-collapse", onset_images=8, **told)


def recovery(num_images: int) -> dict[str, Any]:
    told = {"back_to_images": 5, "from_images": num_images, "remedy": "packs", "changes": {}, "attempt": 1}
    return event("recovery", num_images, kind="full-collapse", **told)


def test_what_is_found_is_said_in_plain_lines(clock: Clock) -> None:
    console = plain()
    with progress(console, 100, 0, clock, most_recoveries=6) as display:
        display.on_event(diagnosis("found", 20, "watch"))
        display.on_event(diagnosis("changed", 40))
        display.on_event(recovery(40))
        display.on_event(diagnosis("gone", 40))
        display.on_event(diagnosis("found", 60, "watch"))
        display.on_event(diagnosis("gone", 80, "watch"))
        display.on_event(event("signals", 80, values={}))
    assert text(console).splitlines() == [
        "at 20 images: Full mode collapse (to be watched since 8 images): distinct samples = 0.03",
        "at 40 images: Full mode collapse (failing since 8 images): distinct samples = 0.03. Take packs.",
        "at 40 images: went back to 5 images with the remedy packs (attempt 1 of 6)",
        "at 60 images: Full mode collapse (to be watched since 8 images): distinct samples = 0.03",
        "at 80 images: Full mode collapse: gone",
    ]


def test_a_fork_is_shown_as_a_run_of_its_own(clock: Clock) -> None:
    console = plain()
    with progress(console, 100, 0, clock) as display:
        display.on_iteration(50)
        display.on_event(event("fork", 60, kind="x", out="runs/x-fork", recipe="rescued", images=40, changes={}))
        clock.now = 10.0
        display.on_iteration(4)
        clock.now = 20.0
        display.on_iteration(24)
    said, shown = text(console).splitlines()
    assert said == "at 60 images: its fork runs/x-fork (recipe 'rescued') takes over"
    assert shown == "24 of 40 images (60%), 2 images/s, 8.0 s left"


def test_what_is_found_stays_above_the_bar(terminal: Console, clock: Clock) -> None:
    with LiveProgress(terminal, 100, 0, clock) as display:
        display.on_event(diagnosis("found", 40))
        display.on_iteration(50)
        clock.now = 1.0
        display.on_iteration(60)
    shown = text(terminal)
    assert shown.count("Full mode collapse (failing since 8 images)") == 1
    assert shown.index("Full mode collapse") < shown.index("60 of 100 images")


def test_a_quiet_console_is_told_nothing(clock: Clock) -> None:
    console = plain()
    console.quiet = True
    with progress(console, 100, 0, clock) as display:
        display.on_event(diagnosis("found", 40))
        display.on_event(recovery(40))
    assert text(console) == ""


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_the_bar_takes_one_line(columns: int, terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    console = output.make_console(Terminal())
    display = LiveProgress(console, 99_999_999, 0, clock := Clock())
    display.on_iteration(100_000)
    clock.now = 1.0
    with display._live:
        display.on_iteration(137_024)
    assert len(console.render_lines(display._render(), pad=False)) == 2  # the bar, and the line of losses


def test_live_display_spends_at_most_a_hundredth_of_the_time(terminal: Console) -> None:
    class Slow(Clock):
        def __call__(self) -> float:
            self.now += 0.02  # each look at the clock finds 20 ms gone: drawing costs that much
            return super().__call__()

    display = LiveProgress(terminal, 1000, 0, Slow())
    display.show()
    assert display.next_due(0.0) == pytest.approx(2.0)


def test_the_kind_of_display_follows_the_console(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(progress(terminal, 10)) is LiveProgress
    assert type(progress(plain(), 10)) is PlainProgress
    quiet = plain()
    quiet.quiet = True
    assert type(progress(quiet, 10)) is Progress
    monkeypatch.setenv("TERM", "dumb")
    assert type(progress(terminal, 10)) is PlainProgress


def test_counter_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("ganwright.cli.counter.time.monotonic", clock)
    console = plain()
    with counter(console, "reading") as report:
        for done in range(1, 21):
            clock.now += 1
            report(done * 100, 2000)
    assert text(console).splitlines() == [f"reading: {n:,} of 2,000" for n in (500, 1000, 1500, 2000)]


def test_counter_on_a_terminal(terminal: Console) -> None:
    with counter(terminal, "reading") as report:
        report(1, 2)
        report(2, 2)
    assert "reading" in text(terminal)
