// What the last evaluation found, figure by figure, each beside what real data and perfect samples would score.
import { html } from "../lib/html.js";
import { images, number } from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { Card } from "../components/card.js";
import { Empty } from "../components/empty.js";
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

export function Evaluation({ run }) {
  const [sort, setSort] = useQuery("figures", "");
  if (!run.figures.length) {
    return html`<${Card}><${Empty} icon="check" title="Not judged yet" text="A run is judged when it is trained with the option evaluate_images, or afterwards:"
      action=${html`<code class="mono">ganwright evaluate ${run.path}</code>`} /><//>`;
  }
  const pictures = Object.entries(run.pictures ?? {});
  return html`<div class="stack">
    <div class="muted"><p>Judged after ${images(run.evaluated_images)}.</p>
      ${run.protocol?.length > 0 && html`<details class="run-protocol"><summary>How it was judged</summary><ul class="plain-list">${run.protocol.map((line) => html`<li key=${line}>${line}</li>`)}</ul></details>`}</div>
    <${Table} caption="Figures of the last evaluation" columns=${COLUMNS} rows=${run.figures} rowKey=${(row) => row.name} sort=${sort} onSort=${setSort} />
    ${pictures.length > 0 && html`<div class="run-pictures">${pictures.map(([name, address]) => html`<${Card} key=${name} title=${name.replaceAll("_", " ")} level=${3}>
      <${Picture} src=${address} alt=${`Picture of the evaluation: ${name.replaceAll("_", " ")}`} /><//>`)}</div>`}
  </div>`;
}
