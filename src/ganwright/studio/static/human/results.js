// What came of a test: the error rate with its interval, and which pictures fooled you.
import { classes, html } from "../lib/html.js";
import { ago, duration, images, percent } from "../lib/format.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Figure, Figures } from "../components/figure.js";
import { Section } from "../components/page.js";
import { Picture } from "../components/picture.js";
import { Table } from "../components/table.js";

const RATE = "Share of wrong answers about pictures of which half are real (Zhou et al. 2019, HYPE). Guessing gives 50 %: then nobody can tell.";

export const interval = (rate) => (rate.num ? `${percent(rate.low)} to ${percent(rate.high)}` : "–");

/** The verdict in words. */
export function verdict({ all }) {
  if (!all.num) return "";
  if (all.high < 0.5) return "You can tell them apart.";
  if (all.low > 0.5) return "Worse than guessing: the fakes look more real to you than the real ones.";
  return `No better than guessing, as far as ${all.num} answers can tell.`;
}

/** The rate and its 95 % interval on a line from 0 to 100 %, with guessing in the middle. */
function RateLine({ rate }) {
  const at = (share) => `${100 * share}%`;
  return html`<div class="rf-line" role="img" aria-label=${`Wrong in ${percent(rate.rate)}, 95 % interval ${interval(rate)}; guessing gives 50 %`}>
    <span class="rf-line-half"></span>
    <span class="rf-line-interval" style=${{ left: at(rate.low), width: at(rate.high - rate.low) }}></span>
    <span class="rf-line-dot" style=${{ left: at(rate.rate) }}></span>
    <span class="rf-line-text" style=${{ left: "0" }}>0 %</span><span class="rf-line-text middle">50 %, guessing</span><span class="rf-line-text end">100 %</span></div>`;
}

function Shown({ one, base, test, facts, pairs }) {
  const wrong = pairs ? !one.real[one.picked] : one.real[0] !== one.said_real;
  const said = pairs ? "" : `You said ${one.said_real ? "real" : "fake"}, it is ${one.real[0] ? "real" : "fake"}.`;
  return html`<li class=${classes("rf-shown", wrong && "wrong")}><div class="rf-shown-pictures">${one.pictures.map((name, i) => html`<${Picture} key=${name}
      src=${`${base}/${test}/${name}`} alt=${one.real[i] ? "A real picture" : "A fake picture"} width=${facts.width} height=${facts.height} pixelated=${facts.width < 160}
      kind=${one.real[i] ? "real" : "fake"} caption=${pairs && one.picked === i ? html`<b>${one.real[i] ? "real" : "fake"}, picked</b>` : one.real[i] ? "real" : "fake"} />`)}</div>
    ${said && html`<p class="small muted">${said}</p>`}</li>`;
}

export function Result({ result, test, base, facts, again }) {
  const { all, fakes, reals } = result.error;
  const pairs = result.mode === "pairs";
  const isWrong = (one) => (pairs ? !one.real[one.picked] : one.real[0] !== one.said_real);
  const wrong = result.shown.filter(isWrong);
  const right = result.shown.filter((one) => !isWrong(one));
  const list = (shown) => html`<ul class=${classes("rf-sheet", pairs && "pairs")}>${shown.map((one) => html`<${Shown} key=${one.question} one=${one} base=${base} test=${test} facts=${facts} pairs=${pairs} />`)}</ul>`;
  return html`<div class="stack">
    <${Card} title=${verdict(result.error)} class="rf-verdict" actions=${html`<${Button} kind="primary" icon="reset" onClick=${again}>Another test<//>`}>
      <div class="stack"><${RateLine} rate=${all} /><${Figures} columns=${4}>
        <${Figure} label="Error rate" value=${percent(all.rate)} detail=${`${interval(all)} (95 %)`} about=${RATE} size="large" />
        ${!pairs && html`<${Figure} label="Fakes taken for real" value=${`${fakes.errors} of ${fakes.num}`} detail=${`${interval(fakes)} (95 %)`} tone="fake" about="How often a fake fooled you, with Wilson's interval." />
        <${Figure} label="Real taken for fake" value=${`${reals.errors} of ${reals.num}`} detail=${`${interval(reals)} (95 %)`} tone="real" about="How often you mistrusted a real picture." />`}
        ${pairs && html`<${Figure} label="Wrong choices" value=${`${all.errors} of ${all.num}`} about="Pairs in which you took the fake for the real one." />`}
        <${Figure} label="Time an answer" value=${duration(result.median_seconds)} about="Median from when a picture was seen to the answer." /><//>
        <p class="small muted prose">${result.split === "test" ? "The real pictures are from the data's test half: the generator was not trained on them." : "This data has no test half, so the real pictures are some that the generator was trained on."}${" "}
          The result is kept with the run. One person's answers say nothing of how much people differ.</p></div><//>
    ${wrong.length > 0 && html`<${Section} title=${`${wrong.length === 1 ? "One" : wrong.length} that fooled you`}>${list(wrong)}<//>`}
    ${right.length > 0 && html`<${Section} title="What you saw right">${list(right)}<//>`}</div>`;
}

const COLUMNS = [
  { key: "time", label: "When", cell: (row) => ago(row.time) },
  { key: "mode", label: "Shown", cell: (row) => `${row.mode === "pairs" ? "pairs" : "one at a time"}${row.exposure_seconds ? `, ${duration(row.exposure_seconds)} each` : ""}` },
  { key: "num", label: "Answers", align: "right", about: "Questions that were answered.", value: (row) => row.error.all.num, cell: (row) => row.error.all.num },
  { key: "rate", label: "Error rate", align: "right", about: RATE, value: (row) => row.error.all.rate, cell: (row) => html`<b>${percent(row.error.all.rate)}</b>` },
  { key: "interval", label: "95 % interval", align: "right", about: "Wilson's interval over answers.", sortable: false, cell: (row) => interval(row.error.all) },
  { key: "num_images", label: "Trained", align: "right", about: "Images the generator had seen in training.", cell: (row) => images(row.num_images) },
];

export function Results({ results }) {
  const rows = [...results].reverse();
  return html`<${Section} title="Results so far" about="Kept in human.jsonl in the run's folder.">
    <${Table} columns=${COLUMNS} rows=${rows} rowKey=${(row) => row.time} caption="Results of this run's tests"
      empty="Nobody has taken the test yet. Yours would be the first." /><//>`;
}
