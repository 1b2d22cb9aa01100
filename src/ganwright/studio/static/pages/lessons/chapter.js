// One lesson: its text, running it, what came of it, and a question.
import { html, useState } from "../../lib/html.js";
import { post, useGet } from "../../lib/api.js";
import { Link, useQuery } from "../../lib/router.js";
import { images, plural } from "../../lib/format.js";
import { Badge } from "../../components/badge.js";
import { Button } from "../../components/button.js";
import { Card } from "../../components/card.js";
import { Loading, ProblemBox } from "../../components/empty.js";
import { Field, Select } from "../../components/fields.js";
import { Icon } from "../../components/icon.js";
import { Progress } from "../../components/meter.js";
import { Page } from "../../components/page.js";
import { Quiz, useAnswers } from "./quiz.js";
import { Figures, Numbers, Verdict } from "./results.js";

/** state -> [what is said, its tone, what the button says that goes on]; those without a verb are busy. */
const STATES = {
  new: ["Not run yet", undefined, "Run it"],
  queued: ["Waits for its turn", "info"],
  running: ["Training", "info"],
  pausing: ["Saving, then it rests", "info"],
  stopping: ["Saving, then it stops", "info"],
  drawing: ["Drawing the page", "info"],
  stopped: ["Stopped on the way", undefined, "Go on"],
  failed: ["It could not go on", "bad", "Try again"],
  done: ["Run to its end", "good", "Run it"],
};
const isBusy = (state) => !STATES[state][2];

function Text({ lesson }) {
  return html`<section class="prose lessons-text" aria-label="What to expect">
    <p class="lessons-question">${lesson.question}</p>
    ${lesson.explanation.map((block, i) => (block.kind === "equation" ? html`<pre key=${i} class="lessons-equation" tabindex="0">${block.text}</pre>` : html`<p key=${i}>${block.text}</p>`))}
    ${lesson.no_images && html`<p class="muted">There is no image version, because ${lesson.no_images}.</p>`}</section>`;
}

function Runs({ lesson }) {
  return html`<ul class="lessons-runs">${lesson.runs.map((run) => html`<li key=${run.name}>
    ${run.id ? html`<${Link} href=${`/run/${run.id}`}>${run.title}<//>` : html`<span>${run.title}</span>`}
    <span class="muted small">${run.num_images ? `${images(run.num_images)} of ` : ""}${images(run.images)}</span></li>`)}</ul>`;
}

function Running({ lesson, seed, setSeed, setData, reload }) {
  const [problem, setProblem] = useState(null);
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState(null);
  const [said, tone, verb] = STATES[lesson.state];
  const busy = isBusy(lesson.state);
  const send = async (path, body) => {
    setAsking(true);
    setProblem(null);
    try {
      await post(path, body);
    } catch (error) {
      setProblem(error);
    }
    setAsking(false);
    reload();
  };
  const take = (text) => {
    setTyped(null);
    const n = Math.round(Number(text));
    if (text.trim() && n >= 0 && n <= 10_000) setSeed(n);
  };
  return html`<${Card} title="Run it" about="It trains for real: a job in the queue of its device, which goes on when you leave this page. From 15 seconds to a few minutes." class="lessons-running">
    <div class="stack">
      <div class="spread" aria-live="polite"><${Badge} tone=${tone}>${said}<//>
        ${lesson.state === "queued" && html`<span class="small muted">Number ${lesson.job.place} in the queue of ${lesson.job.device}; <${Link} href="/runs">the list of runs<//> shows what comes first.</span>`}</div>
      ${(busy || ["stopped", "failed"].includes(lesson.state)) && html`<${Progress} label="How far its runs are" value=${lesson.state === "drawing" ? null : lesson.progress} />`}
      ${lesson.stages.length > 1 && html`<${Select} label="On" value=${lesson.data} onChange=${setData} disabled=${busy} about="The data it is shown on: the first comes with the package; others need their files."
        options=${lesson.stages.map((stage) => ({ value: stage.data, label: `${stage.data}${stage.is_first ? "" : " (longer)"}` }))} />`}
      <${Field} label="Seed" type="number" min="0" max="10000" value=${typed ?? String(seed)} onInput=${setTyped} onChange=${take} disabled=${busy} about="Of everything random. Another seed is another run of the lesson: does it hold every time?" />
      <div class="row">${busy
        ? html`<${Button} icon="stop" busy=${asking} onClick=${() => send(`/api/jobs/${lesson.job.id}/stop`, {})}>${{ queued: "Cancel", stopping: "Stop at once" }[lesson.state] ?? "Stop"}<//>`
        : lesson.state === "done" ? html`<p class="muted small">Finished runs are not trained again; choose another seed.</p>`
        : html`<${Button} kind="primary" icon="play" busy=${asking} onClick=${() => send(`/api/lessons/${lesson.name}/start`, { seed, data: lesson.data })}>${verb}<//>`}</div>
      ${!busy && lesson.state !== "done" && lesson.job?.error && html`<p class="small field-problem">${lesson.job.error}</p>`}
      ${problem && html`<${ProblemBox} problem=${problem} />`}
      <h3>${plural(lesson.runs.length, "run")}</h3><${Runs} lesson=${lesson} />
      ${lesson.log.length > 0 && lesson.state !== "done" && html`<details><summary class="small">What it says</summary><pre class="lessons-log" tabindex="0">${lesson.log.join("\n")}</pre></details>`}
      <p class="muted small">The same in a terminal:</p><pre class="lessons-command" tabindex="0">${lesson.command}</pre>
    </div><//>`;
}

export function Chapter({ name }) {
  const [seed, setSeed] = useQuery("seed", 0);
  const [data, setData] = useQuery("data", "");
  const [busy, setBusy] = useState(true);
  const found = useGet(`/api/lessons/${name}`, { seed, ...(data && { data }) }, { every: busy ? 2 : 0 });
  const [answers, setAnswers] = useAnswers();
  const lesson = found.data;
  const now = !lesson || isBusy(lesson.state);
  if (now !== busy) setBusy(now);
  const back = { href: "/lessons", label: "All lessons" };
  if (!lesson) {
    return html`<${Page} title="Lesson" back=${back}>${found.error ? html`<${ProblemBox} problem=${found.error} retry=${found.reload} />`
      : html`<${Loading} height="600" label="Opening the lesson" />`}<//>`;
  }
  const answer = (choice) => {
    const next = { ...answers };
    if (choice === undefined) delete next[name];
    else next[name] = choice;
    setAnswers(next);
  };
  return html`<${Page} title=${`${lesson.number}. ${lesson.title}`} back=${back} wide>
    <div class="lessons-chapter"><div class="stack lessons-main">
        <${Text} lesson=${lesson} />
        ${lesson.claims.length > 0 && html`<${Verdict} lesson=${lesson} />`}
        ${lesson.figures.some((figure) => figure.drawn !== null) && html`<${Figures} lesson=${lesson} />`}
        ${lesson.numbers.length > 0 && html`<${Numbers} lesson=${lesson} />`}
        <${Quiz} key=${name} name=${name} asked=${lesson.asked} answer=${answers[name]} onAnswer=${answer} />
        <nav class="spread lessons-turn" aria-label="Chapters">
          ${lesson.previous ? html`<${Link} href=${`/lessons/${lesson.previous.name}`}><${Icon} name="back" size="16" /> ${lesson.previous.title}<//>` : html`<span></span>`}
          ${lesson.next ? html`<${Link} href=${`/lessons/${lesson.next.name}`}>${lesson.next.title} <${Icon} name="forward" size="16" /><//>` : html`<span></span>`}</nav>
      </div>
      <aside class="lessons-aside" aria-label="Running the lesson"><${Running} key=${`${name}-${seed}-${lesson.data}`} lesson=${lesson} seed=${seed} setSeed=${setSeed}
        setData=${(to) => setData(to === lesson.stages[0].data ? "" : to)} reload=${found.reload} /></aside></div><//>`;
}
