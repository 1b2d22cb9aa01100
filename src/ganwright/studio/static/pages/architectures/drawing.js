// A network as a row of slabs: as high as the tensor's side, as thick as its channels; below each what the layer costs.
import { html, useRef } from "../../lib/html.js";
import { percent, whole } from "../../lib/format.js";
import { Figure, Figures } from "../../components/figure.js";
import { Table } from "../../components/table.js";

const TALLEST = 112;
const sizeOf = (shape) => (shape.length ? shape.join(" × ") : "1");

/** 12,345,678 as "12.3 M". */
export function short(n) {
  for (const [limit, unit] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (n >= limit) return `${Number((n / limit).toPrecision(3))} ${unit}`;
  }
  return String(n);
}

/** Sides to the square root and channels to the logarithm, so that both ends stay visible. */
function slab(shape, largest) {
  const channels = shape.length === 2 ? shape[1] : shape[0] ?? 1;
  if (shape.length < 2) {
    return { thick: 8, tall: Math.max(8, TALLEST * 0.8 * Math.min(1, Math.log2(1 + channels) / 12)), slant: 4 };
  }
  const high = shape.length === 3 ? shape[1] : Math.sqrt(shape[0]);
  const tall = Math.max(8, TALLEST * Math.sqrt(high / largest));
  return { thick: 4 + 4.5 * Math.log2(1 + channels), tall, slant: Math.max(4, tall * 0.32) };
}

function Slab({ shape, largest }) {
  const { thick, tall, slant } = slab(shape, largest);
  const [w, h] = [thick + slant + 2, TALLEST * 1.32 + 4];
  const top = (h - tall - slant) / 2 + slant;
  return html`<svg class="slab" width=${w} height=${h} viewBox=${`0 0 ${w} ${h}`} aria-hidden="true">
    <path class="slab-lid" d=${`M1 ${top} l${slant} ${-slant} h${thick} l${-slant} ${slant} z`} />
    <path class="slab-side" d=${`M${1 + thick} ${top} l${slant} ${-slant} v${tall} l${-slant} ${slant} z`} />
    <rect class="slab-front" x="1" y=${top} width=${thick} height=${tall} /></svg>`;
}

function Layer({ layer, network, largest, current, onChoose }) {
  const share = network.multiply_adds ? layer.multiply_adds / network.multiply_adds : 0;
  const weights = network.num_parameters ? layer.num_parameters / network.num_parameters : 0;
  const about = `${layer.name || "the rest"}, ${layer.kind}: ${layer.output.length || layer.input.length ? `${sizeOf(layer.input)} to ${sizeOf(layer.output)}` : "not used"}, ${
    whole(layer.num_parameters)} parameters, ${whole(layer.multiply_adds)} multiply-adds`;
  return html`<li><button type="button" class="layer" aria-pressed=${String(current)} aria-label=${about} title=${about} data-layer=${layer.name}
    onClick=${() => onChoose(layer)} onFocus=${() => onChoose(layer)}>
    <${Slab} shape=${layer.output} largest=${largest} />
    <span class="layer-shape">${sizeOf(layer.output)}</span><span class="layer-kind">${layer.kind}</span>
    <span class="layer-bar"><i class="of-cost" style=${{ width: `${Math.max(share > 0 ? 2 : 0, 100 * share)}%` }}></i></span>
    <span class="layer-bar"><i class="of-weights" style=${{ width: `${Math.max(weights > 0 ? 2 : 0, 100 * weights)}%` }}></i></span></button></li>`;
}

/** The drawing of one network. chosen: a layer's name. */
export function Drawing({ network, chosen, onChoose }) {
  const list = useRef(null);
  const sides = network.layers.flatMap((layer) => [layer.output, layer.input]).filter((shape) => shape.length === 3).map((shape) => shape[1]);
  const largest = Math.max(1, ...sides);
  const walk = (event) => {
    const all = [...list.current.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined || !all[to]) return;
    event.preventDefault();
    all[to].focus();
  };
  return html`<div class="drawing" onKeyDown=${walk}>
    <ol ref=${list} aria-label=${`Layers of the ${network.name}, in order`}>
      <li><div class="layer layer-input"><${Slab} shape=${network.input} largest=${largest} /><span class="layer-shape">${sizeOf(network.input)}</span><span class="layer-kind">input</span></div></li>
      ${network.layers.map((layer) => html`<${Layer} key=${layer.name} ...${{ layer, network, largest, onChoose, current: layer.name === chosen }} />`)}
    </ol></div>`;
}

export function LayerTable({ network, chosen, onChoose }) {
  const columns = [
    { key: "name", label: "Layer", cell: (row) => row.name || "(the rest)", sortable: false },
    { key: "kind", label: "Kind", cell: (row) => row.kind, sortable: false },
    { key: "input", label: "In", cell: (row) => sizeOf(row.input), sortable: false },
    { key: "output", label: "Out", cell: (row) => sizeOf(row.output), sortable: false },
    { key: "num_parameters", label: "Parameters", align: "right", cell: (row) => whole(row.num_parameters), sortable: false, about: "Numbers that are trained in this layer." },
    { key: "multiply_adds", label: "Multiply-adds", align: "right", cell: (row) => whole(row.multiply_adds), sortable: false, about: "Products in convolutions, linear maps and attention, for one item." },
    { key: "share", label: "Share", align: "right", cell: (row) => percent(network.multiply_adds ? row.multiply_adds / network.multiply_adds : 0), sortable: false, about: "Of the network's multiply-adds." },
  ];
  return html`<${Table} caption=${`Layers of the ${network.name}`} columns=${columns} rows=${network.layers} rowKey=${(row) => row.name} onOpen=${onChoose} />
    <p class="muted small">${chosen ? `Chosen: ${chosen}` : "Choose a layer to see what it looks at."}</p>`;
}

export function Facts({ layer, network }) {
  if (!layer) return html`<p class="muted">Point at a layer, or walk through them with the arrow keys.</p>`;
  return html`<div class="stack"><h3><span class="mono">${layer.name || "(the rest)"}</span> <span class="muted">${layer.kind}</span></h3>
    <${Figures} columns=${4}>
      <${Figure} label="In" value=${layer.input.length ? sizeOf(layer.input) : "–"} about="Shape of one item on its way in: channels × height × width." />
      <${Figure} label="Out" value=${layer.output.length ? sizeOf(layer.output) : "1"} about="Shape on its way out." />
      <${Figure} label="Parameters" value=${short(layer.num_parameters)} detail=${percent(network.num_parameters ? layer.num_parameters / network.num_parameters : 0)} about="Numbers that are trained in it, and their share of the network's." />
      <${Figure} label="Multiply-adds" value=${short(layer.multiply_adds)} detail=${percent(network.multiply_adds ? layer.multiply_adds / network.multiply_adds : 0)} about="Its work for one item, and its share of the network's. Of the textbook's form; faster ones do less." /><//></div>`;
}

export function Sums({ network }) {
  return html`<${Figures} columns=${4}>
    <${Figure} label="Takes" value=${sizeOf(network.input)} about="Shape of one item." />
    <${Figure} label="Gives" value=${network.output.length ? sizeOf(network.output) : "1 number"} about="Shape of what it makes of one item." />
    <${Figure} label="Parameters" value=${short(network.num_parameters)} about=${`${whole(network.num_parameters)} numbers are trained.`} />
    <${Figure} label="Multiply-adds" value=${short(network.multiply_adds)} about=${`${whole(network.multiply_adds)} products for one item, forward. Training takes about three times as many.`} /><//>`;
}
