"""Measures the signals at every mark and writes them as an event. It listens; the training never notices."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.algorithms.phase import Algorithm
from ganwright.core.events import Event
from ganwright.data.dataset import Dataset
from ganwright.health import SIGNALS
from ganwright.health.look import SharesOf, norms, reference, snapshot
from ganwright.health.snapshot import Last, Reference, Shadows, Snapshot
from ganwright.training import Callback, Engine

Values = dict[str, float | None]


@dataclass(frozen=True)
class Measured:
    """What a look comes to, on the host.

    values: every signal; None where the snapshot lacks what it needs.
    class_shares: of the samples and of the real items, a number a class; None without a classifier.
    """

    values: Values
    class_shares: dict[str, list[float]] | None = None


def measured(seen: Snapshot) -> Measured:
    """Every signal of a snapshot, and its histogram of classes. Waits for the device once."""
    there = {name: signal.measure(seen) for name, signal in SIGNALS.items() if seen.has.issuperset(signal.needs)}
    tensors = {name: value for name, value in there.items() if isinstance(value, Tensor)}
    shares = [s for s in (seen.class_shares, seen.real.class_shares) if seen.class_shares is not None and s is not None]
    fetched = torch.cat([torch.stack([t.float() for t in tensors.values()]), *shares]).tolist()
    numbers = dict(zip(tensors, fetched, strict=False))
    told = {name: value for name, value in there.items() if not isinstance(value, Tensor)} | numbers
    values: Values = {name: told.get(name) for name in SIGNALS}
    if not shares:
        return Measured(values)
    rows = fetched[len(tensors) :]
    num = len(rows) // 2
    return Measured(values, {"samples": rows[:num], "real": rows[num:]})


def can_be_watched(algorithm: Algorithm) -> bool:
    """True for a game: something makes samples, and something scores them."""
    return None not in (algorithm.sample, algorithm.latents, algorithm.score)


class Monitor(Callback):
    """Writes an event `signals` whenever it is time to look: every `signals_images`, or at every tick.

    Fields: `values`, each signal's number by name, or null; `seconds` that measuring took; at ticks, where there is a
    classifier, `class_shares` of `samples` and of `real` items, a number a class.

    data: what is trained on, 8 items or more. held_out: returns items that are not, or None where there are none;
        asked at the first tick.
    classifier: returns what tells the shares of classes, or None; asked at the first tick. It takes longer than all
        else that is measured, so it looks at ticks only.
    The algorithm must be one that `can_be_watched`, of one seed. What the next tick looks back at is part of the
    checkpoints, so that a resumed run measures the same numbers.
    """

    name = "health"

    def __init__(
        self,
        engine: Engine,
        data: Dataset,
        held_out: Callable[[], Dataset | None],
        classifier: Callable[[], SharesOf | None] = lambda: None,
    ) -> None:
        self._engine, self._data, self._held_out, self._classifier = engine, data, held_out, classifier
        self._shares_of: SharesOf | None = None
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
            self._shares_of = self._classifier()
            self._real = reference(self._data, self._held_out(), seed, engine.device, self._shares_of)
        norm = {name: sum(values) / len(values) for name, values in self._gradients.items()}
        shares_of = self._shares_of if end or engine.at_tick else None
        seen = snapshot(engine, self._real, seed, self._last, self._updates, norm, shares_of)
        found = measured(seen)
        self._last, self._gradients = seen.shadows, {}
        shares = {} if found.class_shares is None else {"class_shares": found.class_shares}
        engine.emit("signals", values=found.values, **shares, seconds=time.perf_counter() - start, **end)

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
