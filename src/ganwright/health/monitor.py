"""Measures the signals at every mark and writes them as an event. It listens; the training never notices."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from ganwright.algorithms.phase import Algorithm
from ganwright.core.events import Event
from ganwright.data.dataset import Dataset
from ganwright.health import SIGNALS
from ganwright.health.look import norms, reference, snapshot
from ganwright.health.snapshot import Last, Reference, Shadows, Snapshot
from ganwright.training import Callback, Engine

Values = dict[str, float | None]


def measured(seen: Snapshot) -> Values:
    """Every signal of a snapshot; None where it lacks what the signal needs. Waits for the device once."""
    there = {name: signal.measure(seen) for name, signal in SIGNALS.items() if seen.has.issuperset(signal.needs)}
    tensors = {name: value for name, value in there.items() if isinstance(value, Tensor)}
    numbers = dict(zip(tensors, torch.stack([t.float() for t in tensors.values()]).tolist(), strict=True))
    told = {name: value for name, value in there.items() if not isinstance(value, Tensor)} | numbers
    return {name: told.get(name) for name in SIGNALS}


def can_be_watched(algorithm: Algorithm) -> bool:
    """True for a game: something makes samples, and something scores them."""
    return None not in (algorithm.sample, algorithm.latents, algorithm.score)


class Monitor(Callback):
    """Writes an event `signals` whenever it is time to look: every `signals_images`, or at every tick.

    Fields: `values`, each signal's number by name, or null; `seconds` that measuring took.

    data: what is trained on, 8 items or more. held_out: returns items that are not, or None where there are none;
        asked at the first tick.
    The algorithm must be one that `can_be_watched`, of one seed. What the next tick looks back at is part of the
    checkpoints, so that a resumed run measures the same numbers.
    """

    name = "health"

    def __init__(self, engine: Engine, data: Dataset, held_out: Callable[[], Dataset | None]) -> None:
        self._engine, self._data, self._held_out = engine, data, held_out
        self._real: Reference | None = None
        self._last: Last | None = None
        self._before: dict[str, list[Tensor]] = {}
        self._updates: dict[str, Tensor] = {}
        self._gradients: dict[str, list[float]] = {}
        self._look_ahead()

    # -- listening -----------------------------------------------------------------------------------------------

    def on_iteration(self, num_images: int) -> None:
        """Note what the weights are before an iteration that ends in a tick, and how far it moved them."""
        self._updates = {}
        if self._before:
            self._updates = {name: _moved(self._weights(name), old) for name, old in self._before.items()}
        self._look_ahead()

    def on_event(self, event: Event) -> None:
        if event["type"] == "log":
            for name, value in event["scalars"].items():
                kind, _, network = name.partition("/")
                if kind == "gradient_norm":
                    self._gradients.setdefault(network, []).append(value)
        elif event["type"] == "recovery":  # the weights are others now; a jump back is no drift and no update
            self._last, self._gradients, self._updates = None, {}, {}
            self._look_ahead()

    def on_look(self, final: bool) -> None:
        self._measure({"final": True} if final else {})

    def _measure(self, end: dict[str, bool]) -> None:
        """Write the event; the one at the end of a run is marked as its panel is, so that a longer run drops it."""
        engine, seed = self._engine, self._engine.config.seed
        start = time.perf_counter()
        if self._real is None:
            self._real = reference(self._data, self._held_out(), seed, engine.device)
        norm = {name: sum(values) / len(values) for name, values in self._gradients.items()}
        seen = snapshot(engine, self._real, seed, self._last, self._updates, norm)
        values = measured(seen)
        self._last, self._gradients = seen.shadows, {}
        engine.emit("signals", values=values, seconds=time.perf_counter() - start, **end)

    # -- the last iteration before a tick ------------------------------------------------------------------------

    def _look_ahead(self) -> None:
        config, seen = self._engine.config, self._engine.num_images
        after = seen + config.batch_size
        due = after // config.look_images > seen // config.look_images or after >= config.images
        self._before = {}
        if due:
            self._before = {name: [p.clone() for p in self._weights(name)] for name in self._engine.networks}

    def _weights(self, name: str) -> list[Tensor]:
        return [p.detach() for p in self._engine.networks[name].parameters()]

    # -- in checkpoints ------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Tensor]:
        """What the next tick looks back at."""
        gradients = {f"gradients/{n}": torch.tensor(v, dtype=torch.float64) for n, v in self._gradients.items()}
        if self._last is None:
            return gradients
        return {"live": self._last.live.of, "averaged": self._last.averaged.of, **gradients}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Go on from a checkpoint; from one that was saved unwatched the next tick has nothing to look back at."""
        device = self._engine.device
        self._last = None
        if {"live", "averaged"} <= state.keys():
            self._last = Last(Shadows(state["live"].to(device)), Shadows(state["averaged"].to(device)))
        prefix = "gradients/"
        self._gradients = {n.removeprefix(prefix): t.tolist() for n, t in state.items() if n.startswith(prefix)}
        self._updates = {}
        self._look_ahead()


def _moved(now: list[Tensor], before: list[Tensor]) -> Tensor:
    """|now - before| / |before|, of all tensors as one vector."""
    way = torch._foreach_sub(now, before)  # pyright: ignore[reportPrivateImportUsage]
    return torch.stack(norms(way)).norm() / torch.stack(norms(before)).norm().clamp_min(1e-12)
