// What can be done with runs and jobs: each call, and what is said about it.
import { post, remove } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { navigate } from "../lib/router.js";
import { toast } from "../components/toast.js";

const failed = (problem) => toast(problem.message, { tone: "bad", seconds: 12 });

/** Do something, and say in a note what went wrong. Returns what it gave, or null. */
export async function attempt(doing) {
  try {
    return await doing();
  } catch (problem) {
    failed(problem);
    return null;
  }
}

async function restore(trash, then) {
  for (const { token, name } of trash) {
    const back = await attempt(() => post(`/api/trash/${token}/undo`));
    if (back) toast(`${name} is back.`, { tone: "good" });
  }
  then?.();
}

/** Move runs to the trash, with a way back. */
export async function deleteRuns(rows, then) {
  const gone = [];
  for (const row of rows) {
    const reply = await attempt(() => remove(`/api/runs/${row.id}`));
    if (reply) gone.push({ token: reply.trash, name: reply.name });
  }
  if (gone.length) {
    const what = gone.length === 1 ? gone[0].name : plural(gone.length, "run");
    toast(`${what} ${gone.length === 1 ? "was" : "were"} deleted.`, {
      seconds: 12, action: { label: "Undo", onClick: () => restore(gone, then) },
    });
  }
  then?.();
  return gone.length;
}

/** Pause, resume or stop a job; move it in its queue; forget it. */
export const jobDo = (id, what) => attempt(() => post(`/api/jobs/${id}/${what}`));
export const jobMove = (id, before) => attempt(() => post(`/api/jobs/${id}/move`, { before }));
export const jobForget = (id) => attempt(() => remove(`/api/jobs/${id}`));

/** Start a run that needs no choice, and show it. */
export async function startDemo() {
  const job = await attempt(() => post("/api/jobs", { data: "digits", recipe: "demo" }));
  if (job) navigate(job.page);
}
