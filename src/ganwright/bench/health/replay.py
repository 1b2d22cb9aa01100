"""What detectors would have said of a recorded run, moment by moment. Pure: events in, verdict out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ganwright.core.events import Event
from ganwright.health.detect import diagnose
from ganwright.health.diagnosis import Diagnosis
from ganwright.health.history import HEARD, History

Ask = Callable[[History], list[Diagnosis]]


@dataclass(frozen=True)
class Alarm:
    """The first time that something was found failing.

    kind: what was named first then. num_images: when. others: what else was failing then.
    last: what is named first at the end of the run; None where nothing is any more.
    """

    kind: str
    num_images: int
    others: tuple[str, ...]
    last: str | None


def alarm_of(events: Sequence[Event], total_images: int, begins_images: int = 0, ask: Ask = diagnose) -> Alarm | None:
    """Play a run's events to the detectors, and return the first alarm; None where there is none.

    They are asked where they are in a run: after each `signals` and wherever a number is not finite, with what was
    written until then. begins_images: what was found before that does not count, for as long as it lasts.
    """
    history = History(total_images=total_images)
    first: tuple[int, tuple[str, ...]] | None = None
    failing: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    for event in events:
        if event["type"] not in HEARD:
            continue
        history.add(event)
        if event["type"] not in ("signals", "nonfinite"):
            continue
        failing = tuple(d.kind for d in ask(history) if d.severity == "failing")
        if event["num_images"] < begins_images:
            before = failing
        elif first is None and (new := tuple(kind for kind in failing if kind not in before)):
            first = (event["num_images"], new)
        else:
            before = tuple(kind for kind in before if kind in failing)
    if first is None:
        return None
    return Alarm(first[1][0], first[0], first[1][1:], failing[0] if failing else None)
