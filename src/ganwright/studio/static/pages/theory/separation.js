// Wasserstein against Jensen-Shannon, with a slider for the distance of two shapes.
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/router.js";
import { number } from "../../lib/format.js";
import { Card } from "../../components/card.js";
import { Chart } from "../../components/chart.js";
import { Choice } from "../../components/fields.js";
import { Figure, Figures } from "../../components/figure.js";
import { Slider } from "../../components/slider.js";
import { asDensity, Curves, filled, Formula, Part, useFresh } from "./common.js";

const SHAPES = [
  { value: "normals", label: "Normals", about: "Bell curves: they overlap at any distance, if only a little." },
  { value: "uniforms", label: "Uniforms", about: "Boxes: they stop to overlap at their width." },
  { value: "lines", label: "Lines", about: "Two segments in the plane, or two points: they share nothing unless they coincide." },
];
const WIDTHS = ["0.25", "0.5", "1"];
const known = (value, all, otherwise) => (all.includes(value) ? value : otherwise);

/** Two parallel segments, as in example 1 of the Wasserstein GAN paper. */
function Lines({ apart }) {
  const place = (s) => 60 + s * 75;
  return html`<svg class="theory-lines" viewBox="0 0 560 200" role="img" aria-label=${`Two parallel segments, ${apart} apart`}>
    <line class="theory-axis" x1="20" x2="540" y1="180" y2="180" />
    <line class="theory-apart" x1=${place(0)} x2=${place(apart)} y1="100" y2="100" />
    <line class="theory-real" x1=${place(0)} x2=${place(0)} y1="30" y2="170" />
    <line class="theory-fake" x1=${place(apart)} x2=${place(apart)} y1="30" y2="170" />
    <text x=${place(0)} y="22" text-anchor="middle">data</text><text x=${place(apart)} y="22" text-anchor="middle" dy=${apart < 0.8 ? 176 : 0}>samples</text>
    ${apart >= 0.4 && html`<text x=${place(apart / 2)} y="92" text-anchor="middle">s = ${apart}</text>`}</svg>`;
}

function Shown({ data }) {
  const [apart, setApart] = useQuery("s", 3);
  const [shape, setShape] = useQuery("shape", "normals");
  const [width, setWidth] = useQuery("width", "0.5");
  const at = Math.min(60, Math.max(0, Math.round(apart * 10)));
  const s = data.separations[at];
  const x = useFresh(data.x, [at, data]);
  const along = useFresh(data.separations, [data]);
  const marks = [{ x: s, label: "here", tone: "text", here: true }];
  const flat = Math.abs(data.js_slope[at]) < 0.001;
  return html`<${Part} title="Wasserstein or Jensen-Shannon?"
    see=${html`Pull the samples away from the data. JS soon reaches its bound and goes <strong>flat</strong>: it says that the two differ, but
      not which way to go. W<sub>1</sub> is the distance itself, with slope 1 from however far away.`}
    formula=${html`<${Formula} label="The Jensen-Shannon divergence is at most the logarithm of 2; the Wasserstein-1 distance of two equal shapes is their separation s.">
      JS(p, q) ≤ ln 2 = 0.693<br />W<sub>1</sub>(p, q) = max E<sub>p</sub> f − E<sub>q</sub> f over |f′| ≤ 1, here = s<//>`}
    controls=${html`<${Choice} label="Shape" value=${shape} onChange=${setShape} options=${SHAPES} />
      ${shape !== "lines" && html`<${Choice} label=${shape === "normals" ? "Standard deviation" : "Width"} value=${width} onChange=${setWidth}
        options=${WIDTHS} about="Noise on the discriminator's inputs makes shapes wider: JS then keeps a slope for longer." />`}
      <${Slider} label="Separation s" min=${0} max=${6} step=${0.1} value=${apart} onInput=${setApart} tone="fake"
        about="How far the samples lie from the data, in the unit of x." />`}
    figures=${html`<p class="small" aria-live="polite">${s === 0 ? "Both are equal: every divergence is 0."
      : flat ? "JS has no slope left here: a generator that minimised it would stand still." : "JS still has a slope here."}</p>
      <${Figures} columns=${2}>
      <${Figure} label="JS" value=${number(data.js[at], 3)} unit="nats" about="Jensen-Shannon divergence, 0 to ln 2." tone="accent" />
      <${Figure} label="Slope of JS" value=${number(data.js_slope[at], 2)} about="By how much JS falls if the samples come closer by 1." tone=${flat ? "bad" : "good"} />
      <${Figure} label="W₁" value=${number(data.wasserstein[at], 3)} about="Wasserstein-1 distance, in the unit of x." />
      <${Figure} label="Slope of W₁" value=${number(data.wasserstein_slope[at], 2)} about="By how much it falls: 1 everywhere." tone="good" />
      <${Figure} label="KL" value=${data.kl[at] === null ? "∞" : number(data.kl[at], 3)} unit="nats" about="Kullback-Leibler divergence: infinite where one shape has mass and the other has none." />
      <${Figure} label="Total variation" value=${number(data.total_variation[at], 3)} about="The largest difference of probability of any event, 0 to 1." /><//>`}
    notes=${html`<p>No GAN minimises JS exactly. Its discriminator is a smooth network and not D*, and −log D does not fall silent where D is sure
      (see the generator's loss)${data.logit_slope?.[at] !== undefined && s > 0
        ? html`: at the middle of these samples D* has the slope ${number(data.best_slope[at], 2)}, but its logit ${number(data.logit_slope[at], 3)}` : ""}.
      Likewise a trained critic is 1-Lipschitz only as well as its penalty makes it.</p>`}>
    <${Card} title="Data and samples" about=${shape === "lines" ? "Uniform on either segment of the plane." : "Their densities on a line."}>
      ${data.shape === "lines" ? html`<${Lines} apart=${s} />` : html`<${Chart} label="Densities of data and samples" formatY=${asDensity} x=${x}
        series=${[filled("p", "data", data.real, "real"), filled("q", "samples", data.fake[at], "fake")]} xLabel="x" height=${200} cursor="separation" range=${[0, Math.max(...data.real) * 1.1]} />`}<//>
    ${data.best && html`<${Card} title="What either critic says" about="D*: the probability of being real. The Wasserstein critic: any offset is free, here its mean over the samples is 0.">
      <${Chart} label="Optimal discriminator and optimal critic" formatY=${asDensity} x=${x} series=${[
        { key: "best", label: "D*(x)", values: data.best[at], colour: "accent", width: 2 },
        { key: "critic", label: "Wasserstein critic f(x)", values: data.critic[at], colour: "series-6", width: 2 }]}
        xLabel="x" height=${200} range=${[-6.5, 6.5]} cursor="separation" /><//>`}
    <${Card} title="Against the separation" about="What each divergence makes of the same two shapes at every distance.">
      <div class="theory-pair"><${Chart} label="JS and total variation against the separation" x=${along} marks=${marks} height=${200} cursor="along"
        series=${[{ key: "js", label: "JS", values: data.js, colour: "accent", width: 2 },
          { key: "tv", label: "total variation", values: data.total_variation, colour: "series-7" },
          { key: "bound", label: "ln 2", values: data.js.map(() => Math.LN2), colour: "muted", dash: true }]} xLabel="separation s" range=${[0, 1.05]} />
      <${Chart} label="Wasserstein distance and KL against the separation" x=${along} marks=${marks} height=${200} cursor="along"
        series=${[{ key: "w", label: "W₁", values: data.wasserstein, colour: "series-6", width: 2 },
          { key: "kl", label: "KL", values: data.kl.map((v) => (v === null || v > 8 ? null : v)), colour: "series-5" }]} xLabel="separation s" range=${[0, 8]} /></div><//>
  <//>`;
}

export function Separation() {
  const [shape] = useQuery("shape", "normals");
  const [width] = useQuery("width", "0.5");
  const params = { shape: known(shape, SHAPES.map((one) => one.value), "normals"), width: known(width, WIDTHS, "0.5") };
  return html`<${Curves} path="separation" params=${params}>${Shown}<//>`;
}
