"""Pictures of samples: grids, scatter plots and histograms, and PNG files that say what they are.

A picture made by a model carries the IPTC mark for media of a trained algorithm in its XMP packet; a picture of real
data never does. Equal inputs give equal bytes: nothing here writes a date.
"""

import io
import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from torch import Tensor
from torch.nn import functional

from ganwright.core.errors import UserError
from ganwright.core.files import write_atomic

TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_SMALLEST_CELL = 48  # pixels; smaller images are enlarged
_GUTTER_TONE = 38
_BACKGROUND = (20, 22, 28)
_RULES = (44, 48, 58)
_LABELS = (176, 184, 198)
_REFERENCE = (100, 114, 138)
_SAMPLES = (245, 158, 66)


def grid(images: Tensor, num_columns: int | None = None, scale: int | Literal["auto"] = "auto") -> Image.Image:
    """Lay images out row by row.

    images: uint8 (N, C, H, W) with C = 1 (gray), 3 (RGB) or 4 (RGBA).
    num_columns: images in a row; None makes the grid as square as it can be.
    scale: whole factor by which images are enlarged, nearest neighbour; "auto" makes cells of 48 pixels or more.
    Raises UserError where the tensor is no batch of images.
    """
    if images.ndim != 4 or images.dtype != torch.uint8 or images.shape[1] not in _MODES or 0 in images.shape:
        raise UserError(
            f"a grid needs uint8 images (N, C, H, W) with 1, 3 or 4 channels, not {images.dtype} {tuple(images.shape)}"
        )
    num, channels, height, width = images.shape
    columns = min(num, num_columns or math.ceil(math.sqrt(num)))
    rows = math.ceil(num / columns)
    factor = math.ceil(_SMALLEST_CELL / max(height, width)) if scale == "auto" else scale
    if columns < 1 or factor < 1:
        raise UserError(f"a grid needs at least 1 column and a scale of at least 1, not {num_columns} and {scale}")
    gutter = 1 if factor == 1 else 2
    cells = images.cpu().repeat_interleave(factor, 2).repeat_interleave(factor, 3)
    step_y, step_x = height * factor + gutter, width * factor + gutter
    canvas = torch.full((channels, rows * step_y - gutter, columns * step_x - gutter), _GUTTER_TONE, dtype=torch.uint8)
    if channels == 4:
        canvas[3] = 0
    for index, cell in enumerate(cells):
        top, left = index // columns * step_y, index % columns * step_x
        canvas[:, top : top + height * factor, left : left + width * factor] = cell
    return _to_picture(canvas)


def scatter(points: Tensor, reference: Tensor | None = None, size: int = 384) -> Image.Image:
    """Draw 2-D points (N, 2), orange, over the reference points (M, 2), slate, on a square of `size` pixels.

    The window is the reference's bounding square with a margin, so that pictures of one run can be compared;
    points outside of it are drawn on its border, and non-finite ones are left out.
    """
    low, high = _window(points if reference is None else reference, square=True)
    canvas = torch.tensor(_BACKGROUND).float()[:, None, None].expand(3, size, size).clone()
    frame = _Frame(size, low, high)
    picture = ImageDraw.Draw(image := _to_picture(canvas.round().to(torch.uint8)))
    frame.rules(picture, vertical=True, horizontal=True)
    canvas = _to_tensor(image)
    layers = [(points, _REFERENCE)] if reference is None else [(reference, _REFERENCE), (points, _SAMPLES)]
    for layer, tone in layers:
        opacity = _splat(layer, low, high, size)
        canvas = canvas + (torch.tensor(tone).float()[:, None, None] - canvas) * opacity
    image = _to_picture(canvas.round().clamp(0, 255).to(torch.uint8))
    frame.labels(ImageDraw.Draw(image), vertical=True, horizontal=True)
    return image


def histogram(points: Tensor, reference: Tensor | None = None, size: int = 384, num_bins: int = 48) -> Image.Image:
    """Draw the density of 1-D points (N, 1) as an orange line over the reference's (M, 1), filled slate.

    The window is the reference's range with a margin; values outside count in the outermost bins, and non-finite
    ones are left out. Densities are shares of all finite points, so sets of different size compare.
    """
    low, high = _window(points if reference is None else reference, square=False)
    layers = [points] if reference is None else [reference, points]
    shares = [_shares(layer, float(low[0]), float(high[0]), num_bins) for layer in layers]
    top = 1.15 * max(float(s.max()) for s in shares) or 1.0
    image = Image.new("RGB", (2 * size, 2 * size), _BACKGROUND)
    draw = ImageDraw.Draw(image)
    _Frame(2 * size, low, high).rules(draw, vertical=True, horizontal=False)
    for share, tone, filled in zip(shares, (_REFERENCE, _SAMPLES), (True, False), strict=False):
        heights = (2 * size * (1 - share / top)).tolist()
        edges = [2 * size * i / num_bins for i in range(num_bins + 1)]
        steps = [xy for i, y in enumerate(heights) for xy in ((edges[i], y), (edges[i + 1], y))]
        if filled:
            draw.polygon([(0, 2 * size), *steps, (2 * size, 2 * size)], fill=tone)
        else:
            draw.line(steps, fill=tone, width=max(2, size // 96), joint="curve")
    image = image.reduce(2)
    _Frame(size, low, high).labels(ImageDraw.Draw(image), vertical=True, horizontal=False)
    return image


def panel(items: Tensor, reference: Tensor | None = None, num_columns: int | None = None) -> Image.Image:
    """Draw items the way their shape asks for: a grid of images, a scatter of 2-D points, a histogram of 1-D ones.

    items: uint8 (N, C, H, W), or float (N, 2) or (N, 1). Points of more dimensions are shown by their first two.
    reference: real points to draw underneath; ignored for images. None draws the items as the real data they are.
    num_columns: as in `grid`; ignored for points.
    """
    if items.ndim == 4:
        return grid(items, num_columns)
    if items.ndim != 2 or items.shape[1] == 0 or len(items) == 0:
        raise UserError(
            f"a panel needs images (N, C, H, W) or points (N, D), not a tensor of shape {tuple(items.shape)}"
        )
    if items.shape[1] == 1:
        return histogram(items, reference)
    return scatter(items[:, :2], None if reference is None else reference[:, :2])


def write_png(image: Image.Image, path: Path, text: Mapping[str, str], synthetic: bool = True) -> None:
    """Write a PNG atomically, with metadata; see `png_bytes`. Raises UserError where the file cannot be written."""
    content = png_bytes(image, text, synthetic)
    write_atomic(path, lambda p: p.write_bytes(content))


def png_bytes(image: Image.Image, text: Mapping[str, str], synthetic: bool = True) -> bytes:
    """Return a PNG's bytes, with metadata.

    text: entries such as recipe, seed, software and run hash; names of at most 79 Latin characters.
    synthetic: True marks the file as made by a trained model; False (pictures of real data) leaves the mark out.
    """
    info = PngImagePlugin.PngInfo()
    for name, value in text.items():
        info.add_text(name, value)  # tEXt, or iTXt where the value is not Latin-1
    if synthetic:
        info.add_itxt("XML:com.adobe.xmp", MARK_XMP)
    target = io.BytesIO()
    image.save(target, format="PNG", pnginfo=info)
    return target.getvalue()


def read_mark(path: Path) -> dict[str, str]:
    """Return a PNG's text entries and, where its XMP packet has one, its "digital_source_type" (an IPTC address).

    Raises UserError where the file is missing or is no picture.
    """
    try:
        with Image.open(path) as image:
            image.load()
            text = getattr(image, "text", {})
            entries = {str(k): str(v) for k, v in text.items() if k != "XML:com.adobe.xmp"}
            packet = image.info.get("xmp", b"")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"cannot read {path} as a picture: {str(error).splitlines()[0]}") from error
    source = _digital_source_type(packet if isinstance(packet, bytes) else str(packet).encode())
    return entries | ({"digital_source_type": source} if source else {})


_IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
MARK_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    f'<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="{_IPTC}">'
    f"<Iptc4xmpExt:DigitalSourceType>{TRAINED_ALGORITHMIC_MEDIA}</Iptc4xmpExt:DigitalSourceType>"
    '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)
"""The XMP packet of the mark, for formats other than PNG."""


def _digital_source_type(packet: bytes) -> str | None:
    """XMP writes a property as an element or as an attribute of its description; both are read."""
    if b"<!DOCTYPE" in packet or not packet.strip():  # XMP has no document type; entities in one could explode
        return None
    try:
        root = ElementTree.fromstring(packet)
    except (ElementTree.ParseError, ValueError):
        return None
    name = f"{{{_IPTC}}}DigitalSourceType"
    for element in root.iter():
        found = element.text if element.tag == name else element.get(name)
        if found and found.strip():
            return found.strip()
    return None


def _to_picture(canvas: Tensor) -> Image.Image:
    """uint8 (C, H, W) -> picture."""
    channels, height, width = canvas.shape
    return Image.frombytes(_MODES[channels], (width, height), canvas.permute(1, 2, 0).contiguous().numpy().tobytes())


def _to_tensor(image: Image.Image) -> Tensor:
    """RGB picture -> float (3, H, W)."""
    pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    return pixels.view(image.height, image.width, 3).permute(2, 0, 1).float()


def _finite(points: Tensor) -> Tensor:
    points = points.detach().double().cpu()
    return points[points.isfinite().all(1)]


def _window(points: Tensor, square: bool) -> tuple[Tensor, Tensor]:
    """The lowest and highest coordinates to show: the points' range plus an eighth of it on each side."""
    points = _finite(points)
    if len(points) == 0:
        points = torch.zeros(1, points.shape[1], dtype=torch.float64)
    low, high = points.amin(0), points.amax(0)
    half = (high - low) / 2
    half = torch.where(half > 0, half, torch.ones_like(half))
    half = 1.25 * (half.amax().expand_as(half) if square else half)
    middle = (low + high) / 2
    return middle - half, middle + half


def _splat(points: Tensor, low: Tensor, high: Tensor, size: int) -> Tensor:
    """Opacity in [0, 1], (size, size), of small discs at the points; where discs overlap it grows."""
    fine = 2 * size
    places = ((_finite(points) - low) / (high - low)).clamp(0, 1) * (fine - 1)
    column, row = places[:, 0].round().long(), (fine - 1 - places[:, 1].round()).long()
    counts = torch.bincount(row * fine + column, minlength=fine * fine).view(1, 1, fine, fine).float()
    radius = max(1, round(fine / 220))
    axis = torch.arange(-radius, radius + 1)
    disc = (axis[:, None] ** 2 + axis**2 <= (radius + 0.3) ** 2).float()
    cover = functional.conv2d(counts, disc[None, None], padding=radius).round()
    return functional.avg_pool2d(1 - 0.55**cover, 2)[0, 0]


def _shares(points: Tensor, low: float, high: float, num_bins: int) -> Tensor:
    values = _finite(points)[:, 0]
    return torch.histc(values.clamp(low, high), num_bins, low, high) / max(1, len(values))


class _Frame:
    """Rules and labels at round numbers of a window drawn on a square of `size` pixels."""

    def __init__(self, size: int, low: Tensor, high: Tensor) -> None:
        self.size, self.low, self.high = size, low.tolist(), high.tolist()

    def rules(self, draw: ImageDraw.ImageDraw, vertical: bool, horizontal: bool) -> None:
        """Draw a thin line at every round coordinate."""
        for _, place in self._ticks(0) if vertical else ():
            draw.line([(place, 0), (place, self.size)], fill=_RULES, width=max(1, self.size // 400))
        for _, place in self._ticks(1) if horizontal else ():
            draw.line([(0, self.size - place), (self.size, self.size - place)], fill=_RULES)

    def labels(self, draw: ImageDraw.ImageDraw, vertical: bool, horizontal: bool) -> None:
        """Write the round coordinates along the left and lower edges."""
        font = ImageFont.load_default(max(9, self.size // 36))
        for label, place in self._ticks(0) if vertical else ():
            draw.text((place + 3, self.size - 3), label, fill=_LABELS, font=font, anchor="ls")
        for label, place in self._ticks(1) if horizontal else ():
            draw.text((3, self.size - place - 3), label, fill=_LABELS, font=font, anchor="ls")

    def _ticks(self, axis: int) -> list[tuple[str, float]]:
        low, high = self.low[axis], self.high[axis]
        raw = (high - low) / 4
        power = 10.0 ** math.floor(math.log10(raw))
        step = power * min((1, 2, 5, 10), key=lambda m: abs(m * power - raw))
        first = math.ceil(low / step)
        values = [k * step for k in range(first, math.floor(high / step) + 1)]
        return [(f"{v:.4g}", (v - low) / (high - low) * self.size) for v in values]
