"""Pictures of features: clouds of points in balls that stand for manifolds, and marks side by side."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection

from ganwright.lessons.base import Clouds, Grades, Lesson
from ganwright.lessons.canvas import INKS, WIDTH, Shot, grid_of, png_of, shown_runs
from ganwright.lessons.results import Record

REAL = "#5d6b82"
MARGIN = 0.15


def clouds(figure: Clouds, lesson: Lesson, records: Mapping[str, Record]) -> Shot:
    """A column a cloud: above in the balls of real items, below with the real items in its own balls."""
    record = records[shown_runs(lesson, figure.runs)[0]]
    real = points_of(record[figure.real].lists[-1])
    canvas, grid = grid_of(2, len(figure.fakes), WIDTH / len(figure.fakes) + 0.1)
    low, high = real.min(0), real.max(0)
    reach = MARGIN * (high - low)
    for column, (measure, title) in enumerate(figure.fakes):
        fake, ink = points_of(record[measure].lists[-1]), INKS[column % len(INKS)]
        above, below = grid[column], grid[len(figure.fakes) + column]
        _cloud(above, real, fake, figure.neighbours, REAL, ink)
        _cloud(below, fake, real, figure.neighbours, ink, REAL)
        above.set_title(title, fontsize=9.5)
        for axes in (above, below):
            axes.set_xlim(low[0] - reach[0], high[0] + reach[0])
            axes.set_ylim(low[1] - reach[1], high[1] + reach[1])
            axes.set_xticks([])
            axes.set_yticks([])
            axes.grid(visible=False)
    grid[0].set_ylabel("samples in\nballs of real items", fontsize=8.5)
    grid[len(figure.fakes)].set_ylabel("real items in\nballs of samples", fontsize=8.5)
    return Shot("", png_of(canvas))


def grades(figure: Grades, lesson: Lesson, records: Mapping[str, Record]) -> Shot:
    """A small chart a measure, with its values written out."""
    record = records[shown_runs(lesson, figure.runs)[0]]
    canvas, grid = grid_of(len(figure.measures), 1, 0.95)
    for axes, (measure, title) in zip(grid, figure.measures, strict=True):
        values = record[measure].lists[-1]
        inks = [INKS[i % len(INKS)] for i in range(len(values) - 1)] + [REAL]
        places = range(len(values))
        drawn = axes.bar(places, values, width=0.6, color=inks)
        axes.bar_label(drawn, [f"{v:.2f}" for v in values], fontsize=8, padding=1)
        axes.set_ylim(0, 1.35 * max(values))
        axes.set_yticks([])
        axes.set_ylabel(title, rotation=0, ha="right", va="center", fontsize=9)
        axes.grid(visible=False)
        axes.spines["left"].set_visible(False)
        axes.set_xticks(places, figure.categories if axes is grid[-1] else [""] * len(values))
        axes.tick_params(length=0)
    return Shot("", png_of(canvas))


def points_of(values: list[float]) -> np.ndarray:
    """2N numbers -> N points in a plane (N, 2)."""
    return np.asarray(values).reshape(-1, 2)


def radii_of(points: np.ndarray, neighbours: int) -> np.ndarray:
    """Distance (N,) of each of the points (N, 2) to its k-th nearest other."""
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    return np.sort(distances, axis=1)[:, min(neighbours, len(points) - 1)]


def _cloud(axes: Axes, centres: np.ndarray, points: np.ndarray, neighbours: int, ball: str, ink: str) -> None:
    """Points over the union of the balls around centres."""
    widths = 2 * radii_of(centres, neighbours)
    circles = EllipseCollection(
        widths, widths, np.zeros(len(widths)), units="xy", offsets=centres, transOffset=axes.transData
    )
    circles.set(facecolor=_pale(ball), edgecolor="none")
    axes.add_collection(circles)
    axes.scatter(points[:, 0], points[:, 1], s=2.5, color=ink, linewidths=0, zorder=2)


def _pale(ink: str) -> tuple[float, ...]:
    """The ink thinned with white, opaque: a union of balls has one tone."""
    return tuple(1 - 0.25 * (1 - int(ink[i : i + 2], 16) / 255) for i in (1, 3, 5))
