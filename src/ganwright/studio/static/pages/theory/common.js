// What every part of the page Theory is laid out with.
import { html, useMemo } from "../../lib/html.js";
import { useGet } from "../../lib/api.js";
import { number } from "../../lib/format.js";
import { Loading, ProblemBox } from "../../components/empty.js";

/** A formula in plain text with marks of its own; label: how it is read aloud. */
export function Formula({ label, children }) {
  return html`<p class="theory-formula" role="img" aria-label=${label}><span aria-hidden="true">${children}</span></p>`;
}

/** What is to be seen, the formula and the controls at the left; charts at the right. */
export function Part({ title, see, formula, controls, figures, notes, children }) {
  return html`<div class="theory-part">
    <section class="theory-side stack" aria-label=${title}>
      <h2>${title}</h2>
      <p class="theory-see">${see}</p>
      ${formula}
      <div class="theory-controls stack">${controls}</div>
      <div class="theory-figures stack">${figures}</div>
      ${notes && html`<div class="theory-notes muted small stack">${notes}</div>`}
    </section>
    <div class="theory-charts">${children}</div>
  </div>`;
}

/** The data of a part, or what stands in its place; children(data). */
export function Curves({ path, params, children }) {
  const { data, error, reload } = useGet(`/api/theory/${path}`, params);
  if (!data && error) return html`<${ProblemBox} problem=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} height="640" label="Computing the curves" />`;
  return html`<${children} data=${data} />`;
}

/** The same numbers as a new array whenever something changes: a chart looks at the array to see that it has to draw. */
export function useFresh(values, deps) {
  return useMemo(() => [...values], [values, ...deps]);
}

/** A density as a filled line. */
export function filled(key, label, values, colour) {
  return { key, label, values, colour, low: values.map(() => 0), high: values };
}

/** Densities fall below every number; what cannot be seen is 0. */
export const asDensity = (v) => (v === null ? "–" : Math.abs(v) < 1e-4 ? "0" : number(v, 3));
