"""The picture of a health bench: what was said of runs, by what had been done to them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from ganwright.bench.health.record import HEALTHY
from ganwright.bench.health.score import NONE, Score

DPI = 160
_STYLE: dict[Any, Any] = {"font.size": 9, "figure.facecolor": "white", "axes.edgecolor": "#9a9da6"}


def ordered(score: Score) -> tuple[list[str], list[str]]:
    """Rows (what was done) and columns (what was said), common kinds in the same order, healthy and none at the end."""
    table = score.confusion
    rows = sorted(kind for kind in table if kind != HEALTHY) + ([HEALTHY] if HEALTHY in table else [])
    said = {kind for counter in table.values() for kind in counter} - {NONE}
    columns = [kind for kind in rows if kind in said]
    return rows, [*columns, *sorted(said - set(columns)), NONE]


def draw(score: Score, half: str) -> Image.Image:
    """The confusion matrix: each row's shares as tones, its counts as numbers."""
    rows, columns = ordered(score)
    table = score.confusion
    counts = np.array([[table[row][column] for column in columns] for row in rows], dtype=float).reshape(
        -1, len(columns)
    )
    shares = counts / counts.sum(1, keepdims=True).clip(1)
    with rc_context(_STYLE):
        figure = Figure(figsize=(3.4 + 0.62 * len(columns), 2.1 + 0.42 * len(rows)), layout="constrained", dpi=DPI)
        canvas = FigureCanvasAgg(figure)
        axes = figure.subplots()
        if rows:
            axes.imshow(shares, cmap="Blues", vmin=0, vmax=1.15, aspect="auto")
        axes.set_xticks(range(len(columns)), columns, rotation=38, ha="right")
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel("named first by the first alarm")
        axes.set_ylabel("what was done")
        axes.tick_params(length=0)
        _numbers(axes, counts, shares)
        axes.set_title(_title(score, half), loc="left", fontsize=10)
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def _numbers(axes: Any, counts: np.ndarray, shares: np.ndarray) -> None:
    for (row, column), count in np.ndenumerate(counts):
        if count:
            tone = "white" if shares[row, column] > 0.6 else "#20242c"
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", color=tone)


def _title(score: Score, half: str) -> str:
    parts: Sequence[str] = [
        f"{half} half: {score.detection.count} of {score.detection.total} failures found",
        f"{score.false_alarms.count} false alarms in {score.false_alarms.total} healthy runs",
    ]
    return "\n".join(parts)
