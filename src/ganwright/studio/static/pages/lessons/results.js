// What a lesson came to: the verdict, its figures, its numbers.
import { classes, html, useState } from "../../lib/html.js";
import { address } from "../../lib/router.js";
import { number } from "../../lib/format.js";
import { useDark } from "../../theme.js";
import { useCalm } from "../../lib/hooks.js";
import { Button } from "../../components/button.js";
import { Card } from "../../components/card.js";
import { Icon } from "../../components/icon.js";
import { Picture } from "../../components/picture.js";
import { Table } from "../../components/table.js";
import { Tip } from "../../components/tip.js";

export function Verdict({ lesson }) {
  const failed = lesson.claims.filter((claim) => !claim.holds).length;
  const word = failed ? `${failed} of ${lesson.claims.length} claims did not hold` : "It holds";
  return html`<${Card} title=${word} tone=${failed ? "warn" : "good"} about="Each claim of the lesson, held against what was measured. One that does not hold is told as well."
    actions=${lesson.has_page && html`<${Button} size="small" icon="download" href=${address(`/api/lessons/${lesson.name}/page`, { seed: lesson.seed, data: lesson.data })}>The page<//>`}>
    <ul class="lessons-claims">${lesson.claims.map((claim, i) => html`<li key=${i} class=${classes(claim.holds ? "holds" : "fails")}>
      <${Icon} name=${claim.holds ? "check" : "close"} label=${claim.holds ? "holds" : "does not hold"} /><span>${claim.sentence}</span></li>`)}</ul>
    ${Object.entries(lesson.failures).map(([run, why]) => html`<p key=${run} class="tone-warn small"><b>${run}</b> could not go on: ${why}</p>`)}<//>`;
}

function Drawn({ lesson, figure }) {
  const calm = useCalm();
  const dark = useDark();
  const [moves, setMoves] = useState(figure.is_animation && !calm);
  const kind = figure.is_animation && moves ? "gif" : "png";
  const src = figure.drawn === null ? null : address(`/api/lessons/${lesson.name}/figure`, { seed: lesson.seed, data: lesson.data, number: figure.number, kind, v: undefined });
  return html`<${Card} title=${figure.title} level=${3} class=${classes("lessons-figure", !figure.is_chart && "on-paper", dark && figure.is_chart && "in-light-ink")} actions=${figure.is_animation && html`<${Button} size="small" icon=${moves ? "pause" : "play"} onClick=${() => setMoves(!moves)}>${moves ? "Stand still" : "Play"}<//>`}>
    ${src && html`<${Picture} src=${src} alt=${`${figure.title}. ${figure.caption}`} />`}<p class="muted small">${figure.caption}</p><//>`;
}

export function Figures({ lesson }) {
  const drawn = lesson.figures.filter((figure) => figure.drawn !== null);
  return html`<section class="stack" aria-label="Figures"><h2>What happened</h2>
    <div class="lessons-figures">${drawn.map((figure) => html`<${Drawn} key=${`${lesson.name}-${figure.number}-${lesson.seed}-${lesson.data}-${figure.drawn}`} lesson=${lesson} figure=${figure} />`)}</div></section>`;
}

export function Numbers({ lesson }) {
  const columns = [
    { key: "title", label: "Measure", cell: (row) => html`<${Tip} text=${row.description}>${row.title}<//>`, sortable: false },
    ...lesson.runs.map((run, i) => ({
      key: run.name, label: run.title, align: "right", sortable: false, about: "Before the first step, and at the end.",
      cell: (row) => (row.values[i] ? html`<span class="muted">${number(row.values[i][0], 3)} → </span>${number(row.values[i][1], 3)}` : "–"),
    })),
  ];
  return html`<${Card} title="The numbers" about="Every measure that is one number: before the first step and at the end of each run."><${Table} caption="Measures of the lesson" columns=${columns} rows=${lesson.numbers} rowKey=${(row) => row.name} /><//>`;
}
