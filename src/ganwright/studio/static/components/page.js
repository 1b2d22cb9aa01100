// The frame of a page: its title, what it is for, and what can be done.
import { classes, html, useEffect, useId } from "../lib/html.js";
import { Link } from "../lib/router.js";
import { Icon } from "./icon.js";
import { About } from "./tip.js";

/** back: {href, label}; wide: uses the whole width of a wall screen. */
export function Page({ title, lead, actions, back, wide, class: name, children }) {
  useEffect(() => {
    document.title = typeof title === "string" && title ? `${title} · ganwright` : "ganwright studio";
  }, [title]);
  return html`<div class=${classes("page", wide && "wide", name)}>
    <header class="page-head">
      <div class="page-title">
        ${back && html`<${Link} class="page-back" href=${back.href}><${Icon} name="back" size="15" />${back.label}<//>`}
        <h1 tabindex="-1">${title}</h1>
        ${lead && html`<p class="lead">${lead}</p>`}
      </div>
      ${actions && html`<div class="row page-actions">${actions}</div>`}
    </header>
    ${children}
  </div>`;
}

/** A part of a page with a heading and no frame. */
export function Section({ title, about, actions, id, class: name, children }) {
  const own = useId("section");
  return html`<section class=${classes("section", name)} id=${id} aria-labelledby=${own}>
    <div class="spread section-head">
      <div class="section-title"><h2 id=${own}>${title}</h2>${about && html`<${About} text=${about} of=${typeof title === "string" ? title : undefined} />`}</div>
      ${actions && html`<div class="row">${actions}</div>`}
    </div>
    ${children}
  </section>`;
}
