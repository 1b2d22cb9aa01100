// What is drawn: a recipe at a preset for some data, or the networks of a run.
import { html, useEffect, useState } from "../../lib/html.js";
import { Field, Select } from "../../components/fields.js";

const SHAPES = [
  ["1x8x8", "8 × 8, grey (digits)"], ["1x28x28", "28 × 28, grey (MNIST)"], ["3x32x32", "32 × 32, colour (CIFAR-10)"],
  ["3x64x64", "64 × 64, colour"], ["3x128x128", "128 × 128, colour"], ["3x256x256", "256 × 256, colour"], ["2", "points of 2 numbers"],
];
const OWN = "own";
const known = (shape) => SHAPES.some(([value]) => value === shape);

/** natural: the shape that the recipe was made for. shape "": that one. */
function Shape({ shape, natural, onChange }) {
  const [own, setOwn] = useState(null);
  const [problem, setProblem] = useState(null);
  const value = own !== null || (shape && !known(shape)) ? OWN : shape;
  useEffect(() => setOwn(null), [natural]);
  const take = (text) => {
    const clean = text.trim().toLowerCase().replaceAll("×", "x").replaceAll(" ", "");
    const good = /^\d{1,3}(x\d{1,3}x\d{1,3})?$/.test(clean);
    setProblem(good ? null : "channels x height x width, as 3x48x64, or how many numbers a point has");
    if (good) {
      setOwn(null);
      onChange(clean);
    }
  };
  return html`<${Select} label="Data" value=${value} about="The shape of one item: networks are built for it."
      onChange=${(to) => { setProblem(null); if (to === OWN) setOwn(shape || natural); else { setOwn(null); onChange(to); } }}
      options=${[{ value: "", label: `its own: ${natural.replaceAll("x", " × ")}` }, ...SHAPES.map(([v, label]) => ({ value: v, label })), { value: OWN, label: "another shape …" }]} />
    ${value === OWN && html`<${Field} label="Shape" value=${own ?? shape} onInput=${setOwn} onChange=${take} problem=${problem} hint="e.g. 3x48x64" />`}`;
}

export function Chooser({ catalogue, runs, view, set }) {
  const row = catalogue.recipes.find((one) => one.name === view.recipe) ?? catalogue.recipes[0];
  const preset = row.presets.find((one) => one.name === view.preset);
  return html`<div class="architectures-choose">
    <${Select} label="Show" value=${view.run || ""} onChange=${(run) => set({ run, layer: "" })} about="A recipe as it would be, or a run with what it has learned."
      options=${[{ value: "", label: "a recipe" }, ...runs.map((run) => ({ value: run.id, label: `run ${run.name}` }))]} />
    ${!view.run && html`<${Select} label="Recipe" value=${row.name} onChange=${(recipe) => set({ recipe, preset: "", shape: "", layer: "" })} about=${row.about}
        options=${catalogue.recipes.map((one) => ({ value: one.name, label: one.name, about: one.about }))} />
      ${row.presets.length > 0 && html`<${Select} label="Preset" value=${preset ? preset.name : ""} onChange=${(to) => set({ preset: to, shape: "", layer: "" })}
        about="A size, or a data set's settings." options=${[{ value: "", label: "the default" }, ...row.presets.map((one) => ({ value: one.name, label: one.name }))]} />`}
      <${Shape} shape=${view.shape} natural=${preset ? preset.shape : row.shape} onChange=${(shape) => set({ shape, layer: "" })} />`}
  </div>
  ${!view.run && html`<p class="muted architectures-about">${row.about}</p>`}`;
}
