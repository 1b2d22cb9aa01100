// How a run stands, in words and colours: the same on every page.
import { html } from "../lib/html.js";
import { Badge } from "../components/badge.js";

/** state -> [word, tone, explanation] */
export const STATES = {
  running: ["Running", "accent", "It is being trained now."],
  queued: ["Queued", "info", "It starts when the runs before it have ended."],
  pausing: ["Pausing", "info", "It saves its state after this iteration, then it rests."],
  paused: ["Paused", "info", "It rests, and goes on exactly where it stopped."],
  stopping: ["Stopping", "info", "It saves its state after this iteration, then it ends."],
  stopped: ["Stopped", undefined, "It was stopped before its end; it can go on."],
  finished: ["Finished", "good", "It has come to its end."],
  failed: ["Failed", "bad", "It could not go on."],
  killed: ["Broken off", "warn", "Its process ended without a word; it can go on from its last checkpoint."],
  empty: ["Not begun", undefined, "The folder has a config but nothing was trained yet."],
};
const HEALTH = { healthy: "good", watch: "warn", failing: "bad", young: undefined };

export const healthTone = (verdict) => HEALTH[verdict];
export const severityTone = (severity) => ({ watch: "warn", failing: "bad" })[severity] ?? "info";
export const isBusy = (state) => ["running", "queued", "pausing", "stopping"].includes(state);

export function StateBadge({ state }) {
  const [word, tone, about] = STATES[state] ?? [state, undefined, ""];
  return html`<${Badge} tone=${tone} about=${about} live=${state === "running"}>${word}<//>`;
}

export function HealthBadge({ health }) {
  if (!health) return html`<span class="muted small">not measured</span>`;
  return html`<${Badge} tone=${healthTone(health.verdict)} about=${health.sentence}>${health.title}<//>`;
}

export const FID_ABOUT = "Fréchet distance between features of samples and of real data, at the last evaluation; lower is better. "
  + "Perfect samples would score the floor.";

export const PROGRESS_ABOUT = "Real images shown to the discriminator so far, of the length of the run.";
