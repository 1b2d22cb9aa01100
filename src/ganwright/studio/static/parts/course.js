// The course of a run's health: each diagnosis in words, when it was true, and what was done about it.
import { classes, html } from "../lib/html.js";
import { images, number } from "../lib/format.js";
import { Link } from "../lib/router.js";
import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Empty } from "../components/empty.js";
import { ClassShares } from "./classshares.js";
import { healthTone, isBusy, severityTone } from "./state.js";

const WORDS = { watch: "to be watched", failing: "failing", gone: "over" };

/* Where each episode lies in the run: bars over the images seen, in one row or a row for each ailment. */
function Line({ run, episodes, recoveries, rows }) {
  const end = Math.max(run.images ?? 0, run.num_images, 1);
  const at = (n) => `${(100 * Math.min(n, end)) / end}%`;
  const told = episodes.map((one) => `${one.title} from ${images(one.onset_images)} to ${one.gone_images === null ? "now" : images(one.gone_images)}`).join("; ");
  const bars = (list) => list.map((one, i) => html`<span key=${i} class=${classes("course-bar", `tone-of-${severityTone(one.severity)}`)} title=${one.title}
    style=${{ left: at(one.onset_images), width: `calc(${at((one.gone_images ?? run.num_images) - one.onset_images)} + 2px)` }}></span>`);
  const backs = recoveries.map((one, i) => html`<span key=${`b${i}`} class="course-back" title=${one.text}
    style=${{ left: at(one.back_to_images), width: at(one.from_images - one.back_to_images) }}></span>`);
  const titles = [...new Set(episodes.map((one) => one.title))];
  const track = (list, quiet) => html`<div class=${classes("course-track", quiet && "quiet")}><span class="course-seen" style=${{ width: at(run.num_images) }}></span>${bars(list)}${backs}</div>`;
  return html`<div class=${classes("course-line", rows && titles.length > 0 && "rows")} role="img" aria-label=${`Health over ${images(end)}: ${told || "no ailment"}`}>
    ${rows && titles.length ? titles.map((title) => html`<p key=${title} class="small">${title}</p>${track(episodes.filter((one) => one.title === title), true)}`)
      : track(episodes)}
    <div class="spread small muted course-scale"><span>0</span><span>${images(end / 2)}</span><span>${images(end)}</span></div></div>`;
}

function Episode({ one, recoveries, brief }) {
  const tone = severityTone(one.severity);
  const over = one.state === "gone";
  return html`<li class=${classes("episode", `tone-of-${over ? "info" : tone}`)}>
    <div class="episode-head"><h3>${one.title}</h3><${Badge} tone=${over ? undefined : tone}>${WORDS[one.state] ?? one.state}<//></div>
    <p class="small muted">Began near ${images(one.onset_images)}, found at ${images(one.found_images)}${over ? `, over at ${images(one.gone_images)}` : ""}.</p>
    ${!brief && html`<p>${one.cause}</p><p><b>What helps:</b> ${one.advice}</p>
      <dl class="evidence">${Object.entries(one.evidence).map(([name, value]) => html`<div key=${name}><dt><code>${name}</code></dt><dd>${typeof value === "number" ? number(value, 4) : String(value)}</dd></div>`)}</dl>
      ${one.stages?.length > 0 && html`<details><summary>How it went</summary><ul class="stages">${one.stages.map((stage, i) => html`<li key=${i}>${stage.text}</li>`)}</ul></details>`}
      ${one.steps?.map((step) => recoveries[step] && html`<p key=${step} class="done"><b>What was done:</b> ${recoveries[step].text}</p>`)}`}
  </li>`;
}

export function Course({ run, brief, onMore }) {
  const course = run.health_course;
  if (!course) {
    return html`<${Card} title="Health">${brief ? html`<p class="muted small">No signals of health were measured ${isBusy(run.state) ? "yet" : "in this run"}.</p>`
      : html`<${Empty} icon="target" title="Nothing was measured" text="Signals of health are measured in games, unless the option signals is off; the first ones come with the first tick." />`}<//>`;
  }
  const { episodes, recoveries } = course;
  const shown = brief ? episodes.filter((one) => one.state !== "gone").slice(0, 3) : episodes;
  const title = html`Health: <span class=${`tone-${healthTone(course.verdict) ?? "info"}`}>${run.health?.title ?? course.verdict}</span>`;
  return html`<div class=${brief ? undefined : "stack"}><${Card} title=${title} actions=${brief && episodes.length > 0 && html`<${Button} size="small" kind="quiet" onClick=${onMore}>Details<//>`}>
    <div class="stack" aria-live="polite"><p>${course.sentence}</p>
      <${Line} run=${run} episodes=${episodes} recoveries=${recoveries} rows=${!brief} />
      ${!brief && course.lines?.length > 0 && html`<ul class="prose plain-list">${course.lines.filter((line) => line !== course.sentence).map((line) => html`<li key=${line}>${line}</li>`)}</ul>`}
      ${course.gained?.length > 0 && !brief && html`<div><b>What the recoveries gained</b><ul class="plain-list">${course.gained.map((line) => html`<li key=${line}>${line}</li>`)}</ul></div>`}
      ${course.fork && !brief && html`<p>${course.fork.text} <${Link} href=${`/run/${course.fork.out}`}>Open that run<//></p>`}
      ${shown.length > 0 && html`<ol class="episodes">${shown.map((one, i) => html`<${Episode} key=${`${one.kind}${one.onset_images}${i}`} one=${one} recoveries=${recoveries} brief=${brief} />`)}</ol>`}
      ${!brief && html`<p class="small muted">When something fails, this run ${({ warn: "says so and goes on", stop: "stops", recover: "goes back and tries a remedy" })[run.on_failure] ?? run.on_failure}${" "}(option${" "}<code>on_failure</code>).</p>`}
    </div><//>
    ${!brief && html`<${ClassShares} run=${run} />`}</div>`;
}
