"""Colours: against numpy's formulas, Python's colorsys, Pillow, and the geometry of the colour cube."""

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageEnhance
from torch import Tensor

from ganwright.ops import augment_colour as colour

torch.manual_seed(0)
RGB = torch.rand(5, 3, 4, 6) * 2 - 1
FACTOR = torch.tensor([0.0, 0.5, 1.0, 1.5, 2.0])
TURNED_OFF = {
    colour.brightness_matrix: torch.zeros(5),
    colour.contrast_matrix: torch.ones(5),
    colour.luma_flip_matrix: torch.zeros(5, dtype=torch.bool),
    colour.hue_matrix: torch.zeros(5),
    colour.saturation_matrix: torch.ones(5),
}
MATRICES = [
    (colour.brightness_matrix, FACTOR),
    (colour.contrast_matrix, FACTOR),
    (colour.luma_flip_matrix, FACTOR > 0.7),
    (colour.hue_matrix, FACTOR),
    (colour.saturation_matrix, FACTOR),
]


def each(function, *arguments: Tensor) -> Tensor:
    """A function of one item, over the batch."""
    return torch.stack([function(*row) for row in zip(*arguments, strict=True)])


def test_the_three_simple_changes_equal_their_formulas():
    torch.testing.assert_close(colour.brighten(RGB, FACTOR), each(lambda x, f: x + f, RGB, FACTOR))
    torch.testing.assert_close(
        colour.contrast(RGB, FACTOR), each(lambda x, f: (x - x.mean()) * f + x.mean(), RGB, FACTOR)
    )
    torch.testing.assert_close(
        colour.saturate(RGB, FACTOR), each(lambda x, f: (x - x.mean(0)) * f + x.mean(0), RGB, FACTOR)
    )


def test_contrast_is_pillows_up_to_its_rounding():
    """ImageEnhance.Contrast scales about the mean luma, which in a gray picture is the mean."""
    pixels = np.random.default_rng(0).integers(60, 190, (16, 16), dtype=np.uint8)
    theirs = np.asarray(ImageEnhance.Contrast(Image.fromarray(pixels)).enhance(1.4)).astype(float)
    mine = colour.contrast(torch.from_numpy(pixels.astype(np.float32) / 127.5 - 1)[None, None], torch.tensor([1.4]))
    assert np.abs((mine[0, 0].numpy() + 1) * 127.5 - theirs).max() < 1.5


def test_matrices_say_the_same_as_the_simple_changes():
    torch.testing.assert_close(
        colour.recolour(RGB, colour.brightness_matrix(FACTOR)), colour.brighten(RGB, FACTOR), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(
        colour.recolour(RGB, colour.saturation_matrix(FACTOR)), colour.saturate(RGB, FACTOR), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(
        colour.recolour(RGB, colour.contrast_matrix(FACTOR)), each(lambda x, f: x * f, RGB, FACTOR)
    )


def test_hue_turns_primaries_into_each_other_and_keeps_gray_and_length():
    third = torch.full((5,), 2 * math.pi / 3)
    turned = colour.recolour(RGB, colour.hue_matrix(third))
    torch.testing.assert_close(turned, RGB[:, [2, 0, 1]], atol=1e-6, rtol=0)  # red went to green
    turned = colour.recolour(RGB, colour.hue_matrix(FACTOR))
    torch.testing.assert_close(turned.mean(1), RGB.mean(1), atol=1e-6, rtol=0)
    torch.testing.assert_close(turned.norm(dim=1), RGB.norm(dim=1), atol=1e-6, rtol=0)
    back = colour.recolour(turned, colour.hue_matrix(-FACTOR))
    torch.testing.assert_close(back, RGB, atol=1e-6, rtol=0)


def test_luma_flip_mirrors_gray_and_keeps_the_rest():
    flipped = torch.tensor([True, False, True, False, True])
    result = colour.recolour(RGB, colour.luma_flip_matrix(flipped))
    gray = RGB.mean(1, keepdim=True)
    expected = torch.where(flipped[:, None, None, None], RGB - 2 * gray, RGB)
    torch.testing.assert_close(result, expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("matrix", TURNED_OFF)
def test_turned_off_is_the_identity(matrix):
    """But for rounding, where thirds are involved, which have no exact binary form."""
    exact = matrix in (colour.brightness_matrix, colour.contrast_matrix)
    difference = matrix(TURNED_OFF[matrix]) - torch.eye(4)
    assert difference.abs().max() <= (0 if exact else 1e-7)


@pytest.mark.parametrize(("matrix", "amount"), MATRICES)
def test_gray_images_are_red_green_and_blue_alike(matrix, amount):
    gray = torch.randn(5, 1, 3, 3)
    as_colour = colour.recolour(gray.expand(-1, 3, -1, -1), matrix(amount))
    torch.testing.assert_close(colour.recolour(gray, matrix(amount)), as_colour.mean(1, keepdim=True))
    if matrix in (colour.hue_matrix, colour.saturation_matrix):
        torch.testing.assert_close(colour.recolour(gray, matrix(amount)), gray)


def test_gray_images_have_no_saturation():
    gray = torch.randn(5, 1, 3, 3)
    assert colour.saturate(gray, FACTOR) is gray


CHANGES = [
    colour.brighten,
    colour.saturate,
    colour.contrast,
    *(
        lambda x, f, matrix=m: colour.recolour(x, matrix(f).to(x.dtype))
        for m in TURNED_OFF
        if m is not colour.luma_flip_matrix
    ),
    lambda x, f: colour.recolour(x, colour.luma_flip_matrix(f > 0.7).to(x.dtype)),
]


@pytest.mark.parametrize("change", CHANGES)
def test_transparency_stays_and_does_not_count(change):
    rgba = torch.cat([RGB, torch.randn(5, 1, 4, 6)], 1)
    result = change(rgba, FACTOR)
    assert torch.equal(result[:, 3], rgba[:, 3])
    torch.testing.assert_close(result[:, :3], change(RGB, FACTOR))


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("change", CHANGES)
def test_twice_differentiable_and_vmap_equals_a_loop(change, channels):
    factor = torch.rand(3, 2, dtype=torch.float64) + 0.5
    images = torch.randn(3, 2, channels, 2, 3, dtype=torch.float64)
    tiny = images[0].clone().requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x: change(x, factor[0]).square(), (tiny,))
    torch.testing.assert_close(torch.func.vmap(change)(images, factor), each(change, images, factor))
