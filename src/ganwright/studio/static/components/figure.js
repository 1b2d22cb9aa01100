// A number as an instrument shows it: label, value, unit, and what it means.
import { classes, html } from "../lib/html.js";
import { number } from "../lib/format.js";
import { Tip } from "./tip.js";

export function Figure({ label, value, unit, about, detail, tone, size }) {
  const text = typeof value === "number" || value === null || value === undefined ? number(value) : value;
  return html`<div class=${classes("figure", size)}>
    <dt><${Tip} text=${about}>${label}<//></dt>
    <dd class=${tone && `tone-${tone}`}><span class="figure-value">${text}</span>${unit
      && html` <span class="figure-unit">${unit}</span>`}${detail && html`<span class="figure-detail">${detail}</span>`}</dd>
  </div>`;
}

/** Figures side by side; columns: how many at most, else as many as fit. */
export function Figures({ columns, children, class: name }) {
  return html`<dl class=${classes("figures", name)} style=${columns ? { "--columns": columns } : undefined}
    data-columns=${columns}>${children}</dl>`;
}
