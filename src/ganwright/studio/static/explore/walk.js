// A square of latent space under the mouse: its corners are four samples, and between them everything is continuous.
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { Slider } from "../components/slider.js";
import { Field } from "../components/fields.js";
import { Sheet } from "./pixels.js";
import { Seed } from "./source.js";
import { lookOf, placeOf } from "./state.js";

const SIDE = 7; // pictures in a row of the map
const STEP = 0.02;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export const MAP = Array.from({ length: SIDE * SIDE }, (_, i) => [(i % SIDE) / (SIDE - 1), Math.floor(i / SIDE) / (SIDE - 1)]);
const keep = (x) => Number(Math.min(1, Math.max(0, x)).toFixed(3));

/** look(at): show a place that is only passed over; null: back to where the marker is. */
export function Pad({ state, set, look, children, label }) {
  const box = useRef(null);
  const cross = useRef(null);
  const pressed = useRef(false);
  const place = (event) => {
    const frame = box.current.getBoundingClientRect();
    return [keep((event.clientX - frame.left) / frame.width), keep((event.clientY - frame.top) / frame.height)];
  };
  const hover = (at) => {
    cross.current.hidden = !at;
    if (at) Object.assign(cross.current.style, { left: `${at[0] * 100}%`, top: `${at[1] * 100}%` });
    look(at);
  };
  const settle = ([x, y]) => set({ x, y });
  const down = (event) => {
    pressed.current = true;
    box.current.setPointerCapture(event.pointerId);
    settle(place(event));
  };
  const move = (event) => {
    const at = place(event);
    if (pressed.current) settle(at);
    else if (event.pointerType === "mouse") hover(at);
  };
  const up = () => {
    pressed.current = false;
  };
  const key = (event) => {
    const way = KEYS[event.key];
    if (!way) return;
    event.preventDefault();
    const by = STEP * (event.shiftKey ? 5 : 1);
    hover(null);
    settle([keep(state.x + way[0] * by), keep(state.y + way[1] * by)]);
  };
  return html`<div class="ex-pad" ref=${box} tabindex="0" role="application" aria-label=${label}
    onPointerDown=${down} onPointerMove=${move} onPointerUp=${up} onPointerCancel=${up} onPointerLeave=${() => !pressed.current && hover(null)}
    onKeyDown=${key}>${children}
    <span class="ex-cross" ref=${cross} hidden aria-hidden="true"></span>
    <span class="ex-marker" aria-hidden="true" style=${{ left: `${state.x * 100}%`, top: `${state.y * 100}%` }}></span></div>`;
}

export function WalkControls({ state, set }) {
  return html`<div class="stack ex-tight">
    <div class="grid ex-sliders">
      <${Slider} label="Across" value=${state.x} step=${0.005} onInput=${(x) => set({ x })} about="From the left samples to the right ones." />
      <${Slider} label="Down" value=${state.y} step=${0.005} onInput=${(y) => set({ y })} about="From the upper samples to the lower ones." />
    </div>
    <${Seed} state=${state} set=${set}><${Field} label="Sample" type="number" value=${state.n} about="The number of the sample in the upper left corner; the other corners are the next three."
      onChange=${(text) => set({ n: Math.min(999_000, Math.max(0, Math.round(Number(text)) || 0)) })} /><//></div>`;
}

export function Walk({ state, set, facts, asker, look }) {
  const [map, setMap] = useState(null);
  const question = JSON.stringify({ ...placeOf({ ...state, tool: "walk" }, facts), ...lookOf(state, facts), positions: MAP });
  useEffect(() => {
    asker.want("map", JSON.parse(question), setMap);
  }, [question]);
  return html`<${Pad} state=${state} set=${set} look=${look}
      label="A square of latent space. Move the mouse over it, or use the arrow keys; hold Shift for larger steps.">
      <${Sheet} frame=${map} columns=${SIDE} facts=${facts} label=${`${SIDE * SIDE} pictures of the square between four samples`} />
    <//>`;
}
