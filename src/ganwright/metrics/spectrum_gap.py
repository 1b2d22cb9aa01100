"""The gap between two radially averaged power spectra (Durall et al. 2020; Schwarz et al. 2021): see `spectrum`."""

from collections.abc import Sequence

from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate
from ganwright.metrics.errors import jackknife, jackknife_from
from ganwright.metrics.spectrum import NUM_GROUPS, SpectrumSums


def spectrum_gap(real: Tensor, fake: Tensor) -> float:
    """Mean absolute difference in dB, over all rings but the mean brightness, of two sets of images; at least 0.

    real, fake: (N, C, H, W), uint8 or float in [-1, 1]; of one shape, of 2 x 2 pixels or more.
    Raises UserError for images of different shapes, too small ones, none, and values that are not finite.
    """
    sides = SpectrumSums(), SpectrumSums()
    for side, items in zip(sides, (real, fake), strict=True):
        side.add(items)
    return spectrum_gap_of(*sides).value


def spectrum_gap_of(real: SpectrumSums, fake: SpectrumSums) -> Estimate:
    """The same from gathered sums, with a standard error by jackknife over ten groups of images a side.

    details: "cycles_per_pixel" of each ring, and the curves "real_db" and "fake_db", brightness included as the first.
    """
    curves = real.decibels, fake.decibels
    if real.shape != fake.shape:
        raise UserError(f"images of shape {fake.shape} have no spectrum in common with those of {real.shape}")
    if len(curves[0]) < 2:
        raise UserError(f"images of {real.shape[1]} x {real.shape[2]} pixels have no frequencies to compare")
    shorter = min(real.shape[1:])
    details = {
        "cycles_per_pixel": [ring / shorter for ring in range(len(curves[0]))],
        "real_db": curves[0].tolist(),
        "fake_db": curves[1].tolist(),
    }
    error = None
    if min(real.count, fake.count) >= NUM_GROUPS:
        error = jackknife(lambda kept: _gap_without(real, fake, kept), list(range(NUM_GROUPS)))
    how = "" if error is None else jackknife_from(NUM_GROUPS)
    return Estimate(_gap(*curves), error, how, details, protocol={"rings": len(curves[0]) - 1})


def _gap_without(real: SpectrumSums, fake: SpectrumSums, kept: Sequence[int]) -> float:
    (left,) = set(range(NUM_GROUPS)) - set(kept)
    return _gap(real.decibels_without(left), fake.decibels_without(left))


def _gap(real: Tensor, fake: Tensor) -> float:
    return float((real - fake)[1:].abs().mean())
