"""Maps of likeness: for each place of a grid a small picture of how like it the other places are."""

import math
from collections.abc import Mapping

import numpy as np

from ganwright.lessons.base import Lesson, Maps
from ganwright.lessons.canvas import WIDTH, Shot, grid_of, moments_of, png_of, short, shown_runs
from ganwright.lessons.results import Record


def maps(figure: Maps, lesson: Lesson, records: Mapping[str, Record]) -> Shot:
    """A row a run, a column a moment. Raises ValueError for a measure that is no square grid against itself."""
    runs = shown_runs(lesson, figure.runs)
    canvas, grid = grid_of(len(runs), figure.moments, WIDTH / figure.moments)
    engine = canvas.get_layout_engine()
    if engine is not None:
        engine.set(wspace=0.06)  # pyright: ignore[reportCallIssue]
    for axes in grid:
        axes.set_axis_off()
    cells = iter(grid)
    picture = None
    for run in runs:
        curve = records[run][figure.measure]
        moments = moments_of(list(zip(curve.images, curve.lists, strict=True)), figure.moments)
        for axes, (images, values) in zip(cells, moments, strict=False):
            picture = axes.imshow(
                mosaic(values), vmin=figure.limits[0], vmax=figure.limits[1], cmap="viridis", interpolation="nearest"
            )
            name = f"{lesson.runs[run].title}, " if len(runs) > 1 else ""
            axes.set_title(f"{name}{short(images)} images", fontsize=9.5)
    if picture is not None:
        canvas.colorbar(picture, ax=grid, shrink=0.8, aspect=30)
    return Shot("", png_of(canvas))


def mosaic(values: list[float]) -> np.ndarray:
    """side^4 numbers -> one picture: the map of place (i, j) stands at (i, j), parted from others by empty lines."""
    side = round(len(values) ** 0.25)
    if side**4 != len(values):
        raise ValueError(f"{len(values)} numbers are no square grid of places against itself")
    whole = np.full((side, side + 1, side, side + 1), math.nan)
    whole[:, :side, :, :side] = np.asarray(values).reshape(side, side, side, side).transpose(0, 2, 1, 3)
    return whole.reshape(side * (side + 1), side * (side + 1))[:-1, :-1]
