// Bars: how much of a range (Meter), how far on the way (Progress).
import { classes, html } from "../lib/html.js";
import { number } from "../lib/format.js";
import { Tip } from "./tip.js";

const clamp = (x) => Math.min(1, Math.max(0, x));

export function Meter({ label, value, min = 0, max = 1, text, unit, about, tone = "accent", marks, slim, hideLabel }) {
  const there = value !== null && value !== undefined && Number.isFinite(value);
  const share = there ? clamp((value - min) / (max - min || 1)) : 0;
  const told = text ?? `${number(value, 3)}${unit ? ` ${unit}` : ""}`;
  return html`<div class=${classes("meter", slim && "slim", `tone-of-${tone}`)}>
    <div class=${classes("spread meter-head", hideLabel && "visually-hidden")}><${Tip} text=${about}>${label}<//><b>${told}</b></div>
    <div class="meter-track" role="meter" aria-label=${label} aria-valuemin=${min} aria-valuemax=${max}
      aria-valuenow=${there ? value : min} aria-valuetext=${told}>
      <span class="meter-fill" style=${{ transform: `scaleX(${share})` }}></span>
      ${marks?.map((mark) => html`<i key=${mark.value} title=${mark.label}
        style=${{ left: `${100 * clamp((mark.value - min) / (max - min || 1))}%` }}></i>`)}</div></div>`;
}

/** value null: busy, no one knows how long. */
export function Progress({ value, label, tone = "accent" }) {
  const known = value !== null && value !== undefined;
  return html`<div class=${classes("meter slim progress", `tone-of-${tone}`, !known && "busy")}>
    <div class="meter-track" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100"
      aria-valuenow=${known ? Math.round(100 * clamp(value)) : undefined}>
      <span class="meter-fill" style=${{ transform: `scaleX(${known ? clamp(value) : 0.3})` }}></span></div></div>`;
}
