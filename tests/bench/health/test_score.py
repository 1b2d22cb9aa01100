"""Figures of made-up verdicts, alarms of made-up events."""

from pathlib import Path

import pytest

from ganwright.bench.health.picture import draw, ordered
from ganwright.bench.health.proof import Proof
from ganwright.bench.health.replay import Alarm, alarm_of
from ganwright.bench.health.sabotages import SABOTAGES
from ganwright.bench.health.score import Label, Rate, Score, Verdict
from ganwright.bench.health.table import lines
from ganwright.health.diagnosis import DIAGNOSES, Diagnosis, Finding
from ganwright.health.history import History

from .made import event


def verdict(label: Label, sabotage: str, said: str | None, onset: int | None = None, at: int = 500) -> Verdict:
    alarm = None if said is None else Alarm(said, at, (), said)
    return Verdict("ring8-mlp", sabotage, 100, label, 1_000, onset_images=onset, alarm=alarm)


SCORE = Score(
    (
        verdict("failed", "constant-latents", "full-collapse", onset=400, at=500),
        verdict("failed", "constant-latents", "full-collapse", onset=600, at=500),
        verdict("failed", "unbounded", "stalled", onset=200, at=500),
        verdict("failed", "unbounded", None, onset=200),
        verdict("kept up", "unbounded", "divergence"),
        verdict("unfit", "healthy", "divergence"),
        *[verdict("healthy", "healthy", None) for _ in range(9)],
        verdict("healthy", "healthy", "stalled"),
    )
)


def test_rates_count_what_they_should() -> None:
    assert (SCORE.detection.count, SCORE.detection.total) == (3, 4)
    assert (SCORE.right.count, SCORE.right.total) == (2, 4)
    assert (SCORE.false_alarms.count, SCORE.false_alarms.total) == (1, 10)
    assert SCORE.delay == pytest.approx(0.1)  # the median of 0.1, 0 and 0.3
    assert SCORE.num_early == 1


def test_confusion_has_failures_and_healthy_runs_only() -> None:
    assert SCORE.confusion == {
        "full-collapse": {"full-collapse": 2},
        "unbounded-critic": {"stalled": 1, "none": 1},
        "healthy": {"none": 9, "stalled": 1},
    }
    rows, columns = ordered(SCORE)
    assert rows == ["full-collapse", "unbounded-critic", "healthy"]
    assert columns == ["full-collapse", "stalled", "none"]


def test_by_sabotage_takes_every_run_once() -> None:
    parts = SCORE.by_sabotage
    assert {name: len(part.verdicts) for name, part in parts.items()} == {"constant-latents": 2, "unbounded": 3}
    assert parts["unbounded"].detection == Rate(1, 2)


def test_an_empty_rate_has_no_share() -> None:
    assert Rate(0, 0).share is None
    assert Rate(0, 0).interval is None
    low, high = Rate(0, 150).interval or (1.0, 0.0)
    assert low == 0
    assert high == pytest.approx(0.025, abs=0.001)


def test_it_can_be_printed_drawn_and_written(tmp_path: Path) -> None:
    proof = Proof("development", tmp_path, SCORE, None)
    shown = "\n".join(lines(proof))
    assert "75.0%" in shown
    assert "1 sabotaged runs that did as well" in shown
    plain = proof.plain()
    assert plain["detection"]["count"] == 3
    assert len(plain["verdicts"]) == len(SCORE.verdicts)
    assert draw(SCORE, "development").width > 200
    assert draw(Score(()), "test").width > 200


# -- replay --------------------------------------------------------------------------------------------------------


def found(kind: str, severity: str = "failing") -> Diagnosis:
    return Diagnosis(kind, 0, Finding("failing" if severity == "failing" else "watch", 0, {}))


def ask(history: History) -> list[Diagnosis]:
    """Something to watch at 200, something failing from 300 on, something else first from 500 on."""
    now = history.num_images
    if now < 200:
        return []
    if now < 300:
        return [found("stalled", "watch")]
    return [found("divergence"), found("stalled")] if now < 500 else [found("full-collapse")]


EVENTS = [event("signals", n, values={}) for n in range(100, 700, 100)]


def test_the_first_alarm_is_the_first_that_is_failing() -> None:
    assert alarm_of(EVENTS, 600, ask=ask) == Alarm("divergence", 300, ("stalled",), "full-collapse")


def test_what_was_found_before_the_sabotage_does_not_count() -> None:
    assert alarm_of(EVENTS, 600, begins_images=450, ask=ask) == Alarm("full-collapse", 500, (), "full-collapse")
    assert alarm_of(EVENTS[:2], 600, ask=ask) is None


def test_detectors_are_shown_no_outcome_and_nothing_of_later() -> None:
    seen: list[tuple[int, int]] = []

    def spy(history: History) -> list[Diagnosis]:
        seen.append((len(history.looks), len(history.logs)))
        return []

    outcome = event("outcome", 100, values={"modes": 1.0})
    told = [EVENTS[0], outcome, event("log", 150, scalars={"x": 1.0}), EVENTS[1]]
    assert alarm_of(told, 600, ask=spy) is None
    assert seen == [(1, 0), (2, 1)]


def test_right_diagnoses_are_ones_that_there_are() -> None:
    for sabotage in SABOTAGES.values():
        assert set(sabotage.right) <= set(DIAGNOSES), sabotage.name
