// A critic on a line under your hands: its gap, its steepest slope, and what the gap is worth.
import { html, useRef, useState } from "../../lib/html.js";
import { useQuery } from "../../lib/router.js";
import { number } from "../../lib/format.js";
import { Button } from "../../components/button.js";
import { Canvas } from "../../components/canvas.js";
import { Card } from "../../components/card.js";
import { Legend } from "../../components/badge.js";
import { Choice } from "../../components/fields.js";
import { Figure, Figures } from "../../components/figure.js";
import { Curves, Formula, Part } from "./common.js";

const PAIRS = [
  { value: "apart", label: "Apart" },
  { value: "overlapping", label: "Overlapping" },
  { value: "lost-mode", label: "One mode of two" },
];
const TOP = 10; // of the critic's axis
const EDGE = 28;

const short = (v) => Number(v.toFixed(2));
/** A best critic, any offset being as good: here the one around 0. */
const middle = (data) => (Math.min(...data.critic) + Math.max(...data.critic)) / 2;
const clamp = (v) => Math.min(TOP, Math.max(-TOP, v));

function useHeights(data) {
  const [text, setText] = useQuery("f", "");
  const read = text.split(",").map(Number);
  const heights = text && read.length === data.knots.length && read.every(Number.isFinite) ? read : data.knots.map(() => 0);
  return [heights, (next) => setText(next.some((v) => v) ? next.map((v) => short(clamp(v))).join(",") : "")];
}

/** Heights, drawn: the densities below, the critic in straight pieces, the best one as a reference. */
function draw(c, { width, height, colours }, { data, heights, chosen }) {
  const px = (x) => EDGE + ((x + 5) / 10) * (width - 2 * EDGE);
  const py = (y) => height / 2 - (y / TOP) * (height / 2 - 14);
  c.lineWidth = 1;
  c.font = "12px system-ui";
  for (const y of [-10, -5, 0, 5, 10]) {
    c.strokeStyle = colours.line;
    c.beginPath();
    c.moveTo(EDGE, py(y));
    c.lineTo(width - EDGE / 2, py(y));
    c.stroke();
    c.fillStyle = colours.muted;
    c.textAlign = "right";
    c.fillText(String(y), EDGE - 6, py(y) + 4);
  }
  const highest = Math.max(...data.real, ...data.fake);
  for (const [values, colour] of [[data.real, colours.real], [data.fake, colours.fake]]) {
    c.beginPath();
    c.moveTo(px(data.x[0]), height);
    data.x.forEach((x, i) => c.lineTo(px(x), height - (values[i] / highest) * height * 0.36));
    c.lineTo(px(data.x.at(-1)), height);
    c.globalAlpha = 0.22;
    c.fillStyle = colour;
    c.fill();
    c.globalAlpha = 1;
    c.strokeStyle = colour;
    c.lineWidth = 1.5;
    c.stroke();
  }
  const path = (xs, ys) => {
    c.beginPath();
    xs.forEach((x, i) => (i ? c.lineTo(px(x), py(ys[i])) : c.moveTo(px(x), py(ys[i]))));
    c.stroke();
  };
  c.setLineDash([5, 5]);
  c.strokeStyle = colours.muted;
  path(data.x, data.critic.map((v) => v - middle(data)));
  c.setLineDash([]);
  c.lineWidth = 2.5;
  data.knots.slice(1).forEach((x, i) => {
    c.strokeStyle = Math.abs(heights[i + 1] - heights[i]) > 1.0005 ? colours.bad : colours.accent;
    path([data.knots[i], x], [heights[i], heights[i + 1]]);
  });
  data.knots.forEach((x, i) => {
    c.beginPath();
    c.arc(px(x), py(heights[i]), i === chosen ? 9 : 6, 0, 7);
    c.fillStyle = i === chosen ? colours.accent : colours.surface;
    c.fill();
    c.strokeStyle = colours.accent;
    c.lineWidth = 2;
    c.stroke();
  });
}

function Shown({ data }) {
  const [pair, setPair] = useQuery("pair", "apart");
  const [heights, setHeights] = useHeights(data);
  const [chosen, setChosen] = useState(5);
  const [held, setHeld] = useState(false);
  const place = useRef(null);
  const gap = heights.reduce((sum, v, i) => sum + v * data.gains[i], 0);
  const steepest = Math.max(...heights.slice(1).map((v, i) => Math.abs(v - heights[i]) / (data.knots[i + 1] - data.knots[i])));
  const proven = steepest > 0 ? gap / Math.max(steepest, 1) : 0;
  const legal = steepest <= 1.0005;
  const move = (i, to) => setHeights(heights.map((v, k) => (k === i ? to : v)));
  const onPointer = ({ type, x, y, event }) => {
    const frame = place.current.getBoundingClientRect();
    const [width, height] = [frame.width, frame.height];
    const i = Math.min(10, Math.max(0, Math.round(((x - EDGE) / (width - 2 * EDGE)) * 10)));
    const to = clamp(((height / 2 - y) / (height / 2 - 14)) * TOP);
    if (type === "down") {
      event.preventDefault();
      setHeld(true);
      setChosen(i);
      move(i, to);
    } else if (type === "move" && held) move(chosen, to);
    else if (type === "up") setHeld(false);
  };
  const onKeyDown = (event) => {
    const by = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 }[event.key];
    const to = { ArrowLeft: chosen - 1, ArrowRight: chosen + 1, Home: 0, End: 10 }[event.key];
    if (by === undefined && to === undefined) return;
    event.preventDefault();
    if (by !== undefined) move(chosen, heights[chosen] + by);
    else setChosen(Math.min(10, Math.max(0, to)));
  };
  const scaled = (by) => setHeights(heights.map((v) => v * by));
  return html`<${Part} title="The Lipschitz constraint"
    see=${html`Drag the critic's points: raise it over the data, lower it over the samples. The gap <strong>grows without end</strong> as it becomes
      steeper. Only while no piece is steeper than 1 is the gap at most W<sub>1</sub>, the distance.`}
    formula=${html`<${Formula} label="W1 is the largest gap, the mean of f over data minus the mean of f over samples, over all f with slope at most 1.">
      gap = E<sub>data</sub> f − E<sub>samples</sub> f<br />W<sub>1</sub> = the largest gap with |f(a) − f(b)| ≤ |a − b|<br />slope at most K: the gap is at most K · W<sub>1</sub><//>`}
    controls=${html`<${Choice} label="Data and samples" value=${pair} onChange=${setPair} options=${PAIRS} />
      <div class="row" role="group" aria-label="Critic"><${Button} onClick=${() => setHeights(data.at_knots.map((v) => v - middle(data)))}>The best<//>
        <${Button} onClick=${() => scaled(2)}>Twice as steep<//>
        <${Button} onClick=${() => scaled(1 / Math.max(steepest, 1))} disabled=${legal}>Bring to slope 1<//>
        <${Button} kind="quiet" icon="reset" onClick=${() => setHeights(data.knots.map(() => 0))}>Flat<//></div>`}
    figures=${html`<p class=${`small ${legal ? "" : "tone-bad"}`} aria-live="polite">${legal
      ? steepest === 0 ? "A flat critic tells nothing apart." : "1-Lipschitz: the gap is a lower bound of the distance."
      : `Not 1-Lipschitz: slope ${number(steepest, 3)}. The gap is a report on the critic, not on the samples.`}</p>
      <${Figures} columns=${2}>
      <${Figure} label="Gap" value=${number(gap, 3)} about="Mean of the critic over the data less its mean over the samples: what it is trained to raise." tone=${legal ? "accent" : "bad"} />
      <${Figure} label="W₁" value=${number(data.wasserstein, 3)} about="The Wasserstein-1 distance: the largest gap of any critic with slope at most 1." />
      <${Figure} label="Steepest slope" value=${number(steepest, 3)} about="Of all straight pieces." tone=${legal ? "good" : "bad"} />
      <${Figure} label="Gap / slope" value=${number(proven, 3)} about="What this critic proves of the distance, brought to slope 1: never more than W₁." /><//>`}
    notes=${html`<p>Weight clipping, a gradient penalty and spectral normalisation are three ways of keeping a network near slope 1. If it is kept
      only near slope K, the gap is K times a distance. Adding a constant changes nothing: scores of critics have a free offset.</p>`}>
    <${Card} title="The critic f(x)" about="Straight between eleven points, which you can move. Drag them, or choose one with the left and right keys and move it with up and down.">
      <div ref=${place}><${Canvas} height=${400} keyboard deps=${[data, heights, chosen]} draw=${(c, frame) => draw(c, frame, { data, heights, chosen })}
        onPointer=${onPointer} onKeyDown=${onKeyDown} class="theory-critic"
        label=${`A critic in straight pieces over x from -5 to 5. Point ${chosen + 1} of 11, at x = ${data.knots[chosen]}, has the height ${short(heights[chosen])}. Gap ${number(gap, 3)}, steepest slope ${number(steepest, 3)}.`} /></div>
      <${Legend} items=${[{ label: "your critic", tone: "accent", shape: "line" }, { label: "steeper than 1", tone: "bad", shape: "line" },
        { label: "a best critic", tone: "muted", shape: "dash" }, { label: "data", tone: "real" }, { label: "samples", tone: "fake" }]} />
      <p class="visually-hidden" aria-live="polite">Point ${chosen + 1}, height ${short(heights[chosen])}</p><//>
  <//>`;
}

export function Lipschitz() {
  const [pair] = useQuery("pair", "apart");
  return html`<${Curves} path="lipschitz" params=${{ pair: PAIRS.some((one) => one.value === pair) ? pair : "apart" }}>${Shown}<//>`;
}
