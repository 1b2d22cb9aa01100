"""The engine's contracts: the clock, freezing, accumulation, averages, non-finite numbers, signals."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganwright.algorithms.phase import Algorithm, Logs, Phase, Step
from ganwright.core.events import EventWriter, read_events
from ganwright.training import Callback, Engine, Interrupted, TrainingFailed
from ganwright.training.checkpoint import checkpoints
from ganwright.training.config import TrainingConfig
from ganwright.training.optimisers import SGD, Adam

CPU = torch.device("cpu")


class Lines:
    """Items that name their own position, so that a test sees which were drawn."""

    def batch(self, position: int, size: int) -> tuple[Tensor, None]:
        return torch.arange(position, position + size).float()[:, None], None


def two_players(log: list[Any] | None = None, repeats: int = 1, every: int = 1) -> Algorithm:
    def first(step: Step) -> tuple[Tensor, Logs]:
        if log is not None:
            trainable = {n: any(p.requires_grad for p in net.parameters()) for n, net in step.networks.items()}
            log.append(("first", step.real.items[:, 0].tolist(), trainable, step.draws.normal("z", 1).item()))
        loss = step.networks["first"](step.real.items / 100).square().mean()
        return loss, {"loss": loss.detach()}

    def second(step: Step) -> tuple[Tensor, Logs]:
        if log is not None:
            log.append(("second", step.num_images))
        loss = step.networks["second"](step.draws.normal("z", step.batch_size, 1)).square().mean()
        return loss, {"loss": loss.detach()}

    torch.manual_seed(0)
    return Algorithm(
        networks={"first": nn.Linear(1, 1), "second": nn.Linear(1, 1)},
        phases=(Phase("first", ("first",), first, repeats=repeats), Phase("second", ("second",), second, every=every)),
        averaged=("second",),
    )


def weight_of(network: nn.Module) -> Tensor:
    return network.get_parameter("weight")


def engine(
    folder: Path, algorithm: Algorithm | None = None, callbacks: tuple[Callback, ...] = (), **options: Any
) -> Engine:
    options = {"images": 64, "batch_size": 4, "log_images": 16, "tick_images": 32} | options
    optimisers = options.pop("optimisers", {"first": SGD(learning_rate=0.1), "second": Adam(learning_rate=0.1)})
    config = TrainingConfig(optimisers=optimisers, **options)
    folder.mkdir(exist_ok=True)
    events = EventWriter(folder / "events.jsonl")
    return Engine(algorithm or two_players(), Lines(), config, folder, CPU, events, callbacks=callbacks)


def test_an_iteration_counts_its_real_batch_once_and_draws_one_per_repeat(tmp_path: Path) -> None:
    log: list[Any] = []
    run = engine(tmp_path, two_players(log, repeats=3, every=2), images=12)
    run.run()
    assert run.iteration == 3
    assert run.num_images == 12
    firsts = [entry for entry in log if entry[0] == "first"]
    assert [entry[1][0] for entry in firsts] == [0, 4, 8, 12, 16, 20, 24, 28, 32]
    assert len({entry[3] for entry in firsts}) == 9, "every repeat draws its own numbers"
    assert [entry for entry in log if entry[0] == "second"] == [("second", 0), ("second", 8)]


def test_only_the_networks_of_a_phase_are_trainable_and_change(tmp_path: Path) -> None:
    log: list[Any] = []
    run = engine(tmp_path, two_players(log, every=100))
    before = weight_of(run.networks["second"]).clone()
    run.iterate()
    after = weight_of(run.networks["second"]).clone()
    run.iterate()
    assert all(entry[2] == {"first": True, "second": False} for entry in log if entry[0] == "first")
    assert not torch.equal(before, after)
    assert torch.equal(after, weight_of(run.networks["second"]))


def test_accumulation_gives_the_gradient_of_the_whole_batch(tmp_path: Path) -> None:
    runs = [engine(tmp_path / str(k), images=32, accumulation=k) for k in (1, 2, 4)]
    for run in runs:
        for _ in range(5):
            run.iterate()
    whole = weight_of(runs[0].networks["first"])
    for run in runs[1:]:
        assert torch.allclose(weight_of(run.networks["first"]), whole, atol=1e-6)
        assert run.position == runs[0].position


def test_the_average_follows_by_half_lives(tmp_path: Path) -> None:
    run = engine(tmp_path, ema={"half_life_images": 8, "warm_up": 0})
    averages = [weight_of(run.averaged()["second"]).item()]
    weights = [averages[0]]
    for _ in range(4):
        run.iterate()
        weights.append(weight_of(run.networks["second"]).item())
        averages.append(weight_of(run.averaged()["second"]).item())
    expected = averages[0]
    for weight, average in zip(weights[1:], averages[1:], strict=True):
        expected = expected * 0.5**0.5 + weight * (1 - 0.5**0.5)  # batch 4, half-life 8
        assert average == pytest.approx(expected, abs=1e-6)
    assert run.averaged()["first"] is run.networks["first"]


def test_the_half_life_may_follow_a_schedule(tmp_path: Path) -> None:
    ramp = {"kind": "linear", "start": 0.0, "end": 16.0, "ramp_images": 16}
    run = engine(tmp_path, ema={"half_life_images": ramp, "warm_up": 0})
    expected = weight_of(run.averaged()["second"]).item()
    for images in (4, 8, 12, 16, 20):
        run.iterate()
        old = 0.5 ** (4 / min(images, 16))
        expected = expected * old + weight_of(run.networks["second"]).item() * (1 - old)
        assert weight_of(run.averaged()["second"]).item() == pytest.approx(expected, abs=1e-6)


def test_every_setting_that_follows_a_schedule_reaches_the_optimiser(tmp_path: Path) -> None:
    beta2 = {"kind": "linear", "start": 0.5, "end": 0.9, "ramp_images": 16}
    adam = {"kind": "adam", "betas": [0.0, 0.5], "beta2": beta2}
    run = engine(tmp_path, optimisers={"first": "sgd", "second": adam})
    for images in (0, 4, 8, 12, 16, 20):
        run.iterate()
        group = run.optimisers["second"].param_groups[0]
        assert group["betas"] == pytest.approx((0.0, 0.5 + 0.4 * min(images / 16, 1)))


def test_learning_rates_follow_their_schedule_over_images(tmp_path: Path) -> None:
    ramp = {"kind": "linear", "start": 1.0, "end": 0.0}
    run = engine(tmp_path, optimisers={"first": {"kind": "sgd", "learning_rate": ramp}, "second": "adam"}, images=16)
    seen = []
    for _ in range(4):
        run.iterate()
        seen.append(run.optimisers["first"].param_groups[0]["lr"])
    assert seen == [1.0, 0.75, 0.5, 0.25]


def test_what_a_run_writes(tmp_path: Path) -> None:
    heard: list[str] = []

    class Ear(Callback):
        def on_event(self, event: dict[str, Any]) -> None:
            heard.append(event["type"])

    engine(tmp_path, callbacks=(Ear(),)).run()
    events = read_events(tmp_path / "events.jsonl")
    assert [e["type"] for e in events] == heard
    assert [(e["type"], e["num_images"]) for e in events] == [
        ("log", 16),
        ("log", 32),
        ("checkpoint", 32),
        ("log", 48),
        ("log", 64),
        ("checkpoint", 64),
        ("checkpoint", 64),
        ("finished", 64),
    ]
    assert {"first/loss", "second/loss", "learning_rate/first"} <= set(events[0]["scalars"])
    assert events[0]["images_per_second"] > 0
    assert [c.num_images for c in checkpoints(tmp_path / "checkpoints")] == [32, 64]


def test_only_the_newest_and_the_best_checkpoints_are_kept(tmp_path: Path) -> None:
    run = engine(tmp_path, images=200, keep_checkpoints=2, evaluate_images=32)
    verdicts = iter([3.0, 1.0, 2.0, float("nan"), 4.0, 5.0, 6.0])
    run.judge = lambda _: {"figures": [], "best": next(verdicts)}
    run.run()
    kept = [c.num_images for c in checkpoints(tmp_path / "checkpoints")]
    assert kept == [64, 192, 200]
    assert checkpoints(tmp_path / "checkpoints")[-1].state()["best"] == {"value": 1.0, "num_images": 64}


def exploding(at: int) -> Algorithm:
    algorithm = two_players()

    def loss(step: Step) -> tuple[Tensor, Logs]:
        factor = float("inf") if step.num_images >= at else 1.0
        value = (step.networks["first"](step.real.items) * factor).square().mean()
        return value, {"loss": value.detach()}

    return Algorithm(algorithm.networks, (Phase("first", ("first",), loss), algorithm.phases[1]), ("second",))


def test_a_non_finite_loss_stops_the_run_and_leaves_the_last_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(
        TrainingFailed, match=r"non-finite by 48 images \(.*first/loss.*\); the checkpoint of 32 images"
    ):
        engine(tmp_path, exploding(at=40)).run()
    (saved,) = checkpoints(tmp_path / "checkpoints")
    tensors, _ = saved.load()
    assert all(t.isfinite().all() for t in tensors.values())
    assert read_events(tmp_path / "events.jsonl")[-1]["type"] == "failed"


def test_non_finite_weights_are_never_saved(tmp_path: Path) -> None:
    with pytest.raises(TrainingFailed, match="weights of the first"):
        engine(tmp_path, exploding(at=24), log_images=1000).run()
    assert checkpoints(tmp_path / "checkpoints") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_stops(tmp_path: Path, number: signal.Signals) -> None:
    class Impatient(Callback):
        def on_iteration(self, num_images: int) -> None:
            if num_images == 20:
                os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(Interrupted) as caught:
        engine(tmp_path, callbacks=(Impatient(),)).run()
    assert caught.value.signal_number == number
    assert [c.num_images for c in checkpoints(tmp_path / "checkpoints")] == [20]
    assert signal.getsignal(number) is before


def plain(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events without wall-clock fields and without marks of stopping and going on."""
    wall = ("time", "images_per_second", "seconds", "training_seconds")
    kept = [e for e in events if e["type"] not in ("resumed", "finished")]
    return [{k: v for k, v in e.items() if k not in wall} for e in kept]


@pytest.mark.parametrize("stop", [4, 20, 32, 44])
def test_stop_and_go_on_equals_one_run(tmp_path: Path, stop: int) -> None:
    """Bit for bit, at marks and between them: weights, averages, optimiser states, position, events."""

    def options() -> dict[str, Any]:
        ramp = {"kind": "cosine", "start": 0.1, "end": 0.01, "ramp_images": 50}
        return {"optimisers": {"first": {"kind": "adam", "learning_rate": ramp}, "second": {"kind": "rmsprop"}}}

    whole = engine(tmp_path / "whole", **options())
    whole.run()
    engine(tmp_path / "parts", images=stop, **options()).run()
    rest = engine(tmp_path / "parts", **options())
    rest.load(checkpoints(tmp_path / "parts" / "checkpoints")[-1])
    rest.emit("resumed", checkpoint="x")
    assert rest.num_images == stop
    rest.run()
    mine, state = checkpoints(tmp_path / "parts" / "checkpoints")[-1].load()
    theirs, expected = checkpoints(tmp_path / "whole" / "checkpoints")[-1].load()
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[k], theirs[k]) for k in mine)
    assert state["sha256"] == expected["sha256"]
    assert {k: state[k] for k in ("iteration", "position", "pending")} == {
        k: expected[k] for k in ("iteration", "position", "pending")
    }
    assert plain(read_events(tmp_path / "parts" / "events.jsonl")) == plain(
        read_events(tmp_path / "whole" / "events.jsonl")
    )


def flushes() -> bool:
    return (torch.tensor(1e-39) * 1.0).item() == 0.0


def test_denormals_are_flushed_while_training_and_no_longer(tmp_path: Path) -> None:
    seen: list[bool] = []

    class Look(Callback):
        def on_iteration(self, num_images: int) -> None:
            seen.append(flushes())

    assert not flushes()
    engine(tmp_path, callbacks=(Look(),)).run()
    assert all(seen)
    assert not flushes()
