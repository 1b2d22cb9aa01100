// One of the two items that are mixed or walked between: which sample it is.
import { html } from "../lib/html.js";
import { Button } from "../components/button.js";
import { Field } from "../components/fields.js";
import { Pixels } from "./pixels.js";
import { sourceOf, sourceText, sourceTold } from "./state.js";

export const random = (most) => Math.floor(Math.random() * most);

/** frame, index: its picture. */
export function Source({ name, value, onChange, frame, index, facts, about }) {
  const { seed, number, found } = sourceOf(value);
  const take = (patch) => onChange(sourceText({ seed: seed ?? 0, number: number ?? 0, ...patch }));
  const told = `${name}: ${sourceTold(value)}`;
  return html`<div class="ex-source" role="group" aria-label=${`Source ${name}`}>
    <div class="ex-source-picture"><span class="ex-letter" aria-hidden="true">${name}</span>
      ${facts.kind === "images" && html`<${Pixels} frame=${frame} index=${index} facts=${facts} label=${told} />`}</div>
    <div class="ex-source-fields">
      ${found ? html`<p class="small">Found for your picture.</p>
        <${Button} size="small" icon="reset" onClick=${() => onChange("0.0")}>Take a sample<//>`
        : html`<${Field} label="Seed" type="number" value=${seed} about=${about} onChange=${(text) => take({ seed: text })} />
        <${Field} label="Sample" type="number" value=${number} onChange=${(text) => take({ number: text })} />
        <${Button} size="small" icon="dice" label=${`Another ${name}`} onClick=${() => take({ seed: random(10_000), number: 0 })}>Another<//>`}
    </div></div>`;
}

/** Seed and first sample of the plane and of the sheet of samples. */
export function Seed({ state, set, children }) {
  const whole = (text, most) => Math.min(most, Math.max(0, Math.round(Number(text)) || 0));
  return html`<div class="row ex-seed">
    <${Field} label="Seed" type="number" value=${state.seed} about="All random numbers follow from it: the same seed gives the same samples, here and with ganwright sample --seed."
      onChange=${(text) => set({ seed: whole(text, 2 ** 31 - 1) })} />
    ${children}
    <${Button} icon="dice" onClick=${() => set({ seed: random(10_000) })}>Another seed<//></div>`;
}
