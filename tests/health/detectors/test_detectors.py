"""Every detector on its ailment, made by hand, and on what is none."""

import inspect
from pathlib import Path

import pytest

from ganwright.health import SIGNALS, detectors
from ganwright.health.classes import CLASSES
from ganwright.health.detect import diagnose
from ganwright.health.detectors import DETECTORS
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.health.history import History, Moment
from ganwright.health.thresholds import THRESHOLDS, limit

from .cases import CASES, Case
from .made import HEALTHY, history, told_first

KINDS = pytest.mark.parametrize("kind", list(DETECTORS))
RUNS = pytest.mark.parametrize("run", list(HEALTHY))


def test_there_is_a_detector_for_each_diagnosis_and_a_case_for_each_detector() -> None:
    assert set(DETECTORS) == set(DIAGNOSES)
    assert {case.kind for case in CASES} == set(DETECTORS)


# -- on its ailment ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_found_soon_with_its_onset_and_evidence(case: Case) -> None:
    find = DETECTORS[case.kind].find
    first = told_first(find, run=case.run, broken=case.broken, since=case.since)
    assert first is not None
    assert first <= max(case.since, limit("warm_up_looks")) + case.delay
    finding = find(history(case.run, first, case.broken, case.since))
    assert finding is not None
    onset = finding.onset_images / 5_000
    assert case.since <= onset <= case.since + 4
    assert 1 <= len(finding.evidence) <= 4


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_what_is_named_first(case: Case) -> None:
    for num in range(1, 41):
        found = diagnose(history(case.run, num, case.broken, case.since))
        if found and found[0].severity == "failing":
            assert found[0].kind in (case.kind, *case.others)
            return
    pytest.fail("nothing was found")


@pytest.mark.parametrize("case", [case for case in CASES if case.since], ids=str)
def test_it_is_silent_before(case: Case) -> None:
    for num in range(1, case.since + 1):
        assert all(d.severity != "failing" for d in diagnose(history(case.run, num, case.broken, case.since)))


@pytest.mark.parametrize("case", [case for case in CASES if case.kind != "non-finite"], ids=str)
def test_two_bad_looks_are_no_failure(case: Case) -> None:
    def for_a_moment(look: int, healthy: dict[str, float]) -> object:
        return case.broken(look, healthy) if look < 2 else {}

    for num in range(20, 31):
        found = diagnose(history(case.run, num, for_a_moment, 20))  # pyright: ignore[reportArgumentType]
        assert all(d.severity != "failing" for d in found)


# -- on what is none -----------------------------------------------------------------------------------------------


@RUNS
@KINDS
@pytest.mark.parametrize(("looks", "step"), [(12, 50_000), (40, 5_000), (300, 700)])
def test_a_healthy_run_is_never_failing(kind: str, run: str, looks: int, step: int) -> None:
    for num in range(1, looks + 1, max(1, looks // 40)):
        finding = DETECTORS[kind].find(history(HEALTHY[run], num, looks_in_all=looks, step=step))
        assert finding is None or finding.severity == "watch"


@KINDS
def test_without_anything_measured_there_is_nothing_to_say(kind: str) -> None:
    assert DETECTORS[kind].find(History()) is None
    empty = History(looks=[Moment(1_000 * look, {}) for look in range(1, 30)])
    assert DETECTORS[kind].find(empty) is None


@pytest.mark.parametrize("case", [case for case in CASES if case.kind != "non-finite"], ids=str)
def test_signals_that_are_missing_are_no_finding_and_no_error(case: Case) -> None:
    needs = DETECTORS[case.kind].needs
    for name in needs:
        if name in SIGNALS:
            rest = tuple(other for other in SIGNALS if other not in needs)
            made = history(case.run, 40, case.broken, case.since, only=rest)
            assert DETECTORS[case.kind].find(made) is None
            assert not DETECTORS[case.kind].can_tell(made)


@pytest.mark.parametrize("case", [case for case in CASES if case.kind != "non-finite"], ids=str)
def test_the_first_looks_are_not_judged(case: Case) -> None:
    num = int(limit("warm_up_looks")) - 1
    assert DETECTORS[case.kind].find(history(case.run, num, case.broken, 0)) is None


@pytest.mark.parametrize("case", [case for case in CASES if case.kind != "non-finite"], ids=str)
def test_after_a_recovery_it_must_last_anew(case: Case) -> None:
    ill = history(case.run, 40, case.broken, case.since)
    ill.add({"type": "recovery", "num_images": 200_001, "back_to_images": 5_000 * max(case.since - 2, 0)})
    assert diagnose(ill) == []


def test_needs_are_signals_or_scalars_of_the_log() -> None:
    for detector in DETECTORS.values():
        assert all(name in SIGNALS or "/" in name for name in detector.needs)
        assert not set(detector.needs) & set(CLASSES), "the truth of bench health counts classes too"
        assert detector.about


# -- thresholds ----------------------------------------------------------------------------------------------------


def test_every_threshold_is_used_and_has_a_reason_and_a_unit() -> None:
    folder = inspect.getfile(detectors).removesuffix("__init__.py")
    code = "".join(path.read_text("utf-8") for path in Path(folder).glob("*.py"))
    for name, threshold in THRESHOLDS.items():
        assert f'"{name}"' in code, f"{name} is used nowhere"
        assert threshold.reason.endswith(".")
        assert threshold.unit


# -- where settings explain it -------------------------------------------------------------------------------------


def told(explains: str, values: dict[str, float]) -> set[str]:
    """Kinds that are failing after 24 looks of a run that shows these values from its 10th look on."""
    made = history(num=24, broken=lambda look, healthy: values, since=10)
    if explains:
        made.settle({"unusual": ["an option is far off"], "explains": [explains]})
    return {d.kind for d in diagnose(made) if d.severity == "failing"}


def test_ranks_of_samples_that_are_not_like_the_data_make_a_discriminator_too_weak_where_it_is_explained() -> None:
    kind = "discriminator-too-weak"
    fooled = {"rank_real_fake": 0.3, "distance": 1.8, "coverage_averaged": 0.5, "left_out_averaged": 0.2}
    assert kind in told(kind, fooled)
    assert kind not in told("", fooled)
    assert kind not in told("stalled", fooled)
    assert told(kind, {}) == set(), "unusual settings alone are no failure"
    assert told(kind, {**fooled, "distance": 1.1, "coverage_averaged": 0.9}) == set(), "nor are ranks by themselves"


def test_poor_samples_are_divergence_where_steps_are_too_large() -> None:
    poor = {"rank_real_fake": 1.0, "distance": 5.0, "coverage_averaged": 0.2, "left_out_averaged": 0.6}
    assert told("divergence", poor) == {"divergence"}
    assert told("", poor) == {"discriminator-too-strong"}
    assert told("discriminator-too-strong", poor) == {"discriminator-too-strong"}


def test_what_is_not_learnt_yet_is_no_collapse_while_there_is_time() -> None:
    """Half of the data is left out from the first look on, and samples are far away."""

    def severity(num: int, total: int | None, far: float = 5.0, explains: tuple[str, ...] = ()) -> str | None:
        values = {"distance": far, "left_out_live": 0.5, "left_out_averaged": 0.5}
        made = history(num=num, broken=lambda look, healthy: values)
        made.total_images = total
        made.settle({"unusual": [], "explains": explains})
        return next((d.severity for d in diagnose(made) if d.kind == "partial-collapse"), None)

    late = int(limit("late_share") * 40)
    assert severity(late - 1, 200_000) == "watch"
    assert severity(late, 200_000) == "failing"
    assert severity(late - 1, None) == "failing"
    assert severity(late - 1, 200_000, far=2.0) == "failing"
    assert severity(late - 1, 200_000, explains=("partial-collapse",)) == "failing"


def test_that_nothing_passes_is_no_failure_of_samples_that_are_still_on_their_way() -> None:
    def severity(num: int, best: float, explains: tuple[str, ...] = ()) -> str | None:
        poor = {"rank_real_fake": 1.0, "coverage_averaged": 0.2, "left_out_averaged": 0.6}
        made = history(num=num, broken=lambda look, healthy: {**poor, "distance": best if look < 5 else 5.0})
        made.total_images = 200_000
        made.settle({"unusual": [], "explains": explains})
        return next((d.severity for d in diagnose(made) if d.kind == "discriminator-too-strong"), None)

    late = int(limit("late_share") * 40)
    assert severity(late - 1, 5.0) == "watch"
    assert severity(late, 5.0) == "failing"
    assert severity(late - 1, 2.0) == "failing", "they were good before"
    assert severity(late - 1, 5.0, ("discriminator-too-strong",)) == "failing"
