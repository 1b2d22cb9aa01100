// From A to B, and styles of B in A.
import { classes, html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { useFrame } from "../lib/hooks.js";
import { Button } from "../components/button.js";
import { Select } from "../components/fields.js";
import { Slider } from "../components/slider.js";
import { Pixels } from "./pixels.js";
import { Source } from "./source.js";
import { crossing, crossOf, lookOf, mixOf, placeOf } from "./state.js";

const STOPS = 9;
export const SHARES = Array.from({ length: STOPS }, (_, i) => i / (STOPS - 1));

/** The answer to a question of the channel "strip", asked whenever it changes. */
function useStrip(asker, question) {
  const [frame, setFrame] = useState(null);
  const text = JSON.stringify(question);
  useEffect(() => {
    asker.want("strip", JSON.parse(text), setFrame);
  }, [text]);
  return frame;
}

export function EndClass({ state, set, facts }) {
  if (!facts.classes.length || state.label < 0) return null;
  const options = [{ value: -1, label: "as A" }, ...facts.classes.map((name, value) => ({ value, label: name }))];
  return html`<${Select} label="Class of B" value=${state.label2} options=${options} onChange=${(label2) => set({ label2 })} />`;
}

function Strip({ frame, count, facts, at, onPick, told }) {
  return html`<ul class="ex-strip" style=${{ "--count": count }}>${Array.from({ length: count }, (_, i) => html`<li key=${i}>
    <button type="button" class=${classes("ex-thumb", i === at && "on")} aria-pressed=${String(i === at)} aria-label=${told(i)}
      onClick=${() => onPick(i)}><${Pixels} frame=${frame?.shape[0] === count ? frame : null} index=${i} facts=${facts} label="" /></button></li>`)}</ul>`;
}

export function Player({ state, set }) {
  const [playing, setPlaying] = useState(false);
  const way = useRef(1);
  const at = useRef(state.t);
  at.current = playing ? at.current : state.t;
  useFrame((dt) => {
    let next = at.current + way.current * Math.min(dt, 0.1) * 0.25;
    if (next > 1 || next < 0) {
      way.current = -way.current;
      next = Math.min(1, Math.max(0, next));
    }
    at.current = next;
    set({ t: Number(next.toFixed(4)) });
  }, playing);
  return html`<${Button} icon=${playing ? "pause" : "play"} pressed=${playing} onClick=${() => setPlaying(!playing)}>${playing ? "Pause" : "Play"}<//>`;
}

export function Between({ state, set, facts, asker }) {
  const strip = useStrip(asker, { ...placeOf({ ...state, tool: "between" }, facts), ...lookOf(state, facts), shares: SHARES });
  const last = (strip?.shape[0] ?? STOPS) - 1;
  return html`<div class="stack ex-tight">
    <div class="ex-sources">
      <${Source} name="A" value=${state.a} onChange=${(a) => set({ a })} frame=${strip} index=${0} facts=${facts} />
      <${Source} name="B" value=${state.b} onChange=${(b) => set({ b })} frame=${strip} index=${last} facts=${facts} />
    </div>
    <${EndClass} state=${state} set=${set} facts=${facts} />
    <div class="ex-play"><${Player} state=${state} set=${set} />
      <${Slider} label="A to B" value=${state.t} step=${0.005} onInput=${(t) => set({ t })}
        about=${facts.along === "linear" ? "A straight line through styles." : "Along a circle, so that latents keep their length: a straight line would pass places that the generator was never trained on."} /></div>
    <${Strip} frame=${strip} count=${STOPS} facts=${facts} at=${SHARES.indexOf(state.t)} onPick=${(i) => set({ t: SHARES[i] })}
      told=${(i) => `${Math.round(SHARES[i] * 100)} % of the way to B`} /></div>`;
}

export function Mix({ state, set, facts, asker }) {
  const num = facts.num_layers;
  const mixes = useMemo(() => Array.from({ length: num + 1 }, (_, cross) => crossing(cross, num)), [num]);
  const strip = useStrip(asker, { ...placeOf({ ...state, tool: "mix" }, facts), ...lookOf(state, facts), mixes });
  const shares = mixOf(state, num);
  const cross = crossOf(state, num);
  const free = state.mix !== "";
  const told = (k) => (k === 0 ? "All layers follow B" : k === num ? "All layers follow A" : `Layers 0 to ${k - 1} follow A, ${k} to ${num - 1} follow B`);
  const setShare = (layer, share) => set({ mix: shares.map((old, i) => (i === layer ? share : old)).join(",") });
  return html`<div class="stack ex-tight">
    <div class="ex-sources">
      <${Source} name="A" value=${state.a} onChange=${(a) => set({ a })} frame=${strip} index=${num} facts=${facts} />
      <${Source} name="B" value=${state.b} onChange=${(b) => set({ b })} frame=${strip} index=${0} facts=${facts} />
    </div>
    <${EndClass} state=${state} set=${set} facts=${facts} />
    <${Slider} label="Crossover" value=${cross} min=${0} max=${num} step=${1} unit=${cross === 1 ? "layer of A" : "layers of A"} onInput=${(value) => set({ cross: value, mix: "" })}
      about="The first layers make what is coarse (pose, shape), the last ones what is fine (texture, colour). Layers before the crossover follow A, the others B." />
    <${Strip} frame=${strip} count=${num + 1} facts=${facts} at=${free ? -1 : cross} onPick=${(k) => set({ cross: k, mix: "" })} told=${told} />
    <p class="small muted" aria-live="polite">${free ? "Layers are mixed one by one." : `${told(cross)}.`}</p>
    <details class="ex-details" open=${free}><summary>Layer by layer</summary>
      <p class="small muted">Whose style each layer takes: at 0 % that of A, at 100 % that of B. Layer 0 is the coarsest.</p>
      <div class="ex-layers">${shares.map((share, layer) => html`<${Slider} key=${layer} label=${`Layer ${layer}`} value=${Math.round(share * 100)} min=${0} max=${100} step=${1} unit="% B"
        onInput=${(value) => setShare(layer, value / 100)} />`)}</div></details></div>`;
}

/** Samples of a seed, to choose from. */
export function Samples({ state, set, facts, asker }) {
  const first = Math.floor(state.n / state.num) * state.num;
  const strip = useStrip(asker, { what: "samples", seed: state.seed, number: first, num: state.num, ...lookOf(state, facts) });
  const classOf = (number) => (facts.classes.length && state.label < 0 ? `, class ${facts.classes[number % facts.classes.length]}` : "");
  return html`<div class="ex-samples">
    <ul class="ex-sheet" style=${{ "--count": Math.sqrt(state.num) }}>${Array.from({ length: state.num }, (_, i) => html`<li key=${i}>
      <button type="button" class=${classes("ex-thumb", first + i === state.n && "on")} aria-pressed=${String(first + i === state.n)}
        aria-label=${`Sample ${first + i}${classOf(first + i)}`} onClick=${() => set({ n: first + i })}>
        <${Pixels} frame=${strip?.shape[0] === state.num ? strip : null} index=${i} facts=${facts} label="" /></button></li>`)}</ul></div>`;
}
