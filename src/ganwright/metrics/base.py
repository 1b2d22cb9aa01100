"""What one pass over a set of items leaves, and what a row of the metrics' table is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self, TypeVar

import torch
from torch import Tensor

from ganwright.metrics.classes import class_counts
from ganwright.metrics.errors import NUM_GROUPS
from ganwright.metrics.modes import ModeSums
from ganwright.metrics.moments import Moments
from ganwright.metrics.pixels import ValueSums
from ganwright.metrics.spectrum import SpectrumSums

Needs = Literal["images", "points", "items", "scores", "features", "classes", "labels", "mixture", "train", "generator"]
Better = Literal["lower", "higher", "near real", "none"]
Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all, in whatever unit the work has."""

Found = TypeVar("Found")
MOST_ROWS = 50_000


@dataclass(frozen=True)
class Estimate:
    """A figure with what is known about it.

    value: the figure. error: its standard error in the figure's unit; None where none is known.
    error_from: how the error was found, e.g. "10 splits" or "jackknife over 10 groups"; empty without one.
    details: what else was found, as plain data for JSON: curves, values of each class, intervals.
    pictures: uint8 images (C, H, W) by name that show what was found, e.g. the closest pairs.
    protocol: settings of this metric's own without which its figures do not compare, e.g. {"neighbours": 5}.
    """

    value: float
    error: float | None = None
    error_from: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Tensor] = field(default_factory=dict)
    protocol: Mapping[str, Any] = field(default_factory=dict)


class _Once:
    """Keeps what several figures are read from, so that the work is done once."""

    @cached_property
    def _found(self) -> dict[Callable[..., Any], Any]:
        return {}

    def once(self, work: Callable[[Self], Found]) -> Found:
        """What `work` makes of this, worked out at the first call."""
        if work not in self._found:
            self._found[work] = work(self)
        return self._found[work]


@dataclass(eq=False)
class Side(_Once):
    """One set of items that takes part in a comparison, as one pass over it left it; memory is bounded.

    num_pairs: how many of its first items are kept for metrics that look at items themselves.
    mixture: centres (K, D) and standard deviation of the Gaussians that the items are judged against, or None.
    spectrum: where images are judged by their frequencies, sums of their power.
    seed: of all random choices that metrics make over this side.
    count: items seen.
    moments: of all features.
    values, scores, modes: the sums of values, of scores and over modes, each of ten groups of items, every tenth.
    """

    num_pairs: int
    mixture: tuple[Tensor, float] | None = None
    spectrum: SpectrumSums | None = None
    seed: int = 0
    count: int = 0
    moments: Moments = field(default_factory=Moments)
    _kept: list[Tensor] = field(default_factory=list)
    _rows: list[Tensor] = field(default_factory=list)
    _probabilities: list[Tensor] = field(default_factory=list)
    _labels: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.values = [ValueSums() for _ in range(NUM_GROUPS)]
        self.scores = [ValueSums() for _ in range(NUM_GROUPS)]
        self.modes = [ModeSums(*self.mixture) for _ in range(NUM_GROUPS)] if self.mixture is not None else []

    def add(
        self,
        items: Tensor,
        scores: Tensor | None = None,
        features: Tensor | None = None,
        probabilities: Tensor | None = None,
        labels: Tensor | None = None,
    ) -> None:
        """Take in a batch of items and what was found out about it."""
        _keep(self._kept, items, self.num_pairs - self.count)
        room = MOST_ROWS - self.count
        for group in range(NUM_GROUPS):
            own = slice((group - self.count) % NUM_GROUPS, None, NUM_GROUPS)
            self.values[group].add(items[own])
            if scores is not None:
                self.scores[group].add(scores[own])
            if self.modes:
                self.modes[group].add(items[own])
        self.count += len(items)
        if features is not None:
            self.moments.add(features)
            _keep(self._rows, features, room, torch.float32)
        if probabilities is not None:
            class_counts(probabilities)  # raises for what is no table of probabilities
            _keep(self._probabilities, probabilities, room, torch.float32)
        if labels is not None:
            _keep(self._labels, labels, room)
        if self.spectrum is not None:
            self.spectrum.add(items)

    @cached_property
    def kept(self) -> Tensor:
        """The items kept (at most num_pairs, *shape), as they came: uint8 images or float points."""
        return torch.cat(self._kept)

    @cached_property
    def rows(self) -> Tensor:
        """Features (N, D), float32, of the first 50,000 items, for metrics that need features."""
        return torch.cat(self._rows)

    @cached_property
    def probabilities(self) -> Tensor:
        """Class probabilities (N, K), float32, of the same items, for metrics that need classes."""
        return torch.cat(self._probabilities)

    @cached_property
    def labels(self) -> Tensor | None:
        """Classes (N,) int64 of the same items: true ones of real items, those that samples were asked for, or None."""
        return torch.cat(self._labels) if self._labels else None

    @cached_property
    def classes(self) -> Tensor:
        """The likeliest class (N,) of the same items, for metrics that need classes."""
        return self.probabilities.argmax(1)

    @property
    def sums_of_power(self) -> SpectrumSums:
        """The images' power by frequency, for metrics of the spectrum."""
        assert self.spectrum is not None
        return self.spectrum


def _keep(parts: list[Tensor], batch: Tensor, room: int, dtype: torch.dtype | None = None) -> None:
    """Keep a batch's first `room` rows, and of the others nothing: a mere view would hold on to all of them."""
    found = batch.detach()[: max(0, room)].to("cpu", dtype)
    if not parts or len(found):
        parts.append(found if len(found) == len(batch) else found.clone())


@dataclass(eq=False)
class Pair(_Once):
    """Two sides under comparison.

    real: the reference. fake: samples, or, for the floor, other real items.
    progress: told of long work.
    """

    real: Side
    fake: Side
    progress: Progress | None = None


@dataclass(frozen=True)
class Walk:
    """What makes items along paths through latent space.

    generate: latents (N, latent_size) and labels (N,) or None -> items in float, not rounded.
    latents: draws that many as in training, (num, latent_size). labels: the classes to go through; None: no classes.
    """

    generate: Callable[[Tensor, Tensor | None], Tensor]
    latents: Callable[[int], Tensor]
    labels: Tensor | None = None


@dataclass(eq=False)
class Scene:
    """All that an evaluation has at hand, for metrics that look beyond two sides.

    real, fake, floor: as in pairs; floor without items where no distance is measured.
    training: features (N, D) of all items that the samples' maker may have been trained on, and held_out those of real
        items that it was not; training_items: the items themselves. None and empty where no split is held out.
    walk: what makes items along paths through latent space; None for samples that are already made.
    features: what turned items into features; None without.
    """

    real: Side
    fake: Side
    floor: Side
    training: Tensor | None = None
    training_items: Tensor | None = None
    held_out: Side | None = None
    walk: Walk | None = None
    features: Callable[[Tensor], Tensor] | None = None
    progress: Progress | None = None


@dataclass(frozen=True)
class Metric:
    """A row of the table: the pure function, and how it is read off what a pass has seen.

    description: one line: meaning, range, which way is better.
    function: of features, class counts, scores or items; for use by itself.
    needs: what must be there for it.
    measure: gives the figure of one side; it is told of the samples and of real data.
    compare: gives the figure of samples against real data, for distances; it is told of the samples and, as the floor,
        of other real data.
    judge: gives one figure from all that is at hand; it is told of the samples only.
    better: which way is better, for choosing a checkpoint and for comparing runs.
    default: whether it is measured when none is named.
    least: items a side that it needs.
    over_pairs: True where it looks at the kept items only.
    """

    description: str
    function: Callable[..., Any]
    needs: Needs
    measure: Callable[[Side], "float | Estimate"] | None = None
    compare: Callable[[Pair], "float | Estimate"] | None = None
    judge: Callable[[Scene], "float | Estimate"] | None = None
    unit: str = ""
    better: Better = "none"
    default: bool = True
    least: int = 2
    over_pairs: bool = False
