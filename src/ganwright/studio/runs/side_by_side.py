"""Several runs on common axes, and their figures with significance."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ganwright.core.errors import UserError
from ganwright.core.wording import title_of
from ganwright.runs import compare
from ganwright.runs.following import Following
from ganwright.runs.report_charts import layouts_of
from ganwright.runs.report_facts import figure_over_time, figures_of, signals_of
from ganwright.runs.report_signals import SIGNAL_CHARTS
from ganwright.runs.thinning import thinned

SHOWN_SIGNALS = ("ranks", "diversity", "coverage", "vendi")
"""Charts of health that runs are compared by: of each its first signal that the runs have."""


def shared_charts(runs: Mapping[str, Following], points: int) -> list[dict[str, Any]]:
    """Every number that at least one run has, a chart each with a line for each run. runs: by id."""
    found: list[dict[str, Any]] = []
    names = dict.fromkeys(name for following in runs.values() for name in list(following.log.scalars))
    for layout in (layout for group in layouts_of(names) for layout in group):
        for name, label, _ in layout.lines:
            title = layout.title if len(layout.lines) == 1 else f"{layout.title}: {label}"
            about = (title, layout.explained, layout.unit, layout.range, layout.guides)
            found.append(_chart(name, about, {run: _logged(f, name) for run, f in runs.items()}, points))
    told = {run: signals_of([e for e in f.events if e["type"] == "signals"]) for run, f in runs.items()}
    for kind in SHOWN_SIGNALS:
        chart = SIGNAL_CHARTS[kind]
        for name, (label, _) in chart.series.items():
            lines = {
                run: [(num, values[name]) for num, values in ticks if name in values] for run, ticks in told.items()
            }
            if any(lines.values()):
                about = (f"{chart.title}: {label}", chart.explained, chart.unit, chart.range, chart.guides)
                found.append(_chart(f"signal/{name}", about, lines, points))
    judged = {run: [e for e in f.events if e["type"] == "metrics"] for run, f in runs.items()}
    figures = dict.fromkeys(f["name"] for events in judged.values() for e in events for f in figures_of(e))
    for name in figures:
        lines = {run: [(n, v) for n, v, _ in figure_over_time(events, name)] for run, events in judged.items()}
        if any(len(line) > 1 for line in lines.values()):
            found.append(_chart(f"figure-{name}", (title_of(name), "", title_of(name), (0, None), ()), lines, points))
    return [chart for chart in found if chart["lines"]]


def comparison(folders: Sequence[Path], judged: Sequence[bool]) -> dict[str, Any]:
    """What `runs.compare` finds by the runs' last evaluations; why there is nothing, where that is so."""
    if not all(judged):
        left = [folder.name for folder, is_judged in zip(folders, judged, strict=True) if not is_judged]
        told = ", ".join(left)
        return {
            "comparison": None,
            "lines": [],
            "why": f"not evaluated yet: {told}; `ganwright evaluate RUN` measures a run, or set evaluate_images",
        }
    try:
        found = compare(folders)
    except UserError as error:
        return {"comparison": None, "lines": [], "why": str(error).replace(f"{folders[0].parent}/", "")}
    return {"comparison": found.plain(), "lines": found.lines(), "why": None}


def _logged(following: Following, name: str) -> list[tuple[int, float]] | tuple[np.ndarray, np.ndarray]:
    with following.lock:  # or one that watches the run makes columns longer meanwhile
        log = following.log
        if name not in log.scalars:
            return []
        values = log.values(name)[0]
        images = np.array(log.images, np.int64)
    known = ~np.isnan(values)
    return images[known], values[known]


def _chart(id: str, about: tuple[Any, ...], lines: Mapping[str, Any], points: int) -> dict[str, Any]:
    title, explained, unit, limits, guides = about
    return {
        "id": id,
        "title": title,
        "explained": explained,
        "unit": unit,
        "range": limits,
        "guides": guides,
        "lines": [{"run": run, **_thin(line, points)} for run, line in lines.items() if len(line)],
    }


def _thin(line: Any, points: int) -> dict[str, Any]:
    x, y = line if isinstance(line, tuple) else (np.array([p[0] for p in line]), np.array([p[1] for p in line]))
    kept = thinned([np.where(np.isfinite(y), y, np.nan)], points)
    return {"x": x[kept].tolist(), "values": [float(f"{v:.6g}") for v in y[kept].tolist()]}
