// The queue of each device: what is trained, what comes next, and what can be done about it.
import { html } from "../lib/html.js";
import { bytes, duration, hours, images } from "../lib/format.js";
import { Link } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Progress } from "../components/meter.js";
import { jobDo, jobForget, jobMove } from "./actions.js";
import { StateBadge } from "./state.js";

const WAITING = ["queued", "running", "pausing", "stopping", "paused"];

export const waitingJobs = (jobs) => jobs.filter((job) => WAITING.includes(job.state));

function JobRow({ job, queue }) {
  const at = queue.findIndex((other) => other.id === job.id);
  const up = () => jobMove(job.id, queue[at - 1].id);
  const down = () => jobMove(job.id, queue[at + 2]?.id ?? null);
  const queued = job.state === "queued";
  return html`<li class="queue-row">
    <div class="queue-name"><${Link} href=${job.page}>${job.name}<//>
      <span class="muted small">${[job.kind === "lesson" ? "lesson" : job.recipe, job.data, job.images && images(job.images)].filter(Boolean).join(" · ")}</span>
      <span class=${job.error ? "small tone-warn" : "muted small"}>${job.error ?? `at most ${hours(job.max_seconds)} and ${bytes(job.max_memory_bytes)} of memory`}</span></div>
    <div class="queue-state">${queued ? html`<span class="small muted">${job.place ? `Number ${job.place} in the queue of ${job.device}` : `Waits for ${job.device}`}</span>`
      : html`<${Progress} label=${`Progress of ${job.name}`} value=${job.progress} /><span class="small muted">${job.seconds_left !== null
        && job.seconds_left !== undefined ? `${duration(job.seconds_left)} left` : ""}</span>`}</div>
    <${StateBadge} state=${job.state} />
    <div class="row queue-do">
      ${queued && html`<${Button} size="small" kind="quiet" icon="back" class="turn-up" label=${`Move ${job.name} up`} disabled=${at <= 0} onClick=${up} />
        <${Button} size="small" kind="quiet" icon="back" class="turn-down" label=${`Move ${job.name} down`} disabled=${at >= queue.length - 1} onClick=${down} />
        <${Button} size="small" icon="close" onClick=${() => jobForget(job.id)}>Cancel<//>`}
      ${job.state === "running" && html`<${Button} size="small" icon="pause" onClick=${() => jobDo(job.id, "pause")}>Pause<//>`}
      ${job.state === "paused" && html`<${Button} size="small" icon="play" onClick=${() => jobDo(job.id, "resume")}>Resume<//>`}
      ${["running", "paused", "pausing"].includes(job.state) && html`<${Button} size="small" icon="stop" onClick=${() => jobDo(job.id, "stop")}>Stop<//>`}
    </div></li>`;
}

export function Queue({ jobs }) {
  const all = waitingJobs(jobs);
  if (!all.length) return null;
  const queueOf = (job) => all.filter((other) => other.state === "queued" && other.device === job.device)
    .sort((a, b) => (a.place ?? 0) - (b.place ?? 0));
  return html`<ul class="queue" aria-label="Jobs">${all.map((job) => html`<${JobRow} key=${job.id} job=${job} queue=${queueOf(job)} />`)}</ul>`;
}
