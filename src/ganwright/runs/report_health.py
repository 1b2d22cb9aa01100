"""The section Health: the verdict, what was found over time, and a card for each diagnosis. All texts are escaped.

Severity is told by colour, by shape (failing is a full band, to be watched a low hatched one) and in words.
"""

from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Any

from ganwright.core.wording import number
from ganwright.runs.course import SAID, SEVERITIES, Course, Episode, Recovery, counted
from ganwright.runs.report_classes import class_history
from ganwright.runs.report_facts import RunFacts, flattened

_LANE = 20  # pixels from one arrow to the next below it
_NOT_DONE = {
    "warn": "Nothing: the run was told to warn only. With --on-failure recover it goes back and changes something.",
    "stop": "The run was told to stop.",
    "recover": "Nothing.",
}


def health(facts: RunFacts) -> str:
    """The section; empty where nobody looked at how the run goes."""
    course = facts.course
    if not course.watched:
        return ""
    kinds = _by_kind(course)
    verdict = f'<p class="verdict {course.verdict}"><span>{escape(course.sentence())}</span></p>'
    drawn = _timeline(kinds, course, facts.num_images) if kinds or course.recoveries else ""
    cards = "".join(_card(i, episodes, course, facts) for i, episodes in enumerate(kinds))
    listed = "".join(f"<li>{escape(line)}</li>" for line in [*course.gained, *_fork(course)])
    gained = f'<ul class="notes">{listed}</ul>' if listed else ""
    body = verdict + gained + drawn + (f'<div class="ailments">{cards}</div>' if cards else "") + class_history(facts)
    return f'<section id="health"><h2>Health</h2>\n{body}</section>'


def marks(course: Course, num_images: int) -> dict[str, Any]:
    """What the curves show of it, in thousand images: stretches of ailments, and where the run went back to."""
    stages = [stage for episode in course.episodes for stage in episode.stages]
    stages.sort(key=lambda stage: SEVERITIES.index(stage.severity))  # the worst is drawn last
    bands = [
        {
            "from": stage.start / 1000,
            "to": (num_images if stage.end is None else stage.end) / 1000,
            "severity": stage.severity,
        }
        for stage in stages
    ]
    backs = [{"from": r.from_images / 1000, "to": r.back_to_images / 1000} for r in course.recoveries]
    return {"bands": bands, "backs": backs}


def _fork(course: Course) -> list[str]:
    return [f"At {course.fork.num_images:,} images {course.fork.text()}."] if course.fork else []


def _by_kind(course: Course) -> list[list[Episode]]:
    """The episodes of each kind, the kind that was found first first."""
    order = list(dict.fromkeys(e.kind for e in course.episodes))
    ordered = sorted(course.episodes, key=lambda e: order.index(e.kind))
    return [list(group) for _, group in groupby(ordered, key=lambda e: e.kind)]


# -- the time line -----------------------------------------------------------------------------------------------


def _timeline(kinds: Sequence[Sequence[Episode]], course: Course, num_images: int) -> str:
    """A row for each kind, one for the recoveries, and the axis of images below them."""
    length = max(num_images, 1)
    rows = "".join(
        f'<li><a class="name" href="#health-{index}">{escape(episodes[0].ailment.title)}</a>'
        f"{_bands(episodes, course.recoveries, length)}</li>"
        for index, episodes in enumerate(kinds)
    )
    if course.recoveries:
        rows += f'<li><span class="name">Went back</span>{_arrows(course.recoveries, length)}</li>'
    key = "".join(
        f'<span><svg class="key" width="26" height="16" aria-hidden="true">{_band(s, 0, 100)}</svg>'
        f"{SAID[s].lower()}</span>"
        for s in reversed(SEVERITIES)
    )
    if course.recoveries:
        key += '<span><svg class="key" width="26" height="16" aria-hidden="true">'
        key += f"{_arrow(95, 20, 8)}</svg>went back to an earlier state</span>"
    return (
        f'<figure class="timeline"><ol aria-label="What was found over the run">{rows}</ol>{_axis(length)}'
        f'<figcaption class="keys">{key}</figcaption></figure>'
    )


def _axis(length: int) -> str:
    """Images at every quarter of the run."""
    ticks = "".join(
        f'<line x1="{25 * i}%" x2="{25 * i}%" y1="0" y2="5"/>'
        f'<text x="{25 * i}%" y="18" text-anchor="{anchor}">{_short(length * i / 4)}</text>'
        for i, anchor in enumerate(("start", "middle", "middle", "middle", "end"))
    )
    return (
        '<div class="axis" aria-hidden="true"><span>images seen</span>'
        f'<svg width="100%" height="22"><line x1="0" x2="100%" y1="0" y2="0"/>{ticks}</svg></div>'
    )


def _bands(episodes: Sequence[Episode], recoveries: Sequence[Recovery], length: int) -> str:
    """The stretches of one kind; where one begins before the last ended, from there on."""
    shapes, over = "", 0.0
    for stage in (stage for episode in episodes for stage in episode.stages):
        start = max(over, _percent(stage.start, length))
        over = max(start, _percent(length if stage.end is None else stage.end, length))
        shapes += _band(stage.severity, start, over)
    cuts = "".join(
        f'<line class="cut" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="100%"/>'
        for x in dict.fromkeys(_percent(r.from_images, length) for r in recoveries)
    )
    told = "; ".join(stage.text for episode in episodes for stage in episode.stages)
    label = escape(f"{episodes[0].ailment.title}: {told}")
    return f'<svg width="100%" height="16" role="img" aria-label="{label}"><title>{label}</title>{cuts}{shapes}</svg>'


def _band(severity: str, start: float, end: float) -> str:
    """A stretch from percent to percent: failing is a full bar, to be watched a low row of dashes.

    A tick at its start keeps the shortest one visible.
    """
    ends = f'x1="{start:.2f}%" x2="{end:.2f}%" y1="8" y2="8"'
    tick = f'<line class="tick" x1="{start:.2f}%" x2="{start:.2f}%" y1="1" y2="15"/>'
    return f'<g class="{severity}"><line class="band" {ends}/>{tick}</g>'


def _arrows(recoveries: Sequence[Recovery], length: int) -> str:
    """An arrow for each recovery, from where it was to the moment whose state it went back to."""
    lanes: list[float] = []  # where the last arrow of each lane ends
    shapes, told = "", []
    for index, recovery in enumerate(recoveries, 1):
        start, end = _percent(recovery.from_images, length), _percent(recovery.back_to_images, length)
        lane = next((i for i, taken in enumerate(lanes) if end > taken + 8), len(lanes))
        lanes[lane:] = [start, *lanes[lane + 1 :]]
        anchor = "end" if start > 92 else "start"
        shapes += _arrow(start, end, lane * _LANE + 9)
        shapes += f'<text x="{start:.2f}%" y="{lane * _LANE + 13}" dx="{-11 if anchor == "end" else 9}"'
        shapes += f' text-anchor="{anchor}">{index}</text>'
        told.append(f"{index}: at {recovery.from_images:,} images it {recovery.text()}")
    label = escape("; ".join(told))
    height = len(lanes) * _LANE
    return f'<svg width="100%" height="{height}" role="img" aria-label="{label}"><title>{label}</title>{shapes}</svg>'


def _arrow(start: float, end: float, y: float) -> str:
    return (
        f'<g class="back"><line x1="{start:.2f}%" x2="{end:.2f}%" y1="{y}" y2="{y}"/>'
        f'<circle cx="{start:.2f}%" cy="{y}" r="3.5"/>'
        f'<svg x="{end:.2f}%" y="{y}" overflow="visible"><path d="M-1 0 8 -5V5z"/></svg></g>'
    )


def _percent(images: int, length: int) -> float:
    return 100 * min(max(images, 0), length) / length


def _short(images: float) -> str:
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if images >= size:
            return f"{images / size:.3g}{letter}"
    return f"{images:.0f}"


# -- the cards ---------------------------------------------------------------------------------------------------


def _card(index: int, episodes: Sequence[Episode], course: Course, facts: RunFacts) -> str:
    """What is known of one kind: how bad, when, by which numbers, why, what to do, and what was done."""
    worst = max(episodes, key=lambda e: (SEVERITIES.index(e.severity), e.found_images))
    now = episodes[-1].now
    badge = "gone" if now == "gone" else SAID[now].lower()
    when = "".join(f"<li>{escape(_when(episode))}</li>" for episode in episodes)
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td class="number">{escape(number(value))}</td></tr>'
        for name, value in worst.evidence.items()
    )
    evidence = f'<table class="options"><caption>Evidence</caption><tbody>{rows}</tbody></table>' if rows else ""
    told = [("Likely cause", worst.ailment.cause), ("What to do", worst.ailment.advice)]
    texts = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in told if text)
    return f"""<article class="ailment {now}" id="health-{index}" tabindex="-1">
<header><h3>{escape(worst.ailment.title)}</h3><p class="badge">{escape(badge)}</p></header>
<ul class="when">{when}</ul>
{evidence}<dl>{texts}{_done(worst, course, facts)}</dl></article>"""


def _when(episode: Episode) -> str:
    stages = "; ".join(stage.text for stage in episode.stages)
    found = f", found at {episode.found_images:,}"
    return f"{stages[:1].upper()}{stages[1:]}{found if episode.found_images != episode.onset_images else ''}."


def _done(worst: Episode, course: Course, facts: RunFacts) -> str:
    """The recoveries it led to; where it failed and none was made, why."""
    steps = [(i, r) for i, r in enumerate(course.recoveries, 1) if r.kind == worst.kind]
    if steps:
        listed = "".join(f"<li>{_step(i, recovery, course.most)}</li>" for i, recovery in steps)
        return f"<dt>What was done</dt><dd><ul>{listed}</ul></dd>"
    if worst.severity != "failing":
        return ""
    asked = str(facts.config.get("on_failure") or "warn")
    return f"<dt>What was done</dt><dd>{escape(_NOT_DONE.get(asked, 'Nothing.'))}</dd>"


def _step(index: int, recovery: Recovery, most: int | None) -> str:
    changes = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(_value(value))}</td></tr>'
        for name, value in flattened(recovery.changes)
    )
    caption = f'<caption class="hidden-text">{counted(len(recovery.changes), "option")} changed</caption>'
    table = f'<table class="options">{caption}<tbody>{changes}</tbody></table>' if changes else ""
    about = f": {recovery.about}" if recovery.about else ""
    return f"({index}) At {recovery.from_images:,} images it {escape(recovery.text(most) + about)}.{table}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return number(value) if isinstance(value, (int, float)) else str(value)
