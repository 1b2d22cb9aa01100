// What is shown instead of data: nothing yet, still coming, or something went wrong.
import { html } from "../lib/html.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/** Nothing here yet, and what to do about it. */
export function Empty({ title, text, action, icon = "image" }) {
  return html`<div class="empty"><span class="empty-icon"><${Icon} name=${icon} size="28" /></span>
    <p class="empty-title">${title}</p>${text && html`<p class="muted">${text}</p>`}
    ${action && html`<div class="row">${action}</div>`}</div>`;
}

/** What happened, and a way to go on. */
export function ProblemBox({ problem, title = "That did not work", retry }) {
  if (!problem) return null;
  return html`<div class="problem" role="alert"><${Icon} name="warning" size="20" />
    <div><p class="problem-title">${title}</p><p>${problem.message ?? problem}</p></div>
    ${retry && html`<${Button} size="small" icon="reset" onClick=${retry}>Try again<//>`}</div>`;
}

/** A place kept free while data comes; what takes more than a second says what it is. height: in CSS pixels. */
export function Loading({ height = 120, label = "Loading" }) {
  return html`<div class="loading" style=${{ height: `${Number(height)}px` }} role="status"><span class="loading-label">${label} …</span></div>`;
}

/** of: what useGet returned; children: a function of its data. */
export function Waiting({ of, height, title, children }) {
  const draw = Array.isArray(children) ? children.find((child) => typeof child === "function") : children;
  if (of.data !== null) return draw(of.data);
  if (of.error) return html`<${ProblemBox} problem=${of.error} title=${title} retry=${of.reload} />`;
  return html`<${Loading} height=${height} />`;
}
