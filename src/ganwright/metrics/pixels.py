"""Mean and standard deviation of all values: the cheapest question that samples can fail."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

_CHUNK_VALUES = 1 << 24


@dataclass
class ValueSums:
    """Count, sum and sum of squares of all values of items, gathered batch by batch.

    uint8 images are summed in whole numbers, hence exactly; their values are told in [0, 1], others as they are.
    """

    count: int = 0
    total: float = 0
    squares: float = 0

    def add(self, items: Tensor) -> None:
        """Take in items of any shape."""
        if items.dtype != torch.uint8:
            values = items.detach().double()
            self._add(items.numel(), float(values.sum()), float(values.square().sum()))
            return
        for chunk in items.flatten().split(_CHUNK_VALUES):
            counts = torch.bincount(chunk, minlength=256)
            tones = torch.arange(256, device=counts.device)
            total, squares = int((counts * tones).sum()), int((counts * tones * tones).sum())
            self._add(chunk.numel(), total / 255, squares / 255**2)

    @property
    def mean(self) -> float:
        """Mean of all values; NaN without any."""
        return self.total / self.count if self.count else float("nan")

    @property
    def std(self) -> float:
        """Standard deviation of all values (over N, not N - 1); NaN without any."""
        return max(0.0, self.squares / self.count - self.mean**2) ** 0.5 if self.count else float("nan")

    @classmethod
    def merged(cls, parts: Iterable["ValueSums"]) -> "ValueSums":
        """The sums of several sets of items together."""
        whole = cls()
        for part in parts:
            whole._add(part.count, part.total, part.squares)
        return whole

    def _add(self, count: int, total: float, squares: float) -> None:
        self.count += count
        self.total += total
        self.squares += squares


def value_mean(items: Tensor) -> float:
    """Mean of all values of uint8 images, in [0, 1] (0 black, 1 white), or of float points (N, D)."""
    return _sums(items).mean


def value_std(items: Tensor) -> float:
    """Standard deviation over all values of all items: of uint8 images in units of the full range, or of points."""
    return _sums(items).std


def _sums(items: Tensor) -> ValueSums:
    sums = ValueSums()
    sums.add(items)
    return sums
