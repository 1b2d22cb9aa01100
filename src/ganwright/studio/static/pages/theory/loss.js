// The minimax landscape: both losses of the generator and their slopes.
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/router.js";
import { number } from "../../lib/format.js";
import { Card } from "../../components/card.js";
import { Chart } from "../../components/chart.js";
import { Choice } from "../../components/fields.js";
import { Figure, Figures } from "../../components/figure.js";
import { Slider } from "../../components/slider.js";
import { Curves, Formula, Part, useFresh } from "./common.js";

const clip = (values, low, high) => values.map((v) => (v === null || v < low || v > high ? null : v));

function told(d) {
  if (d < 0.1) return "The discriminator is nearly sure that this sample is fake: the samples of a young generator stand here.";
  if (d > 0.9) return "The discriminator takes this sample for real: there is little left to improve.";
  return "The discriminator is undecided.";
}

function Shown({ data }) {
  const [logit, setLogit] = useQuery("logit", -4);
  const [axis, setAxis] = useQuery("axis", "logit");
  const at = Math.min(160, Math.max(0, Math.round((logit + 8) * 10)));
  const [d, by] = [data.probability[at], axis === "logit" ? "by_logit" : "by_probability"];
  const [minimax, common] = [data.saturating, data.non_saturating];
  const x = useFresh(axis === "logit" ? data.logit : data.probability, [axis]);
  const limit = axis === "logit" ? 100 : 10;
  const marks = [{ x: x[at], label: "this sample", tone: "text", here: true }];
  const lines = (what, low, high) => [
    { key: "saturating", label: "log(1 − D), minimax", values: clip(minimax[what], low, high), colour: "series-4", width: 2 },
    { key: "non-saturating", label: "−log D, non-saturating", values: clip(common[what], low, high), colour: "fake", width: 2 },
  ];
  const axisLabel = axis === "logit" ? "D's logit of a sample" : "D(G(z))";
  return html`<${Part} title="The generator's loss"
    see=${html`Slide to the left, where a sample is found out. Both losses want it to look more real, but look at the${" "}
      <strong>slope by the logit</strong>: that of log(1 − D) dies away just where the generator has most to learn.`}
    formula=${html`<${Formula} label="The minimax loss log of 1 minus D has the slope minus D by the logit; minus log D has the slope minus 1 minus D.">
      L = log(1 − D)   ⇒   dL/dl = −D<br />L = −log D   ⇒   dL/dl = −(1 − D)<br />D = 1 / (1 + e<sup>−l</sup>), l the logit<//>`}
    controls=${html`<${Slider} label="Where the sample stands: D's logit" min=${-8} max=${8} step=${0.1} value=${logit} onInput=${setLogit}
        about="What the discriminator says of one sample, before the sigmoid. Far below 0: surely fake." tone="fake"
        marks=${[{ value: -8, label: "fake" }, { value: 0, label: "undecided" }, { value: 8, label: "real" }]} />
      <${Choice} label="Draw against" value=${axis} onChange=${setAxis} options=${[{ value: "logit", label: "the logit" }, { value: "d", label: "D itself" }]} />`}
    figures=${html`<p class="small" aria-live="polite">${told(d)}</p><${Figures} columns=${2}>
      <${Figure} label="D(G(z))" value=${number(d, 3)} about="The probability that the discriminator gives this sample of being real." tone="accent" />
      <${Figure} label="Push of −log D" value=${number(-common.by_logit[at], 3)} about="Size of the slope by the logit: what starts the way back to the generator. 1 is full." tone="fake" />
      <${Figure} label="Push of log(1 − D)" value=${number(-minimax.by_logit[at], 3)} about="The same of the minimax loss." />
      <${Figure} label="Ratio" value=${number(common.by_logit[at] / minimax.by_logit[at], 3)} unit="×" about="How much stronger the push of −log D is: (1 − D) / D." /><//>`}
    notes=${html`<p>It is often said that the slope of log(1 − D) <em>with respect to D</em> vanishes at D = 0. It does not: it is
      −1 / (1 − D), about −1 there (draw against D itself). What vanishes is the slope with respect to the logit, because the sigmoid is flat
      there, and only that reaches the generator.</p>
      <p>Both losses are minimised. Adam divides each step by the recent size of the gradient and hides part of the difference.</p>`}>
    <${Card} title="Loss" about="In nats. Its height does not matter to the generator, only its slope.">
      <${Chart} label=${`Both losses against ${axisLabel}`} x=${x} series=${lines("loss", -8, 8)} xLabel=${axisLabel} marks=${marks} range=${[-8.2, 8.2]} height=${230} cursor="loss" /><//>
    <${Card} title=${axis === "logit" ? "Slope by the logit" : "Slope by D"} about="The derivative of the loss by what is drawn to the right.">
      <${Chart} label=${`Slopes of both losses against ${axisLabel}`} x=${x} series=${lines(by, -limit, limit)} xLabel=${axisLabel} marks=${marks}
        range=${axis === "logit" ? [-1.08, 0.08] : [-10, 0.5]} height=${230} cursor="loss" /><//>
  <//>`;
}

export const Loss = () => html`<${Curves} path="landscape">${Shown}<//>`;
