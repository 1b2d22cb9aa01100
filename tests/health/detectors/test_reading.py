"""How detectors read histories."""

import math

from ganwright.health.detectors.reading import (
    from_the_first,
    getting_better,
    lasting,
    patience,
    ready,
    smoothed,
    verdict,
    with_logs,
)
from ganwright.health.history import History, Moment
from ganwright.health.thresholds import limit


def looks(*values: float | None, name: str = "distance", step: int = 1_000) -> list[Moment]:
    return [Moment(step * (at + 1), {} if v is None else {name: v}) for at, v in enumerate(values)]


def test_one_odd_look_in_three_changes_nothing() -> None:
    told = smoothed(looks(1.0, 1.0, 9.0, 1.0, 1.0), ["distance"])
    assert [m.values["distance"] for m in told] == [1.0, 1.0, 1.0, 1.0, 1.0]


def test_what_is_missing_or_not_finite_is_passed_over() -> None:
    told = smoothed(looks(None, 2.0, math.nan, None, 4.0), ["distance"], 1)
    assert [(m.num_images, m.values["distance"]) for m in told] == [
        (2_000, 2.0),
        (3_000, 2.0),
        (4_000, 2.0),
        (5_000, 4.0),
    ]
    assert smoothed(looks(1.0, 2.0), ["distance", "drift"]) == []


def test_a_single_lapse_is_forgiven_and_two_are_not() -> None:
    def onset(*held: int) -> int | None:
        kept = lasting(looks(*map(float, held)), lambda v: v["distance"] > 0)
        return kept[0].num_images // 1_000 if kept else None

    assert onset(0, 1, 1, 1) == 2
    assert onset(1, 0, 1, 1) == 1
    assert onset(1, 0, 0, 1) == 4
    assert onset(1, 1, 1, 0) is None
    assert onset() is None


def test_patience_grows_with_the_looks_so_far_and_with_a_known_length() -> None:
    least = limit("patience_looks")
    assert patience(History(looks=looks(*[1.0] * 10))) == least
    assert patience(History(looks=looks(*[1.0] * 200))) == 200 * limit("patience_share")
    assert patience(History(looks=looks(*[1.0] * 10), total_images=300_000)) == 300 * limit("patience_run_share")
    assert patience(History(looks=looks(*[1.0] * 10), total_images=40_000)) == least


def test_what_falls_gets_better_until_it_stays() -> None:
    falling = [8.0 * 0.9**at for at in range(20)]
    assert getting_better(History(looks=looks(*falling)))
    assert not getting_better(History(looks=looks(*falling, *[falling[-1]] * 8)))
    assert not getting_better(History(looks=looks(*falling, *[2 * falling[-1]] * 8)))
    assert not getting_better(History())


def test_one_signal_of_quality_that_improves_is_enough() -> None:
    made = History(looks=[Moment(1_000 * at, {"distance": 5.0, "coverage_averaged": 0.03 * at}) for at in range(1, 21)])
    assert getting_better(made)
    assert not getting_better(made, ["distance"])


def test_a_state_from_the_first_needs_more_patience() -> None:
    whole = History(looks=looks(*[1.0] * 12))
    early, late = whole.looks[:7], whole.looks[7:]
    assert from_the_first(whole, early)
    assert not from_the_first(whole, late)
    found = verdict(whole, "stalled", late, {})
    assert found is not None
    assert (found.severity, found.onset_images) == ("failing", 8_000)
    young = verdict(whole, "stalled", early, {})
    assert young is not None
    assert young.severity == "watch"
    assert verdict(whole, "stalled", early, {}, youth=None) != young
    assert verdict(whole, "stalled", whole.looks[-1:], {}) is None
    assert verdict(whole, "stalled", [], {}) is None


def test_unusual_settings_are_a_cause_that_takes_half_the_patience() -> None:
    whole = History(looks=looks(*[1.0] * 12))
    early = whole.looks[:4]
    young = verdict(whole, "stalled", early, {})
    assert young is not None
    assert young.severity == "watch"
    whole.settle({"unusual": ["the generator does not learn"], "explains": ["stalled"]})
    soon = verdict(whole, "stalled", early, {})
    assert soon is not None
    assert soon.severity == "failing"
    assert verdict(whole, "memorisation", early, {}) == young, "they explain nothing else"


def test_where_settings_explain_it_watch_needs_less_and_failing_what_it_always_needs() -> None:
    """Samples that have been poor from the first, and came nearer until the fourth look."""
    settings = {"unusual": ["the generator does not learn"], "explains": ["stalled"]}

    def severity(num: int, explained: bool, gains: tuple[str, ...] = ("distance",)) -> str | None:
        history = History(looks=looks(9.0, 8.0, 7.0, 6.0, *[5.0] * (num - 4)))
        history.settle(settings if explained else {})
        found = verdict(history, "stalled", history.looks[1:], {}, youth="long_youth", gains=gains)
        return found.severity if found else None

    assert [severity(num, True) for num in (7, 8, 9, 10)] == [None, "watch", "watch", "failing"]
    assert [severity(num, False) for num in (9, 11, 13)] == [None, "watch", "failing"]
    assert severity(5, True, gains=()) == "watch"
    assert severity(5, False, gains=()) is None


def walked(steps: float, num: int = 20, total: int = 40_000) -> History:
    """Looks at every 10th iteration, each step so long."""
    history = History(total_images=total)
    for at in range(1, num + 1):
        values = {"distance": 5.0, "update_generator": steps}
        history.add({"type": "signals", "iteration": 10 * at, "num_images": 1_000 * at, "values": values})
    return history


def test_the_path_is_the_steps_times_their_number() -> None:
    history = walked(0.01)
    assert math.isclose(history.path or 0, 20 * 10 * 0.01)
    history.add({"type": "recovery", "iteration": 200, "num_images": 20_000, "back_to_images": 5_000})
    assert math.isclose(history.path or 0, 5 * 10 * 0.01)
    values = {"distance": 5.0, "update_generator": 0.02}
    history.add({"type": "signals", "iteration": 210, "num_images": 21_000, "values": values})
    assert math.isclose(history.path or 0, 5 * 10 * 0.01 + 10 * 0.02)


def test_a_generator_that_hardly_moved_has_not_failed_before_half_of_the_run() -> None:
    def severity(history: History, youth: str | None = "youth") -> str:
        found = verdict(history, "stalled", history.looks, {}, youth=youth)
        assert found is not None
        return found.severity

    near = 0.9 * limit("grown_path") / 190
    assert severity(walked(near, 19)) == "watch"
    assert severity(walked(near, 19), youth=None) == "failing"
    assert severity(walked(near, 20)) == "failing"
    assert severity(walked(near, 20, total=60_000)) == "watch"
    assert severity(walked(2 * near, 19)) == "failing"


def test_the_clock_starts_again_after_a_recovery() -> None:
    history = History(looks=looks(*[1.0] * 20))
    assert ready(history, ["distance"])
    assert not ready(history, ["drift"])
    history.add({"type": "recovery", "num_images": 20_500, "back_to_images": 10_000})
    assert len(history.looks) == 10
    assert not ready(history, ["distance"])
    assert not from_the_first(history, history.looks)


def test_each_look_gets_the_mean_of_what_was_logged_since_the_one_before() -> None:
    history = History(looks=looks(1.0, 1.0, step=100))
    history.logs = [Moment(at, {"loss": float(at), "other": 0.0}) for at in (50, 100, 150, 250)]
    told = with_logs(history, ["loss"])
    assert [m.values for m in told] == [{"distance": 1.0, "loss": 75.0}, {"distance": 1.0, "loss": 150.0}]
