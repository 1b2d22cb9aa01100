"""The order in which items are drawn: epochs that are pure functions of (seed, epoch), so that any draw can be found.

A draw is numbered by how many came before it; draw i is entry i % length of epoch i // length.
"""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from ganwright.core.seeding import generator_for

_GROUP = 1024  # small classes permute several cycles at once, about this many draws


class Order(ABC):
    """Numbers the items in the order of drawing.

    length: draws in one epoch.
    """

    length: int

    @abstractmethod
    def epoch(self, number: int) -> Tensor:
        """The items of one epoch, (length,) int64 on the CPU."""


class Shuffled(Order):
    """Every item exactly once an epoch, in an order of its own each epoch."""

    def __init__(self, num_items: int, seed: int) -> None:
        self.length = num_items
        self._seed = seed

    def epoch(self, number: int) -> Tensor:
        """A permutation of all items."""
        return torch.randperm(self.length, generator=generator_for(self._seed, "epoch", number))


class Balanced(Order):
    """Every class exactly equally often an epoch; each class runs through permutations of its items, again and again.

    An epoch has K * ceil(N / K) draws. Any K draws that start at a multiple of K hold each of the K classes once.
    labels: (N,) int64, all K classes present.
    """

    def __init__(self, labels: Tensor, num_classes: int, seed: int) -> None:
        self._members = [torch.nonzero(labels == c).flatten() for c in range(num_classes)]
        self._per_class = -(-len(labels) // num_classes)
        self._seed = seed
        self.length = num_classes * self._per_class

    def epoch(self, number: int) -> Tensor:
        """(draws of a class, K) items, the K of each row in a random order of classes, flattened."""
        start = number * self._per_class
        columns = [self._class_draws(c, start, start + self._per_class) for c in range(len(self._members))]
        generator = generator_for(self._seed, "classes", number)
        classes = torch.rand(self._per_class, len(columns), generator=generator, dtype=torch.float64).argsort(1)
        return torch.stack(columns, 1).gather(1, classes).flatten()

    def _class_draws(self, label: int, start: int, stop: int) -> Tensor:
        """Draws start to stop of the endless stream of one class's items."""
        members = self._members[label]
        cycles = -(-_GROUP // len(members))
        length = cycles * len(members)
        groups = []
        for group in range(start // length, -(-stop // length)):
            generator = generator_for(self._seed, "class", label, group)
            keys = torch.rand(cycles, len(members), generator=generator, dtype=torch.float64)
            groups.append(members[keys.argsort(1).flatten()])
        offset = start // length * length
        return torch.cat(groups)[start - offset : stop - offset]


def flip_coins(num: int, seed: int, epoch: int) -> Tensor:
    """One fair coin for each draw of an epoch, (num,) bool on the CPU."""
    return torch.rand(num, generator=generator_for(seed, "flip", epoch)) < 0.5
