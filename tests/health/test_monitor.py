"""The monitor in real runs: it tells what it should, and the training never notices."""

import math
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import ganwright as gw
from ganwright.core.events import Event, EventWriter, read_events
from ganwright.health import SIGNALS, look
from ganwright.health.classes import CLASSES
from ganwright.health.monitor import Monitor, can_be_watched
from ganwright.runs.folder import RunFolder
from ganwright.runs.plan import Plan, plan
from ganwright.runs.report import render
from ganwright.runs.report_facts import RunFacts
from ganwright.runs.report_signals import SIGNAL_CHARTS, signal_charts
from ganwright.runs.train import train_plan
from ganwright.training import Callback, Engine, Interrupted

SMALL: dict[str, Any] = {
    "signals_images": None,
    "device": "cpu",
    "batch_size": 8,
    "log_images": 32,
    "tick_images": 64,
    "panel_size": 4,
}
MLP = {"generator.hidden": (16,), "discriminator.hidden": (16,)}
DCGAN = {"generator.width": 4, "discriminator.width": 4, "generator.latent_size": 8}


def train(folder: Path, recipe: str = "mlp", data: str = "digits", images: int = 128, **options: Any) -> list[Event]:
    parts = MLP if recipe.startswith(("mlp", "unrolled", "cgan", "rpgan")) else DCGAN
    options = {**SMALL, **parts, **{name.replace("__", "."): value for name, value in options.items()}}
    gw.train(recipe, data, out=folder, images=images, seed=100, options=options)
    return read_events(folder / "events.jsonl")


def signals(events: list[Event]) -> list[Event]:
    return [e for e in events if e["type"] == "signals"]


def tensors(folder: Path, without: str = "callback/") -> dict[str, torch.Tensor]:
    found, _ = RunFolder(folder).checkpoints()[-1].load()
    return {name: t for name, t in found.items() if not name.startswith(without)}


WITH_ODD_PARTS = {
    "mlp": {"discriminator__dropout": 0.3},
    "dcgan": {},  # batch norm in both
    "sn-dcgan": {},  # power iterations, which move buffers in every forward pass in training mode
    "rpgan-r1r2": {},
}


@pytest.mark.parametrize("recipe", WITH_ODD_PARTS)
def test_a_run_is_the_same_bit_for_bit_watched_or_not(recipe: str, tmp_path: Path) -> None:
    options = {"tick_images": 32, **WITH_ODD_PARTS[recipe]}
    watched = train(tmp_path / "watched", recipe, signals=True, **options)
    alone = train(tmp_path / "alone", recipe, signals=False, **options)
    assert len(signals(watched)) >= 2
    assert not signals(alone)
    mine, theirs = tensors(tmp_path / "watched"), tensors(tmp_path / "alone")
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[name], theirs[name]) for name in mine)
    logs = [[e["scalars"] for e in events if e["type"] == "log"] for events in (watched, alone)]
    assert logs[0] == logs[1]


def test_looking_leaves_modes_gradients_and_random_numbers_as_they_were(tmp_path: Path) -> None:
    made = plan("digits", "dcgan", overrides={**SMALL, **DCGAN}, out=tmp_path / "run", seed=100)
    engine = engine_of(made, tmp_path)
    engine.iterate()
    real = look.reference(made.dataset, None, 100, engine.device)
    networks = [*engine.networks.values(), *engine.averaged().values()]

    def state() -> list[Any]:
        modules = [m for n in networks for m in n.modules()]
        return [
            [m.training for m in modules],
            [getattr(m, "track_running_stats", None) for m in modules],
            [(p.requires_grad, p.grad) for n in networks for p in n.parameters()],
            torch.get_rng_state().tolist(),
        ]

    before, buffers = state(), [b.clone() for n in networks for b in n.buffers()]
    look.snapshot(engine, real, 100)
    assert state() == before
    assert all(torch.equal(a, b) for a, b in zip(buffers, [b for n in networks for b in n.buffers()], strict=True))


def engine_of(made: Plan, folder: Path) -> Engine:
    return Engine(made.algorithm(), made.loader(), made.config, folder, made.device, EventWriter(folder / "e.jsonl"))


def test_one_tick_waits_for_the_device_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan("digits", "mlp", overrides={**SMALL, **MLP}, out=tmp_path / "run", seed=100)
    engine = engine_of(made, tmp_path)
    held_out = made.config.data.load("test")
    watcher = Monitor(engine, made.dataset, lambda: held_out)
    engine.callbacks = (watcher,)
    for _ in range(4):
        engine.iterate()
        watcher.on_iteration(engine.num_images)
    waits: list[str] = []
    for name in ("item", "tolist", "__float__", "__int__", "__bool__", "cpu", "numpy", "nonzero"):
        old = getattr(torch.Tensor, name)
        monkeypatch.setattr(
            torch.Tensor, name, lambda self, *a, _n=name, _o=old, **k: (waits.append(_n), _o(self, *a, **k))[1]
        )
    watcher.on_look(final=False)
    assert waits == ["tolist"]


@pytest.mark.parametrize(
    ("recipe", "data", "options"),
    [
        ("mlp", "ring8", {}),
        ("mlp", "gaussian1d", {}),
        ("mlp", "digits", {"pack": 2}),
        ("mlp", "digits", {"num_discriminators": 2}),
        ("mlp", "digits", {"precision__dtype": "bfloat16"}),
        ("unrolled", "ring8", {"unrolled_steps": 1}),
        ("cgan", "digits", {}),
        ("acgan", "digits", {}),
        ("projection", "digits", {}),
        ("wgan-gp", "digits", {"discriminator_steps": 1}),
        ("dcgan", "digits", {"augmentations": [{"kind": "noise"}]}),
        ("mlp", "digits", {"latent": "constant"}),
        ("mlp", "digits", {"history": 32}),
    ],
)
def test_every_game_is_told_in_finite_numbers(recipe: str, data: str, options: dict[str, Any], tmp_path: Path) -> None:
    first, second = signals(train(tmp_path / "run", recipe, data, **options))
    assert list(first["values"]) == list(SIGNALS)
    absent = {"drift", "movement"} | (set() if data == "digits" else set(CLASSES))
    assert {name for name, value in first["values"].items() if value is None} == absent
    assert ("class_shares" in first) == (data == "digits")
    for name, value in second["values"].items():
        if name in absent & set(CLASSES):
            continue
        low, high = SIGNALS[name].range
        assert math.isfinite(value), name
        assert low is None or value >= low - 1e-4, name
        assert high is None or value <= high + 1e-4, name
    assert second["values"]["nonfinite_samples"] == 0
    if options.get("latent") == "constant":
        assert second["values"]["latent_sensitivity"] == 0
        assert second["values"]["duplicates_averaged"] == 1


def test_data_without_a_test_split_has_no_held_out_signals(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures.npz"
    rng = np.random.default_rng(0)
    np.savez(pictures, images=rng.integers(0, 256, (40, 8, 8, 1), dtype=np.uint8))
    (first, *_) = signals(train(tmp_path / "run", "mlp", f"npz:{pictures}"))
    absent = {name for name, value in first["values"].items() if value is None}
    lacking = {"held-out items", "the tick before", "a classifier"}
    assert absent == {n for n, s in SIGNALS.items() if lacking & set(s.needs)}


def test_classes_are_counted_at_ticks_and_at_the_end(tmp_path: Path) -> None:
    told = signals(train(tmp_path / "run", images=168, signals_images=16, tick_images=64))
    assert [e["num_images"] for e in told if "class_shares" in e] == [64, 128, 168]
    for event in told:
        for shares in event.get("class_shares", {}).values():
            assert len(shares) == 10
            assert sum(shares) == pytest.approx(1, abs=1e-5)
        assert (event["values"]["class_gap"] is None) == ("class_shares" not in event)


def test_a_network_that_is_not_trained_does_not_move_and_has_no_gradient(tmp_path: Path) -> None:
    *_, last = signals(train(tmp_path / "run", discriminator_steps=0))
    assert last["values"]["update_discriminator"] == 0
    assert last["values"]["gradient_discriminator"] is None
    assert last["values"]["update_generator"] > 0


def test_classifiers_are_not_watched(tmp_path: Path) -> None:
    made = plan("digits", "classifier-cnn", out=tmp_path / "run")
    assert not can_be_watched(made.algorithm())


@pytest.mark.parametrize("tick", [64, 48], ids=["on the log's marks", "between them"])
def test_a_resumed_run_tells_the_same(tick: int, tmp_path: Path) -> None:
    """The first part ends between two ticks, so that its end is a tick that a longer run drops."""
    options = {"tick_images": tick, "generator__hidden": (16,)}
    train(tmp_path / "parts", images=112, **options)
    train(tmp_path / "parts", images=256, **options)
    train(tmp_path / "whole", images=256, **options)
    told = [[(e["num_images"], e["values"]) for e in signals(events_of(tmp_path / n))] for n in ("parts", "whole")]
    assert len(told[1]) >= 4
    assert told[0] == told[1]


def events_of(folder: Path) -> list[Event]:
    return read_events(folder / "events.jsonl")


def test_signals_can_be_switched_on_and_off_between_sittings(tmp_path: Path) -> None:
    train(tmp_path / "run", images=64, signals=False)
    events = train(tmp_path / "run", images=192, signals=True)
    first, second = signals(events)
    assert first["values"]["drift"] is None
    assert second["values"]["drift"] is not None


def test_a_kill_at_any_iteration_goes_on_with_the_same_update_ratio(tmp_path: Path) -> None:
    """An interrupted run saves where it stands: here just before the iteration whose step is measured."""
    whole = signals(train(tmp_path / "whole", images=128))
    folder = tmp_path / "parts"

    class Stop(Callback):
        def on_iteration(self, num_images: int) -> None:
            if num_images == 56:
                os.kill(os.getpid(), signal.SIGINT)

    made = plan("digits", "mlp", overrides={**SMALL, **MLP}, out=folder, images=128, seed=100)
    with pytest.raises(Interrupted):
        train_plan(made, callbacks=[Stop()])
    parts = signals(train(folder, images=128))
    assert [e["values"] for e in parts] == [e["values"] for e in whole]


def test_the_report_draws_every_signal(tmp_path: Path) -> None:
    assert sorted(name for chart in SIGNAL_CHARTS.values() for name in chart.series) == sorted(SIGNALS)
    train(tmp_path / "run", images=192)
    facts = RunFacts(tmp_path / "run")
    charts = {chart.id: chart for chart in signal_charts(facts.signals)}
    assert set(charts) == {f"health-{id}" for id in SIGNAL_CHARTS} - {"health-nonfinite"}
    drift = charts["health-distances"]
    assert drift.x == [0.064, 0.128, 0.192]
    assert drift.series[1].values[0] is None
    page = render(facts)
    assert all(f'id="chart-{id}"' in page for id in charts)
