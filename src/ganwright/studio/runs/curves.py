"""A run's curves for the browser: the report's charts, thinned to what a screen can show."""

import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ganwright.core.errors import UserError, nearest
from ganwright.core.events import Event
from ganwright.runs.course import Course
from ganwright.runs.following import Following
from ganwright.runs.report_charts import Chart, Layout, Series, evaluation_charts, layouts_of
from ganwright.runs.report_facts import signals_of
from ganwright.runs.report_health import marks
from ganwright.runs.report_signals import signal_charts
from ganwright.runs.thinning import thinned

SIGNAL = "signal/"
"""Begins the names of signals of health, among those of logged scalars."""


def charts(
    following: Following, ids: Collection[str], start: float, end: float, points: int, most: int | None = None
) -> dict[str, Any]:
    """Charts as plain data. ids: which; empty: all. start, end: images seen. points: kept of a line, about.

    most: recoveries at most, as the config has it.
    """
    with following.lock:
        events = list(following.events)
        log = following.log
        meanings, means = layouts_of(_logged(following))
        images = np.array(log.images, np.int64)
        first, last = np.searchsorted(images, start), np.searchsorted(images, end, "right")

        def drawn(layouts: Iterable[Layout]) -> Iterator[dict[str, Any]]:
            for layout in layouts:
                if not ids or layout.id in ids:
                    yield _logged_chart(layout, following, images, int(first), int(last), points)

        found = [
            *drawn(meanings),
            *(_told(c, "metrics", start, end, points) for c in evaluation_charts(_of(events, "metrics"))),
            *drawn(means),
            *(_told(c, "health", start, end, points) for c in signal_charts(signals_of(_of(events, "signals")))),
        ]
        seen, num_log = following.num_images, len(log)
    drawn_marks = marks(Course.of(events, most), seen)
    return {
        "num_log": num_log,
        "num_images": seen,
        "charts": [chart for chart in found if not ids or chart["id"] in ids],
        "resumed": [e["num_images"] for e in events if e["type"] == "resumed"],
        "bands": [{**band, "from": 1000 * band["from"], "to": 1000 * band["to"]} for band in drawn_marks["bands"]],
        "backs": [{name: 1000 * place for name, place in back.items()} for back in drawn_marks["backs"]],
    }


def no_charts() -> dict[str, Any]:
    """Those of a run whose folder is not there yet."""
    return {"num_log": 0, "num_images": 0, **{name: [] for name in ("charts", "resumed", "bands", "backs")}}


def series(following: Following, names: Collection[str], start: float, end: float, points: int) -> dict[str, Any]:
    """Some numbers over the images seen, by name: logged scalars, or signals as signal/NAME.

    Raises UserError for a name that the run has not, and for scalars and signals together: their places differ.
    """
    told = {name.startswith(SIGNAL) for name in names}
    if len(told) != 1:
        raise UserError("ask for scalars or for signals, not for both, and for one or more")
    with following.lock:
        of_signals = signals_of(_of(following.events, "signals"))
        known = {f"{SIGNAL}{n}" for _, values in of_signals for n in values} if told == {True} else _logged(following)
        for name in names:
            if name not in known:
                raise UserError(f"the run has no '{name[:100]}'; {nearest(name, known)}")
        if told == {True}:
            x = np.array([num for num, _ in of_signals], np.int64)
            lines = {n: _column(of_signals, n.removeprefix(SIGNAL)) for n in names}
        else:
            x = np.array(following.log.images, np.int64)
            lines = {n: following.log.values(n)[0] for n in names}
        num_log = len(following.log)
    inside = slice(int(np.searchsorted(x, start)), int(np.searchsorted(x, end, "right")))
    x, lines = x[inside], {n: line[inside] for n, line in lines.items()}
    kept = thinned(list(lines.values()), points)
    return {
        "num_log": num_log,
        "x": x[kept].tolist(),
        "series": {n: _plain(line[kept]) for n, line in lines.items()},
        "thinned": len(kept) < len(x),
    }


def new_entries(following: Following, first: int, points: int) -> dict[str, Any]:
    """The log entries from `first` on, thinned, as a message for those who watch."""
    with following.lock:
        x = np.array(following.log.images[first:], np.int64)
        lines = {n: following.log.values(n, first)[0] for n in _logged(following)}
    kept = thinned(list(lines.values()), points) if lines else np.arange(len(x))[-points:]
    return {
        "type": "log",
        "index": first,
        "images": x[kept].tolist(),
        "series": {n: _plain(line[kept]) for n, line in lines.items() if not np.isnan(line).all()},
        "skipped": len(x) - len(kept),
    }


def _logged(following: Following) -> list[str]:
    """Names of the scalars that were logged."""
    return list(following.log.scalars)


def _logged_chart(
    layout: Layout, following: Following, images: np.ndarray, first: int, last: int, points: int
) -> dict[str, Any]:
    found = [following.log.values(name, first, last) for name, _, _ in layout.lines]
    x = images[first:last]
    kept = thinned([values for values, _ in found], points)
    bad = np.logical_or.reduce([bad for _, bad in found]) if found else np.zeros(0, bool)
    chart = Chart(
        layout.id,
        layout.title,
        layout.explained,
        layout.unit,
        [
            Series(label, _plain(values[kept]), colour)
            for (_, label, colour), (values, _) in zip(layout.lines, found, strict=True)
        ],
        layout.range,
        layout.guides,
    )
    names = [name for name, _, _ in layout.lines]
    return _as_plain(chart, "training", x[kept].tolist(), x[bad].tolist()[:1000], names, len(kept) < len(x))


def _told(chart: Chart, group: str, start: float, end: float, points: int) -> dict[str, Any]:
    """A chart with an x of its own, in thousand images."""
    x = np.round(1000 * np.array(chart.x)).astype(np.int64)
    inside = (x >= start) & (x <= end)
    lines = [np.array([math.nan if v is None else v for v in s.values])[inside] for s in chart.series]
    kept = thinned(lines, points)
    bad = [int(x[i]) for i in chart.bad if inside[i]]
    x = x[inside]
    series = [replace(s, values=_plain(line[kept])) for s, line in zip(chart.series, lines, strict=True)]
    names = [s.label for s in series]
    return _as_plain(replace(chart, series=series), group, x[kept].tolist(), bad, names, len(kept) < len(x))


def _as_plain(
    chart: Chart, group: str, x: list[int], bad: list[int], names: list[str], is_thinned: bool
) -> dict[str, Any]:
    return {
        "id": chart.id,
        "title": chart.title,
        "explained": chart.explained,
        "unit": chart.unit,
        "group": group,
        "range": chart.range,
        "guides": chart.guides,
        "x": x,
        "series": [
            {"name": name, "label": s.label, "colour": s.colour, "dash": s.dash, "values": s.values}
            for name, s in zip(names, chart.series, strict=True)
        ],
        "bad": bad,
        "summary": chart.summary(),
        "thinned": is_thinned,
    }


def _column(told: list[tuple[int, dict[str, float]]], name: str) -> np.ndarray:
    column = np.array([values.get(name, math.nan) for _, values in told], np.float64)
    column[~np.isfinite(column)] = math.nan
    return column


def _plain(values: np.ndarray) -> list[float | None]:
    """Numbers with six digits; None where there is none."""
    return [None if math.isnan(v) else float(f"{v:.6g}") for v in values.tolist()]


def _of(events: list[Event], type: str) -> list[Event]:
    return [e for e in events if e["type"] == type]
