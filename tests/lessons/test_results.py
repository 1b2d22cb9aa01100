"""What is read back from a log: curves, their summaries, and what a resume or a failure leaves."""

import math

import pytest

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter, read_events
from ganwright.lessons.base import said
from ganwright.lessons.results import Curve, Record, record_of

CURVE = Curve((0, 100, 200, 300, 400), (5.0, 1.0, 2.0, 3.0, 4.0))


def test_a_curve_sums_itself_up() -> None:
    assert (CURVE.first, CURVE.last, CURVE.highest, CURVE.lowest) == (5.0, 4.0, 5.0, 1.0)
    assert CURVE.late() == pytest.approx(3.5)  # the moments at 300 and 400
    assert CURVE.late(1.0) == pytest.approx(3.0)
    assert CURVE.part(0.25, 0.5) == pytest.approx(1.5)


def test_a_part_without_a_moment_is_the_nearest_one() -> None:
    assert CURVE.part(0.6, 0.7) == 3.0
    assert Curve((0,), (7.0,)).late() == 7.0


def test_numbers_that_are_not_finite_are_not_hidden() -> None:
    curve = Curve((0, 1, 2), (1.0, math.nan, 3.0))
    assert curve.highest == math.inf
    assert curve.lowest == 1.0
    assert math.isnan(Curve((0, 1), (1.0, math.nan)).late(1.0))


def test_lists_and_numbers_are_kept_apart() -> None:
    curve = Curve((0, 1), ([1.0, 2.0], [3.0, 4.0]))
    assert curve.lists == ([1.0, 2.0], [3.0, 4.0])
    assert curve.numbers == ()


def test_a_record_is_read_from_the_log(tmp_path) -> None:
    log = EventWriter(tmp_path / "events.jsonl")
    log.write("measurements", 0, 0, values={"a": 1.0, "grid": [0.0, math.nan]})
    log.write("log", 1, 64, scalars={"d/loss": math.inf})
    log.write("measurements", 2, 128, values={"a": 2.0, "grid": [1.0, 2.0]})
    log.write("failed", 3, 192, reason="it broke")
    record = record_of(read_events(log.path))
    assert record["a"] == Curve((0, 128), (1.0, 2.0))
    assert math.isnan(record["grid"].lists[0][1])
    assert record["d/loss"].numbers == (math.inf,)
    assert record.failure == "it broke"


def test_a_resume_drops_what_it_supersedes(tmp_path) -> None:
    log = EventWriter(tmp_path / "events.jsonl")
    log.write("measurements", 1, 64, values={"a": 1.0})
    log.write("measurements", 2, 128, values={"a": 2.0}, final=True)
    log.write("failed", 2, 128, reason="it broke")
    log.write("resumed", 2, 128)
    log.write("measurements", 3, 192, values={"a": 3.0})
    record = record_of(read_events(log.path))
    assert record["a"].values == (1.0, 3.0)
    assert record.failure == ""


def test_a_measure_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(UserError, match="'diversty' was not measured; did you mean 'diversity'"):
        Record({"diversity": CURVE})["diversty"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.02345, "0.023"), (1.44, "1.4"), (58.4, "58"), (7640.0, "7,600"), (123.0, "120"), (0.0, "0"), (-4625, "-4,600")],
)
def test_numbers_are_worded_shortly(value: float, text: str) -> None:
    assert said(value) == text
