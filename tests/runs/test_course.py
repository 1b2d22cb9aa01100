"""The course of a run's health: episodes, stages, verdicts and how they are worded."""

import json
import math
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ganwright.health.detectors import DETECTORS
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.runs.course import Course, Stage, told_live

from .ailing import GAINED, diagnosis, ended, event, failing, healthy, recovery, rescued, signals


def test_a_run_that_nobody_watched_says_nothing() -> None:
    course = Course.of([event("started", 0), event("log", 1000, scalars={})])
    assert not course.watched
    assert (course.verdict, course.sentence(), course.lines(), course.plain()) == ("unwatched", "", [], None)


def test_a_healthy_run_says_who_looked_and_how_often() -> None:
    course = Course.of(healthy())
    assert course.verdict == "healthy"
    named = "1 detector" if len(DETECTORS) == 1 else f"{len(DETECTORS)} detectors"
    assert course.lines() == [f"Healthy: no failure was seen by {named} at 24 moments."]
    young = Course.of([signals(1000)])
    assert (young.verdict, young.sentence()) == ("young", "Too early to say: 1 look of the 6 that detectors wait for.")
    odd = Course.of([event("settings", 0, unusual=["D learns at 1"], explains=[]), *(signals(n) for n in (1, 2))])
    said = "Too early to say: 2 looks of the 3 that detectors wait for. Its settings are unusual: D learns at 1."
    assert odd.sentence() == said


def test_stages_follow_the_severity() -> None:
    """Worse counts from its onset, better from when it was told, gone ends it."""
    events = [
        diagnosis("found", 20_000, "divergence", "watch", 12_000),
        diagnosis("changed", 30_000, "divergence", "failing", 26_000),
        diagnosis("changed", 40_000, "divergence", "watch", 12_000),
        diagnosis("gone", 50_000, "divergence", "watch", 12_000),
    ]
    (episode,) = Course.of(events).episodes
    assert episode.stages == (
        Stage("watch", 12_000, 26_000),
        Stage("failing", 26_000, 40_000),
        Stage("watch", 40_000, 50_000),
    )
    assert (episode.severity, episode.now) == ("failing", "gone")
    assert (episode.onset_images, episode.found_images, episode.gone_images) == (12_000, 20_000, 50_000)
    (whole,) = Course.of([events[0], diagnosis("changed", 30_000, "divergence", "failing", 9_000)]).episodes
    assert whole.stages == (Stage("failing", 12_000),)


def test_evidence_is_that_of_the_worst() -> None:
    events = [
        diagnosis("found", 20_000, "divergence", "watch", evidence={"swing": 1.0}),
        diagnosis("changed", 30_000, "divergence", "failing", evidence={"swing": 9.0}),
        diagnosis("changed", 40_000, "divergence", "watch", evidence={"swing": 2.0}),
    ]
    assert [Course.of(events[:n]).episodes[0].evidence["swing"] for n in (1, 2, 3)] == [1, 9, 9]


def test_what_comes_again_is_another_episode() -> None:
    course = Course.of(rescued())
    found = [(e.kind, e.found_images, e.gone_images) for e in course.episodes]
    assert found == [
        ("divergence", 20_000, 45_000),
        ("full-collapse", 40_000, 45_000),
        ("full-collapse", 60_000, 60_000),
        ("discriminator-overfitting", 70_000, 95_000),
        ("memorisation", 110_000, None),
    ]


def test_the_verdict_is_that_of_the_end() -> None:
    course = Course.of(rescued(), most=6)
    assert course.verdict == "watch"
    verdict, *steps = course.lines()
    assert verdict == "To be watched: the generator copies training items, since 105,000 images. It went back twice."
    assert steps[0] == "at 45,000 images it went back to 30,000 images with the remedy lower-rates (attempt 1 of 6)"
    gone = Course.of(
        [*rescued(), diagnosis("gone", 115_000, "memorisation"), *map(signals, range(116_000, 122_000, 1_000))]
    )
    assert gone.verdict == "healthy"
    assert gone.sentence() == (
        "Healthy at the end, after it went back twice; found earlier and gone: training diverges or swings; "
        "full mode collapse; the discriminator learns the training items by heart; the generator copies training items."
    )


def test_who_is_not_seen_to_fail_by_unusual_settings_is_not_called_healthy() -> None:
    odd = {"type": "settings", "iteration": 0, "num_images": 0, "unusual": ["D takes no steps"], "explains": []}
    well = [odd, *map(signals, range(1_000, 9_000, 1_000))]
    assert Course.of(well).title == "Not seen to fail"
    assert Course.of(well).sentence() == (
        f"Not seen to fail: no failure was seen by {len(DETECTORS)} detectors at 8 moments. "
        "Its settings are unusual: D takes no steps."
    )
    found = [diagnosis("found", 3_000, "stalled"), diagnosis("gone", 5_000, "stalled")]
    assert Course.of([*well, *found]).sentence() == (
        "Not seen to fail at the end; found earlier and gone: training stands still. "
        "Its settings are unusual: D takes no steps."
    )
    assert Course.of([odd, *rescued()]).unusual
    slower = {"type": "recovery", "num_images": 9_000, "back_to_images": 0, "remedy": "lower-rates"}
    for num in (3, 5, 6):  # detectors know nothing of the settings any more, and wait as long as they always do
        later = Course.of([*well, slower, *map(signals, range(10_000, 10_000 + num))])
        assert later.verdict == ("healthy" if num == 6 else "young")
    right = {"type": "recovery", "num_images": 9_000, "back_to_images": 0, "remedy": "usual-settings"}
    assert not Course.of([odd, right]).unusual


def test_what_was_gained_takes_the_place_of_the_steps() -> None:
    course = Course.of([*rescued(), *ended()])
    fork = "at 120,000 images its fork runs/x-fork (recipe 'rescued') takes over"
    assert course.lines()[1:] == [GAINED, fork]
    plain = course.plain()
    assert plain is not None
    assert (plain["gained"], plain["fork"]) == ([GAINED], "runs/x-fork")
    assert told_live(ended()[1]) == fork.replace("images its", "images: its")


def test_what_fails_comes_first_with_what_to_do() -> None:
    course = Course.of([diagnosis("found", 10_000, "stalled", "watch"), *failing()])
    assert course.verdict == "failing"
    assert course.lines() == [
        "Failing: full mode collapse, since 32,000 images; also training stands still.",
        DIAGNOSES["full-collapse"].advice,
    ]


def test_plain_is_json_with_all_of_it() -> None:
    plain = Course.of(rescued()).plain()
    assert plain is not None
    assert json.loads(json.dumps(plain)) == plain
    assert plain["verdict"] == "watch"
    assert [d["state"] for d in plain["diagnoses"]] == ["gone"] * 4 + ["watch"]
    first = plain["diagnoses"][1]
    assert (first["severity"], first["onset_images"]) == ("failing", 28_000)
    assert {"title", "cause", "advice", "evidence"} <= set(first)
    assert plain["recoveries"][1]["changes"] == {"penalties": [{"kind": "r1", "gamma": 0.5}]}
    assert plain["recoveries"][1]["back_to_images"] == 50_000


FIELDS = (
    "state", "kind", "severity", "onset_images", "evidence", "title", "advice", "back_to_images", "remedy", "changes",
    "attempt", "lines", "out", "recipe",
)  # fmt: skip
VALUES = (None, True, -3, 7, 90_000, math.nan, "", "gone", "changed", "failing", "watch", [1], {"a": 1, "b": "c"})
ODD = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(VALUES))
TYPES = st.sampled_from(["diagnosis", "recovery", "signals", "recovered", "fork"])


@example([("diagnosis", 0, {}), ("diagnosis", 1, {"severity": "failing"}), ("diagnosis", 0, {})])  # time goes back
@given(st.lists(st.tuples(TYPES, st.integers(0, 100_000), ODD), max_size=12))
def test_odd_events_are_passed_over(events: list[tuple[str, int, dict[str, Any]]]) -> None:
    course = Course.of([{**fields, "type": type, "num_images": num} for type, num, fields in events])
    assert course.watched == bool(course.lines())
    assert all(isinstance(line, str) for line in course.lines())
    for episode in course.episodes:
        assert all(a.end == b.start for a, b in pairwise(episode.stages))


def test_live_lines() -> None:
    ailment = DIAGNOSES["full-collapse"]
    evidence = "distinct samples = 0.0234; near duplicates = 1; coverage = 0.03125"
    found = diagnosis("found", 40_000, "full-collapse")
    assert told_live(found) == (
        f"at 40,000 images: Full mode collapse (failing since 32,000 images): {evidence}. {ailment.advice}"
    )
    watched = diagnosis("found", 40_000, "full-collapse", "watch")
    assert told_live(watched) == f"at 40,000 images: Full mode collapse (to be watched since 32,000 images): {evidence}"
    eased = diagnosis("changed", 50_000, "full-collapse", "watch", evidence={})
    assert told_live(eased) == "at 50,000 images: Full mode collapse (no longer failing, to be watched)"
    assert told_live(diagnosis("gone", 60_000, "full-collapse")) == "at 60,000 images: Full mode collapse: gone"
    back = recovery(45_000, 30_000, "full-collapse")
    assert told_live(back, 6) == (
        "at 45,000 images: went back to 30,000 images with the remedy lower-rates (attempt 1 of 6): "
        "both learning rates are divided by 10"
    )
    assert told_live(signals(1000)) == ""


@pytest.mark.parametrize(("value", "shown"), [(math.nan, "nan"), (math.inf, "inf"), (-500.0, "-500")])
def test_evidence_that_is_not_finite_is_shown_as_such(value: float, shown: str) -> None:
    assert f": gap = {shown}." in told_live(diagnosis("found", 1000, "unbounded-critic", evidence={"gap": value}))
