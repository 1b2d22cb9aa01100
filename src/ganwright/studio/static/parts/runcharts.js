// The charts of a run: fetched thinned, continued live, fetched again where one zooms in.
import { html, useCallback, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { images } from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Chart } from "../components/chart.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Toggle } from "../components/fields.js";
import { Near } from "../components/near.js";
import { Section } from "../components/page.js";
import { severityTone } from "./state.js";

const POINTS = 800;
const FULL = 400; // appended points after which a fresh, thinned set is fetched
const COLOURS = { teal: "real", orange: "fake", indigo: "accent", plum: "series-4", slate: "series-7" };
const KEY = ["losses", "probabilities", "scores", "gradients", "health-ranks", "health-diversity", "health-coverage", "figure-fid"];
const GROUPS = [
  ["training", "Training", "What the players minimise, and how strongly they are moved."],
  ["health", "Health", "Signals that the detectors of failures watch."],
  ["metrics", "Evaluation", "Figures of samples of the averaged generator."],
];

/** {data, error, zoom, setZoom, append(log message), refresh() soon, reload() now} */
export function useCharts(id) {
  const [from, setFrom] = useQuery("from", 0);
  const [to, setTo] = useQuery("to", 0);
  const zoom = useMemo(() => (to > from ? [from, to] : null), [from, to]);
  const range = zoom ? { from: Math.round(zoom[0] * 1000), to: Math.round(zoom[1] * 1000) } : {};
  const reply = useGet(`/api/runs/${id}/charts`, { points: POINTS, ...range });
  const [extra, setExtra] = useState({ base: null, entries: [] });
  const held = useRef({ queue: [], timer: null, soon: null });
  useEffect(() => () => {
    clearTimeout(held.current.timer);
    clearTimeout(held.current.soon);
  }, []);

  const refresh = useCallback(() => {
    held.current.soon ??= setTimeout(() => {
      held.current.soon = null;
      reply.reload();
    }, 2500);
  }, [id]);
  // New entries are drawn together, at most five times a second.
  const append = useCallback((message) => {
    held.current.queue.push(message);
    held.current.timer ??= setTimeout(() => {
      const entries = held.current.queue.splice(0);
      held.current.timer = null;
      setExtra((old) => ({ ...old, entries: [...old.entries, ...entries].slice(-FULL) }));
    }, 200);
  }, [id]);
  const count = extra.entries.reduce((n, entry) => n + entry.images.length, 0);
  useEffect(() => {
    if (count > FULL) reply.reload();
  }, [count > FULL]);
  useEffect(() => {
    if (!reply.data) return;
    setExtra((old) => ({ entries: old.entries.filter((entry) => entry.index + entry.images.length > reply.data.num_log) }));
  }, [reply.data]);

  const data = useMemo(() => reply.data && { ...reply.data, charts: reply.data.charts.map((chart) => continued(chart, extra.entries, reply.data.num_log)) },
    [reply.data, extra.entries]);
  const setZoom = (next) => {
    setFrom(next ? Number(next[0].toPrecision(6)) : 0);
    setTo(next ? Number(next[1].toPrecision(6)) : 0);
  };
  return { data, error: reply.error, zoom, setZoom, append, refresh, reload: reply.reload };
}

/** A chart with the newer log entries at its end. */
function continued(chart, entries, known) {
  const last = chart.x.at(-1) ?? -1;
  const add = { x: [], values: chart.series.map(() => []) };
  for (const entry of entries) {
    if (!chart.series.some((one) => entry.series[one.name])) continue;
    entry.images.forEach((at, i) => {
      if (entry.index + i < known || at <= Math.max(last, add.x.at(-1) ?? -1)) return;
      add.x.push(at);
      chart.series.forEach((one, k) => add.values[k].push(entry.series[one.name]?.[i] ?? null));
    });
  }
  if (!add.x.length) return chart;
  return { ...chart, x: [...chart.x, ...add.x], series: chart.series.map((one, k) => ({ ...one, values: [...one.values, ...add.values[k]] })) };
}

/** The unit, where the title does not say it already. */
export const unitOf = ({ title, unit }) => (unit && !title.toLowerCase().includes(unit.toLowerCase()) ? unit : null);

/* The group's name is in its heading already. */
function titleOf({ title }) {
  const plain = title.replace(/^Health: /, "");
  return plain[0].toUpperCase() + plain.slice(1);
}

function One({ chart, smooth, zoom, onZoom, marks, bands }) {
  const [log, setLog] = useState(false);
  const x = useMemo(() => chart.x.map((value) => value / 1000), [chart]);
  const series = useMemo(() => [
    ...chart.series.map((one) => ({ key: one.name, label: one.label, values: one.values, colour: COLOURS[one.colour] ?? one.colour, dash: one.dash })),
    ...(chart.guides ?? []).map((value) => ({ key: `guide-${value}`, label: "reference", colour: "muted", dash: true, smooth: false, legend: false, values: chart.x.map(() => value), points: false })),
  ], [chart]);
  const able = chart.range?.[1] == null && chart.series.some((one) => one.values.some((v) => v > 0));
  return html`<${Card} title=${titleOf(chart)} unit=${unitOf(chart)} about=${chart.explained} level=${3}
      actions=${(able || log) && html`<${Button} size="small" kind="quiet" pressed=${log} onClick=${() => setLog(!log)}>log<//>`}>
    <${Near} height=${272}><${Chart} label=${chart.title} x=${x} series=${series} xLabel="images seen" xUnit="kimg" logY=${log} smooth=${smooth && chart.group === "training"} cursor="run"
      range=${log ? undefined : chart.range ?? undefined} height=${220} zoom=${zoom} onZoom=${onZoom} marks=${marks} bands=${bands} />
      ${chart.bad?.length > 0 && html`<p class="field-problem">Not finite at ${chart.bad.slice(0, 3).map(images).join(", ")}${chart.bad.length > 3 ? " and more" : ""}.</p>`}<//>
  <//>`;
}

export function RunCharts({ charts, run }) {
  const [smooth, setSmooth] = useQuery("smooth", true);
  const [only, setOnly] = useQuery("group", "key");
  const { data, error, zoom, setZoom } = charts;
  const course = run.health_course;
  const marks = useMemo(() => (course?.episodes ?? []).map((one) => ({ x: one.onset_images / 1000, label: one.title, tone: severityTone(one.severity) })), [course]);
  const bands = useMemo(() => [
    ...(data?.bands ?? []).map((band) => ({ from: band.from / 1000, to: band.to === null ? undefined : band.to / 1000, tone: severityTone(band.severity) })),
    ...(data?.backs ?? []).map((band) => ({ from: band.from / 1000, to: band.to / 1000, tone: "info" })),
  ], [data]);
  if (!data) return error ? html`<${ProblemBox} problem=${error} title="The curves could not be read" retry=${charts.reload} />` : html`<${Loading} height=${640} />`;
  const there = GROUPS.filter(([key]) => data.charts.some((chart) => chart.group === key));
  const grid = (list) => html`<div class="run-grid">${list.map((chart) => html`<${One} key=${chart.id} chart=${chart} smooth=${smooth} zoom=${zoom} onZoom=${setZoom} marks=${marks} bands=${bands} />`)}</div>`;
  return html`<div class="run-charts"><h2 class="visually-hidden">Charts</h2>
    <div class="row run-tools">
      <${Toggle} label="Smooth" value=${smooth} onChange=${setSmooth} about="An exponential average over 3 % of the points; the raw values stay behind it." />
      ${there.length > 1 && html`<div class="button-group" role="group" aria-label="Which charts">${[["key", "Key"], ...there, ["all", "All"]].map(([key, title]) => html`<${Button} key=${key} size="small"
        pressed=${only === key} onClick=${() => setOnly(key)}>${title}<//>`)}</div>`}
      <span class="run-zoom">${zoom ? html`<${Button} size="small" icon="zoom" onClick=${() => setZoom(null)}>Whole length<//>` : html`<span class="small muted">Drag over a chart to zoom in</span>`}</span>
    </div>
    ${data.charts.length === 0 && html`<p class="muted run-none">The first numbers come with the first log entry.</p>`}
    ${only === "key" ? grid(KEY.map((id) => data.charts.find((chart) => chart.id === id)).filter(Boolean))
      : there.filter(([key]) => only === "all" || only === key).map(([key, title, about]) => html`<${Section} key=${key} title=${title} about=${about}>
        ${grid(data.charts.filter((chart) => chart.group === key))}<//>`)}
  </div>`;
}
