// The optimal discriminator of two normals, and what smoothed labels make of it.
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/router.js";
import { number, percent } from "../../lib/format.js";
import { Card } from "../../components/card.js";
import { Chart } from "../../components/chart.js";
import { Choice } from "../../components/fields.js";
import { Figure, Figures } from "../../components/figure.js";
import { Slider } from "../../components/slider.js";
import { asDensity, Curves, filled, Formula, Part, useFresh } from "./common.js";

const LABELS = ["1", "0.9", "0.7"];

function Shown({ data }) {
  const [apart, setApart] = useQuery("apart", 2);
  const [label, setLabel] = useQuery("label", "1");
  const at = Math.min(50, Math.max(0, Math.round(apart * 10)));
  const x = useFresh(data.x, [at, label]);
  return html`<${Part} title="The best discriminator"
    see=${html`At each place the best answer is the <strong>share of real items</strong> among all that lie there. Bring the two together:
      the curve sinks to one half everywhere, and no discriminator can do better.`}
    formula=${html`<${Formula} label="D star of x is p of x over p of x plus q of x, times the real label.">
      D*(x) = ${label === "1" ? "" : `${label} · `}p(x) / (p(x) + q(x))<//>`}
    controls=${html`<${Slider} label="Distance of both middles" min=${0} max=${5} step=${0.1} value=${apart} onInput=${setApart} unit="σ"
        about="How far the generator's distribution lies from the data's, in standard deviations of either." />
      <${Choice} label="Real items are labelled" value=${label} onChange=${setLabel} options=${LABELS}
        about="One-sided label smoothing tells the discriminator 0.9 instead of 1, so that it never becomes quite sure." />`}
    figures=${html`<${Figures} columns=${2}>
      <${Figure} label="Its loss" value=${number(data.loss[at], 4)} unit="nats" about="Cross-entropy of the best discriminator: the least that any one reaches." tone="accent" />
      <${Figure} label="Blind loss" value=${number(data.blind_loss, 4)} unit="nats" about="The same where both are equal: 2 ln 2 = 1.386 for labels 1 and 0." />
      <${Figure} label="Accuracy" value=${percent(data.accuracy[at])} about="Share of items on the right side of one half; no classifier has a higher one." />
      <${Figure} label="JS divergence" value=${number(data.js[at], 3)} unit="nats" about="What the minimax generator minimises under this discriminator: ln 2 minus half the loss, for labels 1 and 0." /><//>`}
    notes=${html`<p>The sum of both terms of the loss is 2 ln 2 = 1.386 where nothing can be told, not 0.5. With real labels of 0.9 the best answer
      there is 0.45.</p><p>A loss near 1.386 says that D is blind, not that samples are good: a D that is too slow is blind as well.</p>`}>
    <${Card} title="Data and samples" about="Densities of two normal distributions with standard deviation 1.">
      <${Chart} label="Densities of data and samples" formatY=${asDensity} x=${x} series=${[filled("p", "data p", data.real, "real"), filled("q", "samples q", data.fake[at], "fake")]}
        xLabel="x" xUnit="σ" range=${[0, 0.45]} height=${220} cursor="optimum" /><//>
    <${Card} title="What the best discriminator says" about="The probability that an item at x is real, as it should be answered.">
      <${Chart} label="The optimal discriminator" formatY=${asDensity} x=${x} series=${[{ key: "best", label: "D*(x)", values: data.best[at], colour: "accent", width: 2 },
        { key: "half", label: "no idea", values: data.x.map(() => Number(label) / 2), colour: "muted", dash: true }]}
        xLabel="x" xUnit="σ" range=${[-0.02, 1.02]} height=${220} cursor="optimum" /><//>
  <//>`;
}

export function Optimum() {
  const [label] = useQuery("label", "1");
  return html`<${Curves} path="optimum" params=${{ real_label: LABELS.includes(label) ? label : "1" }}>${Shown}<//>`;
}
