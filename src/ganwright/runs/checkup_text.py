"""A checkup in the terminal: the verdict, why and what to do, the time line drawn, and the numbers that decided."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from ganwright.core.wording import number
from ganwright.health.detectors import DETECTORS
from ganwright.health.detectors.losses_only import D_LOSS, limit
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.health.series import Series
from ganwright.runs.course import Episode, Recovery, counted, evidence_text
from ganwright.runs.terminal import VERDICT_STYLES, sparkline

if TYPE_CHECKING:
    from ganwright.runs.checkup import Checkup

STYLES = {**VERDICT_STYLES, "gone": "dim"}
MARKS = {"": "·", "watch": "▒", "failing": "█", "recovery": "◀"}
MARKS_ASCII = {"": ".", "watch": "+", "failing": "#", "recovery": "<"}
LEAST_BAR, MOST_BAR = 16, 60
MOST_LISTED = 24


def text(checkup: "Checkup", width: int, ascii_only: bool) -> Text:
    """All of it. width: of the lines that are drawn."""
    told = Text()
    told.append(headline(checkup), STYLES[checkup.verdict]).append("\n")
    origin = checkup.origin
    state = f", {origin.state[:1].lower()}{origin.state[1:].rstrip('.')}" if origin.state else ""
    told.append(f"{origin.path}: {origin.about}, {checkup.num_images:,} {origin.unit}{state}\n", "dim")
    _add_reason(told, checkup)
    _add_time_line(told, checkup, width, MARKS_ASCII if ascii_only else MARKS)
    _add_story(told, checkup)
    _add_numbers(told, checkup, width, ascii_only)
    _add_limits(told, checkup)
    told.rstrip()
    return told


def headline(checkup: "Checkup") -> str:
    """The verdict in one line."""
    primary, unit = checkup.primary, checkup.origin.unit
    if primary is None and checkup.verdict == "young":
        return _too_early(checkup)
    if primary is None:
        num = len(set(DETECTORS) - set(checkup.silent) - set(checkup.waiting))
        gone = "; what was found earlier is gone" if checkup.course.episodes else ""
        looked = len(checkup.history.signal("distinct_live")) and "full-collapse" not in checkup.waiting
        alone = " in the losses" if checkup.by_losses and not looked else ""
        odd = "; ".join(checkup.course.unusual)
        could = f"({num} of {len(DETECTORS)} detectors could look){gone}"
        if odd:
            return f"No failure is seen{alone} {could}; its settings are unusual: {odd}"
        return f"Healthy: no failure is seen{alone} {could}"
    said = "Failing" if primary.now == "failing" else "To be watched"
    others = len(checkup.course.lasting) - 1
    also = f" (and {others} more, below)" if others else ""
    return f"{said}: {primary.ailment.title}, since {primary.onset_images:,} {unit}{also}"


def _too_early(checkup: "Checkup") -> str:
    """How much there is, and how much would be needed."""
    if checkup.origin.kind == "run" and checkup.course.verdict == "young":
        return checkup.course.sentence().rstrip(".")
    if len(checkup.waiting) > len(checkup.by_losses):
        looks = counted(len(checkup.history.looks), "look")
        return f"Too little to say: {looks} of the {checkup.course.num_needed} that detectors wait for"
    moments = counted(len(checkup.history.scalar(D_LOSS)), "moment")
    return f"Too little to say: {moments} of the {limit('warm_up_moments'):g} that losses need"


def _add_reason(told: Text, checkup: "Checkup") -> None:
    primary = checkup.primary
    if primary is None:
        return
    told.append("\n")
    for name, said in (("why", primary.ailment.cause), ("do", primary.ailment.advice)):
        told.append(f"{name:<10}", "dim").append(f"{said}\n")
    for index, (name, value) in enumerate(primary.evidence.items()):
        told.append(f"{'' if index else 'evidence':<10}", "dim").append(f"{number(value)}", "bold").append(
            f"  {name}\n"
        )


def _add_time_line(told: Text, checkup: "Checkup", width: int, marks: dict[str, str]) -> None:
    """A bar for each ailment, from the beginning to the newest moment, and one for what was done."""
    course, end = checkup.course, checkup.num_images
    rows = list(dict.fromkeys(e.kind for e in course.episodes))
    if not rows and not course.recoveries:
        return
    label = max(map(len, [*rows, "recoveries"]))
    num = max(LEAST_BAR, min(MOST_BAR, width - label - 2))
    told.append("\n")
    for kind in rows:
        told.append(f"{kind:<{label}}  ", "dim")
        for state in bar([e for e in course.episodes if e.kind == kind], end, num):
            told.append(marks[state], STYLES.get(state, "dim"))
        told.append("\n")
    if course.recoveries:
        line = [marks[""]] * num
        for recovery in course.recoveries:
            line[place(recovery.from_images, end, num)] = marks["recovery"]
        told.append(f"{'recoveries':<{label}}  ", "dim").append("".join(line), "cyan").append("\n")
    last = f"{end:,} {checkup.origin.unit}"
    told.append(f"{'':<{label}}  0{last:>{num - 1}}\n", "dim")
    told.append(f"{'':<{label}}  {marks['watch']} to be watched  {marks['failing']} failing\n", "dim")


def bar(episodes: Sequence[Episode], end: int, num: int) -> list[str]:
    """The state ("", watch or failing) in each of `num` stretches of 0 to `end`; the worst of a stretch counts."""
    line = [""] * num
    for severity in ("watch", "failing"):
        for episode in episodes:
            for stage in episode.stages:
                if stage.severity == severity:
                    last = end if stage.end is None else stage.end
                    for at in range(place(stage.start, end, num), place(last, end, num) + 1):
                        line[at] = severity
    return line


def place(num_images: int, end: int, num: int) -> int:
    """Which of `num` stretches of 0 to `end` a moment falls into."""
    return max(0, min(num - 1, num_images * num // max(end, 1)))


def _add_story(told: Text, checkup: "Checkup") -> None:
    """Everything that was found, changed or gone, and what was done, one line each, in order of time."""
    unit = checkup.origin.unit
    lines: list[tuple[int, str, str]] = []
    for episode in checkup.course.episodes:
        lines.append((episode.found_images, *_found(episode, unit, episode is not checkup.primary)))
        for before, stage in zip(episode.stages, episode.stages[1:], strict=False):
            worse = before.severity == "watch"
            said = f"{episode.ailment.title}: {'failing' if worse else 'no longer failing, to be watched'}"
            lines.append((stage.start, said, STYLES[stage.severity]))
        if episode.gone_images is not None:
            lines.append((episode.gone_images, f"{episode.ailment.title}: gone", "green"))
    lines += [(r.from_images, _done(r, unit), "cyan") for r in checkup.course.recoveries]
    if not lines:
        return
    lines.sort(key=lambda line: line[0])
    told.append("\n")
    left_out = len(lines) - MOST_LISTED
    label = max(len(f"{line[0]:,}") for line in lines)
    for num, said, style in lines[:MOST_LISTED]:
        told.append(f"at {num:>{label},}  ", "dim").append(f"{said}\n", style)
    if left_out > 0:
        told.append(f"and {left_out} more; --json has them all\n", "dim")


def _found(episode: Episode, unit: str, with_evidence: bool) -> tuple[str, str]:
    first = episode.stages[0]
    said = "failing" if first.severity == "failing" else "to be watched"
    evidence = f": {evidence_text(episode.evidence)}" if with_evidence and episode.evidence else ""
    return f"{episode.ailment.title} found, {said}, since {first.start:,} {unit}{evidence}", STYLES[first.severity]


def _done(recovery: Recovery, unit: str) -> str:
    return recovery.text().replace(f"{recovery.back_to_images:,} images", f"{recovery.back_to_images:,} {unit}")


def _add_numbers(told: Text, checkup: "Checkup", width: int, ascii_only: bool) -> None:
    shown = checkup.decisive()
    if not shown:
        return
    label = max(map(len, shown))
    num = max(LEAST_BAR, min(40, width - label - 14))
    told.append("\n")
    for name, series in shown.items():
        told.append(f"{name:<{label}}  ", "dim").append(f"{_line(series, num, ascii_only):<{num}}", "cyan")
        told.append(f"  {number(series.last):>9}\n")


def _line(series: Series, num: int, ascii_only: bool) -> str:
    """Values over time rather than over their number: moments need not lie evenly."""
    first, last = series.images[0], series.images[-1]
    stretches: list[list[float]] = [[] for _ in range(num)]
    for at, value in zip(series.images, series.values, strict=True):
        stretches[place(at - first, last - first, num)].append(value)
    finite = [[v for v in s if math.isfinite(v)] for s in stretches]
    values = [
        (sum(f) / len(f) if len(f) == len(s) else math.nan) if s else None
        for s, f in zip(stretches, finite, strict=True)
    ]
    return sparkline(_filled(values), num, ascii_only)


def _filled(values: Sequence[float | None]) -> list[float | None]:
    """Stretches without a moment show the one before."""
    told: list[float | None] = []
    for value in values:
        told.append(value if value is not None else told[-1] if told else None)
    return told


def _add_limits(told: Text, checkup: "Checkup") -> None:
    """What could not be told and why, what was read from where, and what was assumed."""
    told.append("\n")
    if checkup.columns:
        read = ", ".join(f"{role} from '{name}'" for role, name in checkup.columns.items())
        told.append(f"{'read':<13}", "dim").append(f"{read}\n")
    for index, note in enumerate(checkup.notes):
        told.append(f"{'' if index else 'note':<13}", "dim")
        told.append(f"{note}\n", "dim")
    alone = [kind for kind in checkup.by_losses if kind in DIAGNOSES]
    if alone:
        told.append(f"{'by losses':<13}", "dim").append(f"{', '.join(alone)}\n", "dim")
    if checkup.waiting and checkup.verdict != "young":
        told.append(f"{'too early':<13}{', '.join(checkup.waiting)}\n", "dim")
    for index, (kind, why) in enumerate(checkup.silent.items()):
        told.append(f"{'' if index else 'cannot tell':<13}{kind}: {why}\n", "dim")
