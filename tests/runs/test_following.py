"""A log that is followed says at every moment what reading it whole says."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.events import EventWriter, read_events
from ganwright.runs.following import Following
from ganwright.runs.report_facts import RunFacts
from ganwright.runs.thinning import thinned


def told_whole(folder: Path) -> tuple[list, list]:
    """The log events' scalars, and the other events, read from the beginning."""
    events = read_events(folder / "events.jsonl")
    return [e for e in events if e["type"] == "log"], [e for e in events if e["type"] != "log"]


def assert_same(following: Following, folder: Path) -> None:
    logs, others = told_whole(folder)
    assert following.events == others
    assert list(following.log.images) == [e["num_images"] for e in logs]
    assert following.num_events == len(logs) + len(others)
    names = {name for e in logs for name in e["scalars"]}
    assert set(following.log.scalars) == names | ({"images_per_second"} if logs else set())
    for name in names:
        values, bad = following.log.values(name)
        known = [e["scalars"].get(name) for e in logs]
        assert bad.tolist() == [v is not None and not math.isfinite(v) for v in known]
        assert [None if math.isnan(v) else v for v in values] == [
            v if v is not None and math.isfinite(v) else None for v in known
        ]
    if logs:
        assert following.last_log == logs[-1]


def write_at_random(writer: EventWriter, chance: random.Random, iteration: int) -> int:
    """One more event of some kind; returns the iteration after it."""
    kind = chance.choice(["log", "log", "log", "samples", "signals", "interrupted", "resumed", "final"])
    if kind == "log":
        names = chance.sample(["g/loss", "d/loss", "extra"], 2)
        scalars = {n: chance.choice([1.5, -2.0, math.nan, math.inf]) for n in names}
        writer.write("log", iteration, 64 * iteration, scalars=scalars, images_per_second=9.0)
    elif kind == "final":
        writer.write("log", iteration, 64 * iteration, scalars={"g/loss": 1.0}, images_per_second=9.0, final=True)
    elif kind == "resumed":
        iteration = max(0, iteration - chance.randrange(6))
        writer.write("resumed", iteration, 64 * iteration)
    else:
        writer.write(kind, iteration, 64 * iteration, values={"x": 1.0})
    return iteration + 1


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_at_every_moment_it_says_what_the_whole_log_says(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    folder = tmp_path_factory.mktemp("run")
    chance, iteration = random.Random(seed), 1
    writer, following = EventWriter(folder / "events.jsonl"), Following(folder)
    for _ in range(12):
        for _ in range(chance.randrange(5)):
            iteration = write_at_random(writer, chance, iteration)
        following.look()
        assert_same(following, folder)


def test_it_only_grows_until_the_run_goes_back(tmp_path: Path) -> None:
    writer, following = EventWriter(tmp_path / "events.jsonl"), Following(tmp_path)
    following.look()
    assert (following.num_events, following.num_images, following.last_log) == (0, 0, None)
    writer.write("started", 0, 0)
    for i in (1, 2, 3, 4):
        writer.write("log", i, 64 * i, scalars={"g/loss": float(i)}, images_per_second=1.0)
        following.look()
        assert (following.generation, len(following.log), len(following.events)) == (0, i, 1)
    writer.write("resumed", 4, 256)
    following.look()
    assert following.generation == 0
    writer.write("resumed", 2, 128)
    following.look()
    assert (following.generation, list(following.log.images), following.num_images) == (1, [64, 128], 128)
    assert following.last_log is not None
    assert following.last_log["scalars"] == {"g/loss": 2.0}


def test_a_line_that_is_not_whole_waits_for_its_end(tmp_path: Path) -> None:
    file, following = tmp_path / "events.jsonl", Following(tmp_path)
    line = json.dumps({"type": "log", "iteration": 1, "num_images": 64, "scalars": {"g/loss": 1.0}})
    file.write_text(line[:20])
    following.look()
    assert following.num_events == 0
    file.write_text(line + "\n\xff{not json\r\n[1]\n")
    following.look()
    assert list(following.log.images) == [64]


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    file, following = tmp_path / "events.jsonl", Following(tmp_path)
    EventWriter(file).write("log", 1, 64, scalars={"g/loss": 1.0})
    following.look()
    file.unlink()
    other = tmp_path / "other"
    EventWriter(other).write("log", 1, 32, scalars={"d/loss": 1.0})
    other.rename(file)
    following.look()
    assert following.generation == 1
    assert list(following.log.scalars) == ["d/loss"]


def test_a_file_that_is_gone_holds_nothing_and_is_read_when_it_is_back(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.write("started", 0, 0)
    writer.write("log", 1, 64, scalars={"loss": 1.0}, images_per_second=9.0)
    following = Following(tmp_path)
    following.look()
    text = writer.path.read_text()
    writer.path.unlink()
    assert (following.speed(), len(following.log), following.page(0, 9)) == (None, 0, (2, []))
    following.look()
    assert (following.generation, following.num_events, following.num_images, following.last_log) == (1, 0, 0, None)
    writer.path.write_text(text)
    following.look()
    assert_same(following, tmp_path)


def test_pages_of_the_log(tmp_path: Path) -> None:
    writer, following = EventWriter(tmp_path / "events.jsonl"), Following(tmp_path)
    for i in range(10):
        writer.write("log" if i % 2 else "signals", i, i, scalars={})
    following.look()
    total, events = following.page(2, 3, "log")
    assert (total, [e["num_images"] for e in events]) == (5, [5, 7, 9])
    total, events = following.page(0, 2, newest=True)
    assert (total, [e["num_images"] for e in events]) == (10, [9, 8])
    assert following.types() == {"log": 5, "signals": 5}


def test_speed_counts_this_sitting_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, following = EventWriter(tmp_path / "events.jsonl"), Following(tmp_path)
    moments = iter([0.0, 1.0, 2.0, 1000.0, 1001.0, 1003.0])
    monkeypatch.setattr("time.time", lambda: next(moments))
    writer.write("started", 0, 0)
    writer.write("log", 1, 100, scalars={})
    writer.write("log", 2, 200, scalars={})
    writer.write("resumed", 2, 200)
    writer.write("log", 3, 300, scalars={})
    following.look()
    assert following.speed() is None
    writer.write("log", 4, 900, scalars={})
    following.look()
    assert following.speed() == 300.0


def test_a_state_given_by_its_events_is_that_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('recipe = "dcgan"\nimages = 640\n')
    writer, following = EventWriter(tmp_path / "events.jsonl"), Following(tmp_path)
    writer.write("started", 0, 0)
    writer.write("finished", 10, 640, seconds=3.0)
    following.look()
    assert RunFacts(tmp_path, following.events).state == RunFacts(tmp_path).state


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.floats(-1e6, 1e6) | st.just(math.nan), min_size=40, max_size=40), min_size=1, max_size=3),
    st.integers(4, 30),
)
def test_thinning_keeps_ends_and_extremes_and_is_short(lines: list[list[float]], most: int) -> None:
    arrays = [np.array(line) for line in lines]
    kept = thinned(arrays, most)
    assert list(kept) == sorted(set(kept))
    assert {0, 39} <= set(kept)
    assert len(kept) <= most * len(lines) + 2
    for line in arrays:
        if not np.isnan(line).all():
            assert np.nanmax(line[kept]) == np.nanmax(line)
            assert np.nanmin(line[kept]) == np.nanmin(line)


def test_short_lines_are_kept_whole() -> None:
    assert thinned([np.arange(5.0)], 5).tolist() == [0, 1, 2, 3, 4]
    assert thinned([], 5).tolist() == []
