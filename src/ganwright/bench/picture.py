"""The picture of a mode bench: a panel for each recipe, samples over the true modes over the discriminator's scores."""

import math
from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torch.nn import functional as F

from ganwright.bench.results import Modes, Result
from ganwright.core.pictures import grid
from ganwright.data.dataset import to_uint8
from ganwright.data.mixtures import Mixture
from ganwright.metrics.modes import HIGH_QUALITY_STDS
from ganwright.runs.run import Run

SIDE = 420  # pixels of a panel
_FINE = 2  # panels are drawn this much larger and shrunk
_GRID = 256  # points a side at which the discriminator is asked
_LEVELS = 9  # contour lines
_MARGIN, _TITLE, _FOOT = 20, 46, 34
_STACKS = 8  # images a side

_PAGE, _PANEL = (20, 22, 28), (28, 31, 39)
_BRIGHT, _DIM = (236, 239, 244), (150, 158, 172)
_GOOD, _BAD, _TRUE = (255, 183, 77), (240, 98, 146), (236, 239, 244)
_SCALE = torch.tensor([(14, 17, 30), (31, 38, 72), (38, 70, 108), (56, 112, 132), (104, 156, 150)]).float()

Colour = tuple[int, int, int]


def draw(found: Modes, mixture: Mixture | None) -> Image.Image:
    """A panel for each recipe: the median of its seeds.

    mixture: what the points are drawn from; None for images, whose panels are grids of samples.
    """
    panels = [_points(result, mixture) if mixture else _images(result) for result in found.results]
    columns = len(panels) if len(panels) <= 3 else math.ceil(math.sqrt(len(panels)))
    rows = math.ceil(len(panels) / columns)
    width = max(p.width for p in panels)
    height = max(p.height for p in panels)
    page = Image.new(
        "RGB",
        (
            columns * (width + _MARGIN) + _MARGIN,
            rows * (height + _TITLE + _MARGIN) + _MARGIN + _TITLE + (_FOOT if mixture else 0),
        ),
        _PAGE,
    )
    pen = ImageDraw.Draw(page)
    seeds = len(found.results[0].seeds)
    of = f"the median of {seeds} seeds" if seeds > 1 else "one seed"
    pen.text((_MARGIN, _MARGIN), f"{found.data}: {of} for each recipe", fill=_BRIGHT, font=_font(20))
    for index, (result, panel) in enumerate(zip(found.results, panels, strict=True)):
        left = _MARGIN + index % columns * (width + _MARGIN)
        top = _MARGIN + _TITLE + index // columns * (height + _TITLE + _MARGIN)
        _title(pen, result, mixture, left, top, width)
        page.paste(panel, (left, top + _TITLE))
    if mixture is not None:
        _legend(pen, page, page.height - _FOOT)
    return page


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _title(pen: ImageDraw.ImageDraw, result: Result, mixture: Mixture | None, left: int, top: int, width: int) -> None:
    shown, game = result.median, result.entry.algorithm
    pen.text((left, top), result.entry.name, fill=_BRIGHT, font=_font(17))
    num_modes = len(mixture.centres) if mixture else shown.figures.get("num_modes", 1000)
    facts = f"{shown.figures['modes_covered']} of {num_modes} modes"
    if mixture:
        facts += f", {shown.figures['high_quality_share']:.1%} high quality"
    else:
        facts += f", reverse KL {shown.figures['reverse_kl']:.3f}"
    pen.text((left + width, top + 2), "diverged" if shown.run is None else facts, _DIM, font=_font(14), anchor="ra")
    about = f"seed {shown.seed}, {result.images:,} images"
    if mixture and game.pack > 1:
        about += f"; D judges packs of {game.pack}: here, copies of a point"
    pen.text((left, top + 23), about, fill=_DIM, font=_font(12))


def _images(result: Result) -> Image.Image:
    """A grid of samples."""
    place = result.median.run
    if place is None:
        return Image.new("RGB", (SIDE, SIDE), _PANEL)
    run = Run(place)
    items = run.sample(_STACKS**2, seed=run.config.seed)
    scale = max(1, round(SIDE / _STACKS / items.shape[-1]))
    return grid(to_uint8(items), _STACKS, scale).convert("RGB")


def _points(result: Result, mixture: Mixture) -> Image.Image:
    """Samples over centres over scores."""
    size = _FINE * SIDE
    place = result.median.run
    if place is None:
        return Image.new("RGB", (SIDE, SIDE), _PANEL)
    run = Run(place)
    low, high = _window(mixture.centres)
    image = _landscape(_scores(run, result.entry.algorithm.pack, low, high), size)
    pen = ImageDraw.Draw(image)
    points = run.sample(int(result.median.figures["num_samples"]), seed=run.config.seed)
    points = points[points.isfinite().all(1)]
    near = torch.cdist(points, mixture.centres).min(1).values < HIGH_QUALITY_STDS * mixture.std
    _dots(pen, _places(points[~near], low, high, size), 1.1 * _FINE, _BAD)
    _dots(pen, _places(points[near], low, high, size), 1.1 * _FINE, _GOOD)
    radius = max(HIGH_QUALITY_STDS * mixture.std / (high - low) * size, 5.0 * _FINE)
    for x, y in _places(mixture.centres, low, high, size).tolist():
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), outline=_TRUE, width=_FINE)
    return image.reduce(_FINE)


def _window(centres: Tensor) -> tuple[float, float]:
    """The square that is shown: the centres with a third of their extent around them."""
    reach = 1.35 * float(centres.abs().max())
    return -reach, reach


def _scores(run: Run, pack: int, low: float, high: float) -> Tensor:
    """The discriminator's scores on a grid, (_GRID, _GRID), the top row first."""
    axis = torch.linspace(low, high, _GRID)
    y, x = torch.meshgrid(axis.flip(0), axis, indexing="ij")
    places = torch.stack([x.flatten(), y.flatten()], 1)
    chunks = [run.score(part.repeat_interleave(pack, 0))[::pack] for part in places.split(8192)]
    return torch.cat(chunks).view(_GRID, _GRID)


def _landscape(scores: Tensor, size: int) -> Image.Image:
    """Scores as shades, lowest dark, with contour lines; the outermost hundredths share a shade."""
    flat = scores.flatten()
    low, high = flat.quantile(0.01), flat.quantile(0.99)
    level = ((scores - low) / (high - low).clamp(min=1e-12)).clamp(0, 1)
    level = F.interpolate(level[None, None], (size, size), mode="bicubic", align_corners=True)[0, 0].clamp(0, 1)
    step = level * (len(_SCALE) - 1)
    below = step.floor().clamp(max=len(_SCALE) - 2)
    share = (step - below)[..., None]
    tone = _SCALE[below.long()] * (1 - share) + _SCALE[below.long() + 1] * share
    band = (level * _LEVELS).floor().clamp(max=_LEVELS - 1)
    edge = torch.zeros_like(band)
    edge[:, 1:] += band[:, 1:] != band[:, :-1]
    edge[1:] += band[1:] != band[:-1]
    line = F.max_pool2d((edge > 0).float()[None, None], _FINE, 1)[0, 0]
    line = F.pad(line, (0, size - line.shape[1], 0, size - line.shape[0]))[..., None]
    tone = (tone + 18 * line).round().clamp(0, 255).to(torch.uint8)
    return Image.frombytes("RGB", (size, size), tone.contiguous().numpy().tobytes())


def _places(points: Tensor, low: float, high: float, size: int) -> Tensor:
    """Points -> pixels (N, 2); what lies outside of the window stands on its border."""
    share = ((points[:, :2] - low) / (high - low)).clamp(0, 1) * (size - 1)
    return torch.stack([share[:, 0], size - 1 - share[:, 1]], 1)


def _dots(pen: ImageDraw.ImageDraw, places: Tensor, radius: float, colour: Colour) -> None:
    for x, y in places.tolist():
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def _legend(pen: ImageDraw.ImageDraw, page: Image.Image, top: int) -> None:
    """What the marks mean, in one line."""
    x, y = _MARGIN, top + 2
    marks: Sequence[tuple[Colour, bool, str]] = (
        (_GOOD, True, "sample of high quality"),
        (_BAD, True, "other sample"),
        (_TRUE, False, "true mode, 3 std (at least 5 pixels)"),
    )
    for colour, filled, text in marks:
        box = (x + 2, y + 4, x + 10, y + 12)
        pen.ellipse(box, fill=colour if filled else None, outline=colour)
        pen.text((x + 16, y), text, fill=_DIM, font=_font(13))
        x += 34 + int(pen.textlength(text, font=_font(13)))
    ramp = F.interpolate(_SCALE.T[None], 90, mode="linear", align_corners=True)[0].T.round().to(torch.uint8)
    shades = ramp[None].expand(10, -1, -1).contiguous()
    page.paste(Image.frombytes("RGB", (90, 10), shades.numpy().tobytes()), (x, y + 3))
    pen.text((x + 98, y), "D's score, low to high", fill=_DIM, font=_font(13))
