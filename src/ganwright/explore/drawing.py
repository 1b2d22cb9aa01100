"""Drawings: sheets of items with captions, and the tensors of networks as slabs."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.pictures import grid
from ganwright.explore.shapes import Layer, Shapes

BACKGROUND = (20, 22, 28)
_CAPTION, _FAINT = (214, 220, 230), (140, 149, 166)
_TONES = ((245, 158, 66), (100, 140, 200))
_FONT_SIZE, _MARGIN, _GAP = 14, 10, 12
_FINE = 2  # slabs are drawn at this factor and shrunk, so that their edges are smooth
_CELL = 64  # pixels; sheets enlarge smaller items to this
_TALLEST, _WIDEST_ROW = 150, 1500


def sheet(
    items: Tensor,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    groups: Sequence[str] = (),
    title: str = "",
) -> Image.Image:
    """Lay items out in rows and columns with captions; a dark page.

    items: uint8 (R, C, channels, H, W), or (G, R, C, ...) for G sheets below one another, `groups` their captions.
    rows, columns: a caption for each, or none.
    """
    if items.ndim == 5:
        items, groups = items[None], groups or ("",)
    if items.ndim != 6:
        raise UserError(f"a sheet needs items (rows, columns, C, H, W), not {tuple(items.shape)}")
    num_groups, num_rows, num_columns, _, height, width = items.shape
    factor = _factor(height, width)
    gutter = 1 if factor == 1 else 2
    step_y, step_x = height * factor + gutter, width * factor + gutter
    font = _font(_FONT_SIZE)
    left = _MARGIN + (math.ceil(max(font.getlength(r) for r in rows)) + _GAP if rows else 0)
    line = _FONT_SIZE + 6
    head = line if columns else 0
    tall = num_rows * step_y - gutter
    block = [head + tall + (line if group else 0) for group in groups]
    top = _MARGIN + (line + 4 if title else 0)
    wide = max(
        left + num_columns * step_x - gutter, *(_MARGIN + math.ceil(font.getlength(t)) for t in (title, *groups))
    )
    page = Image.new("RGB", (wide + _MARGIN, top + sum(block) + _GAP * (num_groups - 1) + _MARGIN), BACKGROUND)
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN, _MARGIN), title, fill=_CAPTION, font=font)
    every = _every([math.ceil(font.getlength(c)) for c in columns], step_x)
    for number, group in enumerate(groups):
        y = top
        if group:
            draw.text((_MARGIN, y), group, fill=_CAPTION, font=font)
            y += line
        for place, caption in enumerate(columns):
            if place % every == 0:
                draw.text((left + place * step_x + width * factor / 2, y), caption, fill=_FAINT, font=font, anchor="ma")
        y += head
        picture = grid(items[number].flatten(0, 1), num_columns, factor)
        page.paste(picture.convert("RGB"), (left, y), picture if picture.mode == "RGBA" else None)
        for place, caption in enumerate(rows):
            middle = y + place * step_y + height * factor / 2
            draw.text((left - _GAP, middle), caption, fill=_FAINT, font=font, anchor="rm")
        top += block[number] + _GAP
    return page


def pixels_of(shape: tuple[int, ...]) -> int:
    """What an item (C, H, W) takes of a sheet."""
    height, width = shape[-2:]
    return height * width * _factor(height, width) ** 2


def _factor(height: int, width: int) -> int:
    return max(1, math.ceil(_CELL / max(height, width)))


def _every(widths: list[int], step: int) -> int:
    """Write each so-and-so-manieth caption, so that they do not touch."""
    return max(1, math.ceil((max(widths, default=0) + 4) / step))


def slabs(networks: Mapping[str, Shapes]) -> Image.Image:
    """Draw the tensors that go through networks: a slab for each shape, as high as its side, as thick as its channels.

    Side and channels are drawn to the square root and the logarithm, so that both ends stay visible. Layers that keep
    the shape share a slab, with their number.
    """
    drawn = [_row(name, found, _TONES[i % 2]) for i, (name, found) in enumerate(networks.items())]
    page = Image.new("RGB", (max(d.width for d in drawn), sum(d.height for d in drawn)), BACKGROUND)
    top = 0
    for picture in drawn:
        page.paste(picture, (0, top))
        top += picture.height
    return page


def _row(name: str, found: Shapes, tone: tuple[int, int, int]) -> Image.Image:
    """One network: a caption, and its slabs from left to right, in lines where there are many."""
    tensors = _tensors(found)
    largest = max(max(shape[-2:], default=1) if len(shape) > 1 else 1 for shape, _ in tensors)
    font, small = _font(15 * _FINE), _font(11 * _FINE)
    boxes = [_box(shape, largest) for shape, _ in tensors]
    texts = [
        "x".join(map(str, shape or (1,))) + (f"  ({count} layers)" if count > 1 else "") for shape, count in tensors
    ]
    cells = [
        max(thick + slant, math.ceil(small.getlength(t))) + 26 * _FINE
        for (thick, _, slant), t in zip(boxes, texts, strict=True)
    ]
    lines: list[list[int]] = [[]]
    for place, cell in enumerate(cells):
        if lines[-1] and sum(cells[i] for i in lines[-1]) + cell > _WIDEST_ROW * _FINE:
            lines.append([])
        lines[-1].append(place)
    heights = [max(boxes[i][1] + boxes[i][2] for i in line) + 44 * _FINE for line in lines]
    caption = f"{name}   {found.kind}   {found.num_parameters:,} parameters   {found.multiply_adds:,} multiply-adds"
    wide = max(max(sum(cells[i] for i in line) for line in lines), math.ceil(font.getlength(caption)))
    page = Image.new("RGB", (wide + 2 * _MARGIN * _FINE, 40 * _FINE + sum(heights)), BACKGROUND)
    draw = ImageDraw.Draw(page)
    draw.text((_MARGIN * _FINE, 14 * _FINE), caption, fill=_CAPTION, font=font)
    top = 40 * _FINE
    for line, height in zip(lines, heights, strict=True):
        x, middle = _MARGIN * _FINE, top + (height - 36 * _FINE) / 2
        places = []
        for i in line:
            places.append(x + (cells[i] - boxes[i][0] - boxes[i][2]) / 2)
            x += cells[i]
        for (a, i), (b, _) in pairwise(zip(places, line, strict=True)):
            start = a + boxes[i][0] + boxes[i][2]
            draw.line([(start + 3 * _FINE, middle), (b - 3 * _FINE, middle)], fill=_FAINT, width=_FINE)
        for place, i in zip(places, line, strict=True):
            _slab(draw, place, middle, boxes[i], tone)
            centre = place + (boxes[i][0] + boxes[i][2]) / 2
            draw.text((centre, top + height - 30 * _FINE), texts[i], fill=_CAPTION, font=small, anchor="ma")
        top += height
    return page.resize((page.width // _FINE, page.height // _FINE), Image.Resampling.LANCZOS)


def _tensors(found: Shapes) -> list[tuple[tuple[int, ...], int]]:
    """The shapes on the way with how many layers in a row have them: the main way, without styles beside it."""
    layers = [layer for layer in found.layers if layer.name and layer.output]
    wide = [i for i, layer in enumerate(layers) if len(layer.output) > 1]
    image = found.output if len(found.output) > 1 else found.input

    def beside(place: int, layer: Layer) -> bool:
        between = bool(wide) and wide[0] < place and (place < wide[-1] or len(found.output) > 1)
        small_image = len(layer.output) == 3 == len(image) and layer.output[0] == image[0] and layer.output != image
        return (between and len(layer.output) == 1) or small_image

    rows: list[tuple[tuple[int, ...], int]] = [(found.input, 1)]
    side = 0 if len(found.output) == 3 else math.inf  # of the largest, or smallest, so far: paths beside turn back
    for place, layer in enumerate(layers):
        if beside(place, layer):
            continue
        if len(layer.output) == 3:
            if layer.output[2] < side if len(found.output) == 3 else layer.output[2] > side:
                continue
            side = layer.output[2]
        if rows[-1][0] == layer.output and len(rows) > 1:
            rows[-1] = layer.output, rows[-1][1] + 1
        else:
            rows.append((layer.output, 1))
    if rows[-1][0] != (found.output or (1,)):
        rows.append((found.output or (1,), 1))
    return rows


def _box(shape: tuple[int, ...], largest: int) -> tuple[int, int, int]:
    """Thickness, height and slant in drawn pixels."""
    channels = shape[0] if len(shape) != 2 else shape[1]
    thick = round((4 + 5 * math.log2(1 + channels)) * _FINE) if len(shape) > 1 else 7 * _FINE
    if len(shape) < 2:
        side = min(1.0, math.log2(1 + (shape[0] if shape else 1)) / 12)
        return thick, max(6, round(_TALLEST * _FINE * 0.8 * side)), 3 * _FINE
    high = shape[1] if len(shape) == 3 else math.sqrt(shape[0])
    broad = shape[2] if len(shape) == 3 else high
    tall = _TALLEST * _FINE * math.sqrt(high / largest)
    return thick, max(6, round(tall)), max(4, round(tall * 0.35 * math.sqrt(broad / high)))


def _slab(
    draw: ImageDraw.ImageDraw, left: float, middle: float, box: tuple[int, int, int], tone: tuple[int, int, int]
) -> None:
    """A cuboid seen from the right and above; `middle` is the height of its centre."""
    thick, tall, slant = box
    top = middle - (tall + slant) / 2 + slant
    right, bottom = left + thick, top + tall
    front, side, lid = (tuple(round(c * f) for c in tone) for f in (0.62, 1.0, 0.82))
    edge = BACKGROUND
    draw.polygon([(left, top), (left + slant, top - slant), (right + slant, top - slant), (right, top)], lid, edge)
    draw.polygon(
        [(right, top), (right + slant, top - slant), (right + slant, bottom - slant), (right, bottom)], side, edge
    )
    draw.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], front, edge)


def frames(items: Tensor, num_columns: int | None = None) -> list[Image.Image]:
    """One picture for each step of ways: items uint8 (N, steps, C, H, W) -> `steps` grids of N, there and back."""
    steps = [grid(items[:, i], num_columns).convert("RGB") for i in range(items.shape[1])]
    return steps + steps[-2:0:-1]


def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)  # Pillow's own, where it is built with FreeType, as wheels are
    return font
