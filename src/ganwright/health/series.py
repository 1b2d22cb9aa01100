"""A number over time, as detectors read it."""

import math
from dataclasses import dataclass
from statistics import fmean, median


@dataclass(frozen=True)
class Series:
    """Values by the images at which they were measured, oldest first. What had no value at a time is not in it.

    Values may be non-finite: nothing is smoothed over.
    """

    images: tuple[int, ...] = ()
    values: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def last(self) -> float:
        """The newest value; nan where there is none."""
        return self.values[-1] if self.values else math.nan

    def tail(self, num: int) -> "Series":
        """The newest `num` values."""
        return Series(self.images[-num:], self.values[-num:]) if num else Series()

    def since(self, num_images: int) -> "Series":
        """The values measured at `num_images` or later."""
        kept = [(i, v) for i, v in zip(self.images, self.values, strict=True) if i >= num_images]
        return Series(tuple(i for i, _ in kept), tuple(v for _, v in kept))

    @property
    def mean(self) -> float:
        """Mean of all values; nan where there are none."""
        return fmean(self.values) if self.values else math.nan

    @property
    def median(self) -> float:
        """Median of all values; nan where there are none."""
        return median(self.values) if self.values else math.nan

    @property
    def low(self) -> float:
        """Smallest value; nan where there are none."""
        return min(self.values, default=math.nan)

    @property
    def high(self) -> float:
        """Largest value; nan where there are none."""
        return max(self.values, default=math.nan)
