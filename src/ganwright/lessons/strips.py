"""Pictures of samples over time, put together from the panels that a run leaves."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from PIL import Image

from ganwright.lessons.base import Lesson, Panels
from ganwright.lessons.canvas import WIDTH, Shot, grid_of, moments_of, png_of, short, shown_runs
from ganwright.runs.folder import RunFolder
from ganwright.runs.panels import columns_of


def panels(figure: Panels, lesson: Lesson, folders: Mapping[str, RunFolder]) -> Shot:
    """Samples by run and moment: of images the panel's first row, one below the other; of points square pictures."""
    strips = {run: _moments(folders[run], figure.moments) for run in shown_runs(lesson, figure.runs)}
    shape = next(iter(strips.values()))[0].pixels.shape
    draw_strips = _rows if shape[1] > 2 * shape[0] else _squares
    canvas = draw_strips({lesson.runs[run].title: strip for run, strip in strips.items()})
    return Shot("", png_of(canvas, synthetic=True))


@dataclass(frozen=True)
class _Moment:
    """A panel, or its first row: pixels (height, width) or (height, width, colours), and what stands beside them."""

    label: str
    pixels: np.ndarray


def _moments(folder: RunFolder, most: int) -> list[_Moment]:
    """The fixed panels of a run, thinned to `most`; of images their first rows, and one of real ones."""
    events = folder.events()
    shots = [e for e in events if e["type"] == "samples" and e.get("fixed") and (folder.path / e["fixed"]).is_file()]
    started = next((e for e in events if e["type"] == "started"), {}).get("data", {})
    is_image = len(started.get("shape", ())) == 3
    columns = columns_of(folder.config().panel_size, started.get("num_classes", 0)) if is_image else None
    places = [(short(event["num_images"]), folder.path / event["fixed"]) for event in moments_of(shots, most)]
    if columns is not None:
        places.append(("data", folder.path / "samples" / "real.png"))
    return [_Moment(label, _pixels(place, columns)) for label, place in places if place.is_file()]


def _pixels(place: Path, columns: int | None) -> np.ndarray:
    """A picture, or the first row of its cells, which are about as high as they are wide."""
    with Image.open(place) as picture:
        pixels = np.asarray(picture)
    return pixels if columns is None else pixels[: pixels.shape[1] // columns]


def _rows(strips: Mapping[str, Sequence[_Moment]]) -> Canvas:
    """Each run's moments one below the other, two runs side by side."""
    columns, most = min(2, len(strips)), max(map(len, strips.values()))
    blocks = math.ceil(len(strips) / columns)
    pixels = next(iter(strips.values()))[0].pixels
    width = WIDTH / columns - 0.5
    title, row = 0.34 if len(strips) > 1 else 0.0, width * pixels.shape[0] / pixels.shape[1] + 0.05
    height = blocks * (most * row + title)
    canvas = Canvas(figsize=(WIDTH, height))
    for i, (name, strip) in enumerate(strips.items()):
        left, top = i % columns * WIDTH / columns + 0.46, height - i // columns * (most * row + title)
        if title:
            canvas.text(left / WIDTH, (top - 0.24) / height, name, fontsize=9.5)
        for k, moment in enumerate(strip):
            bottom = top - title - (k + 1) * row
            axes = canvas.add_axes((left / WIDTH, bottom / height, width / WIDTH, (row - 0.05) / height))
            _show(axes, moment.pixels)
            axes.set_ylabel(moment.label, rotation=0, ha="right", va="center", fontsize=8, labelpad=4)
    return canvas


def _squares(strips: Mapping[str, Sequence[_Moment]]) -> Canvas:
    """A row a run, a column a moment."""
    most = max(map(len, strips.values()))
    canvas, grid = grid_of(len(strips), most, WIDTH / most + 0.25)
    for i, (name, strip) in enumerate(strips.items()):
        for k, axes in enumerate(grid[i * most : (i + 1) * most]):
            axes.set_axis_off()
            if k < len(strip):
                axes.set_axis_on()
                _show(axes, strip[k].pixels)
                axes.set_xlabel(strip[k].label, fontsize=8, labelpad=3)
        if len(strips) > 1:
            grid[i * most].set_title(name, fontsize=9.5)
    return canvas


def _show(axes: Axes, picture: Any) -> None:
    axes.imshow(picture, interpolation="nearest", aspect="equal", cmap="gray")
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
