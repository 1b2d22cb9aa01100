"""Bring pictures of any size to one size, by a stated policy."""

from collections.abc import Sequence
from typing import Literal

from PIL import Image

from ganwright.core.images import Colour

Crop = Literal["center", "none", "pad"]

SMALLEST, LARGEST = 8, 256
SHARE_REACHED = 0.95


def fit(image: Image.Image, width: int, height: int, crop: Crop, background: Colour) -> Image.Image:
    """Return an L, RGB or RGBA picture of exactly width x height, scaled by Lanczos, antialiased.

    crop: "center" cuts the largest centred part of the wanted proportions; "none" scales the whole picture, stretching
    it; "pad" scales the whole picture, keeping its proportions, and fills the rest with the background, or with
    transparency in RGBA.
    """
    if image.size == (width, height):
        return image
    if crop == "center":
        scale = max(width / image.width, height / image.height)
        inner_width = min(image.width, max(1, round(width / scale)))
        inner_height = min(image.height, max(1, round(height / scale)))
        left, top = (image.width - inner_width) // 2, (image.height - inner_height) // 2
        image = image.crop((left, top, left + inner_width, top + inner_height))
        return image.resize((width, height), Image.Resampling.LANCZOS)
    if crop == "none":
        return image.resize((width, height), Image.Resampling.LANCZOS)
    scale = min(width / image.width, height / image.height)
    inner = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    canvas = Image.new("RGBA", (width, height), (0, 0, 0, 0)).convert(image.mode) if image.mode == "RGBA" else None
    canvas = canvas or Image.new("RGB", (width, height), background).convert(image.mode)
    canvas.paste(image.resize(inner, Image.Resampling.LANCZOS), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return canvas


def choose_size(sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The (width, height) for pictures of these sizes: their own where all agree, else a square.

    The square's side is the largest power of two, from 8 to 256, that the smaller sides of at least 95% of them reach.
    """
    if len(set(sizes)) == 1:
        return sizes[0]
    smaller = sorted(min(size) for size in sizes)
    reached = smaller[int(len(smaller) * (1 - SHARE_REACHED))]
    side = max(SMALLEST, min(LARGEST, 2 ** (reached.bit_length() - 1)))
    return side, side
