// A framed block with a heading.
import { classes, html, useId } from "../lib/html.js";
import { About } from "./tip.js";

export function Card({ title, unit, about, actions, level = 2, tone, flush, class: name, children }) {
  const id = useId("card");
  const Heading = `h${level}`;
  return html`<section class=${classes("card", tone && `toned tone-of-${tone}`, flush && "flush", name)}
    aria-labelledby=${title ? id : undefined}>
    ${(title || actions) && html`<div class="spread card-head">
      ${title && html`<${Heading} id=${id} class="card-title">${title}${unit && html` <span class="unit">${unit}</span>`}<//>`}
      ${about && html`<${About} text=${about} of=${typeof title === "string" ? title : undefined} />`}
      ${actions && html`<div class="row card-actions">${actions}</div>`}
    </div>`}
    ${children}
  </section>`;
}
