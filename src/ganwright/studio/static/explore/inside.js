// What happens inside: the activations of any layer for the picture that is shown, and frequencies against real data.
import { classes, html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { number, percent, whole } from "../lib/format.js";
import { Card } from "../components/card.js";
import { Chart } from "../components/chart.js";
import { Waiting } from "../components/empty.js";
import { Select } from "../components/fields.js";
import { Figure, Figures } from "../components/figure.js";
import { Tabs } from "../components/tabs.js";
import { useColours } from "../theme.js";

const MOST_SHOWN = 64;

/** "#rrggbb" -> [r, g, b]. */
const rgb = (colour) => [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));

/** 256 colours from negative over nothing to positive. */
function usePalette() {
  const { series, accent, surface } = useColours();
  return useMemo(() => {
    const [low, none, high] = [series[3], surface, accent].map(rgb);
    return Array.from({ length: 256 }, (_, i) => {
      const share = Math.min(1, Math.abs(i - 128) / 127);
      const end = i < 128 ? low : high;
      return none.map((c, j) => Math.round(c + (end[j] - c) * Math.sqrt(share)));
    });
  }, [series, accent, surface]);
}

function Maps({ frame }) {
  const ref = useRef(null);
  const palette = usePalette();
  const [count, height, width] = frame.shape;
  const shown = Math.min(count, MOST_SHOWN);
  const columns = Math.min(shown, 8);
  const rows = Math.ceil(shown / columns);
  const [w, h] = [columns * (width + 1) - 1, rows * (height + 1) - 1];
  useLayoutEffect(() => {
    const context = ref.current.getContext("2d");
    for (let map = 0; map < shown; map += 1) {
      const data = new ImageData(width, height);
      for (let i = 0; i < width * height; i += 1) {
        const [r, g, b] = palette[frame.values[map * width * height + i]];
        data.data.set([r, g, b, 255], i * 4);
      }
      context.putImageData(data, (map % columns) * (width + 1), Math.floor(map / columns) * (height + 1));
    }
  }, [frame, palette]);
  return html`<canvas ref=${ref} class="ex-maps pixelated" width=${w} height=${h} role="img"
    aria-label=${`${shown} of ${frame.size[0]} activation maps of ${frame.layer}, the strongest first`}></canvas>`;
}

function Row({ frame }) {
  const values = Array.from(frame.values);
  const x = useMemo(() => values.map((_, i) => i), [values.length]);
  const series = useMemo(() => [{ key: "a", label: "activation", colour: "accent", values, width: 1 }], [frame]);
  return html`<${Chart} label=${`Activations of ${frame.layer}`} x=${x} series=${series} xLabel="Unit" height=${200} legend=${false} />`;
}

function Spectrum({ frame }) {
  const side = Math.min(...frame.size.slice(1));
  const x = useMemo(() => frame.spectrum.map((_, i) => i / side), [frame.spectrum.length, side]);
  const series = useMemo(() => [{ key: "p", label: "power", colour: "accent", values: frame.spectrum }], [frame]);
  return html`<${Chart} label=${`Spectrum of ${frame.layer}`} x=${x} series=${series} xLabel="Frequency" xUnit="cycles a pixel" yLabel="Power" yUnit="dB"
    height=${200} legend=${false} />`;
}

function Layers({ state, set, facts, asker, question }) {
  const [frame, setFrame] = useState(null);
  const known = facts.layers.map((layer) => layer.name);
  const usual = facts.layers.find((layer) => layer.shape.length === 3)?.name ?? known[0];
  const layer = known.includes(state.layer) ? state.layer : usual;
  const text = JSON.stringify({ ...question, layer });
  useEffect(() => {
    asker.want("layer", JSON.parse(text), setFrame);
  }, [text]);
  const here = facts.layers.find((one) => one.name === layer);
  const options = facts.layers.map((one) => ({ value: one.name, label: `${one.name} · ${one.kind} · ${one.shape.join(" × ")}` }));
  const fits = frame && frame.layer === layer;
  return html`<div class="stack ex-inside">
    <${Select} label="Layer" value=${layer} options=${options} about="In the order in which they are computed; shapes are channels × height × width." onChange=${(name) => set({ layer: name })} />
    <div class="ex-inside-room">${frame && html`<${Figures} columns=${5}>
        <${Figure} label="Mean" value=${number(frame.mean, 3)} size="small" about="Of all activations of this layer for this picture." />
        <${Figure} label="Spread" value=${number(frame.std, 3)} size="small" about="Standard deviation of all activations." />
        <${Figure} label="Silent" value=${percent(frame.zeros)} size="small" about="Share of activations that are exactly 0." />
        <${Figure} label="Parameters" value=${whole(here?.parameters)} size="small" about="Numbers this layer has learnt, those of layers inside it not counted." />
        ${frame.non_finite > 0 && html`<${Figure} label="Not finite" value=${whole(frame.non_finite)} tone="bad" size="small" about="NaN or infinite activations: the generator is broken." />`}<//>
      <div class=${classes("ex-inside-body", !frame.spectrum && "one")}><div class="ex-maps-box">
        ${frame.shape.length === 3 ? html`<${Maps} frame=${frame} />` : html`<${Row} frame=${frame} />`}
        ${frame.shape.length === 3 && html`<p class="small muted">${frame.size[0] > MOST_SHOWN ? `The strongest ${MOST_SHOWN} of ${frame.size[0]} channels` : frame.size[0] === 1 ? "One channel" : `All ${frame.size[0]} channels, the strongest first`}:
          <span class="nowrap"><span class="ex-key ex-key-low"></span>below 0,</span> <span class="nowrap"><span class="ex-key ex-key-high"></span>above,</span> up to ${number(frame.scale, 3)}</p>`}</div>
        ${frame.spectrum && html`<${Spectrum} frame=${frame} />`}</div>`}</div>
    <p class="visually-hidden" aria-live="polite">${fits ? `Activations of ${layer} are shown.` : ""}</p></div>`;
}

function Frequencies({ id }) {
  const found = useGet(`/api/explore/${id}/spectrum`);
  const draw = (data) => html`<${Chart} label="Power by frequency" x=${data.real.frequency} xLabel="Frequency" xUnit="cycles a pixel" yLabel="Power" yUnit="dB" height=${280}
      series=${[{ key: "real", label: "real", colour: "real", values: data.real.decibels }, { key: "fake", label: "samples", colour: "fake", values: data.fake.decibels }]} />
    <p class="small muted prose">Radially averaged power of ${whole(data.num)} samples and as many pictures of ${data.data}. Where the curves part at the right end, upsampling
      leaves traces that the eye hardly sees and a detector does (Durall et al. 2020).</p>`;
  return html`<${Waiting} of=${found} height=${330} title="No spectrum">${draw}<//>`;
}

export function Inside(props) {
  const { state, set, facts, id } = props;
  const tabs = [{ key: "layers", label: "Layers", count: facts.layers.length, content: () => html`<${Layers} ...${props} />` }];
  if (facts.kind === "images") tabs.push({ key: "spectrum", label: "Spectrum", content: () => html`<${Frequencies} id=${id} />` });
  return html`<${Card} title="Inside" about="What the layers make of it, and which frequencies there are." class="ex-card">
    <${Tabs} label="What to look at inside" value=${state.inside} onChange=${(inside) => set({ inside })} tabs=${tabs} /><//>`;
}
