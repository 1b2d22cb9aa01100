// Small words with a colour, and the key to what is drawn.
import { classes, html } from "../lib/html.js";
import { Tip } from "./tip.js";

export function Badge({ tone, about, live, children }) {
  const badge = html`<span class=${classes("badge", tone && `tone-of-${tone}`)}><${Dot} tone=${tone} live=${live} />${children}</span>`;
  return about ? html`<${Tip} text=${about} class="plain">${badge}<//>` : badge;
}

export function Dot({ tone, live }) {
  return html`<span class=${classes("dot", tone && `tone-of-${tone}`, live && "live")} aria-hidden="true"></span>`;
}

/** items: [{label, tone or colour, shape: "dot" | "line" | "dash" | "square", value, off, onToggle}]. */
export function Legend({ items, label = "Key" }) {
  return html`<ul class="legend" aria-label=${label}>${items.map((item) => {
    const colour = item.colour ?? `var(--${item.tone ?? "muted"})`;
    const inside = html`<i class=${item.shape ?? "line"} style=${{ "--mark": colour }}></i>
      <span>${item.label}</span>${item.value !== undefined && html`<b>${item.value}</b>`}`;
    return html`<li key=${item.label}>${item.onToggle
      ? html`<button type="button" aria-pressed=${String(!item.off)} onClick=${item.onToggle} title=${item.about}
          >${inside}</button>`
      : html`<span class="legend-item" title=${item.about}>${inside}</span>`}</li>`;
  })}</ul>`;
}
