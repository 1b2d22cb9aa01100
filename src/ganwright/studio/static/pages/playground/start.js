// Where a game begins: from random weights, from a state that is trained for it, or from a run of the folder.
import { html, useEffect, useState } from "../../lib/html.js";
import { useGet } from "../../lib/api.js";
import { nameOf, plural, whole } from "../../lib/format.js";
import { Button } from "../../components/button.js";
import { Card } from "../../components/card.js";
import { ProblemBox } from "../../components/empty.js";
import { Choice, Select } from "../../components/fields.js";

const STARTS = [
  { value: "scratch", label: "From scratch", about: "Random weights" },
  { value: "trained", label: "From a trained state", about: "Trained once with relativistic pairing, R1 and R2, in sight, then kept" },
  { value: "run", label: "From a run", about: "The last checkpoint of a run of this folder whose data are points in the plane" },
];

/** What belongs to the run, and what of it is otherwise in a game. */
function Facts({ origin }) {
  return html`<div class="stack pg-origin">
    <dl class="pg-facts"><div><dt>Seen</dt><dd>${whole(origin.num_images)} points</dd></div>${origin.facts.map(([name, text]) => html`<div key=${name}><dt>${name}</dt><dd>${text}</dd></div>`)}</dl>
    ${origin.notes.map((note) => html`<p key=${note} class="hint">${note}</p>`)}
    <div class="row"><${Button} size="small" icon="runs" href=${`/run/${origin.id}`}>To the run<//></div></div>`;
}

/** Those that cannot be played, each with its reason. */
function Unfit({ rows }) {
  if (!rows.length) return null;
  return html`<details class="pg-unfit small"><summary>${plural(rows.length, "run")} in the plane ${rows.length === 1 ? "does" : "do"} not fit</summary>
    <ul>${rows.map((row) => html`<li key=${row.id}><b>${row.name}</b>: ${row.problem}.</li>`)}</ul></details>`;
}

/** children: about the run that is chosen. */
function Runs({ run, choose, children }) {
  const reply = useGet("/api/playground/starts");
  const rows = reply.data?.starts ?? [];
  const [fit, unfit] = [rows.filter((row) => !row.problem), rows.filter((row) => row.problem)];
  const first = fit[0]?.id;
  useEffect(() => {
    if (!run && first) choose(first);
  }, [run, first]);
  if (reply.error) return html`<${ProblemBox} problem=${reply.error} title="The runs cannot be listed" retry=${reply.reload} />`;
  if (!reply.data) return html`<p class="hint" role="status">Looking for runs.</p>`;
  if (!fit.length && !run) {
    return html`<p class="hint">No run of this folder can be played: it takes one on ring8, grid25 or a drawing with a checkpoint, such as <code>ganwright train ring8</code> leaves.</p><${Unfit} rows=${unfit} />`;
  }
  const options = fit.map((row) => ({ value: row.id, label: row.name }));
  if (!fit.some((row) => row.id === run)) options.unshift({ value: run, label: nameOf(run), disabled: true });
  return html`<${Select} label="Run" value=${run} options=${options} onChange=${choose} />${children}<${Unfit} rows=${unfit} />`;
}

/** origin: what the server tells of the run that is chosen, or null. choose(id): begin from a run, "" from none. */
export function Start({ settings, set, run, origin, choose }) {
  const [wanted, setWanted] = useState(false); // a run, but there is none yet
  const value = run || wanted ? "run" : settings.start;
  const pick = (id) => {
    setWanted(false);
    choose(id);
  };
  const take = (next) => {
    setWanted(next === "run");
    if (next === "run") return;
    if (run) choose("", next);
    else set({ start: next });
  };
  return html`<${Card} title="Start" about="A trained state is made the first time it is asked for, by the same engine, while you watch; then it is kept. A run is only read: what you play is not written to its folder. Each choice begins another game.">
    <div class="stack"><${Choice} label="Start" hideLabel value=${value} options=${STARTS} onChange=${take} />
      ${value === "run" && html`<${Runs} run=${run} choose=${pick}>${origin && html`<${Facts} origin=${origin} />`}<//>`}</div><//>`;
}
