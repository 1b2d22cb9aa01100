// Choosing a recipe: one of the catalogue, or the one that fits the data.
import { classes, html, useState } from "../lib/html.js";
import { Card } from "../components/card.js";
import { Choice, Field } from "../components/fields.js";

/** What auto chose and why, in words, once the trial knows it. stale: it is of a choice that has changed since. */
function Reasons({ why, stale }) {
  if (!why) return html`<div class="auto-why"><p class="small muted">What is chosen, and why, stands here once a few iterations were tried.</p></div>`;
  const lines = typeof why === "string" ? [why] : Array.isArray(why) ? why : [why.chose, why.because].filter(Boolean);
  return html`<div class=${classes("auto-why", stale && "stale")}>${lines.map((line) => html`<p key=${line} class="small">${line}</p>`)}</div>`;
}

export function RecipeChoice({ recipes, auto, value, preset, chosen, why, stale, onChange, onPreset, problem }) {
  const [search, setSearch] = useState("");
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = recipes.filter((one) => one.name !== "auto" && (one.name === value || words.every((word) => `${one.name} ${one.title} ${one.about}`.toLowerCase().includes(word))));
  const presets = recipes.find((one) => one.name === value)?.presets ?? [];
  const row = (name, title, hint) => html`<li key=${name}><label class=${classes("source", value === name && "chosen")}>
    <input type="radio" name="recipe" checked=${value === name} onChange=${() => onChange(name)} /><span><b>${name}</b><span class="hint">${title}</span>${hint}</span></label></li>`;
  return html`<${Card}><div class="stack">
    <${Field} label="Search the recipes" hideLabel type="search" icon="search" placeholder=${`Search ${recipes.length} recipes`} value=${search} onInput=${setSearch} />
    <div role="radiogroup" aria-label="Recipes" class="recipes"><ul class="source-list">
      ${auto && words.length === 0 && row("auto", "Fits itself to the data: its size, kind and number of pictures.", chosen && chosen !== "auto" && value === "auto" && html`<span class=${classes("small tone-accent", stale && "stale")}>Here: ${chosen}</span>`)}
      ${shown.map((one) => row(one.name, one.title))}</ul></div>
    ${value === "auto" && html`<${Reasons} why=${why} stale=${stale} />`}
    ${shown.length === 0 && html`<p class="muted">No recipe has “${search}” in its name or description.</p>`}
    ${presets.length > 0 && html`<${Choice} label="Preset" about="A size of the recipe, or its settings for a data set." value=${preset} onChange=${onPreset}
      options=${[{ value: "", label: "default" }, ...presets.map((one) => ({ value: one.name ?? one, label: one.name ?? one }))]} />`}
    ${problem && html`<p class="field-problem" role="alert">${problem}</p>`}
  </div><//>`;
}
