"""One seed, or many at once: the same phases and losses, evaluated for a leading axis of seeds by torch.func.vmap.

Many small networks keep a processor busier than one. Their weights, buffers, optimiser states, averages and memory are
stacked along a first axis; seed k trains as it would alone, up to the rounding of batched products.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.algorithms.phase import Algorithm, Batch, Logs, Phase, Step
from ganwright.core.seeding import Draws, Part, derive_seed
from ganwright.data.dataset import Batches

Played = tuple[Tensor, Logs, dict[str, Tensor]]
"""The scalar to minimise, scalars to log, and what to remember."""


@dataclass(frozen=True)
class Moment:
    """When and on what a loss is evaluated: all of a `Step` but the networks and the seed.

    key: of the random numbers, without the seed.
    """

    key: tuple[Part, ...]
    device: torch.device
    draw_real: Callable[[], Batch]
    batch_size: int
    num_images: int
    total_images: int
    memory: Mapping[str, Tensor]
    num_micro: int = 1


class OneSeed:
    """Evaluates losses for one seed."""

    def __init__(self, seed: int, networks: Mapping[str, nn.Module]) -> None:
        self._seed, self._networks = seed, networks

    def play(self, phase: Phase, moment: Moment) -> Played:
        """Evaluate a phase's loss."""
        draws = Draws((self._seed, *moment.key), moment.device)
        return _play(phase, moment, self._networks, draws, moment.draw_real, moment.memory)


class ManySeeds:
    """Evaluates losses for many seeds; what it is given and returns carries a leading axis of seeds.

    The scalar to minimise is the sum over seeds, so each gets its own gradient; scalars to log are means.
    """

    def __init__(self, seeds: Sequence[int], networks: Mapping[str, nn.Module]) -> None:
        self._seeds = tuple(seeds)
        self._networks = networks
        self._slots = _Slots(networks.values())

    def play(self, phase: Phase, moment: Moment) -> Played:
        """Evaluate a phase's loss."""
        drawn: list[Batch] = []

        def alone(weights: Sequence[Tensor], memory: Mapping[str, Tensor], index: Tensor) -> Played:
            def draw_real() -> Batch:
                if not drawn:
                    drawn.append(moment.draw_real())
                labels = drawn[0].labels
                return Batch(drawn[0].items[index], None if labels is None else labels[index])

            draws = _DrawsOfMany(moment.key, moment.device, self._seeds, index)
            with self._slots.filled(weights):
                return _play(phase, moment, self._networks, draws, draw_real, memory)

        index = torch.arange(len(self._seeds), device=moment.device)
        # "same" lets random numbers be drawn inside: all come from generators of their own, one for every seed.
        together = torch.func.vmap(alone, randomness="same")
        losses, logs, updates = together(self._slots.tensors(), dict(moment.memory), index)
        return losses.sum(), {name: values.mean() for name, values in logs.items()}, updates


class _Slots:
    """Where the parameters and buffers of some modules are kept, so that others can be put there for a while."""

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        parts = [part for module in modules for part in module.modules()]
        owners: list[dict[str, Any]] = [owner for part in parts for owner in (part._parameters, part._buffers)]
        numbers: dict[int, int] = {}  # a tensor that stands in several places has one number
        self._places = [
            (owner, name, numbers.setdefault(id(tensor), len(numbers)))
            for owner in owners
            for name, tensor in owner.items()
            if tensor is not None
        ]

    def tensors(self) -> list[Tensor]:
        """What the slots hold now."""
        found = {number: owner[name] for owner, name, number in self._places}
        return [found[number] for number in range(len(found))]

    @contextmanager
    def filled(self, tensors: Sequence[Tensor]) -> Iterator[None]:
        """Meanwhile the slots hold these."""
        before = [owner[name] for owner, name, _ in self._places]
        try:
            for owner, name, number in self._places:
                owner[name] = tensors[number]
            yield
        finally:
            for (owner, name, _), tensor in zip(self._places, before, strict=True):
                owner[name] = tensor


def _play(
    phase: Phase,
    moment: Moment,
    networks: Any,
    draws: Draws,
    draw_real: Callable[[], Batch],
    memory: Mapping[str, Tensor],
) -> Played:
    clock = moment.num_images, moment.total_images
    step = Step(networks, draw_real, draws, moment.batch_size, *clock, memory, updates={}, num_micro=moment.num_micro)
    loss, logs = phase.loss(step)
    return loss, logs, step.updates


@dataclass(frozen=True)
class _DrawsOfMany(Draws):
    """Draws for every seed and gives the numbers of one, inside vmap. The seed is no part of its key."""

    seeds: Sequence[int]
    index: Tensor

    def normal(self, purpose: str, *shape: int) -> Tensor:
        return self._each(purpose, shape, torch.float32, lambda row, generator: row.normal_(generator=generator))

    def uniform(self, purpose: str, *shape: int) -> Tensor:
        return self._each(purpose, shape, torch.float32, lambda row, generator: row.uniform_(generator=generator))

    def integers(self, purpose: str, high: int, *shape: int) -> Tensor:
        return self._each(purpose, shape, torch.int64, lambda row, generator: row.random_(high, generator=generator))

    def _each(
        self,
        purpose: str,
        shape: tuple[int, ...],
        dtype: torch.dtype,
        fill: Callable[[Tensor, torch.Generator], object],
    ) -> Tensor:
        whole = torch.empty(len(self.seeds), *shape, dtype=dtype, device=self.device)
        for row, seed in zip(whole.unbind(), self.seeds, strict=True):
            fill(row, torch.Generator(device=self.device).manual_seed(derive_seed(seed, *self.key, purpose)))
        return whole[self.index]


class ManyBatches:
    """Draws a batch for each seed: items (seeds, size, *shape), labels (seeds, size) or None."""

    def __init__(self, sources: Sequence[Batches]) -> None:
        self._sources = tuple(sources)

    def batch(self, position: int, size: int) -> tuple[Tensor, Tensor | None]:
        """The draws [position, position + size) of every seed."""
        items, labels = zip(*(source.batch(position, size) for source in self._sources), strict=True)
        return torch.stack(items), None if labels[0] is None else torch.stack(labels)


def stacked(algorithms: Sequence[Algorithm]) -> Algorithm:
    """The algorithms of several seeds, of one config, as one whose networks and memory carry a leading axis of
    seeds."""
    first = algorithms[0]
    networks = {name: stack([a.networks[name] for a in algorithms]) for name in first.networks}
    memory = {name: torch.stack([a.memory[name] for a in algorithms]) for name in first.memory}
    return replace(first, networks=networks, memory=memory)


def stack(networks: Sequence[nn.Module]) -> nn.Module:
    """Networks of one design as one module whose every parameter and buffer has a leading axis of seeds."""
    return _replaced(networks, torch.stack)


def unstack(network: nn.Module, index: int) -> nn.Module:
    """One seed's network of a stack, as a copy."""
    return _replaced([network], lambda tensors: tensors[0][index].clone())


def _replaced(networks: Sequence[nn.Module], change: Callable[[list[Tensor]], Tensor]) -> nn.Module:
    whole = copy.deepcopy(networks[0])
    for module, *others in zip(whole.modules(), *(network.modules() for network in networks), strict=True):
        for name, own in module._parameters.items():
            if own is not None:
                tensors = [_present(other._parameters[name]).detach() for other in others]
                module._parameters[name] = nn.Parameter(change(tensors), own.requires_grad)
        for name, own in module._buffers.items():
            if own is not None:
                module._buffers[name] = change([_present(other._buffers[name]) for other in others])
    return whole


def _present(tensor: Tensor | None) -> Tensor:
    assert tensor is not None
    return tensor
