// Runs on points: real ones, samples, and what the generator makes of a square of its latent space.
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { number } from "../lib/format.js";
import { Legend } from "../components/badge.js";
import { Canvas } from "../components/canvas.js";
import { countOf } from "./asker.js";
import { lookOf, placeOf } from "./state.js";

const SIDE = 33; // of the net
const NET = Array.from({ length: SIDE * SIDE }, (_, i) => [(i % SIDE) / (SIDE - 1), Math.floor(i / SIDE) / (SIDE - 1)]);
const WAY = Array.from({ length: 64 }, (_, i) => i / 63);
const CLOUD = 1500;

function useAnswer(asker, channel, question) {
  const [frame, setFrame] = useState(null);
  const text = JSON.stringify(question);
  useEffect(() => {
    asker.want(channel, JSON.parse(text), setFrame);
  }, [text]);
  return frame;
}

/** Points as [x, y]; of one number y is a place that spreads them. */
function pointOf(values, dims, i) {
  return dims === 1 ? [values[i], ((i * 0.618034) % 1) - 0.5] : [values[i * dims], values[i * dims + 1]];
}

function windowOf(points) {
  const [xs, ys] = [points.map((p) => p[0]), points.map((p) => p[1])];
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const half = 0.6 * Math.max(x1 - x0, y1 - y0, 1e-6);
  return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, half };
}

/** paint: a ref that is given the function to draw an answer with, as in LivePixels. */
export function PointsStage({ id, state, facts, asker, paint }) {
  const real = useGet(`/api/explore/${id}/points`);
  const look = lookOf(state, facts);
  const cloud = useAnswer(asker, "effects", { what: "samples", seed: state.seed, number: 0, num: CLOUD, ...look });
  const places = state.tool === "between" ? { ...placeOf(state, facts), shares: WAY } : { ...placeOf({ ...state, tool: "walk" }, facts), positions: NET };
  const net = useAnswer(asker, "map", { ...places, ...look });
  const [here, setHere] = useState(null);
  const told = useRef(null);
  useEffect(() => {
    paint.current = (frame) => setHere(pointOf(frame.values, frame.shape.at(-1), 0));
    return () => (paint.current = null);
  }, []);
  const dims = facts.shape[0];
  const points = real.data?.points.map((p, i) => (dims === 1 ? pointOf(p, 1, 0).map((v, j) => (j ? ((i * 0.618034) % 1) - 0.5 : v)) : p)) ?? [];
  const frame = points.length ? windowOf(points) : { x: 0, y: 0, half: 2 };

  const draw = (context, { width, height, colours }) => {
    const at = ([x, y]) => [((x - frame.x) / (2 * frame.half) + 0.5) * width, (0.5 - (y - frame.y) / (2 * frame.half)) * height];
    const dots = (list, colour, size, alpha) => {
      context.globalAlpha = alpha;
      context.fillStyle = colour;
      list.forEach((p) => {
        const [x, y] = at(p);
        context.fillRect(x - size / 2, y - size / 2, size, size);
      });
      context.globalAlpha = 1;
    };
    dots(points, colours.real, 2, 0.35);
    if (cloud) dots(Array.from({ length: countOf(cloud) }, (_, i) => pointOf(cloud.values, dims, i)), colours.fake, 2.5, 0.5);
    if (net && dims > 1) {
      const all = Array.from({ length: countOf(net) }, (_, i) => at(pointOf(net.values, dims, i)));
      context.strokeStyle = colours.text;
      context.lineWidth = state.tool === "between" ? 1.5 : 0.75;
      context.globalAlpha = state.tool === "between" ? 0.9 : 0.4;
      context.beginPath();
      if (net.what === "way") all.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
      else if (net.what === "plane" && state.tool === "walk") {
        for (let r = 0; r < SIDE; r += 2) {
          for (let c = 0; c < SIDE; c += 1) {
            const [x, y] = all[r * SIDE + c];
            if (c) context.lineTo(x, y);
            else context.moveTo(x, y);
          }
          for (let c = 0; c < SIDE; c += 1) {
            const [x, y] = all[c * SIDE + r];
            if (c) context.lineTo(x, y);
            else context.moveTo(x, y);
          }
        }
      }
      context.stroke();
      context.globalAlpha = 1;
    }
    if (here) {
      const [x, y] = at(here);
      context.fillStyle = colours.fake;
      context.strokeStyle = colours.surface;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, 7, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  };
  const text = here ? `The item at this place is ${here.map((v) => number(v, 3)).join(", ")}.` : "";
  const legend = [{ label: "real", tone: "real", shape: "dot" }, { label: `${CLOUD} samples of the seed`, tone: "fake", shape: "dot" },
    { label: state.tool === "between" ? "the way" : "the square", colour: "var(--text)", shape: "line" }];
  return html`<div class="ex-points"><${Canvas} ratio=${1} draw=${draw} deps=${[cloud, net, here, real.data, state.tool]}
      label=${`Real points, ${CLOUD} samples, and the net that the generator makes of the square. ${text}`} />
    <${Legend} items=${legend} /><p class="small muted" ref=${told}>${text}</p></div>`;
}
