"""The event log: appending, torn lines, superseded entries."""

import math
from pathlib import Path

from ganwright.core.events import EventWriter, read_events


def test_events_come_back_in_order_with_non_finite_numbers(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.write("log", 1, 64, scalars={"loss": math.nan, "gap": -math.inf})
    writer.write("finished", 2, 128)
    first, second = read_events(tmp_path / "events.jsonl")
    assert math.isnan(first["scalars"]["loss"])
    assert first["scalars"]["gap"] == -math.inf
    assert (second["type"], second["iteration"], second["num_images"]) == ("finished", 2, 128)


def test_a_resumed_event_supersedes_later_entries_and_endings(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    writer = EventWriter(file)
    for iteration in (1, 2, 3):
        writer.write("log", iteration, iteration * 64)
    writer.write("log", 2, 128, final=True)
    writer.write("finished", 2, 128)
    writer.write("resumed", 2, 128)
    writer.write("log", 3, 192, again=True)
    events = read_events(file)
    assert [(e["type"], e["iteration"]) for e in events] == [("log", 1), ("log", 2), ("resumed", 2), ("log", 3)]
    assert events[-1]["again"]
    assert len(read_events(file, superseded=True)) == 7


def test_a_line_torn_by_a_kill_is_skipped_and_closed(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text('{"type": "log", "iteration": 1, "num_images": 64}\n[1]\n{"type": "x"}\n{"type": "lo')
    writer = EventWriter(file)
    writer.write("log", 2, 128)
    assert [e["iteration"] for e in read_events(file)] == [1, 2]


def test_no_file_holds_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "none.jsonl") == []
