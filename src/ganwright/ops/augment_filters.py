"""Filters along one axis of an image as matrices: a matrix product applies them, any number of times differentiable.

Borders are mirrored about the outermost pixels' centres, as numpy's "reflect" does, as often as it takes: a filter may
be longer than the image.
"""

import math
from functools import lru_cache

import torch
from torch import Tensor

SYMLET = (
    0.015404109327027373,
    0.0034907120842174702,
    -0.11799011114819057,
    -0.048311742585633,
    0.4910559419267466,
    0.787641141030194,
    0.3379294217276218,
    -0.07263752278646252,
    -0.021060292512300564,
    0.04472490177066578,
    0.0017677118642428036,
    -0.007800708325034148,
)
"""Daubechies' least asymmetric wavelet filter with 6 vanishing moments (Ten Lectures on Wavelets 1992, section 6.4)."""

CENTRE = 5
"""The tap of SYMLET that stands for the pixel itself: the mean delay is 5.1 taps."""

HALFBAND = (-1 / 32, 0.0, 9 / 32, 16 / 32, 9 / 32, 0.0, -1 / 32)
"""P(z) = H(z) H(1/z) / 2 of the filter H with 2 vanishing moments: the lower half of all frequencies, without delay."""

NUM_BANDS = 4


def mirrored(index: Tensor, size: int) -> Tensor:
    """Coordinates anywhere, whole or not -> in [0, size - 1], as if mirrors stood at the outermost pixels' centres."""
    if size == 1:
        return torch.zeros_like(index)
    period = 2 * (size - 1)
    # remainder() is slow for floating point on CPUs.
    within = index - period * (index / period).floor() if index.is_floating_point() else index.remainder(period)
    return torch.minimum(within, period - within)


@lru_cache(maxsize=64)
def doubling(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Matrix (2 size - 1, size): samples at 0, 1/2, 1, ... size - 1 of pixels at 0, 1, ... size - 1."""
    with torch.inference_mode(False):
        taps = math.sqrt(2) * torch.tensor(SYMLET, dtype=torch.float64)
        places = torch.arange(2 * size - 1)[:, None] + CENTRE - torch.arange(len(taps))
        return _spread(places // 2, torch.where(places % 2 == 0, taps, 0.0), size).to(device, dtype)


@lru_cache(maxsize=64)
def halving(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Matrix (size, 2 size + 10): pixels at 0, 1, ... size - 1 of samples at -5/2, -2, ... size + 2.

    Between samples that are not changed, it undoes `doubling`, because the filter is orthogonal.
    """
    with torch.inference_mode(False):
        taps = torch.tensor(SYMLET, dtype=torch.float64) / math.sqrt(2)
        matrix = torch.zeros(size, 2 * (size - 1) + len(taps), dtype=torch.float64)
        columns = 2 * torch.arange(size)[:, None] + torch.arange(len(taps))
        return matrix.scatter_(1, columns, taps.expand(size, -1)).to(device, dtype)


@lru_cache(maxsize=64)
def bands(size: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Matrices (4, size, size) that split an axis into octaves, lowest first; they add up to the identity.

    The octaves end at 1/8, 1/4, 1/2 and all of the highest frequency. With Q = 1 - P they are P(z) P(z^2) P(z^4),
    P(z) P(z^2) Q(z^4), P(z) Q(z^2) and Q(z).
    """
    with torch.inference_mode(False):
        taps = band_taps()
        reach = taps.shape[1] // 2
        places = torch.arange(size)[:, None] + torch.arange(-reach, reach + 1)
        return torch.stack([_spread(places, row.expand(size, -1), size) for row in taps]).to(device, dtype)


def band_taps() -> Tensor:
    """The four octaves' filters (4, 43), in double precision, symmetric about the middle."""
    low = torch.tensor(HALFBAND, dtype=torch.float64)
    below, rows = torch.ones(1, dtype=torch.float64), []
    for octave in range(NUM_BANDS - 1):
        kernel = torch.zeros((len(low) - 1) * 2**octave + 1, dtype=torch.float64)
        kernel[:: 2**octave] = low
        lower = _convolve(below, kernel)
        rows.insert(0, _centred(below, len(lower)) - lower)
        below = lower
    rows.insert(0, below)
    return torch.stack([_centred(row, len(below)) for row in rows])


def _spread(places: Tensor, weights: Tensor, size: int) -> Tensor:
    """Matrix (rows, size) whose row r holds weights[r, i] at the pixel that places[r, i] is mirrored to."""
    matrix = torch.zeros(len(places), size, dtype=torch.float64)
    return matrix.scatter_add_(1, mirrored(places, size), weights)


def _convolve(a: Tensor, b: Tensor) -> Tensor:
    return torch.nn.functional.conv1d(a.view(1, 1, -1), b.flip(0).view(1, 1, -1), padding=len(b) - 1).flatten()


def _centred(taps: Tensor, length: int) -> Tensor:
    side = (length - len(taps)) // 2
    return torch.nn.functional.pad(taps, (side, side))
