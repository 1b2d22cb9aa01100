// Architectures: networks as drawings, what their parts see, and which patches of a picture look real to them.
import { html, useMemo } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { useQuery } from "../lib/router.js";
import { Card } from "../components/card.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Choice } from "../components/fields.js";
import { Page } from "../components/page.js";
import { Chooser } from "./architectures/choose.js";
import { Drawing, Facts, LayerTable, Sums } from "./architectures/drawing.js";
import { Field } from "./architectures/field.js";
import { Patches } from "./architectures/patches.js";

const VIEWS = [{ value: "drawing", label: "Drawing", icon: "network" }, { value: "table", label: "Table", icon: "table" }];
const POINTS = ["gaussian1d", "ring8", "grid25", "drawing"];
const hasPlaces = (layer) => layer.output.length === 3 && layer.output[1] * layer.output[2] > 1;
const title = (name) => name[0].toUpperCase() + name.slice(1);

/** All that the address holds. */
function useView() {
  const fields = {
    recipe: useQuery("recipe", "dcgan-64"), preset: useQuery("preset", ""), shape: useQuery("shape", ""), run: useQuery("run", ""),
    network: useQuery("network", "discriminator"), layer: useQuery("layer", ""), row: useQuery("row", -1), column: useQuery("column", -1),
    as: useQuery("as", "drawing"), picture: useQuery("picture", "real:0"), method: useQuery("method", "covered"), side: useQuery("side", 8), label: useQuery("label", -1),
  };
  const view = Object.fromEntries(Object.entries(fields).map(([name, [value]]) => [name, value]));
  const set = (changes) => Object.entries(changes).forEach(([name, value]) => fields[name][1](value));
  return [view, set];
}

function Networks({ data, view, set, asked, runs }) {
  const network = data.networks.find((one) => one.name === view.network) ?? data.networks.at(-1);
  const judge = data.networks.find((one) => one.name !== "generator");
  const layer = network.layers.find((one) => one.name === view.layer) ?? network.layers.findLast((one) => one.name && hasPlaces(one)) ?? null;
  const seen = network === judge ? layer : null;
  const choose = (one) => set({ layer: one.name, row: -1, column: -1 });
  return html`<div class="stack architectures-all">
    <${Card} title="Layers" about="Each slab is the tensor that a layer gives: as high as its side, as thick as its channels (to the logarithm). Below: share of the work and of the parameters.">
      <div class="stack"><div class="spread">${data.networks.length > 1 ? html`<${Choice} label="Network" hideLabel value=${network.name} onChange=${(name) => set({ network: name, layer: "" })}
        options=${data.networks.map((one) => ({ value: one.name, label: title(one.name) }))} />` : html`<b>${title(network.name)}</b>`}<${Choice} label="View" hideLabel value=${view.as} onChange=${(as) => set({ as })} options=${VIEWS} /></div>
        <${Sums} network=${network} />
        ${view.as === "table" ? html`<${LayerTable} network=${network} chosen=${layer?.name} onChoose=${choose} />` : html`<${Drawing} network=${network} chosen=${layer?.name} onChoose=${choose} />
          <p class="architectures-key muted small" aria-hidden="true"><span><i class="of-cost"></i> share of the multiply-adds</span><span><i class="of-weights"></i> share of the parameters</span></p>`}
        <div class="architectures-facts"><${Facts} layer=${layer} network=${network} /></div></div><//>
      ${data.is_image && html`<${Field} key=${JSON.stringify(asked)} asked=${asked} layer=${seen} place=${[view.row, view.column]} setPlace=${([row, column]) => set({ row, column })} run=${view.run} picture=${view.picture.endsWith(":") ? "real:0" : view.picture} />`}
    ${data.is_image && html`<${Patches} run=${view.run} view=${view} set=${set} runs=${runs} />`}</div>`;
}

export default function Architectures() {
  const [view, set] = useView();
  const catalogue = useGet("/api/architectures");
  const all = useGet("/api/runs");
  const runs = useMemo(() => (all.data?.runs ?? []).filter((run) => !run.problem && run.num_images > 0 && !POINTS.includes(run.data)), [all.data]);
  const asked = view.run ? { run: view.run } : { recipe: view.recipe, ...(view.preset && { preset: view.preset }), ...(view.shape && { shape: view.shape }) };
  const found = useGet("/api/architectures/networks", asked);
  return html`<${Page} title="Architectures" wide lead="Any recipe as a drawing, with tensor shapes, parameters and cost, and what a trained discriminator sees in a picture.">
    ${catalogue.data ? html`<${Chooser} catalogue=${catalogue.data} runs=${runs} view=${view} set=${set} />`
      : catalogue.error ? html`<${ProblemBox} problem=${catalogue.error} retry=${catalogue.reload} />` : html`<${Loading} height="90" label="Loading the recipes" />`}
    ${found.error ? html`<${ProblemBox} problem=${found.error} retry=${found.reload} />`
      : found.data ? html`<${Networks} data=${found.data} view=${view} set=${set} asked=${asked} runs=${runs} />` : html`<${Loading} height="420" label="Drawing the networks" />`}
  <//>`;
}
