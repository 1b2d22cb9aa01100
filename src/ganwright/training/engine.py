"""The loop: runs phases on batches, counts images, keeps averages, writes events. It knows no GAN."""

import signal
from collections.abc import Callable, Sequence
from math import isfinite
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.algorithms.phase import Algorithm, Batch, Phase, share_of_full_steps
from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.schedules import value_at
from ganwright.core.seeding import seed_global
from ganwright.data.dataset import Batches
from ganwright.networks.base import is_stochastic
from ganwright.training import checkpoint
from ganwright.training.callbacks import Callback
from ganwright.training.clock import Clock
from ganwright.training.config import TrainingConfig
from ganwright.training.controls import Controls
from ganwright.training.ema import EMA
from ganwright.training.logbook import Logbook
from ganwright.training.precision import flushed_denormals
from ganwright.training.seeds import ManySeeds, Moment, OneSeed
from ganwright.training.state import load_optimisers, load_weights, state_tensors

NORM_EVERY = 8  # gradient norms are measured in every 8th iteration: enough for a curve, too few to cost time


class TrainingFailed(UserError):
    """A run that cannot go on. The message says what happened, what is left and what to try."""


class Interrupted(Exception):
    """A run stopped by a signal, after it had saved.

    signal_number: SIGINT or SIGTERM; a program's exit code is 128 + signal_number.
    """

    def __init__(self, signal_number: int, num_images: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(signal_number).name} at {num_images:,} images")
        self.signal_number = signal_number
        self.num_images = num_images


class Engine:
    """Trains an algorithm in a run folder.

    seeds: for many runs at once, whose algorithm and batches carry a leading axis of seeds (see `training.seeds`);
        None: the config's one.
    record: plain data that every checkpoint carries (the run's config).
    on_tick: called at every tick; returns the fields of a `samples` event.
    judge: called every `evaluate_images`; returns the fields of a `metrics` event. Its field `best`, a number where
        lower is better, picks the checkpoint that is kept beside the newest.
    """

    def __init__(
        self,
        algorithm: Algorithm,
        batches: Batches,
        config: TrainingConfig,
        folder: Path,
        device: torch.device,
        events: EventWriter,
        record: dict[str, Any] | None = None,
        callbacks: Sequence[Callback] = (),
        on_tick: "Callable[[Engine], dict[str, Any]] | None" = None,
        judge: "Callable[[Engine], dict[str, Any]] | None" = None,
        seeds: Sequence[int] | None = None,
    ) -> None:
        self.batches, self.folder = batches, folder
        self.device, self.events, self.record = device, events, record or {}
        self.callbacks, self.on_tick, self.judge = callbacks, on_tick, judge
        self.networks = algorithm.networks
        for network in self.networks.values():
            config.precision.place(network, device)
            network.train()
        mismatched = set(self.networks) ^ set(config.optimisers)
        if mismatched:
            raise UserError(f"optimisers: {', '.join(sorted(mismatched))}: every network needs one, and no other does")
        self._parameters = {name: list(net.parameters()) for name, net in self.networks.items()}
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        self.memory: dict[str, Tensor] = {}
        self.play(config, algorithm)
        self.ema = EMA({name: self.networks[name] for name in algorithm.averaged}, config.ema)
        self.controls = Controls(self)
        self.iteration = 0
        self.position = 0  # real items drawn so far
        self.again = 0  # iterations that draws lag behind the clock by, where they come a second time
        self.best: dict[str, float] | None = None
        self._logbook = Logbook()
        self._clock = Clock()
        self._signal: int | None = None
        self._stochastic = any(is_stochastic(net) for net in self.networks.values())
        self._players = OneSeed(config.seed, self.networks) if seeds is None else ManySeeds(seeds, self.networks)
        if seeds is not None and self._stochastic:
            raise UserError("networks with dropout cannot train many seeds at once; train them one by one")

    @property
    def num_images(self) -> int:
        """The clock: real images seen, one batch an iteration."""
        return self.iteration * self.config.batch_size

    @property
    def turn(self) -> int:
        """What draws and lazy phases go by."""
        return self.iteration - self.again

    def averaged(self) -> dict[str, nn.Module]:
        """The networks to sample with: averages where they are kept, the others as they are."""
        return {**self.networks, **self.ema.networks}

    def play(self, config: TrainingConfig, algorithm: Algorithm) -> None:
        """From now on train by this config and these phases, with networks and optimiser states as they are.

        What the algorithm remembers goes on where it has the same name and shape, else as it begins.
        """
        algorithm.check_batch(config.batch_size // config.accumulation)
        self.config, self.algorithm = config, algorithm
        self._shares = {name: share_of_full_steps(algorithm.phases, name) for name in self.networks}
        fresh = {name: config.optimisers[name].build(own, self._shares[name]) for name, own in self._parameters.items()}
        for name, old in self.optimisers.items():
            if type(old) is type(fresh[name]):
                fresh[name].state.update(old.state)
        self.optimisers = fresh
        begun = {name: tensor.to(self.device) for name, tensor in algorithm.memory.items()}
        kept = {n: t for n, t in self.memory.items() if n in begun and t.shape == begun[n].shape}
        self.memory = begun | kept
        self._trainable: tuple[str, ...] | None = None
        self._settings: dict[str, dict[str, Any]] = {}

    # -- one iteration -------------------------------------------------------------------------------------------

    def iterate(self) -> None:
        """Run every phase that is due, count the batch, move the averages."""
        for phase in self.algorithm.phases:
            if self.turn % phase.every == 0:
                self._set_trainable(phase.networks)
                for repeat in range(phase.repeats):
                    self._step(phase, repeat)
        self.iteration += 1
        self.ema.update(self.turn, self.config.batch_size, self.num_images, self.config.images)

    def _step(self, phase: Phase, repeat: int) -> None:
        num_micro = self.config.accumulation
        for micro in range(num_micro):
            key = (0, self.turn, phase.name, repeat, micro)
            if self._stochastic:
                seed_global(self.config.seed, *key, "network")
            size, clock = self.config.batch_size // num_micro, (self.num_images, self.config.images)
            moment = Moment(key, self.device, self._draw_real, size, *clock, self.memory, num_micro)
            with self.config.precision.autocast(self.device):
                loss, logs, updates = self._players.play(phase, moment)
            (loss / num_micro if num_micro > 1 else loss).backward()
            self.memory |= updates
            for name, value in logs.items():
                self._logbook.add(f"{phase.name}/{name}", value)
        for name in phase.networks:
            self._set_optimiser(name)
            if self.turn % NORM_EVERY == 0:
                self._logbook.add(f"gradient_norm/{name}", _gradient_norm(self._parameters[name]))
            if (limit := self.config.optimisers[name].clip_norm) is not None:
                nn.utils.clip_grad_norm_(self._parameters[name], limit)
            self.optimisers[name].step()
            self.optimisers[name].zero_grad(set_to_none=True)
        if phase.after_step is not None:
            with torch.no_grad():
                phase.after_step(self.networks)

    def _draw_real(self) -> Batch:
        size = self.config.batch_size // self.config.accumulation
        items, labels = self.batches.batch(self.position, size)
        self.position += size
        if self.config.precision.channels_last and items.ndim == 4:
            items = items.contiguous(memory_format=torch.channels_last)
        return Batch(items, labels)

    def _set_trainable(self, names: tuple[str, ...]) -> None:
        if names != self._trainable:
            for name, parameters in self._parameters.items():
                for parameter in parameters:
                    parameter.requires_grad_(name in names)
            self._trainable = names

    def _set_optimiser(self, name: str) -> None:
        moment = (self.num_images, self.config.images)
        settings = self.config.optimisers[name].settings(lambda s: value_at(s, *moment), self._shares[name])
        if settings != self._settings.get(name):
            for group in self.optimisers[name].param_groups:
                group.update(settings)
            self._settings[name] = settings

    # -- the run -------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Train to `config.images`.

        Raises Interrupted after SIGINT or SIGTERM, and TrainingFailed where a number is no longer finite. What was
        saved stays on disk either way.
        """
        previous = self._catch_signals()
        self._clock.start(self.num_images)
        try:
            with flushed_denormals():
                while self.num_images < self.config.images and self.controls.reason is None:
                    self.iterate()
                    for callback in self.callbacks:
                        callback.on_iteration(self.num_images)
                    self._at_marks()
                    if self._signal is not None:
                        self._interrupt(self._signal)
                self._finish()
        except UserError as failure:
            self.emit("failed", reason=str(failure))
            raise
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def emit(self, type: str, **fields: Any) -> None:
        """Write an event and tell the callbacks."""
        event = self.events.write(type, self.iteration, self.num_images, **fields)
        for callback in self.callbacks:
            callback.on_event(event)

    def _at_marks(self) -> None:
        """Log, draw, look, judge and save where the clock has passed a mark. Saving comes last: it seals the events."""
        if self._passed(self.config.log_images):
            self._log()
        tick, look = self.at_tick, self._passed(self.config.look_images)
        judged = self.judge is not None and self._passed(self.config.evaluate_images)
        if tick or look or judged:
            with self._clock.aside():
                if tick:
                    self._tick()
                if look:
                    self._look()
                if judged:
                    self._judge()
                if tick or judged:
                    self.save()

    @property
    def at_tick(self) -> bool:
        """True where the last iteration passed a mark of `tick_images`."""
        return self._passed(self.config.tick_images)

    def _passed(self, interval: int | None) -> bool:
        before = self.num_images - self.config.batch_size
        return interval is not None and self.num_images // interval > before // interval

    def _log(self, **fields: Any) -> None:
        scalars = self._logbook.drain()
        bad = [name for name, value in scalars.items() if not isfinite(value)]
        scalars |= {f"learning_rate/{name}": own["lr"] for name, own in self._settings.items()}
        speed = self._clock.lap(self.num_images)
        self.emit("log", scalars=scalars, images_per_second=speed, training_seconds=self._clock.training(), **fields)
        if bad:
            self._meet(", ".join(bad), **fields)

    def _look(self, final: bool = False) -> None:
        for callback in self.callbacks:
            callback.on_look(final)

    def _tick(self, **fields: Any) -> None:
        if self.on_tick is not None:
            self.emit("samples", **self.on_tick(self), **fields)

    def _judge(self) -> None:
        assert self.judge is not None
        verdict = self.judge(self)
        best = verdict.pop("best", None)
        if best is not None and isfinite(best) and (self.best is None or best < self.best["value"]):
            self.best = {"value": best, "num_images": self.num_images}
        self.emit("metrics", **verdict)

    def _finish(self) -> None:
        """Save first, so that a longer run goes on as if this end had not been; then close the books."""
        with self._clock.aside():
            self.save(final=True)
            if not self._passed(self.config.log_images):
                self._log(final=True)
            if not self._passed(self.config.tick_images):
                self._tick(final=True)
            if not self._passed(self.config.look_images):
                self._look(final=True)
        early = {} if self.controls.reason is None else {"reason": self.controls.reason}
        self.emit("finished", seconds=self._clock.total(), training_seconds=self._clock.training(), **early)

    def _interrupt(self, number: int) -> None:
        self.save(final=True)
        self.emit("interrupted", signal=signal.Signals(number).name)
        raise Interrupted(number, self.num_images)

    def _check_finite(self) -> None:
        tensors = [(name, t) for name, t in self._tensors().items() if t.is_floating_point()]
        sums = torch.stack([t.detach().float().sum().to(self.device) for _, t in tensors]).tolist()
        for (name, _), total in zip(tensors, sums, strict=True):
            if not isfinite(total):
                kind, owner, *_ = name.split("/")
                self._meet(f"{'weights' if kind == 'network' else kind} of the {owner}")
                break

    def _meet(self, what: str, **fields: Any) -> None:
        """Tell of a number that is not finite. The run ends here unless someone who heard of it rolled it back."""
        before = self.controls.num_roll_backs
        self.emit("nonfinite", what=what, **fields)
        if self.controls.num_roll_backs == before:
            raise self._not_finite(what)

    def _not_finite(self, what: str) -> TrainingFailed:
        there = checkpoint.checkpoints(self.folder / "checkpoints")
        kept = (
            f"the checkpoint of {there[-1].num_images:,} images is intact" if there else "no checkpoint was saved yet"
        )
        return TrainingFailed(
            f"training became non-finite by {self.num_images:,} images ({what}); {kept}; try a lower learning rate "
            "(--optimisers.discriminator.learning_rate), a gradient penalty, or float32"
        )

    def _catch_signals(self) -> dict[int, Any]:
        def remember(number: int, frame: FrameType | None) -> None:
            self._signal = number

        try:
            return {n: signal.signal(n, remember) for n in (signal.SIGINT, signal.SIGTERM)}
        except ValueError:  # not the main thread: whoever started this one handles signals
            return {}

    # -- checkpoints ---------------------------------------------------------------------------------------------

    def save(self, **fields: Any) -> None:
        """Write a checkpoint of all that the next iteration depends on; TrainingFailed if weights are not finite."""
        self._check_finite()
        self.emit("checkpoint", file=f"checkpoints/{self.num_images:012d}.safetensors", **fields)
        state = {
            "iteration": self.iteration,
            "num_images": self.num_images,
            "position": self.position,
            "again": self.again,
            "total_seconds": self._clock.total(),
            "training_seconds": self._clock.training(),
            "best": self.best,
            "callbacks": {c.name: memo for c in self.callbacks if c.name and (memo := c.memo())},
            "pending": self._logbook.state(),
            "record": self.record,
            "torch": torch.__version__,
        }
        folder = self.folder / "checkpoints"
        checkpoint.save(folder, self.num_images, self._tensors() | self._heard(), state)
        best = {int(self.best["num_images"])} if self.best else set()
        checkpoint.prune(folder, self.config.keep_checkpoints, best | self.controls.kept)

    def load(self, saved: checkpoint.Checkpoint) -> None:
        """Go on from a checkpoint, exactly."""
        tensors, state = saved.load()
        for callback in self.callbacks:
            callback.load_memo(state.get("callbacks", {}).get(callback.name, {}))
        self.restore(tensors)
        self.iteration, self.position, self.best = state["iteration"], state["position"], state["best"]
        self.again = state.get("again", 0)
        self._clock = Clock(state["total_seconds"], state["training_seconds"])
        self._logbook.load(state["pending"], self.device)
        for callback in self.callbacks:
            prefix = f"callback/{callback.name}/"
            callback.load_state({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Take weights, averages, optimiser states and memory from a checkpoint's tensors; the clock goes on."""
        self.load_weights(tensors)
        load_optimisers(self.optimisers, tensors)
        for name, begun in self.algorithm.memory.items():
            self.memory[name] = tensors.get(f"memory/{name}", begun).to(self.device)

    def forget_scalars(self) -> None:
        """Drop what was noted since the last log."""
        self._logbook = Logbook()

    def load_weights(self, tensors: dict[str, Tensor]) -> None:
        """Take weights and averages, and nothing else, from a checkpoint's tensors."""
        load_weights(self.networks, self.ema.networks, tensors)

    def _tensors(self) -> dict[str, Tensor]:
        memory = {f"memory/{name}": tensor for name, tensor in self.memory.items()}
        return state_tensors(self.networks, self.ema.networks, self.optimisers) | memory

    def _heard(self) -> dict[str, Tensor]:
        """What callbacks remember; they may have seen non-finite numbers, and that is no failure of the run."""
        return {f"callback/{c.name}/{k}": v for c in self.callbacks if c.name for k, v in c.state().items()}


def _gradient_norm(parameters: list[nn.Parameter]) -> Tensor:
    gradients = [p.grad for p in parameters if p.grad is not None]
    return torch.stack(torch._foreach_norm(gradients)).norm()  # pyright: ignore[reportPrivateImportUsage]
