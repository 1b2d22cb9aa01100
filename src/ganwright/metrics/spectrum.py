"""Which frequencies samples have too much or too little of: radially averaged power spectra, in dB.

Upsampling leaves its traces at high frequencies, where the eye and the features of a classifier see little (Durall et
al. 2020, section 3; Schwarz et al. 2021, section 3). An image x of H x W pixels in [0, 1] has the power
|F_k|^2 / (H W) at each of its H W frequencies k; their mean is the mean of x^2 (Parseval). Averages are over images,
channels and rings of frequencies, and are of power, the logarithm coming last: so they can be gathered batch by batch,
and black images harm nothing.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ganwright.core.errors import UserError

NUM_GROUPS = 10
ROUNDING = (1 / 255) ** 2 / 12
"""Power of what rounding to 8 bits adds at each frequency; less than that is taken for it, -58.9 dB."""
_CHUNK_VALUES = 1 << 21


@dataclass
class SpectrumSums:
    """Power of images by ring of frequencies, gathered batch by batch. All images have one shape.

    Ring r holds the frequencies whose distance from 0 rounds to r in units of one cycle over the image's shorter side:
    ring 0 is the mean brightness, the corners are the last. Images fall into ten groups in turn, for the error.
    """

    shape: tuple[int, ...] = ()
    count: int = 0
    counts: Tensor = field(default_factory=lambda: torch.zeros(NUM_GROUPS, dtype=torch.float64))
    sums: Tensor = field(default_factory=lambda: torch.zeros(NUM_GROUPS, 0, dtype=torch.float64))
    _rings: Tensor = field(default_factory=lambda: torch.zeros(0))
    _weights: Tensor = field(default_factory=lambda: torch.zeros(0))

    def add(self, items: Tensor) -> None:
        """Take in images (N, C, H, W), uint8 or float in [-1, 1].

        Raises UserError for other shapes than the first batch had, no images, and values that are not finite.
        """
        if items.ndim != 4 or 0 in items.shape[1:]:
            raise UserError(f"a spectrum needs images (N, C, H, W), not items of shape {tuple(items.shape)}")
        shape = tuple(items.shape[1:])
        if not self.shape:
            self.shape = shape
            self._rings, self._weights = _rings(shape[1], shape[2])
            self.sums = torch.zeros(NUM_GROUPS, int(self._rings.max()) + 1, dtype=torch.float64)
        if shape != self.shape:
            raise UserError(f"images of shape {shape} have no spectrum in common with those of {self.shape}")
        if not len(items):
            return
        for part in items.split(max(1, _CHUNK_VALUES // (shape[0] * shape[1] * shape[2]))):
            self._add(part.detach().cpu())

    @property
    def sizes(self) -> Tensor:
        """Frequencies in each ring (R,)."""
        return torch.zeros(self.sums.shape[1], dtype=torch.float64).index_add(0, self._rings, self._weights)

    @property
    def power(self) -> Tensor:
        """Mean power (R,) of a frequency of each ring, float64."""
        return self._mean(self.sums.sum(0), self.counts.sum())

    @property
    def decibels(self) -> Tensor:
        """The same in dB: 0 is the power of white noise of standard deviation 1 (of the range)."""
        return _decibels(self.power)

    def decibels_without(self, group: int) -> Tensor:
        """The curve in dB without one group of images; NaN where the others have none."""
        rest = torch.arange(NUM_GROUPS) != group
        return _decibels(self._mean(self.sums[rest].sum(0), self.counts[rest].sum()))

    def _add(self, images: Tensor) -> None:
        values = images.double().div_(255) if images.dtype == torch.uint8 else images.double().add(1).div_(2)
        power = torch.fft.rfft2(values, norm="ortho").abs().square_().mean(1).flatten(1)
        rings = torch.zeros(len(power), self.sums.shape[1], dtype=torch.float64)
        rings.index_add_(1, self._rings, power * self._weights)
        if not bool(rings.isfinite().all()):
            raise UserError("images are not finite; look for NaN in the samples")
        groups = (torch.arange(len(power)) + self.count) % NUM_GROUPS
        self.sums.index_add_(0, groups, rings)
        self.counts += torch.bincount(groups, minlength=NUM_GROUPS)
        self.count += len(power)

    def _mean(self, sums: Tensor, count: Tensor) -> Tensor:
        if not self.count:
            raise UserError("a spectrum needs at least 1 image, not 0")
        return sums.clamp(min=0) / count / self.sizes


def _decibels(power: Tensor) -> Tensor:
    return 10 * power.clamp(min=ROUNDING).log10()


def _rings(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Ring of each frequency that rfft2 gives, and for how many frequencies of the full transform it stands."""
    columns = torch.arange(width // 2 + 1)
    distance = torch.hypot(torch.fft.fftfreq(height, dtype=torch.float64)[:, None], (columns.double() / width)[None])
    weights = torch.where((columns == 0) | (2 * columns == width), 1.0, 2.0).double()
    return (distance * min(height, width)).round().long().flatten(), weights.expand(height, -1).flatten()
