"""Asks the detectors after the fact: what they would have said, moment by moment, of what was written."""

from collections.abc import Iterable

from ganwright.core.events import Event
from ganwright.health import SIGNALS
from ganwright.health.detect import diagnose
from ganwright.health.detectors import DETECTORS
from ganwright.health.detectors.losses_only import LOSSES_ONLY
from ganwright.health.diagnosis import DIAGNOSES, Diagnosis
from ganwright.health.history import History

MOST_MOMENTS = 1000
"""Of more moments every so many are asked at; the last one always is."""

_UNEQUAL = {"discriminator-too-strong", "discriminator-too-weak"}


def diagnose_all(history: History) -> list[Diagnosis]:
    """As `detect.diagnose`, and what the losses alone tell where a detector lacks what it needs."""
    found = diagnose(history)
    kinds = {d.kind for d in found}
    for kind, detector in LOSSES_ONLY.items():
        if kind not in kinds and not _asked_signals(kind, history) and detector.can_tell(history):
            finding = detector.find(history)
            # losses that repeat one number because the discriminator is perfect or beaten say nothing of their own
            explained = kind == "stalled" and {d.kind for d in found} & _UNEQUAL
            found += (
                [Diagnosis(kind, history.num_images, finding, history.unusual)] if finding and not explained else []
            )
    return sorted(found, key=lambda d: d.severity != "failing")


def replay(
    events: Iterable[Event], total_images: int | None = None, at_logs: bool = False
) -> tuple[list[Event], History, int]:
    """The events with the `diagnosis` events among them that a watcher of today would have written; the history at the
    end; and how often the detectors were asked.

    at_logs: ask at `log` events as well, for logs without signals. Diagnoses of the time are left out: detectors learn.
    """
    events = [event for event in events if event["type"] != "diagnosis"]
    asked_at = _asked_at(events, {"signals", "log"} if at_logs else {"signals"})
    history, there = History(total_images=total_images), dict[str, Diagnosis]()
    told: list[Event] = []
    for number, event in enumerate(events):
        history.add(event)
        told.append(event)
        if event["type"] != "recovery" and number not in asked_at:
            continue
        now = {} if event["type"] == "recovery" else {d.kind: d for d in diagnose_all(history)}
        common = {key: event[key] for key in ("iteration", "num_images")}
        for kind in [kind for kind in there if kind not in now]:
            told.append({"type": "diagnosis", "state": "gone", **common, **there.pop(kind).plain()})
        for kind, diagnosis in now.items():
            before = there.get(kind)
            if before is None or before.severity != diagnosis.severity:
                state = "found" if before is None else "changed"
                there[kind] = diagnosis
                told.append({"type": "diagnosis", "state": state, **common, **diagnosis.plain()})
    return told, history, len(asked_at)


def silent(history: History) -> dict[str, tuple[str, ...]]:
    """Kinds of ailments that nothing in the history tells of -> names of the signals that were missing."""
    return {
        kind: tuple(name for name in DETECTORS[kind].needs if not _there(history, name))
        for kind in DIAGNOSES
        if kind in DETECTORS
        and not DETECTORS[kind].can_tell(history)
        and not (kind in LOSSES_ONLY and LOSSES_ONLY[kind].can_tell(history))
    }


def by_losses(history: History) -> list[str]:
    """Kinds that only the losses tell of."""
    return [
        kind
        for kind, detector in LOSSES_ONLY.items()
        if not _asked_signals(kind, history) and detector.can_tell(history)
    ]


def needs_of(name: str) -> tuple[str, ...]:
    """What a signal needs beyond the least, in the words of `Signal.needs`."""
    return SIGNALS[name].needs if name in SIGNALS else ()


def _asked_signals(kind: str, history: History) -> bool:
    return kind in DETECTORS and DETECTORS[kind].can_tell(history)


def _there(history: History, name: str) -> bool:
    return bool(len(history.signal(name)) or len(history.scalar(name)))


def _asked_at(events: list[Event], types: set[str]) -> set[int]:
    """Numbers of the events after which the detectors are asked."""
    looked = list({e["num_images"]: i for i, e in enumerate(events) if e["type"] in types}.values())  # once a moment
    every = -(-len(looked) // MOST_MOMENTS) if looked else 1
    chosen = {place for at, place in enumerate(reversed(looked)) if at % every == 0}
    return chosen | {i for i, e in enumerate(events) if e["type"] == "nonfinite"}
