// What leaving modes out costs.
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/router.js";
import { number, percent, plural } from "../../lib/format.js";
import { Card } from "../../components/card.js";
import { Chart } from "../../components/chart.js";
import { Figure, Figures } from "../../components/figure.js";
import { Meter } from "../../components/meter.js";
import { Slider } from "../../components/slider.js";
import { asDensity, Curves, filled, Formula, Part, useFresh } from "./common.js";

function Shown({ data }) {
  const [num, setNum] = useQuery("modes", 8);
  const [asked, setCovered] = useQuery("covered", 1);
  const covered = Math.min(data.num, Math.max(1, asked));
  const at = covered - 1;
  const x = useFresh(data.x, [at, data]);
  const share = data.shares[at];
  const curve = useFresh(data.curve.share, []);
  const lost = data.num - covered;
  return html`<${Part} title="Lost modes"
    see=${html`The generator makes perfect samples of some modes and none of the others. Take it down to <strong>one mode of many</strong>: every
      sample is flawless, and JS still has not reached its bound. The last mode that is missing costs next to nothing.`}
    formula=${html`<${Formula} label="JS of r is the logarithm of 2 plus half of r log r minus 1 plus r times log of 1 plus r, r the share of covered modes.">
      JS(r) = ln 2 + ½ (r ln r − (1 + r) ln(1 + r))<br />KL(samples | data) = −ln r<br />KL(data | samples) = ∞ for r ${"<"} 1<//>`}
    controls=${html`<${Slider} label="Modes of the data" min=${2} max=${16} step=${1} value=${num} onInput=${setNum} about="Kinds of items that are equally frequent and do not overlap." tone="real" />
      <${Slider} label="Modes that the generator covers" min=${1} max=${data.num} step=${1} value=${covered} onInput=${setCovered} about="Perfectly and evenly." tone="fake" />`}
    figures=${html`<p class="small" aria-live="polite">${lost ? `${plural(lost, "mode")} of ${data.num} lost. To JS that is as bad as a perfect bell curve that
      stands ${number(data.same_shift[at], 3)} standard deviations off.` : "Nothing is lost."}</p>
      <${Meter} label="JS of its range" value=${data.js[at]} max=${Math.LN2} text=${percent(data.js[at] / Math.LN2)} about="ln 2 would be: nothing in common." tone="accent" />
      <${Figures} columns=${2}>
      <${Figure} label="JS" value=${number(data.js[at], 4)} unit="nats" about="What the minimax generator minimises." tone="accent" />
      <${Figure} label="Best loss of D" value=${number(data.loss[at], 4)} unit="nats" about="2 ln 2 − 2 JS; 1.386 where nothing is lost." />
      <${Figure} label="Accuracy of D*" value=${percent(data.accuracy[at])} about="How often the best discriminator is right. It catches only real items of lost modes: a fake always lies where data lies." />
      <${Figure} label="KL(samples | data)" value=${number(data.reverse_kl[at], 3)} unit="nats" about="Looks only where samples are: blind to how much of the data is left out, beyond a constant." />
      <${Figure} label="KL(data | samples)" value=${data.kl[at] === null ? "∞" : number(data.kl[at], 3)} unit=${data.kl[at] === null ? "" : "nats"} about="What maximum likelihood minimises: infinite as soon as one mode is lost." /><//>`}
    notes=${html`<p>The slope of JS at full coverage is −½ ln 2 a unit of share: the last of 1,000 modes is worth 0.00035 nats. No loss curve shows that,
      which is why modes have to be counted on samples.</p>`}>
    <${Card} title="Data and samples" about="Densities. Covered modes get more samples than they have data, since all samples are there.">
      <${Chart} label="Densities of data and samples with modes" formatY=${asDensity} x=${x} series=${[filled("p", "data", data.real, "real"), filled("q", "samples", data.fake[at], "fake")]}
        xLabel="x" height=${240} range=${[0, 3.5 * Math.max(1 / covered, 2 / data.num)]} /><//>
    <${Card} title="Against the share of covered modes" about="Only the share counts, not the number of modes.">
      <${Chart} label="JS and KL against the share of covered modes" x=${curve} marks=${[{ x: share, label: "here", tone: "text", here: true }]} height=${240}
        series=${[{ key: "js", label: "JS", values: data.curve.js, colour: "accent", width: 2 },
          { key: "kl", label: "KL(samples | data)", values: data.curve.reverse_kl.map((v) => (v > 2 ? null : v)), colour: "series-5" },
          { key: "bound", label: "ln 2", values: data.curve.js.map(() => Math.LN2), colour: "muted", dash: true }]}
        xLabel="covered modes / all modes" range=${[0, 2]} /><//>
  <//>`;
}

export function Modes() {
  const [num] = useQuery("modes", 8);
  return html`<${Curves} path="modes" params=${{ num: Math.min(16, Math.max(2, Math.round(num))) }}>${Shown}<//>`;
}
