"use strict";

const run = JSON.parse(document.getElementById("run-data").textContent);
const root = document.documentElement;
const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();
const whole = (value) => Math.round(value).toLocaleString("en-US");

function short(value) {
  if (value == null) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2).replace("e+", "e");
  if (size >= 1000) return whole(value);
  return String(Number(value.toPrecision(4)));
}

/* The samples over time: one slider over both panels. */
function startPlayer() {
  const player = document.querySelector(".player");
  if (!player || run.panels.length < 2) return;
  const slider = player.querySelector("input");
  const place = player.querySelector("output");
  const button = player.querySelector("button");
  let timer = null;

  function show() {
    const panel = run.panels[slider.value];
    place.textContent = `${whole(panel.images)} images`;
    slider.setAttribute("aria-valuetext", `${whole(panel.images)} images seen`);
    for (const kind of ["fixed", "fresh"]) {
      const image = document.getElementById(`panel-${kind}`);
      if (!image || !panel[kind]) continue;
      image.src = panel[kind];
      image.alt = `${image.dataset.what} after ${whole(panel.images)} images`;
    }
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    button.textContent = "Play";
    button.setAttribute("aria-pressed", "false");
  }

  function play() {
    if (Number(slider.value) >= run.panels.length - 1) slider.value = 0;
    show();
    button.textContent = "Pause";
    button.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show();
      if (Number(slider.value) >= run.panels.length - 1) stop();
    }, Math.max(80, Math.min(400, 9000 / run.panels.length)));
  }

  button.addEventListener("click", () => (timer ? stop() : play()));
  slider.addEventListener("input", () => { stop(); show(); });
  slider.value = run.panels.length - 1;
  show();
}

/* An exponential average without the pull of its start; gaps stay gaps, and few values stay as they are. */
function smoothed(values) {
  if (values.length < 20) return values;
  const keep = 1 - 1 / Math.max(2, values.length * 0.03);
  let sum = 0, weight = 0;
  return values.map((value) => {
    if (value == null) return null;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}

class Chart {
  constructor(figure, spec) {
    this.spec = spec;
    this.figure = figure;
    this.plot = figure.querySelector(".plot");
    this.x = spec.x || run.x;
    this.log = false;
    this.smooth = false;
    this.zoom = null;
    this.off = new Set();
    this.makeLegend();
    const toggle = figure.querySelector("header button");
    toggle.addEventListener("click", () => {
      this.log = !this.log;
      toggle.setAttribute("aria-pressed", String(this.log));
      this.draw();
    });
    this.draw();
    new ResizeObserver(() => this.u.setSize(this.size())).observe(this.plot);
  }

  size() {
    return { width: Math.max(220, this.plot.clientWidth), height: 240 };
  }

  makeLegend() {
    const legend = this.figure.querySelector(".legend");
    this.values = this.spec.series.map((series, index) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-pressed", "true");
      button.title = `Show or hide ${series.label}`;
      button.style.setProperty("--line", `var(--${series.colour})`);
      const value = document.createElement("b");
      button.append(document.createElement("i"), series.label, value);
      button.addEventListener("click", () => {
        this.off.has(index) ? this.off.delete(index) : this.off.add(index);
        button.setAttribute("aria-pressed", String(!this.off.has(index)));
        this.draw();
      });
      legend.append(button);
      return value;
    });
    this.at = document.createElement("span");
    this.at.className = "at";
    legend.append(this.at);
  }

  /* Legend values: under the cursor, or the last ones. */
  tell(index) {
    const last = index == null;
    this.values.forEach((element, i) => {
      const shown = this.u.data[1 + i + (this.smooth ? this.spec.series.length : 0)];
      let k = last ? shown.length - 1 : index;
      while (last && k > 0 && shown[k] == null) k -= 1;
      element.textContent = short(shown[k]);
    });
    this.at.textContent = last ? (this.smooth ? "last, smoothed" : "last") : `at ${short(this.x[index])} kimg`;
  }

  draw() {
    if (this.u) this.u.destroy();
    const { spec } = this;
    const raw = spec.series.map((series) => series.values);
    const soft = raw.map(smoothed);
    const few = this.x.length < 30;
    const line = (series, index, isSoft) => ({
      label: series.label,
      stroke: colour(series.colour),
      width: series.dash ? 1.25 : 1.75,
      dash: series.dash ? [5, 4] : undefined,
      alpha: this.smooth && !isSoft ? 0.22 : 1,
      show: !this.off.has(index) && (!isSoft || this.smooth),
      spanGaps: false,
      points: { show: few && !isSoft && !series.dash, size: 5 },
    });
    const axis = {
      stroke: colour("muted"),
      grid: { stroke: colour("grid"), width: 1 },
      ticks: { stroke: colour("rule"), width: 1, size: 4 },
      font: "12px system-ui, sans-serif",
      labelFont: "12px system-ui, sans-serif",
    };
    const positive = raw.every((values) => values.every((value) => value == null || value > 0));
    const scale = this.log ? { distr: positive ? 3 : 4 } : {};
    if (!this.log && spec.range) {
      const [low, high] = spec.range;
      scale.range = (_, min, max) => [low, high == null ? (max > low ? max + 0.08 * (max - low) : low + 1) : high];
    }
    this.u = new uPlot({
      ...this.size(),
      padding: [8, 18, 0, 0],
      legend: { show: false },
      cursor: {
        sync: { key: "run", scales: ["x", null] },
        focus: { prox: 24 },
        points: { size: 7 },
        drag: { x: true, y: false },
      },
      focus: { alpha: 0.4 },
      scales: { x: { time: false, range: (_, min, max) => (min === max ? [min - 1, max + 1] : [min, max]) }, y: scale },
      axes: [
        { ...axis, label: "thousand images seen (kimg)", labelSize: 22, size: 32 },
        { ...axis, label: spec.unit, labelSize: 20, size: 58, values: (_, ticks) => ticks.map((v) => (v == null ? "" : short(v))) },
      ],
      series: [{ label: "kimg" }, ...spec.series.map((s, i) => line(s, i, false)), ...spec.series.map((s, i) => line(s, i, true))],
      hooks: {
        setCursor: [(u) => this.tell(u.cursor.idx)],
        setScale: [(u, key) => { if (key === "x") this.zoom = { min: u.scales.x.min, max: u.scales.x.max }; }],
        drawClear: [(u) => this.drawGuides(u)],
        drawAxes: [(u) => this.drawHealth(u)],
        draw: [(u) => this.drawBad(u)],
      },
    }, [this.x, ...raw, ...soft], this.plot);
    if (this.zoom && this.zoom.min != null) this.u.setScale("x", this.zoom);
    this.tell(null);
  }

  /* Where the run was resumed, and the chart's own horizontal lines. */
  drawGuides(u) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.strokeStyle = colour("faint");
    const stroke = (x0, y0, x1, y1) => { ctx.beginPath(); ctx.moveTo(x0, y0); ctx.lineTo(x1, y1); ctx.stroke(); };
    for (const at of run.resumed) {
      const x = Math.round(u.valToPos(at, "x", true));
      if (x >= bbox.left && x <= bbox.left + bbox.width) stroke(x, bbox.top, x, bbox.top + bbox.height);
    }
    for (const at of this.spec.guides || []) {
      const y = Math.round(u.valToPos(at, "y", true));
      if (y >= bbox.top && y <= bbox.top + bbox.height) stroke(bbox.left, y, bbox.left + bbox.width, y);
    }
    ctx.restore();
  }

  /* Ailments as bars on the upper edge, failing ones with a shade below them, and an arrow wherever the run went back. */
  drawHealth(u) {
    const { ctx, bbox } = u;
    const unit = devicePixelRatio;
    const place = (at) => Math.round(u.valToPos(at, "x", true));
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const band of run.bands) {
      const failing = band.severity === "failing";
      const [from, to] = [place(band.from), Math.max(place(band.to), place(band.from) + 2 * unit)];
      ctx.strokeStyle = ctx.fillStyle = colour(failing ? "bad" : "warn");
      ctx.lineWidth = (failing ? 6 : 4) * unit;
      ctx.setLineDash(failing ? [] : [3 * unit, 3 * unit]);
      ctx.beginPath();
      ctx.moveTo(from, bbox.top + 3 * unit);
      ctx.lineTo(to, bbox.top + 3 * unit);
      ctx.stroke();
      ctx.globalAlpha = failing ? 0.08 : 0;
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
      ctx.globalAlpha = 1;
    }
    ctx.strokeStyle = ctx.fillStyle = colour("ink");
    ctx.lineWidth = unit;
    ctx.setLineDash([]);
    run.backs.forEach((back, index) => {
      const [from, to] = [place(back.from), place(Math.max(back.to, this.x[0]))];
      const y = bbox.top + (13 + 9 * (index % 3)) * unit;
      ctx.beginPath();
      ctx.moveTo(from, bbox.top + bbox.height);
      ctx.lineTo(from, y);
      ctx.lineTo(to, y);
      ctx.stroke();
      ctx.beginPath();
      ctx.moveTo(to, y);
      ctx.lineTo(to + 7 * unit, y - 4 * unit);
      ctx.lineTo(to + 7 * unit, y + 4 * unit);
      ctx.fill();
    });
    ctx.restore();
  }

  /* Non-finite values: a red mark on the axis at each. */
  drawBad(u) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.fillStyle = colour("bad");
    const size = 4 * devicePixelRatio;
    const floor = bbox.top + bbox.height;
    for (const index of this.spec.bad) {
      const x = u.valToPos(this.x[index], "x", true);
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(x - size, floor);
      ctx.lineTo(x, floor - 2 * size);
      ctx.lineTo(x + size, floor);
      ctx.fill();
    }
    ctx.restore();
  }
}

function startCharts() {
  const charts = run.charts.map((spec) => new Chart(document.getElementById(`chart-${spec.id}`), spec));
  const tool = (name, action) => {
    const button = document.querySelector(`[data-tool="${name}"]`);
    if (button) button.addEventListener("click", () => action(button));
  };
  tool("smooth", (button) => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    for (const chart of charts) { chart.smooth = on; chart.draw(); }
  });
  tool("reset", () => {
    for (const chart of charts) { chart.zoom = null; chart.draw(); }
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => charts.forEach((chart) => chart.draw()));
}

function startCopying() {
  for (const button of document.querySelectorAll(".code button")) {
    button.addEventListener("click", async () => {
      const code = button.parentElement.querySelector("pre");
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      } catch {
        getSelection().selectAllChildren(code);
      }
    });
  }
}

document.body.classList.remove("no-script");
startPlayer();
startCopying();
startCharts();
root.dataset.ready = "yes";
