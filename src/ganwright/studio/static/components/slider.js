// A slider with an editable number beside it.
import { classes, html, useEffect, useId, useState } from "../lib/html.js";
import { number } from "../lib/format.js";
import { About } from "./tip.js";

const STEPS = 1000; // of a logarithmic slider

const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

/** onInput: while it moves; onChange: when it is let go or a number was typed. */
export function Slider({
  label, value, min = 0, max = 1, step = 0.01, unit, about, onInput, onChange, format, logarithmic, disabled, marks, tone,
  hideLabel,
}) {
  const id = useId("slider");
  const digits = step >= 1 ? 0 : Math.ceil(-Math.log10(step) - 1e-9);
  const round = (x) => (logarithmic ? Number(x.toPrecision(3)) : Number((Math.round(x / step) * step).toFixed(digits)));
  const place = (x) => (logarithmic ? (STEPS * Math.log(x / min)) / Math.log(max / min) : x);
  const read = (text) => {
    const at = Number(text);
    return clamp(round(logarithmic ? min * (max / min) ** (at / STEPS) : at), min, max);
  };
  const told = format ? format(value) : logarithmic ? number(value, 3) : String(value);
  const [typed, setTyped] = useState(null);
  useEffect(() => setTyped(null), [value]);
  const take = (text) => {
    setTyped(null);
    const x = Number(text);
    if (!text.trim() || !Number.isFinite(x)) return;
    const next = clamp(x, min, max);
    onInput?.(next);
    onChange?.(next);
  };
  const span = place(max) - place(min) || 1;
  const filled = clamp((place(value) - place(min)) / span, 0, 1);
  return html`<div class=${classes("control slider", disabled && "disabled")}>
    <div class="slider-head">
      <label for=${id} class=${hideLabel && "visually-hidden"}>${label}</label>
      ${about && html`<${About} text=${about} of=${label} />`}
      <span class="slider-value">
        <input class="slider-number" type="text" inputmode="decimal" disabled=${disabled}
          aria-label=${`${label}, typed${unit ? `, in ${unit}` : ""}`} value=${typed ?? told}
          onFocus=${() => setTyped(String(value))} onInput=${(e) => setTyped(e.target.value)}
          onBlur=${(e) => typed !== null && take(e.target.value)}
          onKeyDown=${(e) => (e.key === "Enter" ? take(e.target.value) : e.key === "Escape" && setTyped(null))} />
        ${unit && html`<span class="unit">${unit}</span>`}
      </span>
    </div>
    <input id=${id} type="range" min=${logarithmic ? 0 : min} max=${logarithmic ? STEPS : max}
      step=${logarithmic ? 1 : step} value=${place(value)} disabled=${disabled}
      aria-valuetext=${unit ? `${told} ${unit}` : told}
      style=${{ "--filled": `${filled * 100}%`, "--tone": `var(--${tone ?? "accent"})` }}
      onInput=${(e) => onInput?.(read(e.target.value))} onChange=${(e) => onChange?.(read(e.target.value))} />
    ${marks && html`<div class="slider-marks" aria-hidden="true">${marks.map((mark) => html`<span key=${mark.value}
      style=${{ left: `${(100 * (place(mark.value) - place(min))) / span}%` }}>${mark.label}</span>`)}</div>`}
  </div>`;
}
