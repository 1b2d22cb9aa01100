"""Figures read off sums: of values, of scores, over classes and over modes, each with its error by jackknife.

The sums are kept for ten groups, every tenth item, so that leaving one out costs next to nothing.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from ganwright.metrics.base import Estimate, Side
from ganwright.metrics.errors import NUM_GROUPS, Group, jackknife, jackknife_from
from ganwright.metrics.modes import ModeCount, ModeSums
from ganwright.metrics.pixels import ValueSums


def value_figure(read: Callable[[ValueSums], float]) -> Callable[[Side], Estimate]:
    """A figure of all values, such as their mean."""
    return lambda side: _estimate(side.values, lambda parts: read(ValueSums.merged(parts)))


def score_figure(read: Callable[[ValueSums], float]) -> Callable[[Side], Estimate]:
    """A figure of the discriminator's scores."""
    return lambda side: _estimate(side.scores, lambda parts: read(ValueSums.merged(parts)))


def class_figure(read: Callable[[Tensor], float]) -> Callable[[Side], Estimate]:
    """A figure of the items per class (K,), by the classifier."""

    def measure(side: Side) -> Estimate:
        num_classes = side.probabilities.shape[1]
        groups = [torch.bincount(side.classes[g::NUM_GROUPS], minlength=num_classes) for g in range(NUM_GROUPS)]
        return _estimate(groups, lambda parts: read(torch.stack(list(parts)).sum(0)))

    return measure


def mode_figure(read: Callable[[ModeCount], float]) -> Callable[[Side], Estimate]:
    """A figure of what the items have of the mixture's modes."""
    return lambda side: _estimate(side.modes, lambda parts: read(ModeSums.merged(parts).found()))


def _estimate(groups: Sequence[Group], figure: Callable[[Sequence[Group]], float]) -> Estimate:
    error = jackknife(figure, groups)
    return Estimate(figure(groups), error, "" if error is None else jackknife_from(len(groups)))
