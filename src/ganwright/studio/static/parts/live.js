// The list of runs and jobs as it is now, kept so by the server.
import { useMemo, useState } from "../lib/html.js";
import { useSocket } from "../lib/api.js";

/** {rows: [Row] | null, jobs: [Job], state, error} */
export function useRuns() {
  const [rows, setRows] = useState(null);
  const [jobs, setJobs] = useState([]);
  const onMessage = (message) => {
    if (message.type === "jobs") setJobs(message.jobs);
    if (message.type !== "runs") return;
    setRows((old) => {
      const next = message.first ? new Map() : new Map(old);
      message.gone?.forEach((id) => next.delete(id));
      message.rows.forEach((row) => next.set(row.id, row));
      return next;
    });
  };
  const { state, error } = useSocket("/live/runs", { onMessage });
  const list = useMemo(() => rows && [...rows.values()], [rows]);
  return { rows: list, jobs, state, error };
}
