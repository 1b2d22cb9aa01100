"""`ganwright lesson`: demonstrations that train for real and are judged by their own numbers."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from ganwright.cli.flags import DataDir, Flag, Json, Quiet, Whole, verb

if TYPE_CHECKING:
    from rich.console import Console

    from ganwright.cli.progress import Progress
    from ganwright.lessons.runner import Outcome
    from ganwright.runs import Plan

app = verb(
    "lesson",
    "[NAME] [flags]",
    """
ganwright lesson                               # what there is to learn
ganwright lesson optimal-discriminator
ganwright lesson saturating --seeds 3          # does it hold every time?
ganwright lesson first-gan --data mnist --data-dir ~/data
""",
)


@app.default
def lesson(
    name: str | None = None,
    /,
    *,
    data: str | None = None,
    seed: Whole = 0,
    seeds: Whole = 1,
    out: Path | None = None,
    data_dir: DataDir = None,
    open_page: Annotated[Flag, Parameter(name="--open")] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show what GANs do, by training some: a page of figures and a verdict.

    Without NAME, all lessons are listed. Each takes a few minutes on two cores. The
    same command again goes on where it stopped, and trains nothing twice.

    Args:
        name: The lesson.
        data: Another data set to show it on, mostly mnist; by default small data that comes with the package.
        seed: Seed of everything random, 0 or more.
        seeds: Run it on that many seeds, from --seed on, each judged by itself.
        out: The folder; by default runs/lesson-NAME. Each seed gets one inside.
        open_page: Show the page in the browser.
    """
    from ganwright.cli import output
    from ganwright.core.errors import UserError
    from ganwright.core.table import look_up
    from ganwright.lessons import LESSONS

    if name is None:
        rows = [(lesson.name, lesson.question) for lesson in LESSONS.values()]
        plain = [{"name": n, "title": LESSONS[n].title, "question": q} for n, q in rows]
        output.print_result(json, {"lessons": plain}, output.table(("lesson", "what it asks"), rows))
        return
    chosen = look_up(LESSONS, name, "lesson")
    if seed < 0 or seeds < 1:
        raise UserError(f"--seed {seed} and --seeds {seeds}: a seed is 0 or more, and there must be 1 or more")
    messages = output.messages(quiet)
    outcomes = []
    for own in range(seed, seed + seeds):
        outcomes.append(_run(chosen.name, data, own, out, data_dir, messages))
    if open_page:
        import webbrowser

        webbrowser.open(outcomes[-1].page.resolve().as_uri())
    num_held = sum(outcome.holds for outcome in outcomes)
    lines = [line for outcome in outcomes for line in _lines(outcome)]
    if seeds > 1:
        lines.append(f"holds on {num_held} of {seeds} seeds")
    plain = {"lesson": name, "holds": num_held == seeds, "num_held": num_held}
    output.print_result(json, {**plain, "seeds": [outcome.plain() for outcome in outcomes]}, lines)


def _run(
    name: str, data: str | None, seed: int, out: Path | None, data_dir: Path | None, messages: "Console"
) -> "Outcome":
    """Run one lesson on one seed and write its page."""
    from ganwright.cli.failures import Stopped
    from ganwright.lessons import LESSONS
    from ganwright.lessons.page import write_page
    from ganwright.lessons.runner import run_lesson
    from ganwright.training import Interrupted

    try:
        outcome = run_lesson(
            LESSONS[name], data=data, seed=seed, out=out, data_dir=data_dir, watch=lambda *run: _watch(messages, *run)
        )
    except Interrupted as stop:
        line = f"{stop}; the same command again goes on, and trains nothing twice"
        raise Stopped(line, 128 + stop.signal_number) from stop
    messages.print("drawing the page")
    write_page(outcome)
    return outcome


@contextmanager
def _watch(messages: "Console", title: str, plan: "Plan") -> "Iterator[Progress]":
    """Say what is trained, and show how far it is."""
    from ganwright.cli.progress import progress

    config = plan.config
    messages.print(f"{title}: {config.recipe} on {plan.dataset.name}, seed {config.seed}, into {plan.out}")
    for note in plan.notes:
        messages.print(note)
    with progress(messages, config.images, plan.resumes or 0) as display:
        yield display


def _lines(outcome: "Outcome") -> list[Any]:
    """The verdict for people: every claim, and where the page is."""
    verdict = "holds" if outcome.holds else "does not hold"
    return [
        f"{outcome.lesson.name} on {outcome.stage.data}, seed {outcome.seed}: {verdict}",
        *(f"  {'yes' if claim.holds else 'NO '}  {claim.sentence}" for claim in outcome.claims),
        *(f"  {name} could not go on: {r.failure}" for name, r in outcome.records.items() if r.failure),
        f"  page {outcome.page}",
        "",
    ]
