"""What all figures share: size, inks, and how a canvas becomes the bytes of a PNG."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from PIL import Image, PngImagePlugin

from ganwright.core.pictures import MARK_XMP
from ganwright.lessons.base import Lesson
from ganwright.runs.report_panels import thin

T = TypeVar("T")

WIDTH = 5.4  # inches: at 200 dots per inch text stays readable on a phone
DPI = 200
FRAME_DPI = 130
NUM_TONES = 128
INKS = ("#4353c4", "#d2661d", "#0f8078", "#9a3f86", "#5d6b82", "#b08900", "#c02b2b", "#3a7d2c")
STROKES = ("-", "--", ":", "-.")
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9a9da6",
    "axes.labelcolor": "#3c404a",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "grid.color": "#e9e5dc",
    "grid.linewidth": 0.8,
    "xtick.color": "#626773",
    "ytick.color": "#626773",
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Shot:
    """One picture of a figure. caption: what tells it from the others of an animation. png: the file's bytes."""

    caption: str
    png: bytes


def shown_runs(lesson: Lesson, runs: Sequence[str]) -> list[str]:
    """The runs that a figure shows: those it names, or all. Raises KeyError for one that the lesson has not."""
    for run in runs:
        lesson.runs[run]
    return list(runs or lesson.runs)


def moments_of(items: Sequence[T], most: int) -> list[T]:
    """At most `most` of a run's moments, evenly spaced, the first and the last among them; the last alone for 1."""
    return thin(items, most) if most > 1 else list(items[-1:])


def grid_of(rows: int, columns: int, height: float) -> tuple[Canvas, list[Axes]]:
    """A canvas of the common width with rows of the given height in inches, and its axes, row by row."""
    canvas = Canvas(figsize=(WIDTH, rows * height), layout="constrained")
    grid = canvas.subplots(rows, columns, squeeze=False)
    return canvas, list(grid.flat)


def short(images: float) -> str:
    """1500 -> "1.5k"."""
    return f"{images / 1e6:.3g}M" if images >= 1e6 else f"{images / 1e3:.3g}k" if images >= 1e3 else f"{images:g}"


def png_of(canvas: Canvas, dpi: int = DPI, synthetic: bool = False) -> bytes:
    """The picture as a file's bytes, in at most 128 tones; equal pictures give equal bytes.

    synthetic: True where it shows images that a model made, which the file then says of itself.
    """
    info = PngImagePlugin.PngInfo()
    if synthetic:
        info.add_itxt("XML:com.adobe.xmp", MARK_XMP)
    canvas.set_dpi(dpi)
    agg = FigureCanvasAgg(canvas)
    agg.draw()
    picture = Image.fromarray(np.asarray(agg.buffer_rgba())).convert("RGB")
    file = io.BytesIO()
    picture.quantize(NUM_TONES, dither=Image.Dither.NONE).save(file, format="PNG", pnginfo=info, optimize=True)
    return file.getvalue()
