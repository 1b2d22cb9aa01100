// How a chart looks and what it draws, as options of uPlot.
import { number } from "../lib/format.js";

let loading = null;

/** Fetch uPlot when the first chart is shown; resolves to its class. */
export function loadPlot() {
  loading ??= new Promise((resolve, reject) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = "/static/vendor/uplot/uPlot.min.css";
    const script = document.createElement("script");
    script.src = "/static/vendor/uplot/uPlot.iife.min.js";
    script.onload = () => resolve(window.uPlot);
    script.onerror = () => {
      loading = null;
      reject(new Error("the chart library could not be loaded"));
    };
    document.head.append(sheet, script);
  });
  return loading;
}

const TONES = ["real", "fake", "accent", "good", "warn", "bad", "info", "muted", "text"];

/** A colour by its tone, a series number ("series-3"), or as it stands. */
export function colourOf(name, palette, index = 0) {
  if (TONES.includes(name)) return palette[name];
  if (/^series-\d$/.test(name ?? "")) return palette.series[Number(name.slice(-1)) - 1];
  return name ?? palette.series[index % palette.series.length];
}

/** An exponential average without the pull of its start; gaps stay gaps. */
export function smoothed(values, share = 0.03) {
  if (values.length < 20) return values;
  const keep = 1 - 1 / Math.max(2, values.length * share);
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    if (value === null || value === undefined) return null;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

/* Beyond these, numbers have no room for steps between them: such values are gaps. */
const [LEAST, MOST] = [1e-300, 1e300];

/** Two different numbers in order, positive ones for a logarithmic axis; null where they are not to be had. */
function spanOf([low, high] = [], log = false) {
  if (!Number.isFinite(low) || !Number.isFinite(high) || (log && Math.min(low, high) <= 0)) return null;
  if (low !== high) return [Math.min(low, high), Math.max(low, high)];
  return log ? [low / 2, high * 2] : [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2];
}

/** Places of a logarithmic axis: powers of ten, where they are many each n-th; where they are few also 2 and 5 times
 *  as much; in less than a decade round numbers. uPlot's own steps never end where an end is not above 0. */
export function logTicks(low, high, most) {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const steps = Math.log10(high / low) <= most / 3 ? [1, 2, 5] : [1];
  const ticks = [];
  const stride = Math.max(1, Math.ceil((to - from) / Math.max(1, most)));
  for (let power = from; power <= to; power += stride) ticks.push(...steps.map((step) => Number(`${step}e${power}`)));
  const inside = ticks.filter((tick) => tick >= low && tick <= high);
  if (inside.length > 1) return inside;
  const size = Number(`1e${Math.floor(Math.log10((high - low) / 2))}`);
  const step = size * [1, 2, 5].find((times) => (high - low) / (size * times) <= Math.max(2, most) || times === 5);
  return Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, i) => Number(((Math.ceil(low / step) + i) * step).toPrecision(12)));
}

/** What uPlot is given for series: its lines in drawing order, and which of ours each belongs to. */
export function linesOf(series, { smooth, logY }) {
  const clean = (values) => values.map((v) => (Math.abs(v) <= MOST && (!logY || v >= LEAST) ? v : null));
  const lines = [];
  for (const [index, one] of series.entries()) {
    if (one.low && one.high) {
      lines.push({ index, role: "high", values: clean(one.high) }, { index, role: "low", values: clean(one.low) });
    }
    if (smooth && one.values.length >= 20 && one.smooth !== false) {
      lines.push({ index, role: "raw", values: clean(one.values) });
      lines.push({ index, role: "main", values: clean(smoothed(one.values)) });
    } else lines.push({ index, role: "main", values: clean(one.values) });
  }
  return lines;
}

function fade(colour, alpha) {
  const plain = /^#([0-9a-f]{6})$/i.exec(colour);
  return plain ? `${colour}${Math.round(alpha * 255).toString(16).padStart(2, "0")}` : colour;
}

function drawMarks(u, marks, bands, palette) {
  const { ctx, bbox } = u;
  const dpr = devicePixelRatio || 1;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const band of bands ?? []) {
    const [from, to] = [band.from ?? u.scales.x.min, band.to ?? u.scales.x.max].map((x) => u.valToPos(x, "x", true));
    const colour = colourOf(band.tone ?? "warn", palette);
    ctx.fillStyle = fade(colour, 0.045);
    ctx.fillRect(from, bbox.top, Math.max(dpr, to - from), bbox.height);
    ctx.fillStyle = colour;
    ctx.fillRect(from, bbox.top, Math.max(dpr, to - from), 3 * dpr);
  }
  for (const mark of marks ?? []) {
    const x = Math.round(u.valToPos(mark.x, "x", true)) + 0.5;
    if (!(x >= bbox.left && x <= bbox.left + bbox.width)) continue;
    ctx.strokeStyle = colourOf(mark.tone ?? "warn", palette);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = dpr;
    ctx.setLineDash([3 * dpr, 3 * dpr]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.moveTo(x - 4.5 * dpr, bbox.top);
    ctx.lineTo(x + 4.5 * dpr, bbox.top);
    ctx.lineTo(x, bbox.top + 7 * dpr);
    ctx.fill();
  }
  ctx.restore();
}

/** Options of uPlot for a chart. `latest`: a ref to the newest props; `on`: {cursor(index), select(from, to), reset()}. */
export function optionsOf({ props, lines, palette, width, latest, on }) {
  const { series, logY, formatX, formatY, cursor, height } = props;
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const few = props.x.length < 30;
  const axis = { stroke: palette.muted, font, grid: { stroke: palette.line, width: 1 }, ticks: { show: false } };
  const bands = [];
  const all = lines.map((line, i) => {
    const one = series[line.index];
    const colour = colourOf(one.colour, palette, line.index);
    const base = { label: one.label, scale: "y", spanGaps: Boolean(one.spanGaps), points: { show: false } };
    if (line.role === "high") bands.push({ series: [i + 1, i + 2], fill: fade(colour, 0.16) });
    if (line.role === "high" || line.role === "low") return { ...base, stroke: fade(colour, 0), width: 0 };
    return {
      ...base, stroke: colour, width: one.width ?? (one.dash ? 1.25 : 1.75), dash: one.dash ? [5, 4] : undefined,
      alpha: line.role === "raw" ? 0.22 : 1,
      points: { show: line.role === "main" && (one.points ?? (few && !one.dash)), size: 6, fill: colour, stroke: palette.surface },
    };
  });
  return {
    width, height, legend: { show: false }, padding: [10, 12, 0, 0], bands,
    scales: {
      x: {
        time: false,
        range: (u, low, high) => spanOf(latest.current.shownZoom ?? undefined) ?? spanOf(latest.current.xRange) ?? spanOf([low, high]) ?? [0, 1],
      },
      y: {
        distr: logY ? 3 : 1,
        range: (u, low, high) => {
          const [least, most] = latest.current.range ?? [];
          const fixed = spanOf([least, most], logY);
          if (fixed) return fixed;
          const span = spanOf([low, high], logY);
          if (logY) return span ? [span[0] * 0.85, span[1] * 1.18] : [0.1, 1];
          if (!span) return [0, 1];
          const gap = (high - low || Math.abs(high) || 1) * 0.07;
          const from = low >= 0 && low - gap < 0 ? 0 : low - gap;
          return [isNumber(least) ? Math.min(least, low) : from, isNumber(most) ? Math.max(most, high) : high + gap];
        },
      },
    },
    axes: [
      { ...axis, size: 26, gap: 4, space: 64, grid: { show: false }, values: (u, ticks) => ticks.map((x) => (x === null ? "" : (formatX ?? tick)(x))) },
      { ...axis, size: (u, values) => Math.max(40, 14 + 7 * Math.max(0, ...(values ?? []).map((v) => v.length))), gap: 6, space: 38,
        values: (u, ticks) => ticks.map((y) => (y === null ? "" : (formatY ?? tick)(y))),
        ...(logY && {
          incrs: (u, axis, low, high) => [Math.max(5, high - low)], filter: (u, ticks) => ticks,
          splits: (u, axis, low, high) => logTicks(low, high, u.bbox.height / devicePixelRatio / 38),
        }) },
    ],
    series: [{}, ...all],
    cursor: {
      drag: { x: true, y: false, dist: 6, setScale: false }, focus: { prox: 24 }, y: false,
      sync: cursor ? { key: cursor, setSeries: false, scales: ["x", null] } : undefined,
      points: { size: 8, width: 2, fill: (u, i) => u.series[i].stroke(), stroke: () => palette.surface,
        show: (u, i) => (lines[i - 1].role === "main" ? undefined : false) },
      bind: { dblclick: () => () => on.reset() },
    },
    hooks: {
      setCursor: [(u) => on.cursor(u.cursor.idx ?? null)],
      setSelect: [(u) => {
        if (u.select.width < 6) return;
        on.select(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
      drawAxes: [(u) => drawMarks(u, latest.current.marks, latest.current.bands, palette)],
    },
  };
}

function isNumber(x) {
  return x !== null && x !== undefined;
}

function tick(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${number(value / 1e6, 4)}M`;
  if (size >= 1e4) return `${number(value / 1e3, 4)}k`;
  return number(value, 5);
}
