"""Filters, noise and cutout: against convolutions, waves of known frequency, and loops over pixels."""

import math

import numpy as np
import pytest
import torch

from ganwright.ops.augment_corrupt import add_noise, amplify_bands, cut_out
from ganwright.ops.augment_filters import HALFBAND, SYMLET, band_taps, bands, doubling, halving

DOUBLE = torch.float64
KIND = DOUBLE, torch.device("cpu")


def test_wavelet_filter_has_the_properties_that_define_it():
    taps = np.array(SYMLET)
    for lag in range(6):  # orthogonal to its own shifts by 2
        assert np.dot(taps[: 12 - 2 * lag], taps[2 * lag :]) == pytest.approx(float(lag == 0), abs=1e-11)
    assert taps.sum() == pytest.approx(math.sqrt(2), abs=1e-12)
    alternating = taps * (-1.0) ** np.arange(12)
    for power in range(6):  # 6 vanishing moments, about the middle to keep the sums small
        assert alternating @ ((np.arange(12) - 5.5) ** power) == pytest.approx(0, abs=1e-8)


def test_halfband_is_the_square_of_the_filter_with_two_vanishing_moments():
    root = math.sqrt(3)
    short = np.array([1 + root, 3 + root, 3 - root, 1 - root]) / (4 * math.sqrt(2))  # Daubechies 1988
    np.testing.assert_allclose(np.convolve(short, short[::-1]) / 2, HALFBAND, atol=1e-15)


@pytest.mark.parametrize("size", [1, 2, 8, 50])
def test_filters_as_matrices_keep_a_plain_image(size):
    ones = torch.ones(size, dtype=DOUBLE)
    torch.testing.assert_close(doubling(size, *KIND) @ ones, torch.ones(2 * size - 1, dtype=DOUBLE))
    torch.testing.assert_close(halving(size, *KIND) @ torch.ones(2 * size + 10, dtype=DOUBLE), ones)


@pytest.mark.parametrize("size", [1, 5, 64])
def test_bands_add_up_to_the_identity(size):
    torch.testing.assert_close(bands(size, *KIND).sum(0), torch.eye(size, dtype=DOUBLE))


def test_each_band_passes_its_own_octave():
    """In the middle of each octave its own band passes most and another at most a third of that."""
    taps = band_taps()
    place = torch.arange(taps.shape[1], dtype=DOUBLE) - taps.shape[1] // 2
    middles = math.pi * torch.tensor([0.0, 3 / 16, 3 / 8, 3 / 4], dtype=DOUBLE)
    response = (taps[:, None] * torch.cos(middles[:, None] * place)).sum(-1)
    assert (response.diagonal() > 0.7).all()
    assert ((response - torch.diag(response.diagonal())).abs() < response.diagonal() / 3).all()


def test_amplify_bands_is_a_convolution_with_mirrored_borders():
    images, gains = torch.randn(3, 2, 30, 28, dtype=DOUBLE), torch.rand(3, 4, dtype=DOUBLE) * 2
    result = amplify_bands(images, gains)
    for image, gain, mine in zip(images.numpy(), gains, result.numpy(), strict=True):
        taps = (gain @ band_taps()).numpy()
        for channel, expected in zip(image, mine, strict=True):
            padded = np.pad(channel, 21, mode="reflect")
            rows = np.stack([np.convolve(row, taps, "valid") for row in padded])
            both = np.stack([np.convolve(column, taps, "valid") for column in rows.T], 1)
            np.testing.assert_allclose(both, expected, atol=1e-12)


def test_equal_gains_scale_the_image():
    images = torch.randn(2, 1, 9, 8, dtype=DOUBLE)
    gains = torch.tensor([[1.0] * 4, [2.0] * 4], dtype=DOUBLE)
    torch.testing.assert_close(amplify_bands(images, gains), images * torch.tensor([1.0, 4.0]).view(2, 1, 1, 1))


def test_noise_has_each_items_own_strength():
    images, noise = torch.randn(3, 2, 4, 4), torch.randn(3, 2, 4, 4)
    result = add_noise(images, noise, torch.tensor([0.0, 0.5, 2.0]))
    assert torch.equal(result[0], images[0])
    assert torch.equal(result[1], images[1] + 0.5 * noise[1])
    assert torch.equal(result[2], images[2] + 2 * noise[2])


def test_cut_out_equals_a_loop_over_pixels():
    images = torch.rand(6, 2, 5, 7) + 1
    left = torch.tensor([0.0, 2.0, -1.5, 5.5, 3.0, 9.0])
    top = torch.tensor([0.0, -2.0, 1.2, 3.9, 2.0, 1.0])
    width = torch.tensor([7.0, 2.0, 3.0, 9.0, 0.0, 2.0])
    height = torch.tensor([5.0, 4.0, 2.5, 9.0, 3.0, 2.0])
    result = cut_out(images, left, top, width, height)
    for n in range(6):
        for i in range(5):
            for j in range(7):
                hidden = top[n] <= i < top[n] + height[n] and left[n] <= j < left[n] + width[n]
                assert torch.equal(result[n, :, i, j], torch.zeros(2) if hidden else images[n, :, i, j])


def test_twice_differentiable_and_vmap_equals_a_loop():
    images, numbers = torch.randn(3, 2, 1, 3, 4, dtype=DOUBLE), torch.rand(3, 2, 4, dtype=DOUBLE)
    noise = torch.randn(2, 1, 3, 4, dtype=DOUBLE)
    for change in (
        lambda x, a: amplify_bands(x, a),
        lambda x, a: add_noise(x, noise, a[:, 0]),
        lambda x, a: cut_out(x, 3 * a[:, 0], 3 * a[:, 1], 3 * a[:, 2], 3 * a[:, 3]),
    ):
        tiny = images[0].clone().requires_grad_()
        assert torch.autograd.gradgradcheck(lambda x, change=change: change(x, numbers[0]).square(), (tiny,))
        alone = torch.stack([change(x, a) for x, a in zip(images, numbers, strict=True)])
        torch.testing.assert_close(torch.func.vmap(change)(images, numbers), alone)


def test_matrices_made_in_inference_mode_serve_training_too():
    bands.cache_clear()
    gains = torch.rand(1, 4)
    with torch.inference_mode():
        amplify_bands(torch.randn(1, 1, 13, 13), gains)
    images = torch.randn(1, 1, 13, 13, requires_grad=True)
    amplify_bands(images, gains.requires_grad_()).sum().backward()
    assert images.grad is not None


def test_matrices_made_within_vmap_and_grad_serve_outside_too():
    bands.cache_clear()
    images, gains = torch.randn(2, 1, 1, 11, 11), torch.rand(2, 1, 4)
    slope = torch.func.vmap(torch.func.grad(lambda x, g: amplify_bands(x, g).square().sum()))(images, gains)
    leaf = images[0].clone().requires_grad_()
    amplify_bands(leaf, gains[0]).square().sum().backward()
    torch.testing.assert_close(leaf.grad, slope[0])
