"""Crop policies keep what they say they keep."""

import numpy as np
import pytest
from PIL import Image

from ganwright.core.images import WHITE
from ganwright.data.fitting import Crop, choose_size, fit


def stripes() -> Image.Image:
    """60x20: a red, a green and a blue square side by side."""
    image = Image.new("RGB", (60, 20))
    for x, colour in ((0, "red"), (20, "lime"), (40, "blue")):
        image.paste(colour, (x, 0, x + 20, 20))
    return image


def column(image: Image.Image, x: int) -> list[int]:
    return np.asarray(image)[image.height // 2, x].tolist()


def test_center_keeps_the_middle():
    for size in (8, 20, 40):
        image = fit(stripes(), size, size, "center", WHITE)
        assert image.size == (size, size)
        assert np.asarray(image).reshape(-1, 3)[:, 1].min() > 250


def test_none_stretches():
    image = fit(stripes(), 30, 30, "none", WHITE)
    assert [column(image, x) for x in (4, 15, 25)] == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


def test_pad_keeps_all_and_fills_with_the_background():
    image = fit(stripes(), 30, 30, "pad", (1, 2, 3))
    assert [column(image, x) for x in (4, 15, 25)] == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]
    assert np.asarray(image)[0].tolist() == [[1, 2, 3]] * 30
    assert np.asarray(image)[-1].tolist() == [[1, 2, 3]] * 30
    transparent = fit(stripes().convert("RGBA"), 30, 30, "pad", WHITE)
    assert transparent.getpixel((0, 0)) == (0, 0, 0, 0)
    assert transparent.getpixel((4, 15)) == (255, 0, 0, 255)
    assert fit(stripes().convert("L"), 30, 30, "pad", (128, 128, 128)).getpixel((0, 0)) == 128


@pytest.mark.parametrize("crop", ["center", "none", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (7, 9)])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_any_size_fits(crop: Crop, size: tuple[int, int], mode: str):
    image = fit(Image.new(mode, size), 16, 8, crop, WHITE)
    assert (image.size, image.mode) == ((16, 8), mode)


def test_a_fitting_picture_is_untouched():
    image = stripes()
    assert fit(image, 60, 20, "center", WHITE) is image


def test_shrinking_is_antialiased():
    board = Image.fromarray((np.indices((64, 64)).sum(0) % 2 * 255).astype(np.uint8))
    assert np.abs(np.asarray(fit(board, 16, 16, "center", WHITE)).astype(int) - 127).max() < 20


def test_transparent_pixels_do_not_bleed():
    image = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (4, 0, 8, 8))
    small = np.asarray(fit(image, 2, 2, "center", WHITE))
    assert small[0, 1, :3].tolist() == [0, 0, 255]


def test_choose_size():
    assert choose_size([(30, 20)] * 5) == (30, 20)
    assert choose_size([(100, 100)] * 3 + [(3024, 4032)]) == (64, 64)
    assert choose_size([(64, 70), (70, 64)]) == (64, 64)
    assert choose_size([(5000, 4000), (4000, 5000)]) == (256, 256)
    assert choose_size([(1, 1), (3, 3)]) == (8, 8)
    assert choose_size([(1, 1)] + [(130, 140)] * 99) == (128, 128)  # one outlier in a hundred does not decide
