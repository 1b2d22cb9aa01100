"""Which checkpoints are kept, and which one a run goes back to."""

from ganwright.health.ladder import MOST, before, thinned


def test_the_start_and_the_newest_stay_and_the_rest_spreads() -> None:
    kept: list[int] = []
    for num in range(0, 100_001, 1_000):
        kept = thinned([*kept, num])
        assert len(kept) <= MOST + 1
        assert kept[0] == 0
        assert kept[-1] == num
        assert kept == sorted(kept)
    ages = [100_000 - n for n in kept[1:]]
    assert ages[-2] <= 10_000, "one is young"
    assert ages[0] >= 30_000, "one is old"


def test_never_after_the_onset() -> None:
    kept = [0, 100, 200, 300, 400]
    assert before(kept, onset=350, margin=50)[0] == 300
    assert before(kept, onset=349, margin=50)[0] == 200
    assert before(kept, onset=20, margin=50) == [0], "a run that was wrong from its start begins again"
    assert before([100, 200], onset=20, margin=50) == []


def test_a_state_that_failed_twice_is_left_for_an_older_one() -> None:
    kept = [0, 100, 200]
    assert before(kept, 300, 50, tried=[200])[0] == 200
    assert before(kept, 300, 50, tried=[200, 200])[0] == 100
    assert before(kept, 300, 50, tried=[200, 200, 100, 100])[0] == 0
    assert before(kept, 300, 50, tried=[200, 200, 100, 100, 0, 0])[0] == 0
