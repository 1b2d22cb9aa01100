"""FIR resampling against scipy's and against its definition, with both gradients."""

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from scipy.signal import upfirdn
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops import fir

FORMS = (fir.resample, fir.resample_by_products, fir.resample_by_convolution)
TAPS: tuple[fir.Taps, ...] = (fir.BINOMIAL, (1.0, 2.0, 1.0), (1.0,), (1.0, -2.0, 3.0, 4.0, 5.0))


def images(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_scipy(given: Tensor, taps: fir.Taps, up: int, down: int, padding: fir.Padding) -> np.ndarray:
    """What upfirdn makes of both axes with padding: zeros around what is already spread."""
    result = given.numpy()
    for axis in (2, 3):
        spread = upfirdn([1.0], result, up=up, axis=axis)
        missing = up * result.shape[axis] - spread.shape[axis]
        before, after = padding
        around = [(0, 0)] * 4
        around[axis] = (max(before, 0), max(after + missing, 0))
        spread = np.pad(spread, around)
        cut = [slice(None)] * 4
        cut[axis] = slice(max(-before, 0), spread.shape[axis] + min(after + missing, 0))
        filtered = upfirdn(np.array(taps) * up / sum(taps), spread[tuple(cut)], axis=axis)
        whole = [slice(None)] * 4
        whole[axis] = slice(len(taps) - 1, 1 - len(taps) or None, down)  # where the filter lies inside
        result = filtered[tuple(whole)]
    return result


@pytest.mark.parametrize("taps", TAPS)
@pytest.mark.parametrize(("up", "down"), [*itertools.product((1, 2, 3), (1, 2, 3))])
def test_every_form_equals_scipy(taps: fir.Taps, up: int, down: int) -> None:
    for padding in ((0, 0), (2, 1), (5, 3), (-1, -2), (3, -1)):
        given = images(2, 3, 9, 12)
        expected = by_scipy(given, taps, up, down, padding)
        for form in (fir.resample_by_definition, *FORMS):
            if form is fir.resample_by_convolution and up > 1 and down > 1:
                continue
            for layout in (torch.contiguous_format, torch.channels_last):
                made = form(given.contiguous(memory_format=layout), taps, up, down, padding)
                assert made.shape == expected.shape
                np.testing.assert_allclose(made.numpy(), expected, atol=1e-12)


def test_without_padding_to_spare_it_is_the_whole_of_upfirdn() -> None:
    given = images(1, 1, 6, 7)
    taps = np.array(fir.BINOMIAL) / 8
    for up, down in ((2, 1), (1, 2), (2, 3)):
        along = upfirdn(taps * up, given.numpy(), up, down, axis=2)
        expected = upfirdn(taps * up, along, up, down, axis=3)
        made = fir.resample(given, fir.BINOMIAL, up, down, (3, 3 - (up - 1)))
        np.testing.assert_allclose(made.numpy()[:, :, : along.shape[2]], expected, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("up", "down", "padding"), [(2, 1, (2, 1)), (1, 2, (1, 1)), (1, 1, (2, 2)), (1, 1, (1, 2))])
def test_both_gradients_equal_those_of_the_definition(form: Any, up: int, down: int, padding: fir.Padding) -> None:
    def gradients(resample: Any) -> list[Tensor]:
        given = images(2, 3, 6, 4).requires_grad_()
        made = resample(given, fir.BINOMIAL, up, down, padding).pow(3)
        weight = images(*made.shape, seed=1).requires_grad_()
        (first,) = torch.autograd.grad((made * weight).sum(), given, create_graph=True)
        return [made, first, *torch.autograd.grad(first.square().sum(), (given, weight))]

    for mine, reference in zip(gradients(form), gradients(fir.resample_by_definition), strict=True):
        torch.testing.assert_close(mine, reference)


def test_doubling_is_bilinear_and_halving_a_filtered_mean_away_from_the_border() -> None:
    given = images(2, 3, 8, 6)
    inside = (..., slice(1, -1), slice(1, -1))
    bilinear = F.interpolate(given, scale_factor=2, mode="bilinear")
    torch.testing.assert_close(fir.double(given)[inside], bilinear[inside])
    kernel = torch.outer(*[torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64) / 4] * 2)
    soft = F.conv2d(given.flatten(0, 1)[:, None], kernel[None, None], padding=1).reshape(given.shape)
    torch.testing.assert_close(fir.halve(given)[inside], F.avg_pool2d(soft, 2)[inside])


@pytest.mark.parametrize("taps", [fir.BINOMIAL, (1.0, 2.0, 1.0), (1.0, 1.0), (1.0, 5.0, 10.0, 10.0, 5.0, 1.0)])
def test_even_brightness_stays_and_sides_are_doubled_and_halved(taps: fir.Taps) -> None:
    ones = torch.ones(1, 2, 16, 20, dtype=torch.float64)
    inside = (..., slice(4, -4), slice(4, -4))
    for made, shape in ((fir.double(ones, taps), (32, 40)), (fir.halve(ones, taps), (8, 10))):
        assert made.shape[2:] == shape
        if len(taps) != 3 or shape == (8, 10):  # an odd filter does not fill all gaps between doubled pixels alike
            torch.testing.assert_close(made[inside], torch.ones_like(made[inside]))


def test_large_and_small_sides_take_forms_that_agree() -> None:
    given = images(1, 2, 2 * fir.LARGEST_PRODUCT[True], 4)
    torch.testing.assert_close(fir.double(given), fir.resample_by_products(given, fir.BINOMIAL, 2, 1, (2, 1)))


def test_it_runs_under_vmap() -> None:
    given = images(3, 2, 4, 6, 5)
    for function in (fir.double, fir.halve):
        if function is fir.halve:
            given = images(3, 2, 4, 6, 4)
        together = torch.func.vmap(function)(given)
        torch.testing.assert_close(together, torch.stack([function(g) for g in given]))
