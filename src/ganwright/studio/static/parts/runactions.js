// What can be done with one run, by how it stands.
import { html, useState } from "../lib/html.js";
import { post } from "../lib/api.js";
import { images } from "../lib/format.js";
import { Button } from "../components/button.js";
import { ask, Dialog } from "../components/dialog.js";
import { Field } from "../components/fields.js";
import { toast } from "../components/toast.js";
import { attempt, jobDo } from "./actions.js";

const TRAINED = (run) => run.checkpoints.length > 0;

function GoOn({ run, open, onClose, onChanged }) {
  const goal = run.images ?? run.num_images;
  const least = run.state === "finished" ? run.num_images + 1 : run.num_images;
  const [text, setText] = useState(null);
  const value = Number(String(text ?? (run.state === "finished" ? goal * 2 : goal)).replaceAll(",", ""));
  const wrong = !Number.isInteger(value) ? "a whole number is needed here" : value < least ? `should be at least ${least}: so many were seen already` : null;
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    const job = await attempt(() => post(`/api/runs/${run.id}/resume`, { images: value === goal ? null : value }));
    setBusy(false);
    if (!job) return;
    toast(job.place > 1 ? `${run.name} waits in the queue.` : `${run.name} goes on.`, { tone: "good" });
    onClose();
    onChanged();
  };
  return html`<${Dialog} open=${open} title=${`Go on with ${run.name}`} onClose=${onClose}
    actions=${html`<${Button} onClick=${onClose}>Cancel<//><${Button} kind="primary" icon="play" busy=${busy} disabled=${wrong !== null} onClick=${start}>Go on<//>`}>
    <p>It goes on from its last checkpoint, exactly as if it had never stopped. A longer length may move schedules that follow it.</p>
    <${Field} label="Length" type="number" unit="images" value=${text ?? String(value)} onInput=${setText} problem=${wrong} hint=${`${images(run.num_images)} were seen so far.`} /><//>`;
}

export function RunActions({ run, onDelete, onChanged }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(null);
  const act = async (what) => {
    setBusy(what);
    await jobDo(run.job, what);
    setBusy(null);
    onChanged();
  };
  const stop = async () => {
    const again = run.state === "stopping";
    const sure = again || await ask({ title: `Stop ${run.name}?`, text: run.state === "queued" ? "It leaves the queue. It can go on later." : "It saves its state after this iteration and ends. It can go on later.", action: "Stop it" });
    if (sure) act("stop");
  };
  const live = ["running", "pausing", "stopping", "paused", "queued"].includes(run.state);
  const can = TRAINED(run);
  return html`
    ${run.job && run.state === "running" && html`<${Button} icon="pause" busy=${busy === "pause"} onClick=${() => act("pause")}>Pause<//>`}
    ${run.job && run.state === "paused" && html`<${Button} kind="primary" icon="play" busy=${busy === "resume"} onClick=${() => act("resume")}>Resume<//>`}
    ${run.job && ["running", "pausing", "paused", "stopping", "queued"].includes(run.state) && html`<${Button} icon="stop" busy=${busy === "stop"} onClick=${stop}>Stop<//>`}
    ${!live && html`<${Button} kind=${run.state === "finished" ? "normal" : "primary"} icon="play" onClick=${() => setOpen(true)}>Go on<//>`}
    ${can && html`<${Button} icon="explore" href=${`/explore/${run.id}`}>Explore<//><${Button} icon="eye" href=${`/real-or-fake/${run.id}`}>Real or fake?<//>
      ${run.playable && html`<${Button} icon="playground" href=${`/playground?run=${run.id}`}>Play with this run<//>`}
      <${Button} icon="fork" href=${`/new?from=${run.id}`}>Fork<//>`}
    ${run.num_events > 0 && html`<${Button} icon="download" href=${`/api/runs/${run.id}/report`} download>Report<//>`}
    <${Button} kind="danger" icon="trash" label=${`Delete ${run.name}`} disabled=${live} onClick=${onDelete} />
    <${GoOn} run=${run} open=${open} onClose=${() => setOpen(false)} onChanged=${onChanged} />`;
}
