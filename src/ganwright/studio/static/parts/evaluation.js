// What the last evaluation found, figure by figure, each beside what real data and perfect samples would score.
import { html } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { ago, images, number, percent, whole } from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { Card } from "../components/card.js";
import { Empty } from "../components/empty.js";
import { Section } from "../components/page.js";
import { Picture } from "../components/picture.js";
import { Table } from "../components/table.js";
import { Tip } from "../components/tip.js";

const BETTER = { lower: "lower is better", higher: "higher is better", "near real": "as real data is best", none: "" };

const COLUMNS = [
  { key: "title", label: "Figure", cell: (row) => html`<${Tip} text=${row.description}>${row.title}<//>` },
  { key: "value", label: "Samples", align: "right", about: "Of the averaged generator, with its standard error.",
    cell: (row) => html`<b>${number(row.value, 4)}</b>${row.error ? html`<span class="muted small"> ± ${number(row.error, 2)}</span>` : ""}${row.unit ? html`<span class="unit">${row.unit}</span>` : ""}` },
  { key: "floor", label: "Floor", align: "right", about: "What perfect samples would score: real items against other real items.", cell: (row) => number(row.floor, 4) },
  { key: "real", label: "Real data", align: "right", about: "The same figure of real items.", cell: (row) => number(row.real, 4) },
  { key: "better", label: "Read as", sortable: false, cell: (row) => html`<span class="muted">${BETTER[row.better] ?? row.better}</span>` },
  { key: "remark", label: "Remark", sortable: false, cell: (row) => html`<span class="muted small">${row.remark ?? ""}</span>` },
];

/* What a picture of an evaluation is called, such as "C2ST: most obvious fakes". */
function pictureTitle(name) {
  const [metric, ...words] = name.replaceAll("_", "-").split("-");
  return `${metric.length < 5 ? metric.toUpperCase() : metric}: ${words.join(" ")}`;
}

/** What people could not tell apart: the results of Real or fake? */
function People({ run }) {
  const { data } = useGet(`/api/human/${run.id}`);
  const results = (data?.results ?? []).filter((one) => one.error?.all?.num);
  if (!results.length) return null;
  const columns = [
    { key: "time", label: "When", cell: (row) => ago(row.time) },
    { key: "rate", label: "Error rate", align: "right", about: "Share of wrong answers; at 50 % nobody can tell samples from real data.", cell: (row) => html`<b>${percent(row.error.all.rate)}</b>
      <span class="muted small"> ${percent(row.error.all.low)} to ${percent(row.error.all.high)}</span>` },
    { key: "num", label: "Answers", align: "right", cell: (row) => whole(row.error.all.num) },
    { key: "mode", label: "Shown", cell: (row) => `${row.mode === "pairs" ? "in pairs" : "one at a time"}${row.exposure_seconds ? `, ${row.exposure_seconds} s` : ""}` },
    { key: "num_images", label: "Generator at", align: "right", cell: (row) => images(row.num_images) },
  ];
  return html`<${Section} title="By people" about="Tests of Real or fake? on this run, with 95 % confidence intervals.">
    <${Table} caption="Tests by people" columns=${columns} rows=${[...results].reverse()} rowKey=${(row) => row.time} /><//>`;
}

export function Evaluation({ run }) {
  const [sort, setSort] = useQuery("figures", "");
  const people = html`<${People} run=${run} />`;
  if (!run.figures.length) {
    return html`${people}<${Card}><${Empty} icon="check" title="Not judged yet" text="A run is judged when it is trained with the option evaluate_images, or afterwards:"
      action=${html`<code class="mono">ganwright evaluate ${run.path}</code>`} /><//>`;
  }
  const pictures = Object.entries(run.pictures ?? {});
  return html`<div class="stack">
    <div class="muted"><p>Judged after ${images(run.evaluated_images)}.</p>
      ${run.protocol?.length > 0 && html`<details class="run-protocol"><summary>How it was judged</summary><ul class="plain-list">${run.protocol.map((line) => html`<li key=${line}>${line}</li>`)}</ul></details>`}</div>
    <${Table} caption="Figures of the last evaluation" columns=${COLUMNS} rows=${run.figures} rowKey=${(row) => row.name} sort=${sort} onSort=${setSort} />
    ${pictures.length > 0 && html`<div class="run-pictures">${pictures.map(([name, address]) => html`<${Card} key=${name} title=${pictureTitle(name)} level=${3}>
      <${Picture} src=${address} alt=${`Picture of the evaluation: ${pictureTitle(name)}`} /><//>`)}</div>`}
    ${people}
  </div>`;
}
