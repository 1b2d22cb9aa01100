"""Charts of numbers as they come from runs that fail: nothing above 0 on a logarithmic axis, none at all, too large."""

from typing import Any

import pytest

GOOD = {"x": [1, 2, 3], "y": [[1, 2, 3]]}
SHOW = """
async (steps) => {
  const { html, render } = await import("/static/lib/html.js");
  const { Chart } = await import("/static/components/chart.js");
  const { loadPlot } = await import("/static/components/plot.js");
  await loadPlot();
  const place = document.body.appendChild(document.createElement("div"));
  place.style.width = "500px";
  const words = { nan: NaN, inf: Infinity, "-inf": -Infinity };
  const told = [];
  for (const { x, y, ...rest } of steps) {
    const lines = y.map((values) => values.map((value) => words[value] ?? value));
    const series = lines.map((values, i) => ({ key: `${i}`, label: `line ${i}`, values }));
    render(html`<${Chart} label="C" x=${x} series=${series} xLabel="x" logY onZoom=${() => {}} ...${rest} />`, place);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 250)));
    place.querySelector(".chart-box").dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
    told.push([place.querySelectorAll(".u-wrap").length, place.querySelector("[aria-live]").textContent]);
  }
  return told;
}
"""
TICKS = """
async (spans) => {
  const { logTicks } = await import("/static/components/plot.js");
  return spans.map(([low, high, most]) => logTicks(low, high, most));
}
"""


@pytest.mark.parametrize(
    "steps",
    [
        [GOOD, {"x": [1, 2], "y": [[0, -1]]}, {"x": [1, 2], "y": [["nan", None]]}, {"x": [], "y": [[]]}, GOOD],
        [{"x": [1, 2], "y": [[1e-320, 1e-320]]}, {"x": [1, 2], "y": [[1e-320, "inf"]]}, GOOD],
        [GOOD, {**GOOD, "range": [-1, 1]}, {**GOOD, "range": [0, 1]}, {**GOOD, "range": [0, None]}],
        [{"x": [1, 2], "y": [[3.4e38, 1e-12], [1e34, 2e34]]}, {"x": [1], "y": [[5], [1e300]]}],
        [GOOD, {**GOOD, "zoom": [2, 2]}, {**GOOD, "zoom": [100, 200]}, {**GOOD, "zoom": [3, 1]}],
        [{**GOOD, "logY": False}, GOOD, {"x": [1, 2], "y": [["-inf", -1]], "logY": False}],
        [{"x": [1, 2], "y": [[1e300, -1e300]], "logY": False, "zoom": [2, 2]}],
    ],
    ids=["none above 0", "tiny", "range", "huge", "zoom", "switched", "linear"],
)
def test_a_live_chart_draws_whatever_comes(browser_page: Any, steps: list[dict[str, Any]]) -> None:
    page = browser_page("/nowhere")
    told = page.evaluate(SHOW, steps)
    assert [number for number, _ in told] == [1 if step["x"] else 0 for step in steps]
    if steps[-1] == GOOD:
        assert told[-1][1] == "3 : line 0 3"


def test_a_logarithmic_axis_has_a_few_round_places(browser_page: Any) -> None:
    wanted = {
        (0.85, 3.5, 6): [1, 2],
        (0.085, 118, 6): [0.1, 1, 10, 100],
        (0.9, 11, 6): [1, 2, 5, 10],
        (1.2, 1.9, 5): [1.2, 1.4, 1.6, 1.8],
        (1e-12, 1e12, 6): [1e-12, 1e-8, 1e-4, 1, 1e4, 1e8, 1e12],
        (8e-301, 1.2e300, 3): [1e-100, 1e101],
        (10, 10.000000000000002, 0): [10],
    }
    found = browser_page("/nowhere").evaluate(TICKS, [list(span) for span in wanted])
    for (low, high, most), ticks in zip(wanted, found, strict=True):
        assert ticks == wanted[low, high, most]
