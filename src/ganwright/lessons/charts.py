"""Charts of measures: over the images seen, at the end, and along a line."""

import math
from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from ganwright.lessons.base import Bars, Curves, Lesson, Profiles
from ganwright.lessons.canvas import FRAME_DPI, INKS, STROKES, Shot, grid_of, moments_of, png_of, short, shown_runs
from ganwright.lessons.results import TRAINING_SECONDS, Record

MOST_FRAMES = 41


def curves(figure: Curves, lesson: Lesson, records: Mapping[str, Record]) -> Shot:
    """Lines over the images seen: a colour a run and a stroke a measure; with one run a colour a measure."""
    runs = shown_runs(lesson, figure.runs)
    labels = list(figure.labels or figure.measures)
    canvas, axes = _canvas(3.3)
    for run in runs:
        for m, measure in enumerate(figure.measures):
            curve = records[run][measure]
            parts = [lesson.runs[run].title] if len(runs) > 1 else []
            parts += [labels[m]] if len(figure.measures) > 1 or not parts else []
            by_measure = len(runs) == 1 and len(figure.measures) > 1
            ink, stroke = (INKS[m % len(INKS)], 0) if by_measure else (_ink(lesson, run), m)
            places = [records[run][TRAINING_SECONDS].at(i) for i in curve.images] if figure.by_time else curve.images
            axes.plot(places, curve.numbers, STROKES[stroke % 4], color=ink, label=", ".join(parts))
    for value, label in figure.references:
        height = records[runs[0]][value].last if isinstance(value, str) else value
        _reference(axes, height, label)
    if figure.logarithmic:
        _logarithmic(axes)
    if figure.limits:
        axes.set_ylim(*figure.limits)
    if figure.by_time:
        axes.set_xlabel("seconds of training, on this machine")
        axes.set_xlim(left=0)
    else:
        _images_axis(axes)
    axes.set_ylabel(figure.axis)
    _legend(canvas, axes)
    return Shot("", png_of(canvas))


def bars(figure: Bars, lesson: Lesson, records: Mapping[str, Record]) -> Shot:
    """The last value of every run, as a bar or as a group of them."""
    runs = shown_runs(lesson, figure.runs)
    last = [records[run][figure.measure].values[-1] for run in runs]
    canvas, axes = _canvas(2.9)
    single = [value for value in last if not isinstance(value, list)]
    if len(single) == len(last):
        axes.bar(range(len(runs)), [_finite(v) for v in single], color=[_ink(lesson, run) for run in runs])
        axes.set_xticks(range(len(runs)), [_wrapped(lesson.runs[run].title) for run in runs])
    else:
        lists = [value if isinstance(value, list) else [value] for value in last]
        width = 0.8 / len(runs)
        for i, (run, values) in enumerate(zip(runs, lists, strict=True)):
            places = [k + (i - (len(runs) - 1) / 2) * width for k in range(len(values))]
            title, ink = lesson.runs[run].title, _ink(lesson, run)
            axes.bar(places, [_finite(v) for v in values], width, color=ink, label=title)
        axes.set_xticks(range(len(lists[0])), figure.categories or [str(k) for k in range(len(lists[0]))])
    axes.grid(visible=False, axis="x")
    if figure.reference:
        value, label = figure.reference
        heights = records[runs[0]][value].values[-1] if isinstance(value, str) else value
        if isinstance(heights, list):
            for k, height in enumerate(heights):
                axes.plot([k - 0.45, k + 0.45], [height] * 2, color="#1c1e24", lw=1.2, label=label if k == 0 else None)
        else:
            _reference(axes, heights, label)
    axes.set_ylabel(figure.axis)
    _legend(canvas, axes)
    return Shot("", png_of(canvas))


def profiles(figure: Profiles, lesson: Lesson, records: Mapping[str, Record]) -> list[Shot]:
    """Functions on a line: one picture with a cell for each run and moment, or a picture a moment if animated."""
    runs = shown_runs(lesson, figure.runs)
    return _frames(figure, lesson, records, runs) if figure.animated else [_cells(figure, lesson, records, runs)]


def _cells(figure: Profiles, lesson: Lesson, records: Mapping[str, Record], runs: Sequence[str]) -> Shot:
    alone = figure.moments == 1
    cells = [(run, m) for run in runs for m in moments_of(range(len(records[run][figure.x].values)), figure.moments)]
    columns = min(figure.moments, 2 if figure.moments % 2 == 0 else 3)
    canvas, grid = grid_of(math.ceil(len(cells) / columns), columns, 3.2 if len(cells) == 1 else 1.8)
    for axes, (run, moment) in zip(grid, cells, strict=False):
        _profile(axes, _behind(axes, figure, records[run]), figure, records[run], moment)
        parts = [lesson.runs[run].title] if len(runs) > 1 else []
        parts += [] if alone else [f"{records[run][figure.x].images[moment]:,} images"]
        axes.set_title(", ".join(parts), fontsize=9.5)
    for axes in grid[len(cells) :]:
        axes.set_axis_off()
    _legend(canvas, grid[0])
    return Shot("", png_of(canvas))


def _frames(figure: Profiles, lesson: Lesson, records: Mapping[str, Record], runs: Sequence[str]) -> list[Shot]:
    """The canvas is laid out once; from frame to frame only what moves is drawn anew."""
    canvas, grid = grid_of(len(runs), 1, 2.2 if len(runs) > 1 else 3.2)
    layers = [_behind(axes, figure, records[run]) for axes, run in zip(grid, runs, strict=True)]
    length = min(len(records[run][figure.x].values) for run in runs)
    shots: list[Shot] = []
    for moment in moments_of(range(length), MOST_FRAMES):
        drawn: list[Artist] = []
        for axes, behind, run in zip(grid, layers, runs, strict=True):
            drawn += _profile(axes, behind, figure, records[run], moment)
            if len(runs) > 1:
                axes.set_title(lesson.runs[run].title)
        if not shots:
            _legend(canvas, grid[0])
            canvas.draw_without_rendering()
            canvas.set_layout_engine("none")
        shots.append(Shot(f"{records[runs[0]][figure.x].images[moment]:,} images", png_of(canvas, FRAME_DPI)))
        for artist in drawn:
            artist.remove()
    return shots


def _behind(axes: Axes, figure: Profiles, record: Record) -> Axes:
    """Where filled measures are drawn: beneath the lines, on a scale of their own unless all are filled."""
    if not figure.areas:
        return axes
    highest = _highest_area(figure, record)
    if len(figure.areas) == len(figure.lines):
        axes.set_ylim(0, 1.1 * highest)
        return axes
    behind = axes.twinx()
    behind.set_ylim(0, 2.2 * highest)
    behind.set_axis_off()
    axes.set_zorder(behind.get_zorder() + 1)
    axes.patch.set_visible(False)
    return behind


def _profile(axes: Axes, behind: Axes, figure: Profiles, record: Record, moment: int) -> list[Artist]:
    """Draw one moment of one run; returns what must go before the next."""
    drawn: list[Artist] = []
    places = record[figure.x].lists[moment]
    for i, (measure, label) in enumerate(figure.lines):
        values, ink = record[measure].lists[moment], INKS[i % len(INKS)]
        if measure in figure.areas:
            drawn.append(behind.fill_between(places, values, color=ink, alpha=0.22, lw=0))
            drawn += behind.plot(places, values, color=ink, lw=1, alpha=0.7)
            drawn.append(axes.fill_between([], [], color=ink, alpha=0.35, lw=0, label=label))
        else:
            drawn += axes.plot(places, values, color=ink, label=label)
    for value, label in figure.references:
        drawn += _reference(axes, value, label)
    if figure.limits:
        axes.set_ylim(*figure.limits)
    axes.set_xlim(places[0], places[-1])
    axes.set_ylabel(figure.axis)
    axes.set_xlabel(figure.x_axis)
    return drawn


def _highest_area(figure: Profiles, record: Record) -> float:
    """The top of the scale of filled measures: 1.6 times the first one's peak, so that a spike does not flatten it."""
    peaks = [max(max(values) for values in record[measure].lists) for measure in figure.areas]
    return min(max(peaks), 1.6 * peaks[0]) if peaks else 1.0


def _canvas(height: float) -> tuple[Canvas, Axes]:
    canvas, grid = grid_of(1, 1, height)
    return canvas, grid[0]


def _legend(canvas: Canvas, axes: Axes) -> None:
    """Above the picture, where it hides nothing; none for a single nameless line."""
    handles, labels = axes.get_legend_handles_labels()
    if len(labels) > 1:
        canvas.legend(handles, labels, loc="outside upper left", ncols=2 if max(map(len, labels)) < 34 else 1)


def _reference(axes: Axes, height: float, label: str) -> list[Artist]:
    line = axes.axhline(height, color="#626773", lw=1, ls=(0, (4, 3)), zorder=1)
    text = axes.annotate(
        label,
        (1, height),
        xycoords=("axes fraction", "data"),
        xytext=(-2, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=8,
        color="#626773",
    )
    return [line, text]


def _ink(lesson: Lesson, run: str) -> str:
    """A run has one colour in all of a lesson's figures."""
    return INKS[list(lesson.runs).index(run) % len(INKS)]


def _logarithmic(axes: Axes) -> None:
    """Plain numbers; where the axis spans less than two decades, also at 2 and 5."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    plain = FuncFormatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_major_formatter(plain)
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5) if high < 100 * low else "all", numticks=99))
    axes.yaxis.set_minor_formatter(plain if high < 100 * low else NullFormatter())


def _images_axis(axes: Axes) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.set_xlabel("images seen")
    axes.set_xlim(left=0)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _wrapped(title: str) -> str:
    """A title on two lines where it is long."""
    if len(title) < 16 or " " not in title:
        return title
    words = title.split()
    half = min(range(1, len(words)), key=lambda i: abs(len(" ".join(words[:i])) - len(title) / 2))
    return " ".join(words[:half]) + "\n" + " ".join(words[half:])
