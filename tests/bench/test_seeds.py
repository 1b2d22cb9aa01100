"""Seeds trained at once leave the folders of single runs, go on where they were stopped, and survive a bad one."""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from ganwright import runs
from ganwright.algorithms.phase import Algorithm
from ganwright.bench import stack as stack_module
from ganwright.bench.entries import FIELDS, entries
from ganwright.bench.seeds import Seeds
from ganwright.bench.stack import ranges, stack_folder, stacks_in
from ganwright.core.errors import UserError
from ganwright.runs.plan import Plan
from ganwright.training import Callback, Interrupted

from .notes import Notes

SEEDS = (100, 101, 102)
RING = FIELDS["ring8"].data


def seeds(place: Path, recipe: str = "rpgan-r1r2", images: int | None = None, which: tuple[int, ...] = SEEDS) -> Seeds:
    [entry] = entries([recipe], RING, images)
    return Seeds(entry, which, place, None)


class Stopper(Callback):
    """Sends a signal after so many images, once."""

    def __init__(self, images: int) -> None:
        self.images = images

    def on_iteration(self, num_images: int) -> None:
        if num_images == self.images:
            self.images = -1
            os.kill(os.getpid(), signal.SIGTERM)


def weights(place: Path, seed: int) -> dict[str, torch.Tensor]:
    """All tensors of a checkpoint but what callbacks keep: only a single run is watched."""
    found = runs.load(place / f"seed-{seed}").folder.checkpoints()[-1].load()[0]
    return {name: tensor for name, tensor in found.items() if not name.startswith("callback/")}


def test_each_seed_gets_the_run_folder_of_a_single_run(tmp_path: Path, notes: Notes) -> None:
    together = seeds(tmp_path / "a")
    together.train(notes)
    assert notes.said == ["rpgan-r1r2: 3 seeds at once, 320 images each"]
    alone = seeds(tmp_path / "b", which=(101,))
    alone.train(notes)
    mine, theirs = weights(tmp_path / "a", 101), weights(tmp_path / "b", 101)
    assert mine.keys() == theirs.keys()
    for name, tensor in theirs.items():
        assert mine[name].shape == tensor.shape, name
        if not name.startswith("optimiser"):
            torch.testing.assert_close(mine[name], tensor, rtol=1e-2, atol=1e-3, msg=lambda m, n=name: f"{n}: {m}")
    run = runs.load(tmp_path / "a" / "seed-101")
    assert run.config == runs.load(tmp_path / "b" / "seed-101").config
    assert run.sample(5, seed=1).shape == (5, 2)
    assert run.score(torch.zeros(3, 2)).shape == (3,)
    assert [e["type"] for e in run.events()] == ["started", "finished"]
    assert run.events()[0]["run"]["together_with"] == [100, 101, 102]
    first = "network/generator/layers.0.weight"
    assert not torch.equal(weights(tmp_path / "a", 100)[first], mine[first])


def test_a_seed_taken_out_of_a_stack_goes_on_alone(tmp_path: Path, notes: Notes) -> None:
    seeds(tmp_path).train(notes)
    longer = seeds(tmp_path, images=480)
    assert longer.run(100) is None
    longer.train(notes)
    assert [line for line in notes.said if "going on" in line] == [
        f"rpgan-r1r2: seed {seed}, 480 images, going on from 320" for seed in SEEDS
    ]
    direct = seeds(tmp_path / "direct", images=480, which=(100,))
    direct.train(notes)
    mine, theirs = weights(tmp_path, 100), weights(tmp_path / "direct", 100)
    for name in theirs:
        if name.startswith(("network", "average")):
            torch.testing.assert_close(mine[name], theirs[name], rtol=2e-2, atol=2e-3)


def test_what_is_finished_is_not_trained_again(tmp_path: Path, notes: Notes) -> None:
    seeds(tmp_path, which=(100, 101)).train(notes)
    before = {seed: weights(tmp_path, seed) for seed in (100, 101)}
    notes.said.clear()
    more = seeds(tmp_path)
    more.train(notes)
    assert notes.said == ["rpgan-r1r2: seed 102, 320 images"]
    for seed, tensors in before.items():
        assert all(torch.equal(tensor, weights(tmp_path, seed)[name]) for name, tensor in tensors.items())
    more.train(notes)
    assert len(notes.said) == 1


def test_a_stopped_stack_goes_on_exactly(tmp_path: Path, notes: Notes) -> None:
    seeds(tmp_path / "whole").train(notes)
    stopped = seeds(tmp_path / "stopped")
    with pytest.raises(Interrupted):
        stopped.train(Notes(Stopper(192)))
    assert not list((tmp_path / "stopped").glob("seed-*"))
    notes.said.clear()
    notes.trainings.clear()
    stopped.train(notes)
    assert notes.said == ["rpgan-r1r2: 3 seeds at once, 320 images each, going on from 192"]
    assert notes.trainings == [(320, 192)]
    for seed in SEEDS:
        mine, theirs = weights(tmp_path / "stopped", seed), weights(tmp_path / "whole", seed)
        assert all(torch.equal(mine[name], tensor) for name, tensor in theirs.items())


def test_a_stack_that_was_half_taken_apart_is_taken_apart_to_the_end(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = stack_module._write_run

    def failing(plan: Plan, *rest: object) -> None:
        if plan.config.seed == 101:
            raise OSError("no space left")
        write(plan, *rest)  # pyright: ignore[reportArgumentType]

    training = seeds(tmp_path)
    monkeypatch.setattr(stack_module, "_write_run", failing)
    with pytest.raises(OSError, match="no space"):
        training.train(notes)
    assert [training.run(seed) is not None for seed in SEEDS] == [True, False, False]
    monkeypatch.setattr(stack_module, "_write_run", write)
    notes.trainings.clear()
    training.train(notes)
    assert notes.trainings == []  # nothing was trained again
    assert all(training.run(seed) for seed in SEEDS)


def test_dropout_and_single_seeds_train_alone(tmp_path: Path, notes: Notes, small: Callable[..., None]) -> None:
    small("rpgan-r1r2", discriminator__dropout=0.2)
    seeds(tmp_path, which=(100, 101)).train(notes)
    assert notes.said == [f"rpgan-r1r2: seed {seed}, 320 images" for seed in (100, 101)]
    assert (tmp_path / "seed-100" / "report.html").exists()


def test_another_config_is_refused_before_anything_is_trained(
    tmp_path: Path, notes: Notes, small: Callable[..., None]
) -> None:
    seeds(tmp_path, which=(101,)).train(notes)
    small("rpgan-r1r2", optimisers__generator__learning_rate=1e-4)
    with pytest.raises(UserError, match=r"seed-101 holds a run of another config .*optimisers.generator.learning_rate"):
        seeds(tmp_path).check()
    stopped = seeds(tmp_path / "stack")
    with pytest.raises(Interrupted):
        stopped.train(Notes(Stopper(192)))
    stopped.check()
    small("rpgan-r1r2", batch_size=16)
    with pytest.raises(UserError, match=r"together-100-102 holds a run of another config .*batch_size: 32 -> 16"):
        seeds(tmp_path / "stack").check()


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights of seed 101 that are not finite from the start."""
    build = Plan.algorithm

    def algorithm(plan: Plan) -> Algorithm:
        made = build(plan)
        if plan.config.seed == 101:
            with torch.no_grad():
                next(made.networks["generator"].parameters()).fill_(float("nan"))
        return made

    monkeypatch.setattr(Plan, "algorithm", algorithm)


@pytest.mark.usefixtures("poisoned")
def test_a_seed_that_diverges_does_not_take_the_others_along(tmp_path: Path, notes: Notes) -> None:
    training = seeds(tmp_path)
    training.train(notes)
    assert "stopped being finite; each is trained alone" in notes.said[1]
    assert notes.said[2:] == [
        "rpgan-r1r2: seed 100, 320 images",
        "rpgan-r1r2: seed 101, 320 images",
        "rpgan-r1r2: seed 101 diverged",
        "rpgan-r1r2: seed 102, 320 images",
    ]
    assert "non-finite" in (training.diverged(101) or "")
    assert training.run(101) is None
    assert training.run(100) is not None
    assert training.diverged(100) is None
    notes.said.clear()
    training.train(notes)
    assert notes.said == []
    shutil.rmtree(tmp_path / "seed-102")
    training.train(notes)  # no stack is tried again with a seed of one that failed
    assert notes.said == ["rpgan-r1r2: seed 102, 320 images"]


def test_a_damaged_note_of_divergence_is_told(tmp_path: Path) -> None:
    (tmp_path / "seed-100").mkdir()
    (tmp_path / "seed-100" / "diverged.json").write_text("{")
    with pytest.raises(UserError, match=r"diverged.json is damaged; delete it"):
        seeds(tmp_path).diverged(100)


@pytest.mark.parametrize(
    ("which", "text"), [((7,), "7"), ((0, 1, 2), "0-2"), ((3, 5, 6), "3+5-6"), ((1, 3, 9), "1+3+9"), ((9, 10), "9-10")]
)
def test_the_name_of_a_stack_tells_its_seeds(which: tuple[int, ...], text: str, tmp_path: Path) -> None:
    assert ranges(which) == text
    folder = stack_folder(tmp_path, which)
    folder.path.mkdir()
    assert stacks_in(tmp_path) == [(folder, which)]
