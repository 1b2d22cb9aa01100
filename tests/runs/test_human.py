"""The human test of a run: what is shown, how it is judged, what is kept."""

import itertools
import json
from pathlib import Path

import pytest
import torch

from ganwright import runs
from ganwright.core.errors import UserError
from ganwright.data import parse_data
from ganwright.data.dataset import to_uint8
from ganwright.runs.human import FILE, Answer, Trial, human_results, judge, keep_result, make_trial


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> runs.Run:
    out = tmp_path_factory.mktemp("human") / "run"
    return runs.train("cgan", "digits", out=out, images=256)


def test_half_are_held_out_items_and_half_are_samples(run: runs.Run) -> None:
    trial = make_trial(run, 40, seed=3)
    held_out = parse_data("digits").load("test")
    shown = [question[0] for question in trial.questions]
    assert trial.split == "test"
    assert sum(one.real for one in shown) == 20
    assert len({(one.real, one.number) for one in shown}) == 40
    for one, picture in zip(shown, trial.pictures, strict=True):
        if one.real:
            assert torch.equal(picture, held_out.items[one.number])


def test_fakes_are_of_the_classes_of_the_real_ones(run: runs.Run) -> None:
    trial = make_trial(run, 40, seed=3)
    held_out = parse_data("digits").load("test")
    assert held_out.labels is not None
    order = [one.number for q in make_trial(run, 20, mode="pairs", seed=3).questions for one in q if one.real]
    labels = held_out.labels[torch.tensor(order)]
    expected = to_uint8(torch.cat(list(run.batches(20, 3, labels=labels))))
    for one, picture in zip([q[0] for q in trial.questions], trial.pictures, strict=True):
        if not one.real:
            assert torch.equal(picture, expected[one.number])


def test_the_order_follows_from_the_seed_and_tells_nothing(run: runs.Run) -> None:
    first, again, other = (make_trial(run, 100, seed=seed) for seed in (1, 1, 2))
    assert first.questions == again.questions
    assert torch.equal(first.pictures, again.pictures)
    assert first.questions != other.questions
    sides = [q[0].real for q in make_trial(run, 100, mode="pairs", seed=5).questions]
    assert 30 <= sum(sides) <= 70  # 100 fair coins: outside with probability 4e-5
    singles = [q[0].real for q in first.questions]
    changes = sum(a != b for a, b in itertools.pairwise(singles))
    assert 30 <= changes <= 70  # neither sorted nor in turn


def test_judging_counts_what_was_wrong(run: runs.Run) -> None:
    trial = make_trial(run, 10, seed=0)
    right = [Answer(i, 1.0, real=q[0].real) for i, q in enumerate(trial.questions)]
    assert judge(trial, right).all.errors == 0
    wrong = [Answer(i, 1.0, real=not q[0].real) for i, q in enumerate(trial.questions)]
    found = judge(trial, wrong)
    assert (found.all.errors, found.fakes.errors, found.reals.errors) == (10, 5, 5)
    assert judge(trial, right[:4]).all.num == 4
    pairs = make_trial(run, 10, mode="pairs", seed=0)
    picked = [Answer(i, 1.0, picked=int(not q[0].real)) for i, q in enumerate(pairs.questions)]
    assert judge(pairs, picked).all.errors == 0


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [Answer(10, 1.0, real=True)],
        [Answer(0, 1.0)],
        [Answer(0, 1.0, picked=1)],
        [Answer(0, 1.0, real=True), Answer(0, 1.0, real=True)],
    ],
)
def test_answers_that_do_not_fit_are_refused(run: runs.Run, answers: list[Answer]) -> None:
    trial = make_trial(run, 10, seed=0)
    with pytest.raises(UserError):
        judge(trial, answers)


def test_results_are_kept_with_the_run_one_a_line(run: runs.Run) -> None:
    trial: Trial = make_trial(run, 10, seed=0)
    answers = [Answer(i, 0.5 + i, real=True) for i in range(10)]
    file = run.path / FILE
    file.write_text('{"torn": ')
    first = keep_result(run, trial, answers, exposure_seconds=0.5)
    keep_result(run, trial, answers)
    kept = human_results(run)
    assert len(kept) == 2
    assert kept[0] == json.loads(json.dumps(first))
    assert kept[0]["error"]["all"] == {
        "errors": 5,
        "num": 10,
        "rate": 0.5,
        "low": pytest.approx(0.23659, abs=1e-4),
        "high": pytest.approx(0.76341, abs=1e-4),
    }
    assert (kept[0]["exposure_seconds"], kept[1]["exposure_seconds"]) == (0.5, None)
    assert kept[0]["median_seconds"] == 4.5
    assert len(kept[0]["answers"]) == 10
    file.unlink()


@pytest.mark.parametrize(("num", "mode"), [(8, "single"), (11, "single"), (202, "single"), (9, "pairs"), (10, "trios")])
def test_numbers_and_modes_that_make_no_test_are_refused(run: runs.Run, num: int, mode: str) -> None:
    with pytest.raises(UserError):
        make_trial(run, num, mode=mode)  # pyright: ignore[reportArgumentType]


def test_points_are_refused(tmp_path: Path) -> None:
    run = runs.train("rpgan-r1r2", "ring8", out=tmp_path / "ring", images=256)
    with pytest.raises(UserError, match="people can judge images only"):
        make_trial(run, 10)
