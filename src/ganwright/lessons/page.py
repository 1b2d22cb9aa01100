"""lesson.html: a lesson as one page that needs nothing else, made from the logs of its runs."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from ganwright import __version__
from ganwright.core.files import write_atomic, write_text
from ganwright.lessons import page_sections as sections
from ganwright.lessons.base import Figure
from ganwright.lessons.canvas import Shot
from ganwright.lessons.figures import draw, write_animation
from ganwright.lessons.runner import Outcome

_ASSETS = Path(__file__).parent / "assets"


def write_page(outcome: Outcome) -> Path:
    """Draw the figures into figures/ beside the page, write lesson.html and return its place.

    Raises UserError where the folder cannot be written to.
    """
    folders = {name: outcome.run_folder(name) for name in outcome.records}
    drawn = [(figure, draw(figure, outcome.lesson, outcome.records, folders)) for figure in outcome.lesson.figures]
    for index, (figure, shots) in enumerate(drawn):
        _write_figure(outcome.folder / "figures", f"{index + 1}-{_slug(figure.title)}", shots)
    write_text(outcome.page, render(outcome, drawn))
    return outcome.page


def _write_figure(folder: Path, name: str, shots: Sequence[Shot]) -> None:
    """The last picture as a PNG, an animation also as a whole."""
    write_atomic(folder / f"{name}.png", lambda path: path.write_bytes(shots[-1].png))
    if len(shots) > 1:
        write_atomic(folder / f"{name}.gif", lambda path: write_animation(shots, path))


def render(outcome: Outcome, drawn: Sequence[tuple[Figure, Sequence[Shot]]]) -> str:
    """Return the page."""
    lesson = outcome.lesson
    parts = [
        sections.verdict(outcome),
        sections.explanation(lesson),
        sections.figures(drawn),
        sections.numbers(outcome),
        sections.differences(outcome),
        sections.commands(outcome),
    ]
    return Template(_asset("lesson.html")).substitute(
        title=escape(f"{lesson.title} · ganwright"),
        style=_asset("lesson.css"),
        heading=escape(lesson.title),
        question=escape(lesson.question),
        body="\n".join(parts),
        footer=f"Made by ganwright {__version__} from {escape(str(outcome.folder))}.",
        script=_asset("lesson.js"),
    )


def _slug(title: str) -> str:
    """A title as part of a file's name."""
    words = "".join(c if c.isalnum() else " " for c in title.lower()).split()
    return "-".join(words[:6])


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")
