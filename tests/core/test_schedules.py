"""Schedules over images."""

import pytest

from ganwright.core.schedules import Cosine, Exponential, Linear, WarmCosine, largest, scaled, value_at


def test_a_number_stays() -> None:
    assert value_at(0.3, 10, 100) == 0.3


def test_linear_and_cosine_start_end_and_hold() -> None:
    for cls in (Linear, Cosine):
        ramp = cls(start=2.0, end=1.0, ramp_images=100)
        assert ramp.at(0, 1000) == 2.0
        assert ramp.at(50, 1000) == pytest.approx(1.5)
        assert ramp.at(100, 1000) == ramp.at(900, 1000) == 1.0
        assert not ramp.depends_on_length
    assert Cosine(start=1.0, end=0.0).at(250, 1000) == pytest.approx(0.853553, abs=1e-6)
    assert Linear(start=1.0, end=0.0).at(250, 1000) == 0.75
    assert Cosine(start=1.0, end=0.0).depends_on_length


def test_exponential_is_straight_on_a_log_scale() -> None:
    ramp = Exponential(start=1.0, end=1e-4, ramp_images=100)
    assert ramp.at(0, 1000) == 1.0
    assert ramp.at(50, 1000) == pytest.approx(1e-2)
    assert ramp.at(100, 1000) == ramp.at(900, 1000) == pytest.approx(1e-4)
    with pytest.raises(ValueError, match="greater than 0"):
        Exponential(start=1.0, end=0.0)


def test_a_warm_cosine_rises_and_falls_with_the_length_of_the_run() -> None:
    ramp = WarmCosine(peak=2.0, end=1.0, warm_up=0.2)
    assert ramp.at(0, 1000) == 0.0
    assert ramp.at(100, 1000) == pytest.approx(1.0)
    assert ramp.at(200, 1000) == 2.0
    assert ramp.at(600, 1000) == pytest.approx(1.5)
    assert ramp.at(1000, 1000) == ramp.at(3000, 1000) == 1.0
    assert ramp.at(400, 2000) == 2.0
    assert ramp.depends_on_length


@pytest.mark.parametrize(
    "schedule",
    [
        0.3,
        Linear(start=2.0, end=1.0),
        Cosine(start=0.0, end=3.0),
        Exponential(start=1.0, end=0.1),
        WarmCosine(peak=2, end=0),
    ],
)
def test_a_scaled_schedule_is_the_same_times_the_factor(schedule: float | Linear) -> None:
    smaller = scaled(schedule, 0.1)
    assert type(smaller) is type(schedule)
    values = [value_at(schedule, n, 1000) for n in range(0, 1001, 50)]
    assert [value_at(smaller, n, 1000) for n in range(0, 1001, 50)] == pytest.approx([0.1 * v for v in values])
    assert largest(schedule) == pytest.approx(max(values))
