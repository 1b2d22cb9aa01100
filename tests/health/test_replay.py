"""Asked after the fact, detectors say what a watcher would have written."""

import pytest

from ganwright.core.events import Event
from ganwright.health import detect, replay
from ganwright.health.detectors import DETECTORS
from ganwright.health.detectors.base import Detector
from ganwright.health.diagnosis import Finding
from ganwright.health.history import History


def event(type: str, num: int, **fields: object) -> Event:
    return {"type": type, "iteration": num // 10, "num_images": num, **fields}


def look(num: int, **values: float) -> Event:
    return event("signals", num, values=values)


@pytest.fixture
def steep(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only detector: watch from a slope of 1, failing from 2."""

    def find(history: History) -> Finding | None:
        slope = history.signal("slope_fake").last
        if not slope >= 1:
            return None
        return Finding("failing" if slope >= 2 else "watch", history.num_images - 5, {"slope": slope})

    rows = {"unbounded-critic": Detector("made up", ("slope_fake",), find)}
    for module in (detect, replay):
        monkeypatch.setattr(module, "DETECTORS", rows)


def course(events: list[Event], **options: bool) -> list[tuple[int, str, str]]:
    told, _, _ = replay.replay(events, **options)
    return [(e["num_images"], e["state"], e["severity"]) for e in told if e["type"] == "diagnosis"]


@pytest.mark.usefixtures("steep")
def test_found_changed_gone_and_closed_by_a_recovery() -> None:
    slopes = [0.5, 1.5, 1.6, 3.0, 0.2, 5.0]
    events = [look(100 * at, slope_fake=slope) for at, slope in enumerate(slopes, 1)]
    events.append(event("recovery", 650, back_to_images=200, kind="unbounded-critic"))
    events.append(look(700, slope_fake=0.1))
    assert course(events) == [
        (200, "found", "watch"),
        (400, "changed", "failing"),
        (500, "gone", "failing"),
        (600, "found", "failing"),
        (650, "gone", "failing"),
    ]


@pytest.mark.usefixtures("steep")
def test_diagnoses_of_the_time_are_left_out() -> None:
    old = event("diagnosis", 100, state="found", kind="stalled", severity="failing")
    told, history, num_asked = replay.replay([look(100, slope_fake=0.1), old, look(200, slope_fake=0.1)])
    assert [e["type"] for e in told] == ["signals", "signals"]
    assert (num_asked, history.num_images) == (2, 200)


@pytest.mark.usefixtures("steep")
def test_what_cannot_be_told_and_why() -> None:
    history = History.of([look(100, slope_real=1.0)])
    assert replay.silent(history) == {"unbounded-critic": ("slope_fake",)}
    assert replay.by_losses(history) == []
    history.add(event("log", 100, scalars={"discriminator/loss": 1.0}))
    assert replay.silent(history) == {}
    assert "unbounded-critic" in replay.by_losses(history)


def losses(num: int) -> list[Event]:
    return [event("log", 10 * i, scalars={"discriminator/loss": -(i**2.0), "generator/loss": 1.0}) for i in range(num)]


def test_losses_speak_only_where_a_detector_lacks_its_signals() -> None:
    assert course(losses(60), at_logs=True)[-1][1:] == ("found", "failing")
    seen = dict.fromkeys(DETECTORS["unbounded-critic"].needs, 0.1)
    assert not course([*losses(60), look(600, **seen)])


def test_numbers_that_are_not_finite_are_told_at_once() -> None:
    assert course([event("nonfinite", 40, what="generator/loss")]) == [(40, "found", "failing")]
