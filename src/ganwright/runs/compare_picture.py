"""The picture of a comparison: a panel for each figure, with every seed, the mean, its spread, and what is the best."""

import io
import math
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D

from ganwright.core.files import write_atomic
from ganwright.runs.compare_result import Comparison
from ganwright.runs.compare_rows import Cell, Row

_PANEL = (3.1, 2.5)  # inches
_DPI = 160
_MOST_COLUMNS = 4
_LEGEND_LINE = 0.24  # inches
_INKS = ("#4353c4", "#d2661d", "#0f8078", "#9a3f86", "#5d6b82", "#b08900", "#c02b2b", "#3a7d2c")
_INK, _DIM = "#1c1e24", "#626773"
_SIDES = {"lower": "lower is better", "higher": "higher is better", "near real": "best near real data's", "none": ""}
_STYLE: dict[Any, Any] = {
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#9a9da6",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.formatter.useoffset": False,
    "grid.color": "#e9e5dc",
    "xtick.color": _DIM,
    "ytick.color": _DIM,
    "xtick.labelsize": 9,
    "ytick.labelsize": 8.5,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def draw_comparison(found: Comparison, out: Path) -> Path:
    """Write the picture as PNG and return its place; another ending than .png gets that added.

    Raises UserError where the file cannot be written.
    """
    file = out if out.suffix.lower() == ".png" else out.with_name(out.name + ".png")
    with mpl.rc_context(_STYLE):
        picture = _draw(found)
    write_atomic(file, lambda place: place.write_bytes(picture))
    return file


def _draw(found: Comparison) -> bytes:
    columns = min(_MOST_COLUMNS, len(found.rows), max(2, math.ceil(math.sqrt(len(found.rows)))))
    rows = math.ceil(len(found.rows) / columns)
    width = max(columns * _PANEL[0], 2 * _PANEL[0])
    legend = _legend(found, width)
    top = _LEGEND_LINE * (len(legend) + 0.8)
    height = rows * _PANEL[1] + top
    canvas = Canvas(figsize=(width, height), dpi=_DPI, layout="constrained")
    canvas.get_layout_engine().set(rect=(0, 0, 0.99, 1 - top / height), w_pad=0.12, h_pad=0.1)  # type: ignore[union-attr]
    panels = list(canvas.subplots(rows, columns, squeeze=False).flat)
    for axes, row in zip(panels, found.rows, strict=False):
        _panel(axes, row, found.short_labels)
    for axes in panels[len(found.rows) :]:
        axes.set_axis_off()
    for line, (text, ink) in enumerate(legend):
        y = 1 - _LEGEND_LINE * (line + 0.8) / height
        canvas.text(0.12 / width, y, text, color=ink, va="center", fontsize=9.5)
    canvas.legend(handles=_marks(found), loc="upper right", ncols=1, bbox_to_anchor=(0.995, 1), handlelength=1.8)
    agg = FigureCanvasAgg(canvas)
    file = io.BytesIO()
    agg.print_png(file, metadata={"Software": "ganwright"})
    return file.getvalue()


def _legend(found: Comparison, width: float) -> list[tuple[str, str]]:
    """A line for each group in its ink, wrapped beside the marks' explanation."""
    lines = []
    for index, (short, group) in enumerate(zip(found.short_labels, found.groups, strict=True)):
        name = group.label if short == group.label else f"{short}: {group.label}"
        num = len(group.runs)
        text = f"{name} ({num} seed{'s' if num > 1 else ''})"
        pieces = textwrap.wrap(text, max(30, round(12 * (width - 2.9))), subsequent_indent="    ")
        lines += [(piece, _ink(index)) for piece in pieces]
    return [*lines, *[("", _INK)] * (len(_marks(found)) - len(lines))]


def _marks(found: Comparison) -> list[Line2D]:
    """What the signs mean, as far as they are drawn."""
    cells = [cell for row in found.rows for cell in row.cells]
    spread = {"seeds": any(c.std is not None for c in cells), "one": any(c.std is None and c.error for c in cells)}
    of = " or ".join(t for t, so in (("standard deviation", spread["seeds"]), ("error", spread["one"])) if so)
    marks = [Line2D([], [], marker="o", ls="", ms=5, alpha=0.6, color=_DIM, label="a run")]
    if spread["seeds"] or spread["one"]:
        marks.append(Line2D([], [], marker="_", ls="", ms=12, mew=2, color=_DIM, label=f"mean ± {of}"))
    if any(row.floor is not None for row in found.rows):
        marks.append(Line2D([], [], ls="--", color=_DIM, label="floor: real against real"))
    if any(row.real is not None for row in found.rows):
        marks.append(Line2D([], [], ls=":", lw=1.8, color=_INK, label="real data"))
    return marks


def _ink(index: int) -> str:
    return _INKS[index % len(_INKS)]


def _panel(axes: Axes, row: Row, labels: Sequence[str]) -> None:
    for place, cell in enumerate(row.cells):
        _cell(axes, place, cell)
    if row.floor is not None:
        axes.axhline(row.floor, color=_DIM, ls="--", lw=1.1, zorder=1.5)
    if row.real is not None:
        axes.axhline(row.real, color=_INK, ls=":", lw=1.4, zorder=1.5)
    axes.set_title(row.title, pad=17)
    side = _SIDES[row.better]
    beside = ", ".join(filter(None, [row.unit, side if not row.problem or not side else "not compared"]))
    axes.text(0, 1.03, beside, transform=axes.transAxes, color=_DIM, fontsize=8.5)
    axes.set_xlim(-0.6, len(labels) - 0.4)
    names = [f"{label}\nbest" if cell.best else label for label, cell in zip(labels, row.cells, strict=True)]
    small = 7.5 if len(labels) > 2 and max(map(len, labels)) > 8 else 9
    axes.set_xticks(range(len(labels)), names, fontsize=small)
    for place, (tick, cell) in enumerate(zip(axes.get_xticklabels(), row.cells, strict=True)):
        tick.set_color(_ink(place))
        tick.set_fontweight("bold" if cell.best else "normal")
    axes.tick_params(axis="x", length=0)
    axes.margins(y=0.15)


def _cell(axes: Axes, place: int, cell: Cell) -> None:
    finite = [value for value in cell.values if value is not None and math.isfinite(value)]
    num = len(finite)
    shifts = [0.0] if num == 1 else [0.24 * (i / (num - 1) - 0.5) for i in range(num)]
    ink = _ink(place)
    axes.plot([place + s for s in shifts], finite, "o", color=ink, ms=5, alpha=0.55, mew=0)
    if cell.mean is not None:
        if cell.spread is not None and math.isfinite(cell.spread):
            axes.errorbar(place, cell.mean, cell.spread, color=ink, lw=1.5, capsize=4, zorder=3)
        axes.plot([place - 0.2, place + 0.2], [cell.mean] * 2, color=ink, lw=2.4, solid_capstyle="butt", zorder=3)
    if cell.remark or not finite:
        told = textwrap.fill(cell.remark or "not measured", 14)
        axes.annotate(told, (place, 0.02), xycoords=("data", "axes fraction"), ha="center", fontsize=7, color=_DIM)
