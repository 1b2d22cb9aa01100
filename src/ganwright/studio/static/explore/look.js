// How items are made: class, truncation, noise, and directions to move along.
import { classes, html, useEffect, useState } from "../lib/html.js";
import { useSocket } from "../lib/api.js";
import { number } from "../lib/format.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { ProblemBox } from "../components/empty.js";
import { Choice, Select } from "../components/fields.js";
import { Progress } from "../components/meter.js";
import { Slider } from "../components/slider.js";
import { About } from "../components/tip.js";
import { Pixels } from "./pixels.js";
import { random } from "./source.js";
import { amountsOf, amountsText, lookOf, placeOf } from "./state.js";

const MOST = 4; // standard deviations
const SHOWN = 3; // of the pictures beside a slider

const TRUNCATION = {
  share: "What is kept of a style's distance to the mean style: less variety, more typical pictures. 1 changes nothing, 0 is the mean picture.",
  limit: "Latents are moved into this limit, in standard deviations: less variety, more typical pictures. At the right end nothing changes.",
};
const NOISE = "Each layer of a style-based generator adds noise for details that are random: the same noise each time, new noise for every picture, that of a seed, or none.";

function ClassChoice({ state, set, facts }) {
  if (!facts.classes.length) return null;
  const own = state.tool === "samples" ? [{ value: -1, label: "all in turn" }] : [];
  const options = [...facts.classes.map((name, value) => ({ value, label: name })), ...own];
  const shown = state.label < 0 && !own.length ? 0 : state.label;
  return html`<${Select} label="Class" value=${shown} options=${options} about="What the generator is asked for." onChange=${(label) => set({ label })} />`;
}

function Truncation({ state, set, facts }) {
  const told = facts.truncation;
  if (!told) return null;
  const value = state.psi === "" ? told.neutral : Number(state.psi);
  const take = (psi) => set({ psi: psi === told.neutral ? "" : String(psi) });
  const layers = facts.num_layers;
  const cut = state.cut < 0 ? layers : Math.min(state.cut, layers);
  const off = value === told.neutral;
  return html`<div class="stack ex-tight">
    <${Slider} label="Truncation" value=${value} min=${told.least} max=${told.most} step=${0.02} about=${TRUNCATION[told.kind]}
      unit=${told.kind === "limit" && !off ? "σ" : undefined} format=${(v) => (v === told.neutral && told.kind === "limit" ? "off" : number(v, 3))} onInput=${take} />
    ${layers > 0 && html`<${Slider} label="Cut-off layer" value=${cut} min=${0} max=${layers} step=${1} disabled=${off}
      about="Only the layers before it are truncated: the coarse ones become typical, the fine ones keep their variety."
      format=${(v) => (v === layers ? "all" : String(v))} onInput=${(v) => set({ cut: v === layers ? -1 : v })} />`}</div>`;
}

function NoiseChoice({ state, set, facts }) {
  if (!facts.noise) return null;
  const seeded = !["fixed", "random", "none"].includes(state.noise);
  const options = [{ value: "fixed", label: "Fixed" }, { value: "random", label: "Random" }, { value: "seed", label: seeded ? `Seed ${state.noise}` : "Seed" }, { value: "none", label: "Off" }];
  return html`<div class="row ex-noise"><${Choice} label="Noise" value=${seeded ? "seed" : state.noise} options=${options} about=${NOISE}
    onChange=${(noise) => set({ noise: noise === "seed" ? "1" : noise })} />
    ${seeded && html`<${Button} icon="dice" label="Other noise" onClick=${() => set({ noise: String(random(10_000)) })} />`}</div>`;
}

/** Directions of classes are found by a search on the server. */
function FindClasses({ id, onDone }) {
  const [on, setOn] = useState(false);
  const [told, setTold] = useState(null);
  const [problem, setProblem] = useState(null);
  useSocket(on ? `/live/explore/${id}/directions` : null, {
    onOpen: (send) => send({}),
    onMessage: (news) => {
      if (news.type === "progress") return setTold(news);
      setOn(false);
      setTold(null);
      return news.type === "done" ? onDone() : setProblem(news.error);
    },
  });
  return html`<div class="stack ex-tight">
    ${problem && html`<${ProblemBox} problem=${problem} title="No directions of classes" />`}
    <p class="small muted">4,096 samples are told apart by class, and for each class the direction is found in which it grows.</p>
    ${on ? html`<${Progress} value=${told?.total > 1 ? told.done / told.total : null} label="Finding directions" />
        <${Button} icon="stop" onClick=${() => setOn(false)}>Stop<//>`
      : html`<${Button} icon="search" onClick=${() => (setProblem(null), setOn(true))}>Find directions of classes<//>`}</div>`;
}

function useEffects({ asker, state, facts, at }) {
  const [frame, setFrame] = useState(null);
  const place = placeOf(state, facts, at);
  const question = JSON.stringify({ ...place, ...lookOf(state, facts), what: "effects", base: place.what, amount: SHOWN });
  useEffect(() => {
    const timer = setTimeout(() => asker.want("effects", JSON.parse(question), setFrame), 120);
    return () => clearTimeout(timer);
  }, [question]);
  return frame;
}

function Directions({ id, state, set, facts, asker, reload }) {
  const ways = facts.directions[state.by];
  const frame = useEffects({ asker, state, facts });
  const amounts = ways ? amountsOf(state.d, ways.names.length) : [];
  const put = (k, amount) => set({ d: amountsText(amounts.map((old, i) => (i === k ? amount : old))) });
  const pictures = facts.kind === "images" && frame?.shape[0] === ways?.names.length ? frame : null;
  const end = (k, side) => facts.kind === "images" && html`<button type="button" class="ex-thumb ex-end" aria-label=${`${ways.names[k]} to ${side ? "+" : "−"}${SHOWN} standard deviations`}
    onClick=${() => put(k, side ? SHOWN : -SHOWN)}><${Pixels} frame=${pictures} index=${2 * k + side} facts=${facts} label="" /></button>`;
  return html`<${Card} title="Directions" about="Ways through latent space that change something. The small pictures show where each leads at 3 standard deviations." class="ex-card"
      actions=${amounts.some(Boolean) && html`<${Button} size="small" kind="quiet" icon="reset" onClick=${() => set({ d: "" })}>All to 0<//>`}>
    <div class="stack ex-tight">
    ${facts.labelled && facts.kind === "images" && html`<${Choice} label="Which" hideLabel value=${state.by} options=${[
      { value: "sefa", label: "Components", about: "Those that the generator's first weights stretch most (SeFa)." },
      { value: "classes", label: "Classes", about: "Those in which a class grows." }]} onChange=${(by) => set({ by, d: "" })} />`}
    ${facts.num_layers > 0 && ways && html`<${Select} label="Layers that follow" value=${state.group} options=${["all", "coarse", "middle", "fine"]}
      about="Coarse layers change pose and shape, fine ones texture and colour." onChange=${(group) => set({ group })} />`}
    ${ways ? html`<ul class="ex-ways">${ways.names.map((name, k) => html`<li key=${`${state.by}-${k}`} class=${classes("ex-way", facts.kind !== "images" && "bare")}>${end(k, 0)}
        <${Slider} label=${name} value=${amounts[k]} min=${-MOST} max=${MOST} step=${0.1} unit="σ" onInput=${(v) => put(k, v)} />${end(k, 1)}</li>`)}</ul>
      <p class="small muted">${state.by === "sefa" ? "By the weights alone (SeFa), strongest first" : "By linear probes on samples"}. <${About} text=${ways.about} of="these directions" /></p>`
      : html`<${FindClasses} id=${id} onDone=${reload} />`}</div><//>`;
}

export function LookPanel(props) {
  const { facts } = props;
  const bare = !facts.classes.length && !facts.truncation && !facts.noise;
  return html`<div class="stack ex-look">
    ${!bare && html`<${Card} title="How it is made" class="ex-card"><div class="stack ex-tight"><${ClassChoice} ...${props} /><${Truncation} ...${props} /><${NoiseChoice} ...${props} /></div><//>`}
    <${Directions} ...${props} /></div>`;
}
