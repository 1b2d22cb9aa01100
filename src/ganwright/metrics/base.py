"""What one pass over a set of items leaves, and what a row of the metrics' table is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import torch
from torch import Tensor

from ganwright.metrics.classes import class_counts
from ganwright.metrics.modes import ModeCount, ModeSums
from ganwright.metrics.moments import Moments
from ganwright.metrics.pixels import ValueSums

Needs = Literal["images", "points", "items", "scores", "features", "classes", "mixture"]


@dataclass
class Seen:
    """One side of a comparison, in bounded memory.

    num_pairs: how many of its first items are kept for metrics over pairs.
    modes: where the items are judged against a mixture of Gaussians, what they have of its modes.
    """

    num_pairs: int
    modes: ModeSums | None = None
    count: int = 0
    values: ValueSums = field(default_factory=ValueSums)
    scores: ValueSums = field(default_factory=ValueSums)
    features: Moments = field(default_factory=Moments)
    _kept: list[Tensor] = field(default_factory=list)
    _class_counts: Tensor | None = None

    def add(self, items: Tensor, scores: Tensor | None, features: Tensor | None, probabilities: Tensor | None) -> None:
        """Take in a batch of items and what was found out about it."""
        self._kept.append(items[: max(0, self.num_pairs - self.count)].cpu())
        self.count += len(items)
        self.values.add(items)
        if scores is not None:
            self.scores.add(scores)
        if features is not None:
            self.features.add(features)
        if probabilities is not None:
            counts = class_counts(probabilities)
            self._class_counts = counts if self._class_counts is None else self._class_counts + counts
        if self.modes is not None:
            self.modes.add(items)

    @cached_property
    def kept(self) -> Tensor:
        """The items kept for metrics over pairs."""
        return torch.cat(self._kept)

    @property
    def class_counts(self) -> Tensor:
        """Items per class (K,), for metrics that need classes."""
        assert self._class_counts is not None
        return self._class_counts

    @property
    def mode_count(self) -> ModeCount:
        """What the items have of the mixture's modes, for metrics that need a mixture."""
        assert self.modes is not None
        return self.modes.found()


@dataclass(frozen=True)
class Metric:
    """A row of the table: the pure function, and how it is read off what a pass has seen.

    description: one line: meaning, range, which way is better.
    function: of features, class counts, scores or items; for use by itself.
    needs: what must be there for it.
    measure: gives the figure of one side; it is told of the samples and of real data.
    compare: gives the figure of samples (second) against real data (first), for metrics that are distances; it is told
        of the samples and, as the floor, of other real data.
    over_pairs: True where it looks at the kept items only.
    """

    description: str
    function: Callable[..., Any]
    needs: Needs
    measure: Callable[[Seen], float] | None = None
    compare: Callable[[Seen, Seen], float] | None = None
    unit: str = ""
    over_pairs: bool = False
