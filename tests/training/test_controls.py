"""What may be changed in a run that is under way, and what goes on as it was."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from ganwright.algorithms.phase import Phase, Step
from ganwright.core.errors import UserError
from ganwright.core.events import read_events
from ganwright.training import Callback
from ganwright.training.checkpoint import checkpoints
from ganwright.training.optimisers import SGD, Adam

from .test_engine import engine, two_players, weight_of


class At(Callback):
    """Does something once, at so many images."""

    def __init__(self, num_images: int, action: Any) -> None:
        self.num_images, self.action = num_images, action

    def on_iteration(self, num_images: int) -> None:
        if num_images == self.num_images:
            self.action()


def test_going_back_restores_the_state_and_leaves_the_clock(tmp_path: Path) -> None:
    made = engine(tmp_path, images=64, keep_checkpoints=9)
    made.run()
    then, now = checkpoints(tmp_path / "checkpoints")
    expected, _ = then.load()
    before = (made.iteration, made.position)
    made.controls.roll_back(then)
    assert (made.iteration, made.position) == before
    assert made.controls.num_roll_backs == 1
    found = made._tensors()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert not all(torch.equal(now.load()[0][name], expected[name]) for name in expected)


def test_going_back_to_draw_again_trains_as_if_the_failed_stretch_had_not_been(tmp_path: Path) -> None:
    options: dict[str, Any] = {"tick_images": 32, "keep_checkpoints": 9}
    straight = engine(tmp_path / "straight", two_players(repeats=3, every=3), images=96, **options)
    straight.run()
    made = engine(tmp_path / "back", two_players(repeats=3, every=3), images=96 + 16, **options)
    made.callbacks = (At(48, lambda: made.controls.roll_back(checkpoints(made.folder / "checkpoints")[0], again=True)),)
    made.run()
    assert made.position == straight.position
    for name, network in straight.networks.items():
        assert torch.equal(weight_of(made.networks[name]), weight_of(network))
    resumed = engine(tmp_path / "back", two_players(repeats=3, every=3), images=96 + 16, **options)
    resumed.load(next(c for c in checkpoints(made.folder / "checkpoints") if c.num_images == 64))
    assert resumed.turn == resumed.iteration - 4
    resumed.run()
    assert all(torch.equal(weight_of(resumed.networks[n]), weight_of(net)) for n, net in made.networks.items())
    resumed.controls.roll_back(checkpoints(made.folder / "checkpoints")[0])
    assert resumed.turn == resumed.iteration, "without again no random number comes twice"


def test_scalars_of_the_failed_stretch_are_not_logged_after_it(tmp_path: Path) -> None:
    made = engine(tmp_path, images=128, log_images=64, tick_images=32)

    def spoil() -> None:
        made._logbook.add("first/loss", torch.tensor(1e6))
        made.controls.roll_back(checkpoints(tmp_path / "checkpoints")[0])

    made.callbacks = (At(40, spoil),)
    made.run()
    first = next(e for e in read_events(tmp_path / "events.jsonl") if e["type"] == "log")
    assert first["scalars"]["first/loss"] < 1e3


def test_a_damaged_checkpoint_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    made = engine(tmp_path)
    made.run()
    saved = checkpoints(tmp_path / "checkpoints")[0]
    file = saved.path.with_suffix(".safetensors")
    file.write_bytes(file.read_bytes()[:-1])
    before = {name: t.clone() for name, t in made._tensors().items()}
    with pytest.raises(UserError, match="damaged"):
        made.controls.roll_back(saved)
    assert made.controls.num_roll_backs == 0
    assert all(torch.equal(before[name], t) for name, t in made._tensors().items())


def test_kept_checkpoints_are_not_pruned(tmp_path: Path) -> None:
    made = engine(tmp_path, images=160, tick_images=32, keep_checkpoints=1)
    made.controls.kept = {64}
    made.run()
    assert [c.num_images for c in checkpoints(tmp_path / "checkpoints")] == [64, 160]


def test_a_change_keeps_what_the_optimiser_remembers_where_its_kind_stays(tmp_path: Path) -> None:
    made = engine(tmp_path)
    made.iterate()
    kept = {k: v.clone() for k, v in next(iter(made.optimisers["second"].state.values())).items()}
    optimisers = {"first": Adam(learning_rate=0.5), "second": Adam(learning_rate=0.5)}
    changed = made.config.model_copy(update={"optimisers": optimisers})
    made.controls.change(changed, replace(two_players(), networks=made.algorithm.networks))
    now = next(iter(made.optimisers["second"].state.values()))
    assert all(torch.equal(now[name], kept[name]) for name in kept)
    assert not made.optimisers["first"].state
    before = weight_of(made.networks["second"]).clone()
    made.iterate()
    assert not torch.equal(before, weight_of(made.networks["second"]))
    assert made.optimisers["second"].param_groups[0]["lr"] == 0.5


def test_other_phases_are_played_from_then_on(tmp_path: Path) -> None:
    made = engine(tmp_path, log_images=4)

    def third(step: Step) -> tuple[Tensor, dict[str, Tensor]]:
        loss = step.networks["first"](step.real.items).mean()
        return loss, {"told": loss.detach()}

    made.iterate()
    phases = (Phase("third", ("first",), third),)
    made.controls.change(made.config, replace(made.algorithm, phases=phases))
    frozen = weight_of(made.networks["second"]).clone()
    made.iterate()
    assert torch.equal(frozen, weight_of(made.networks["second"]))
    assert "third/told" in made._logbook.state()


@pytest.mark.parametrize("option", [{"images": 128}, {"batch_size": 8}, {"seed": 1}])
def test_what_would_move_the_clock_is_refused(tmp_path: Path, option: dict[str, int]) -> None:
    made = engine(tmp_path)
    with pytest.raises(ValueError, match=f"{next(iter(option))} cannot change"):
        made.controls.change(made.config.model_copy(update=option), made.algorithm)


def test_other_networks_are_refused(tmp_path: Path) -> None:
    made = engine(tmp_path)
    with pytest.raises(ValueError, match="other networks"):
        made.controls.change(made.config, two_players())


def test_a_stop_ends_the_run_as_finished_and_says_why(tmp_path: Path) -> None:
    made = engine(tmp_path, images=640)
    made.callbacks = (At(40, lambda: made.controls.stop("far enough")),)
    made.run()
    end = read_events(tmp_path / "events.jsonl")[-1]
    assert (end["type"], end["num_images"], end["reason"]) == ("finished", 40, "far enough")
    assert checkpoints(tmp_path / "checkpoints")[-1].num_images == 40


def test_a_gradient_longer_than_the_limit_is_shortened_to_it(tmp_path: Path) -> None:
    limit = 1e-3
    (tmp_path / "free").mkdir()
    free = engine(tmp_path / "free", optimisers={n: SGD(learning_rate=1.0) for n in ("first", "second")})
    held = engine(tmp_path, optimisers={n: SGD(learning_rate=1.0, clip_norm=limit) for n in ("first", "second")})
    before = [p.detach().clone() for p in held.networks["first"].parameters()]
    for made in (free, held):
        made.iterate()
    moved = [torch.cat([(p - b).flatten() for p, b in zip(m.networks["first"].parameters(), before, strict=True)])
             for m in (free, held)]  # fmt: skip
    assert moved[0].norm() > limit
    assert moved[1].norm() == pytest.approx(limit, rel=1e-3)
    assert torch.nn.functional.cosine_similarity(moved[0], moved[1], dim=0) == pytest.approx(1.0, abs=1e-4)
