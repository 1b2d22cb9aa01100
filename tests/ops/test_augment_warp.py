"""Warps: against grid_sample, a slow reference in loops, and exact functions of the plane."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops.augment_filters import CENTRE, SYMLET
from ganwright.ops.augment_warp import (
    PIECE,
    bilinear,
    quarter_turns,
    rotation,
    scaling,
    translation,
    warp,
    warp_antialiased,
)

DOUBLE = torch.float64


def some_inverses(num: int) -> Tensor:
    """Matrices that turn, stretch and shift a good deal beyond the border."""
    generator = torch.Generator().manual_seed(1)
    angle, scale, right, down = torch.rand(4, num, generator=generator, dtype=DOUBLE) - 0.5
    return rotation(6 * angle) @ scaling(2**scale, 2**-scale) @ translation(4 * right, 3 * down)


def sampled_by_torch(images: Tensor, inverse: Tensor, padding: str) -> Tensor:
    """grid_sample at align_corners=False; the mirrored border is made by padding far enough."""
    num, _, height, width = images.shape
    if padding == "reflect":
        images = F.pad(images, (6, 6, 6, 6), mode="reflect")
    padded_height, padded_width = images.shape[2:]
    y, x = torch.meshgrid(*(torch.arange(s, dtype=DOUBLE) - (s - 1) / 2 for s in (height, width)), indexing="ij")
    places = torch.stack([x, y, torch.ones_like(x)], -1)
    grid = torch.einsum("nij,hwj->nhwi", inverse[:, :2], places) * 2 / torch.tensor([padded_width, padded_height])
    return F.grid_sample(images, grid.expand(num, -1, -1, -1), align_corners=False, padding_mode="zeros")


def small_moves(num: int) -> Tensor:
    """Matrices whose places stay within 6 pixels of an image of 8 by 9."""
    generator = torch.Generator().manual_seed(2)
    angle, right, down = torch.rand(3, num, generator=generator, dtype=DOUBLE) - 0.5
    return rotation(6 * angle) @ translation(3 * right, 3 * down)


def test_zero_padding_equals_grid_sample():
    images = torch.randn(16, 2, 6, 9, dtype=DOUBLE)
    inverse = some_inverses(16)
    torch.testing.assert_close(warp(images, inverse, "zero"), sampled_by_torch(images, inverse, "zero"))


def test_mirrored_border_equals_padding_and_grid_sample():
    images = torch.randn(16, 2, 8, 9, dtype=DOUBLE)
    inverse = small_moves(16)
    torch.testing.assert_close(warp(images, inverse), sampled_by_torch(images, inverse, "reflect"))


def test_mirrored_border_goes_on_for_ever():
    images = torch.randn(4, 1, 5, 6, dtype=DOUBLE)
    far = translation(torch.full((4,), 10.0 * 7, dtype=DOUBLE), torch.full((4,), -8.0 * 3, dtype=DOUBLE))
    torch.testing.assert_close(warp(images, far), images)


@pytest.mark.parametrize("padding", ["zero", "reflect"])
def test_whole_pixels_come_through_bit_for_bit(padding):
    images = torch.randn(4, 3, 8, 8)
    assert torch.equal(warp(images, torch.eye(3).expand(4, 3, 3), padding), images)
    assert torch.equal(warp(images, quarter_turns(torch.full((4,), 3)), padding), torch.rot90(images, -1, (2, 3)))


def slow_antialiased(image: Tensor, inverse: Tensor) -> Tensor:
    """The definition in loops: double with the filter, look up each half-pixel place, halve with the filter."""
    height, width = image.shape
    pixels, taps = image.numpy(), np.array(SYMLET)

    def fold(place: float, size: int) -> float:
        place = abs(place) % (2 * (size - 1))
        return min(place, 2 * (size - 1) - place)

    def doubled(row: np.ndarray) -> np.ndarray:
        padded = np.pad(row, len(row) - 1, mode="reflect")
        reached = np.zeros(2 * len(padded) + len(taps))
        for i, value in enumerate(padded):
            reached[2 * i : 2 * i + len(taps)] += math.sqrt(2) * value * taps
        start = 2 * (len(row) - 1) + CENTRE
        return reached[start : start + 2 * len(row) - 1]

    finer = np.apply_along_axis(doubled, 0, np.apply_along_axis(doubled, 1, pixels))
    changed = np.zeros((2 * height + 10, 2 * width + 10))
    for i in range(changed.shape[0]):
        for j in range(changed.shape[1]):
            place = np.array([(j - CENTRE) / 2 - (width - 1) / 2, (i - CENTRE) / 2 - (height - 1) / 2, 1])
            x, y, _ = inverse.numpy() @ place + np.array([(width - 1) / 2, (height - 1) / 2, 0])
            x, y = 2 * fold(x, width), 2 * fold(y, height)
            left, top = min(int(x), 2 * width - 3), min(int(y), 2 * height - 3)
            for dy, wy in ((0, top + 1 - y), (1, y - top)):
                for dx, wx in ((0, left + 1 - x), (1, x - left)):
                    changed[i, j] += wy * wx * finer[top + dy, left + dx]
    result = np.zeros((height, width))
    for k in range(height):
        for m in range(width):
            window = changed[2 * k : 2 * k + len(taps), 2 * m : 2 * m + len(taps)]
            result[k, m] = taps @ window @ taps / 2
    return torch.from_numpy(result)


@pytest.mark.parametrize("shape", [(12, 12), (11, 14)])
def test_antialiased_equals_its_definition(shape):
    images, inverse = torch.randn(3, 1, *shape, dtype=DOUBLE), some_inverses(3)
    result = warp_antialiased(images, inverse)
    for i in range(3):
        torch.testing.assert_close(result[i, 0], slow_antialiased(images[i, 0], inverse[i]))


def test_antialiased_in_pieces_equals_each_alone():
    images, inverse = torch.randn(12, 3, 64, 60), some_inverses(12).float()
    assert len(images) > 2 * PIECE // images[0].numel()
    alone = [warp_antialiased(x[None], m[None]) for x, m in zip(images, inverse, strict=True)]
    torch.testing.assert_close(warp_antialiased(images, inverse), torch.cat(alone))


def test_antialiased_identity_keeps_the_inside():
    images = torch.randn(2, 3, 20, 20, dtype=DOUBLE)
    result = warp_antialiased(images, torch.eye(3, dtype=DOUBLE).expand(2, 3, 3))
    torch.testing.assert_close(result[..., 6:-6, 6:-6], images[..., 6:-6, 6:-6])


def wave(x: Tensor, y: Tensor) -> Tensor:
    """A ripple of 5 pixels a period under a bell."""
    return torch.cos(2 * math.pi * (x + 0.4 * y) / 5) * torch.exp(-(x.square() + y.square()) / 40)


def test_warps_turn_a_known_picture_and_the_antialiased_one_blurs_less():
    y, x = torch.meshgrid(*[torch.arange(32, dtype=DOUBLE) - 15.5] * 2, indexing="ij")
    inverse = rotation(torch.tensor([0.7], dtype=DOUBLE)) @ scaling(*torch.tensor([[1.1], [0.9]], dtype=DOUBLE))
    source = inverse[0, :2, :2] @ torch.stack([x.flatten(), y.flatten()])
    truth = wave(*source).view(32, 32)
    picture = wave(x, y)[None, None]
    error = {f: (f(picture, inverse)[0, 0] - truth).abs().max() for f in (warp, warp_antialiased)}
    assert error[warp] < 0.25
    assert error[warp_antialiased] < error[warp] * 0.6


def test_what_is_too_fine_after_shrinking_is_gone_not_aliased():
    x = torch.arange(64, dtype=DOUBLE)
    stripes = torch.cos(2 * math.pi * 0.4 * x).expand(1, 1, 64, 64)
    shrink = scaling(*torch.full((2, 1), 1.6, dtype=DOUBLE))  # to 0.64 periods a pixel, more than a half
    inside = {f: f(stripes, shrink)[..., 16:-16, 16:-16].std() for f in (warp, warp_antialiased)}
    assert inside[warp_antialiased] < inside[warp] / 2 < 0.3


@pytest.mark.parametrize("function", [warp, warp_antialiased])
def test_brightness_of_a_plain_image_stays(function):
    plain = torch.full((8, 1, 9, 8), 0.7, dtype=DOUBLE)
    torch.testing.assert_close(function(plain, some_inverses(8)), plain)


def test_inverses_compose_in_the_order_the_docstring_says():
    """First a quarter turn clockwise, then two pixels to the right."""
    image = torch.randn(1, 1, 8, 8)
    turn, move = rotation(torch.tensor([-math.pi / 2])), translation(torch.tensor([-2.0]), torch.zeros(1))
    expected = torch.rot90(image, -1, (2, 3))[..., :-2]
    torch.testing.assert_close(warp(image, turn @ move)[..., 2:], expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(warp(warp(image, turn), move)[..., 2:], expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("function", [warp, lambda x, m: warp(x, m, "zero"), warp_antialiased])
@pytest.mark.parametrize("shape", [(4, 3), (1, 1), (1, 2)])
def test_twice_differentiable(function, shape):
    images = torch.randn(2, 1, *shape, dtype=DOUBLE, requires_grad=True)
    inverse = some_inverses(2)
    assert torch.autograd.gradcheck(lambda x: function(x, inverse), (images,))
    assert torch.autograd.gradgradcheck(lambda x: function(x, inverse).square(), (images,))


@pytest.mark.parametrize("function", [warp, lambda x, m: warp(x, m, "zero"), warp_antialiased])
def test_vmap_equals_a_loop_gradients_included(function):
    images, inverse = torch.randn(3, 4, 2, 7, 7, dtype=DOUBLE), some_inverses(12).view(3, 4, 3, 3)

    def gradient_of_gradient(x: Tensor, m: Tensor) -> Tensor:
        inner = torch.func.grad(lambda v: function(v, m).pow(3).sum())
        return torch.func.grad(lambda v: inner(v).square().sum())(x)

    for f in (function, gradient_of_gradient):
        alone = torch.stack([f(x, m) for x, m in zip(images, inverse, strict=True)])
        torch.testing.assert_close(torch.func.vmap(f)(images, inverse), alone)


def test_places_at_the_very_border_look_inside_only():
    image = torch.arange(6.0).view(1, 1, 2, 3)
    x, y = torch.tensor([[[0.0, 2.0, 1.5]]]), torch.tensor([[[0.0, 1.0, 0.5]]])
    for padding in ("zero", "reflect"):
        assert bilinear(image, x, y, padding).flatten().tolist() == [0.0, 5.0, 3.0]
    assert bilinear(image, x + 2.5, y, "zero").flatten().tolist() == [1.0, 0.0, 0.0]
