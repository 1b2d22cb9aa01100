// A line chart: hover, zoom, hide lines, read by keyboard; fast with many points and with live data.
import { classes, html, useEffect, useId, useLatest, useMemo, useRef, useState } from "../lib/html.js";
import { number } from "../lib/format.js";
import { useSize } from "../lib/hooks.js";
import { useColours } from "../theme.js";
import { colourOf, linesOf, loadPlot, optionsOf } from "./plot.js";

/** In words, for those who cannot see it: each line's last value and its range. */
function describe(x, series, formatX, formatY, xUnit) {
  if (!x.length) return "No points yet.";
  const told = series.map((one) => {
    const values = one.values.filter((v) => v !== null && v !== undefined);
    if (!values.length) return `${one.label}: no values`;
    const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
    return `${one.label}: last ${formatY(values.at(-1))}, between ${formatY(low)} and ${formatY(high)}`;
  });
  return `${formatX(x[0])} to ${formatX(x.at(-1))}${xUnit ? ` ${xUnit}` : ""}. ${told.join(". ")}.`;
}

/** Where lines are read while nobody points at them: at the mark that says `here`, or, null, at each line's last value. */
function restOf(x, marks) {
  const here = marks?.find((mark) => mark.here)?.x;
  if (here === undefined || !x.length) return null;
  return x.reduce((best, value, i) => (Math.abs(value - here) < Math.abs(x[best] - here) ? i : best), 0);
}

function lastOf(values) {
  for (let i = values.length - 1; i >= 0; i -= 1) if (values[i] !== null && values[i] !== undefined) return values[i];
  return null;
}

export function Chart(props) {
  const {
    label, x, series, xLabel, xUnit, yLabel, yUnit, height = 240, logY, smooth, marks, cursor, onZoom, legend = true,
    formatX = number, formatY = (v) => number(v, 3), empty = "No points yet.", class: name,
  } = props;
  const id = useId("chart");
  const box = useRef(null);
  const plot = useRef(null);
  const values = useRef({});
  const place = useRef(null);
  const say = useRef(null);
  const palette = useColours();
  const { width } = useSize(box);
  const [Plot, setPlot] = useState(() => window.uPlot ?? null);
  const [off, setOff] = useState(() => new Set());
  const [own, setOwn] = useState(null);
  const zoom = onZoom ? props.zoom ?? null : own;
  const setZoom = onZoom ?? setOwn;
  const latest = useLatest({ ...props, shownZoom: zoom, zoomTo: setZoom });
  const lines = useMemo(() => linesOf(series, { smooth, logY }), [series, smooth, logY]);
  const held = useLatest({ lines, series, x, formatX, formatY, xUnit });

  useEffect(() => {
    if (!Plot) loadPlot().then((loaded) => setPlot(() => loaded), () => {});
  }, []);

  const tell = (pointed) => {
    const now = held.current;
    const index = pointed ?? restOf(now.x, latest.current.marks);
    now.series.forEach((one, i) => {
      const element = values.current[one.key];
      if (!element) return;
      const line = now.lines.find((l) => l.index === i && l.role === "main");
      const value = index === null ? lastOf(line.values) : line.values[index];
      element.textContent = now.formatY(value ?? null);
    });
    if (place.current) {
      place.current.textContent = index === null ? "" : `at ${now.formatX(now.x[index])}${now.xUnit ? ` ${now.xUnit}` : ""}`;
    }
  };

  // A new plot only where its make-up changed; new points go into the one that is there.
  const shape = JSON.stringify([
    series.map((s) => [s.key, s.label, s.colour, s.dash, s.width, s.points, Boolean(s.low)]), lines.map((l) => l.role),
    logY, height, cursor, x.length < 30,
  ]);
  const ready = Plot && width > 0 && x.length > 0;
  useEffect(() => {
    if (!ready) return undefined;
    const on = {
      cursor: tell,
      select: (from, to) => latest.current.zoomTo([from, to]),
      reset: () => latest.current.zoomTo(null),
    };
    const options = optionsOf({ props: { ...props, height }, lines, palette, width, latest, on });
    options.series.forEach((one, i) => i && (one.show = !off.has(series[lines[i - 1].index].key)));
    const made = new Plot(options, [x, ...lines.map((l) => l.values)], box.current);
    plot.current = made;
    tell(null);
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [ready, shape, palette]);

  useEffect(() => {
    if (!plot.current || plot.current.data[0] === x) return;
    plot.current.setData([x, ...lines.map((l) => l.values)]);
    tell(plot.current.cursor.idx ?? null);
  }, [x, lines]);
  useEffect(() => {
    plot.current?.setSize({ width, height });
  }, [width, height]);
  const [from, to] = zoom ?? [null, null];
  const fixed = JSON.stringify([props.range, props.xRange]);
  useEffect(() => {
    plot.current?.setData(plot.current.data);
  }, [from, to, fixed]);
  const marked = JSON.stringify([marks, props.bands]);
  useEffect(() => {
    plot.current?.redraw(false, true);
    if (plot.current) tell(plot.current.cursor.idx ?? null);
  }, [marked]);

  const toggle = (key) => {
    const next = new Set(off);
    if (!next.delete(key)) next.add(key);
    setOff(next);
    plot.current?.batch(() => lines.forEach((line, i) => {
      if (series[line.index].key === key) plot.current.setSeries(i + 1, { show: !next.has(key) });
    }));
  };

  const walk = (event) => {
    const u = plot.current;
    if (event.key === "Escape" && zoom) return setZoom(null);
    const by = { ArrowRight: 1, ArrowLeft: -1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key];
    if (!u || by === undefined) return undefined;
    event.preventDefault();
    const [low, high] = [u.valToIdx(u.scales.x.min), u.valToIdx(u.scales.x.max)];
    const at = Math.min(high, Math.max(low, (u.cursor.idx ?? (by > 0 ? low - 1 : high + 1)) + by));
    u.setCursor({ left: u.valToPos(x[at], "x"), top: 10 }, true);
    say.current.textContent = `${formatX(x[at])} ${xUnit ?? ""}: ${series.filter((s) => !off.has(s.key))
      .map((s) => `${s.label} ${formatY(s.values[at] ?? null)}`).join(", ")}`;
    return undefined;
  };

  const summary = useMemo(() => describe(x, series, formatX, formatY, xUnit), [x, series]);
  return html`<div class=${classes("chart", name)}>
    ${legend && html`<div class="chart-top"><ul class="legend" aria-label=${`Lines of ${label}`}>${series.map((one, i) => one.legend !== false && html`<li key=${one.key}>
      <button type="button" aria-pressed=${String(!off.has(one.key))} title=${one.about} onClick=${() => toggle(one.key)}>
        <i class=${one.dash ? "dash" : "line"} style=${{ "--mark": colourOf(one.colour, palette, i) }}></i><span>${one.label}</span>
        <b ref=${(element) => (values.current[one.key] = element)}></b></button></li>`)}</ul></div>`}
    ${yLabel && html`<p class="chart-y">${yLabel}${yUnit && html` <span class="unit">${yUnit}</span>`}</p>`}
    <div class="chart-box" ref=${box} style=${{ height: `${height}px` }} tabindex="0" role="group" aria-label=${`Chart: ${label}`}
      aria-describedby=${id} onKeyDown=${walk}>${!x.length && html`<p class="chart-empty muted">${empty}</p>`}</div>
    <p class="chart-x"><span ref=${place} aria-hidden="true"></span><span>${xLabel}${xUnit && ` (${xUnit})`}</span></p>
    <p id=${id} class="visually-hidden">${summary} Arrow keys read the points.${marks?.length
      ? ` Marks: ${marks.map((m) => `${m.label} at ${formatX(m.x)}`).join("; ")}.` : ""}</p>
    <p class="visually-hidden" aria-live="polite" ref=${say}></p>
  </div>`;
}
