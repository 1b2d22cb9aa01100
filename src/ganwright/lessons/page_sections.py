"""The sections of a lesson's page, as HTML."""

import base64
import json
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from ganwright.core.options import options_of
from ganwright.core.wording import duration, number
from ganwright.lessons.base import Figure, Lesson
from ganwright.lessons.canvas import Shot
from ganwright.lessons.commands import lesson_command, run_command
from ganwright.lessons.probes import PROBES
from ganwright.lessons.results import Record
from ganwright.lessons.runner import Outcome, scalars

_NUMBER = ' class="number"'


def verdict(outcome: Outcome) -> str:
    """Every claim and whether it held, on what, and which runs could not go on."""
    items = "".join(f"<li{_held(claim.holds)}>{escape(claim.sentence)}</li>" for claim in outcome.claims)
    failed = sum(not claim.holds for claim in outcome.claims)
    word = "It holds" if not failed else f"{failed} of {len(outcome.claims)} claims did not hold"
    protocol = f"{outcome.stage.data}, {outcome.stage.images:,} images a run, seed {outcome.seed}; "
    protocol += f"trained in {duration(_training_seconds(outcome))}."
    box = f"""<section class="verdict{" holds" if outcome.holds else ""}"><h2>{word}</h2>
<ul>{items}</ul>
<p class="protocol">{escape(protocol)}</p></section>"""
    titles = {name: outcome.lesson.runs[name].title for name in outcome.records}
    return box + "".join(
        f'\n<p class="failure"><b>{escape(titles[name])}</b> could not go on: {escape(record.failure)}</p>'
        for name, record in outcome.records.items()
        if record.failure
    )


def _held(holds: bool) -> str:
    return ' class="holds"' if holds else ""


def _training_seconds(outcome: Outcome) -> float:
    """Of all runs together, panels and measures apart."""
    logs = [outcome.run_folder(name).events() for name in outcome.records]
    return sum(max((event.get("training_seconds", 0.0) for event in log), default=0.0) for log in logs)


def explanation(lesson: Lesson) -> str:
    """Paragraphs, parted by empty lines; one indented by four spaces is an equation."""
    blocks = "".join(map(_block, filter(str.strip, lesson.explanation.strip("\n").split("\n\n"))))
    if lesson.no_images:
        blocks += f"<p>{escape(f'There is no image version, because {lesson.no_images}.')}</p>"
    return f'<section class="explanation"><h2>What to expect</h2>{blocks}</section>'


def _block(text: str) -> str:
    if not text.startswith("    "):
        return f"<p>{escape(' '.join(text.split()))}</p>"
    lines = "\n".join(line.removeprefix("    ") for line in text.splitlines())
    return f'<pre class="equation">{escape(lines)}</pre>'


def figures(drawn: Iterable[tuple[Figure, Sequence[Shot]]]) -> str:
    """Every figure with its caption."""
    return f"<section><h2>What happened</h2>{''.join(_figure(f, shots) for f, shots in drawn)}</section>"


def _figure(figure: Figure, shots: Sequence[Shot]) -> str:
    title, caption = escape(figure.title), f"<figcaption>{escape(figure.caption)}</figcaption>"
    if len(shots) == 1:
        return f'<figure><h3>{title}</h3><img src="{_address(shots[0])}" alt="{title}">{caption}</figure>'
    last = len(shots) - 1
    frames = ""
    for index, shot in enumerate(shots):
        shown, moment = ' class="shown"' if index == last else "", escape(shot.caption)
        frames += f'<img{shown} src="{_address(shot)}" alt="{title}, {moment}" data-moment="{moment}">'
    player = f"""<div class="player" hidden><button type="button">Play</button>
<input type="range" min="0" max="{last}" value="{last}" aria-label="Moment of the run">
<output>{escape(shots[-1].caption)}</output></div>"""
    return f'<figure class="animation"><h3>{title}</h3>{player}<div class="frames">{frames}</div>{caption}</figure>'


def _address(shot: Shot) -> str:
    return f"data:image/png;base64,{base64.b64encode(shot.png).decode()}"


def numbers(outcome: Outcome) -> str:
    """Every scalar measure, before the first step and at the end of every run."""
    records = outcome.records.values()
    measures = dict.fromkeys(m for record in records for m in scalars(outcome.lesson, record))
    rows = ""
    for measure in measures:
        probe = PROBES[measure]
        about = f"{escape(probe.title)}<small>{escape(probe.description)}</small>"
        rows += _row(about, (_first_and_last(record, measure) for record in records), _NUMBER)
    lead = '<p class="lead">Before the first step → at the end.</p>'
    return f"<section><h2>The numbers</h2>{lead}{_table(outcome, rows, _NUMBER)}</section>"


def _first_and_last(record: Record, measure: str) -> str:
    """A cell; a dash where a run has not been asked for the measure."""
    if measure not in record:
        return "-"
    return f"<small>{number(record[measure].first)} → </small>{number(record[measure].last)}"


def differences(outcome: Outcome) -> str:
    """The options in which the runs differ, side by side; nothing for a single run."""
    if len(outcome.records) < 2:
        return ""
    trees = [{o.name: o.value for o in options_of(outcome.run_folder(name).config())} for name in outcome.records]
    rows = ""
    for option in dict.fromkeys(name for tree in trees for name in tree):
        values = [tree.get(option) for tree in trees]
        if len({json.dumps(value, default=str) for value in values}) > 1:
            rows += _row(escape(option), (escape(_shown(value)) for value in values))
    starts = [outcome.lesson.runs[name].starts_from for name in outcome.records]
    if any(starts):
        rows += _row("starts from", (escape(start or "fresh weights") for start in starts))
    lead = '<p class="lead">Everything else is the same, the seed included.</p>'
    return f"<section><h2>What differs between the runs</h2>{lead}{_table(outcome, rows, kind='options')}</section>"


def _shown(value: Any) -> str:
    if value is None or value == ():
        return "-"
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _row(head: str, cells: Iterable[str], attribute: str = "") -> str:
    return f'<tr><th scope="row">{head}</th>{"".join(f"<td{attribute}>{cell}</td>" for cell in cells)}</tr>'


def _table(outcome: Outcome, rows: str, attribute: str = "", kind: str = "") -> str:
    """Rows under a head that names the runs."""
    titles = [escape(outcome.lesson.runs[name].title) for name in outcome.records]
    heads = "".join(f'<th scope="col"{attribute}>{title}</th>' for title in titles)
    return (
        f'<div class="scroll"><table class="{kind}"><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def commands(outcome: Outcome) -> str:
    """What to type to repeat all of it, or one run."""
    runs = outcome.lesson.runs
    singles = "".join(
        f'<h3>{escape(runs[name].title)} <a href="{escape(name)}/report.html">report</a></h3>'
        f"{_command(run_command(outcome, name))}"
        for name in outcome.records
    )
    return f"""<section class="commands"><h2>Try it</h2><p class="lead">The whole lesson again:</p>
{_command(lesson_command(outcome))}
<p class="lead">One of its runs, to change what you like:</p>
{singles}</section>"""


def _command(line: str) -> str:
    return f'<pre class="command">{escape(line)}</pre>'
