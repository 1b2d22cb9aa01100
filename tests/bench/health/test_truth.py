"""What counts as a failure, and since when."""

import math

import pytest

from ganwright.bench.health.cells import Standard
from ganwright.bench.health.truth import MARGINS, Course, has_recovered, is_healthy, truth_of

from .made import event, images, modes

TWIN = images([30, 20, 10, 5, 5, 5, 5, 5, 5, 5])


def test_as_good_as_the_twin_is_no_failure() -> None:
    assert not truth_of(TWIN, TWIN).failed
    assert truth_of(TWIN, TWIN).onset_images is None
    just_within = 5 * MARGINS["fid_ratio"].value + MARGINS["fid_extra"].value
    assert not truth_of(images([30, 20] + [just_within] * 8), TWIN).failed
    assert truth_of(images([30, 20] + [just_within + 0.1] * 8), TWIN).reasons == ("fid",)


def test_the_onset_is_the_first_point_from_which_on_all_fall_short() -> None:
    run = images([30, 20, 10, 5, 5, 40, 40, 40, 40, 40])
    found = truth_of(run, TWIN)
    assert found.failed
    assert found.onset_images == 5 * 40  # its neighbour's 40 lifts the mean of three to 16.7, beyond 11.5


def test_a_failure_that_was_made_up_for_is_none_and_its_beginning_does_not_count() -> None:
    recovered = images([30, 60, 60, 60, 60, 5, 5, 5, 5, 5])
    assert not truth_of(recovered, TWIN).failed
    twice = images([30, 60, 60, 5, 5, 5, 5, 40, 40, 40])
    assert truth_of(twice, TWIN).onset_images == 7 * 40


def test_no_onset_is_before_the_sabotage() -> None:
    run = images([30, 20, 10, 5, 5, 40, 40, 40, 40, 40])
    assert truth_of(run, TWIN, begins_images=230).onset_images == 230


def test_classes_copies_and_modes() -> None:
    assert truth_of(images([5] * 10, [8.0] * 10), TWIN).reasons == ("classes",)
    assert not truth_of(images([5] * 10, [9.0] * 10), TWIN).failed
    assert truth_of(images([1] * 10, copies=0.6), TWIN).reasons == ("copies",)
    assert not truth_of(images([1] * 10, copies=0.6), images([5] * 10, copies=0.2)).failed
    assert truth_of(modes([6] * 10), modes([8] * 10)).reasons == ("modes",)
    assert not truth_of(modes([7] * 10), modes([8] * 10)).failed
    assert truth_of(modes([8] * 10, quality=0.4), modes([8] * 10)).reasons == ("high quality",)


def test_what_is_not_finite_has_failed() -> None:
    run = images([30, 20, 10, 5, 5, math.nan, math.nan, math.nan, math.nan, math.nan])
    assert truth_of(run, TWIN).reasons == ("not finite",)
    assert truth_of(run, TWIN).onset_images == 5 * 40
    broken = Course(images([30, 20, 10, 5, 5]).points, broke=230)
    assert truth_of(broken, TWIN).reasons == ("not finite",)
    assert truth_of(broken, TWIN).onset_images == 230
    assert truth_of(Course((), broke=12), TWIN).onset_images == 12


def test_a_course_is_read_from_events() -> None:
    values = {"finite": 1.0, "modes": 3.0, "high_quality": 0.5}
    told = [event("outcome", 40, values=values), event("signals", 50, values={}), event("failed", 60, reason="x")]
    course = Course.of(told)
    assert [p.num_images for p in course.points] == [40]
    assert course.broke == 60
    assert Course.of(told[:2]).broke is None


@pytest.mark.parametrize(
    ("run", "healthy"),
    [
        (images([5] * 4), True),
        (images([9] * 4), False),
        (images([5] * 4, [7.0] * 4), False),
        (images([50, 5, 5, 5]), True),
        (images([5, 5, 5, math.nan]), False),
        (modes([8] * 4), True),
        (modes([6] * 4), False),
        (modes([8] * 4, quality=0.5), False),
        (Course(()), False),
    ],
)
def test_a_healthy_run_is_one_that_ended_as_its_cell_should(run: Course, healthy: bool) -> None:
    assert is_healthy(run, Standard(modes=7, high_quality=0.8, fid=8, classes=8)) is healthy


def test_recovered_is_within_a_quarter_of_the_twin_or_with_all_of_its_modes() -> None:
    assert has_recovered(images([5 * 1.25] * 3), images([5] * 3))
    assert not has_recovered(images([5 * 1.26] * 3), images([5] * 3))
    assert has_recovered(modes([8] * 3), modes([8] * 3))
    assert not has_recovered(modes([7] * 3), modes([8] * 3))
    assert not has_recovered(images([math.nan] * 3), images([5] * 3))


def test_every_margin_has_a_reason() -> None:
    assert all(margin.reason and margin.unit for margin in MARGINS.values())
