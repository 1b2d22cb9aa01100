"""report.html: a run as one page that needs nothing else, made from its folder alone."""

import json
import math
from pathlib import Path
from string import Template
from typing import Any

from ganwright.core.files import write_text
from ganwright.runs import report_sections as sections
from ganwright.runs.report_charts import charts_of, num_left_out, plain_charts
from ganwright.runs.report_facts import RunFacts
from ganwright.runs.report_health import health, marks
from ganwright.runs.report_panels import inlined
from ganwright.runs.report_signals import signal_charts

_ASSETS = Path(__file__).parent / "assets"
_NAMES = {
    "samples": "Samples",
    "health": "Health",
    "growth": "Over time",
    "curves": "Curves",
    "metrics": "Metrics",
    "config": "Config",
    "environment": "Environment",
    "repeat": "Repeat",
    "cite": "Cite",
}


def write_report(run_folder: Path) -> Path:
    """Write RUN/report.html anew and return its place.

    One file: pictures, styles, scripts and data are inside, and nothing is fetched. It reads run.toml, events.jsonl and
    samples/*.png, never a checkpoint. What is missing or broken is named on the page.
    Raises UserError where there is no such folder, or where the page cannot be written.
    """
    page = run_folder / "report.html"
    write_text(page, render(RunFacts(run_folder)))
    return page


def render(facts: RunFacts) -> str:
    """Return the page."""
    panels, note = inlined(facts.panels)
    charts = [*charts_of(facts), *signal_charts(facts.signals)]
    parts = {
        "samples": sections.newest_panel(facts),
        "health": health(facts),
        "growth": sections.growth(panels, note),
        "curves": sections.curves(charts, len(facts.events("resumed")), num_left_out(facts), facts.course),
        "metrics": sections.metrics(facts),
        "config": sections.config(facts),
        "environment": sections.environment(facts),
        "repeat": sections.repeat(facts),
        "cite": sections.cite(facts),
    }
    there = [(id, name) for id, name in _NAMES.items() if parts[id]]
    body = "\n".join(
        [
            sections.masthead(facts),
            sections.navigation(there),
            '<main id="main" class="wrap">',
            *(parts[id] for id, _ in there),
            "</main>",
            sections.footer(),
        ]
    )
    return Template(_asset("report.html")).substitute(
        title=sections.escape(f"{facts.recipe} on {facts.data} · ganwright"),
        style=_asset("vendor/uplot/uPlot.min.css") + _asset("report.css"),
        body=body,
        data=_embedded({**plain_charts(facts, charts), **marks(facts.course, facts.num_images), "panels": panels}),
        script=f"/*\n{_asset('vendor/uplot/LICENSE')}*/\n{_asset('vendor/uplot/uPlot.iife.min.js')}\n{_asset('report.js')}",
    )


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _embedded(data: dict[str, Any]) -> str:
    """JSON that cannot end the script element it stands in, nor hold a NaN."""
    return json.dumps(_finite(data), separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
