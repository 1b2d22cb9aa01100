"""What the engine knows of an algorithm: its networks, its phases, and how it makes samples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from torch import Tensor, nn

from ganwright.core.schedules import Schedule, value_at
from ganwright.core.seeding import Draws

Networks = Mapping[str, nn.Module]
Logs = dict[str, Tensor]


@dataclass(frozen=True)
class Batch:
    """Items (N, *shape), images in [-1, 1], and their labels (N,) int64, or None where the data has none."""

    items: Tensor
    labels: Tensor | None


@dataclass(frozen=True)
class Step:
    """All that one evaluation of a phase's loss may depend on, so that the loss is a pure function of it.

    networks: by name; those outside the phase are frozen.
    draw_real: called once, by the first use of `real`; a phase that never looks at real data draws none.
    draws: the only source of randomness inside a loss (dropout apart).
    batch_size: how many fakes to make.
    num_micro: how many evaluations like this one, of batch_size items each, make up one step of the optimiser.
    num_images, total_images: images seen so far, and of the whole run, for schedules.
    memory: the tensors that the algorithm remembers from step to step.
    updates: what the loss remembers for the next step; the only thing that it changes.
    """

    networks: Networks
    draw_real: Callable[[], Batch]
    draws: Draws
    batch_size: int
    num_images: int
    total_images: int
    memory: Mapping[str, Tensor] = field(default_factory=dict)
    updates: dict[str, Tensor] = field(default_factory=dict)
    num_micro: int = 1

    @cached_property
    def real(self) -> Batch:
        """The real batch of this phase, repeat and micro-batch."""
        return self.draw_real()

    def at(self, schedule: Schedule) -> float:
        """The value of a schedule now."""
        return value_at(schedule, self.num_images, self.total_images)

    def remember(self, name: str, value: Tensor) -> None:
        """Keep a tensor of the algorithm's memory for the next step."""
        self.updates[name] = value.detach()


Loss = Callable[[Step], tuple[Tensor, Logs]]
"""Returns the scalar to minimise and detached scalars to log."""


@dataclass(frozen=True)
class Phase:
    """One kind of step: which networks it trains, on what loss, how often.

    networks: names of the networks this phase updates; the others are frozen meanwhile.
    repeats: steps per iteration (5 critic steps: repeats=5).
    every: run only in each `every`-th iteration (lazy penalties: every=16).
    after_step: called after each optimiser step, e.g. to clip weights.
    """

    name: str
    networks: tuple[str, ...]
    loss: Loss
    repeats: int = 1
    every: int = 1
    after_step: Callable[[Networks], None] | None = None


class Sampler(Protocol):
    """Makes samples with the given networks: latents (N, latent_size) and labels (N,) or None -> items (N, *shape)."""

    def __call__(self, networks: Networks, latents: Tensor, labels: Tensor | None) -> Tensor: ...


@dataclass(frozen=True)
class Algorithm:
    """A game ready to be played by the engine.

    networks: all that is trained, by name.
    phases: in the order in which an iteration runs them.
    averaged: names of the networks of which the engine keeps an exponential moving average.
    sample: makes items from latents with (averaged) networks; None for an algorithm that makes no items.
    latents: draws the latents for a purpose, (draws, n) -> (N, latent_size).
    num_classes: classes the samples can be asked for; 0 for an unconditional model.
    score: items (N, *shape), labels -> how real they are (N,), for reports; None where nothing scores.
    memory: tensors that the losses remember from step to step, as they begin; saved and restored with the run.
    check_batch: raises UserError for a micro-batch of a size that the losses cannot work with.
    notes: what the user should know of this game before it starts.
    """

    networks: dict[str, nn.Module]
    phases: tuple[Phase, ...]
    averaged: tuple[str, ...]
    sample: Sampler | None = None
    latents: Callable[[Draws, int], Tensor] | None = None
    num_classes: int = 0
    score: Callable[[Networks, Tensor, Tensor | None], Tensor] | None = None
    memory: dict[str, Tensor] = field(default_factory=dict)
    check_batch: Callable[[int], None] = lambda size: None
    notes: tuple[str, ...] = ()


def share_of_full_steps(phases: Sequence[Phase], network: str) -> float:
    """Of a network's steps, the share that is not of lazy phases: k / (k + 1) for one of every k-th iteration."""
    full = sum(phase.repeats for phase in phases if network in phase.networks and phase.every == 1)
    lazy = sum(phase.repeats / phase.every for phase in phases if network in phase.networks and phase.every > 1)
    return full / (full + lazy) if full else 1.0
