// Several runs on common axes, and the statistics of their figures.
import { html, useMemo } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { number, plural } from "../lib/format.js";
import { Link, useQuery } from "../lib/router.js";
import { useColours } from "../theme.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Chart } from "../components/chart.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Toggle } from "../components/fields.js";
import { Near } from "../components/near.js";
import { Page, Section } from "../components/page.js";
import { Picture } from "../components/picture.js";
import { Table } from "../components/table.js";
import { unitOf } from "./runcharts.js";
import { HealthBadge, StateBadge } from "./state.js";

/** All x places of several lines, and each line on them: gaps where it has no point. */
export function joined(lines) {
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((a, b) => a - b);
  const place = new Map(x.map((value, i) => [value, i]));
  const values = lines.map((line) => {
    const row = new Array(x.length).fill(null);
    line.x.forEach((value, i) => (row[place.get(value)] = line.values[i]));
    return row;
  });
  return { x: x.map((value) => value / 1000), values };
}

function One({ chart, ids, names, smooth, zoom, onZoom }) {
  const { x, series } = useMemo(() => {
    const { x: places, values } = joined(chart.lines);
    return {
      x: places,
      series: chart.lines.map((line, i) => ({
        key: `${line.run}/${line.name ?? i}`, label: [names.get(line.run) ?? line.run, line.label].filter(Boolean).join(": "), colour: `series-${1 + (ids.indexOf(line.run) % 8)}`, values: values[i], spanGaps: true,
        dash: chart.lines.findIndex((other) => other.run === line.run) !== i,
      })),
    };
  }, [chart]);
  return html`<${Card} title=${chart.title} unit=${unitOf(chart)} about=${chart.explained} level=${3}>
    <${Near} height=${272}><${Chart} label=${chart.title} x=${x} series=${series} xLabel="images seen" xUnit="kimg" range=${chart.range ?? undefined} smooth=${smooth} cursor="compare"
      zoom=${zoom} onZoom=${onZoom} height=${220} /><//><//>`;
}

export default function Compare({ ids, onClose }) {
  const reply = useGet("/api/compare", { runs: ids, points: 500 });
  const [smooth, setSmooth] = useQuery("smooth", true);
  const [from, setFrom] = useQuery("from", 0);
  const [to, setTo] = useQuery("to", 0);
  const palette = useColours();
  const zoom = useMemo(() => (to > from ? [from, to] : null), [from, to]);
  const onZoom = (range) => {
    setFrom(range ? Number(range[0].toPrecision(5)) : 0);
    setTo(range ? Number(range[1].toPrecision(5)) : 0);
  };
  const { data, error } = reply;
  const names = useMemo(() => new Map((data?.runs ?? []).map((row) => [row.id, row.name])), [data]);
  return html`<${Page} title=${`Compare ${plural(ids.length, "run")}`} wide lead="The same numbers on common axes, and whether the figures differ by more than chance."
    actions=${html`<${Button} icon="back" onClick=${onClose}>Back to the list<//>`}>
    ${error && html`<${ProblemBox} problem=${error} title="These runs could not be compared" retry=${reply.reload} />`}
    ${!data && !error && html`<${Loading} height=${500} />`}
    ${data && html`<div class="compare-runs">${data.runs.map((row, i) => html`<div key=${row.id} class="compare-run" style=${{ "--mark": palette.series[i % 8] }}>
        <${Picture} src=${row.picture} alt="" width=${1} height=${1} pixelated /><div><${Link} href=${`/run/${row.id}`}>${row.name}<//>
        <p class="small muted">${row.recipe} on ${row.data}${row.seed !== null ? `, seed ${row.seed}` : ""}</p>
        <div class="row"><${StateBadge} state=${row.state} /><${HealthBadge} health=${row.health} /></div></div></div>`)}</div>
      <${Section} title="Figures" about="Runs that differ in their seed only are one group. Differences are tested, and corrected for how many were looked at.">
        <${Statistics} data=${data} /><//>
      <${Section} title="Curves" actions=${html`${zoom && html`<${Button} size="small" icon="zoom" onClick=${() => onZoom(null)}>Whole length<//>`}
          <${Toggle} label="Smooth" value=${smooth} onChange=${setSmooth} about="An exponential average over 3 % of the points; the raw values stay behind it." />`}>
        <div class="compare-charts">${data.charts.map((chart) => html`<${One} key=${chart.id} chart=${chart} ids=${ids} names=${names} smooth=${smooth} zoom=${zoom} onZoom=${onZoom} />`)}</div><//>`}
  <//>`;
}

const BETTER = { lower: "lower is better", higher: "higher is better", "near real": "as real data is best", none: "" };

function Cell({ cell }) {
  const spread = cell.std ?? cell.error;
  const verdict = cell.best ? "best" : cell.against_best?.verdict;
  return html`<div class=${cell.best ? "compare-best" : undefined}>${number(cell.mean, 4)}${spread ? html`<span class="muted small"> ± ${number(spread, 2)}</span>` : ""}
    ${verdict && html`<span class="compare-verdict">${verdict}</span>`}${cell.remark && html`<span class="compare-verdict">${cell.remark}</span>`}</div>`;
}

/** A row a figure, a column a group; the best one is marked and the others are tested against it. */
function Statistics({ data }) {
  const { comparison } = data;
  if (!comparison) return html`<p class="muted">${data.why ?? "There is nothing to compare by numbers yet."}</p>`;
  const columns = [
    { key: "name", label: "Figure", cell: (row) => html`${row.name.replaceAll("_", " ")}${row.unit && html`<span class="unit">${row.unit}</span>`}
        <span class="compare-verdict">${row.not_compared || BETTER[row.better]}</span>` },
    ...comparison.groups.map((group, i) => ({
      key: `g${i}`, label: html`${group.label} <span class="muted">${group.runs.length > 1 ? `${group.runs.length} seeds` : `seed ${group.runs[0].seed}`}</span>`,
      align: "right", cell: (row) => html`<${Cell} cell=${row.groups[i]} />`,
    })),
    { key: "target", label: "Target", align: "right", about: "What perfect samples (the floor) or real data would score.", cell: (row) => html`<span class="muted">${number(row.real ?? row.floor, 4)}</span>` },
  ];
  return html`<div class="stack"><${Table} caption="Statistics of the figures" columns=${columns} rows=${comparison.metrics} rowKey=${(row) => row.name} />
    <p class="small muted">± is the standard deviation over seeds, or the standard error of a single figure. p-values are corrected (${comparison.correction}); below ${comparison.level} a group is called worse.
      No difference seen is no proof of equality.</p>
    ${comparison.notes.map((note) => html`<p key=${note} class="small">${note}</p>`)}</div>`;
}
