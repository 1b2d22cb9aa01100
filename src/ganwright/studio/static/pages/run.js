// One run: how it goes, live; what it makes; how healthy it is; and everything that can be done with it.
import { html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { useGet, useSocket } from "../lib/api.js";
import { duration, images, nameOf, number, whole } from "../lib/format.js";
import { navigate, useQuery } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Figure, Figures } from "../components/figure.js";
import { Progress } from "../components/meter.js";
import { Page } from "../components/page.js";
import { Tabs } from "../components/tabs.js";
import { deleteRuns } from "../parts/actions.js";
import { Course } from "../parts/course.js";
import { Config } from "../parts/config.js";
import { Evaluation } from "../parts/evaluation.js";
import { Log } from "../parts/log.js";
import { RunActions } from "../parts/runactions.js";
import { RunCharts, useCharts } from "../parts/runcharts.js";
import { Samples } from "../parts/samples.js";
import { FID_ABOUT, healthTone, PROGRESS_ABOUT, StateBadge } from "../parts/state.js";

/** The run as the server keeps telling it: {run, charts, socket, problem, reload}. */
function useRun(id) {
  const reply = useGet(`/api/runs/${id}`);
  const charts = useCharts(id);
  const [live, setLive] = useState({});
  const [news, setNews] = useState([]);
  useEffect(() => {
    setLive({});
    setNews([]);
  }, [id]);
  const state = useRef(null);
  const onMessage = (message) => {
    if (message.type === "row") {
      if (state.current && state.current !== message.row.state) reply.reload();
      state.current = message.row.state;
      setLive((old) => ({ ...old, row: message.row }));
    } else if (message.type === "panel") setLive((old) => ({ ...old, panels: [...(old.panels ?? []), message.panel] }));
    else if (message.type === "health") {
      setLive((old) => ({ ...old, course: message.course }));
      charts.refresh();
    } else if (message.type === "log") charts.append(message);
    else if (message.type === "rewound") {
      reply.reload();
      charts.reload();
    } else if (message.type === "event") {
      setNews((old) => [message.event, ...old].slice(0, 200));
      if (["signals", "metrics"].includes(message.event.type)) charts.refresh();
      if (["metrics", "checkpoint", "finished", "failed"].includes(message.event.type)) reply.reload();
    }
  };
  const { state: socket, error } = useSocket(`/live/runs/${id}`, { onMessage });
  const run = useMemo(() => {
    if (!reply.data) return null;
    const known = new Set(reply.data.panels.map((panel) => panel.num_images));
    const panels = [...reply.data.panels, ...(live.panels ?? []).filter((panel) => !known.has(panel.num_images))];
    return { ...reply.data, ...live.row, panels, health_course: live.course ?? reply.data.health_course };
  }, [reply.data, live]);
  return { run, charts, news, socket, refusal: socket === "refused" ? error : null, problem: reply.error ?? (error && !reply.data ? error : null), reload: reply.reload };
}

function Standing({ run }) {
  const verdict = run.health;
  return html`<div class="run-standing">
    <div class="run-bar">${run.state !== "finished" && html`<${Progress} value=${run.progress ?? 0} label="Progress" />`}
      <p class="spread small muted"><span class="row"><${StateBadge} state=${run.state} />${run.sentence.length > 12 && html`<span>${run.sentence}</span>`}</span></p></div>
    <${Figures} columns=${6}>
      <${Figure} label="Images seen" value=${images(run.num_images)} detail=${run.images ? `of ${images(run.images)}` : ""} about=${PROGRESS_ABOUT} />
      ${run.seconds_left === null ? html`<${Figure} label="Time spent" value=${duration(run.seconds)} about="Seconds of training, pauses left out." />`
        : html`<${Figure} label="Time left" value=${duration(run.seconds_left)} detail=${`${duration(run.seconds)} spent`} about="At the speed of the last minutes; below it, the time spent on training so far." />`}
      <${Figure} label="Speed" value=${number(run.images_per_second, 3)} unit="img/s" about="Real images seen in a second, at the last log entry." />
      <${Figure} label="FID" value=${number(run.fid?.value, 3)} detail=${run.fid ? `${run.fid.floor !== null ? `floor ${number(run.fid.floor, 3)}, ` : ""}at ${images(run.fid.num_images)}` : "not judged yet"} about=${FID_ABOUT} />
      <${Figure} label="Health" value=${verdict?.title ?? "–"} tone=${healthTone(verdict?.verdict)} about=${verdict?.sentence ?? "Signals of health are not measured in this run."} />
      <${Figure} label="Weights" value=${short(Object.values(run.parameters ?? {}).reduce((a, b) => a + b, 0))} detail=${Object.entries(run.parameters ?? {}).map(([name, n]) => `${name[0].toUpperCase()} ${short(n)}`).join(", ")}
        about="Numbers that training adjusts, over all networks." />
    <//></div>`;
}

function short(n) {
  if (!n) return "–";
  return n < 1e4 ? whole(n) : n < 1e6 ? `${number(n / 1e3, 3)}k` : `${number(n / 1e6, 3)}M`;
}

export default function Run({ params }) {
  const { id } = params;
  const { run, charts, news, socket, refusal, problem, reload } = useRun(id);
  const [tab, setTab] = useQuery("tab", "overview");
  const back = { href: "/runs", label: "Runs" };
  if (!run) {
    return html`<${Page} title=${problem ? "Run" : nameOf(id)} back=${back}>${problem
      ? html`<${ProblemBox} title="This run cannot be shown" problem=${problem} retry=${reload} />` : html`<${Loading} height=${560} label="Loading the run" />`}<//>`;
  }
  const erase = () => deleteRuns([run], () => {}).then((gone) => gone && navigate("/runs"));
  const count = run.health_course?.episodes.filter((episode) => episode.state !== "gone").length || null;
  const differ = run.options.filter((option) => option.changed).length;
  return html`<${Page} title=${run.name} back=${back} wide class="run"
      lead=${`${run.recipe}${run.preset ? ` (${run.preset})` : ""} on ${run.data}${run.seed !== null ? `, seed ${run.seed}` : ""}`}
      actions=${html`<${RunActions} run=${run} onDelete=${erase} onChanged=${reload} />`}>
    ${socket === "lost" && html`<div class="run-lost" role="status">The connection to the studio is lost; what you see may be old. It comes back by itself.</div>`}
    ${refusal && html`<${ProblemBox} title="What you see is not kept up to date" problem=${refusal} retry=${reload} />`}
    ${run.problems.map((line) => html`<${ProblemBox} key=${line} title="The folder is not whole" problem=${line} />`)}
    <${Standing} run=${run} />
    <${Tabs} label="Parts of the run" value=${tab} onChange=${(key) => setTab(key, { push: true })} tabs=${[
      { key: "overview", label: "Overview", icon: "theory", content: () => html`<div class="run-overview">
          <${RunCharts} charts=${charts} run=${run} />
          <aside class="stack run-side" aria-label="Samples and health"><${Samples} run=${run} /><${Course} run=${run} brief onMore=${() => setTab("health", { push: true })} /></aside></div>` },
      { key: "samples", label: "Samples", icon: "image", content: () => html`<${Samples} run=${run} large />` },
      { key: "health", label: "Health", icon: "target", count, content: () => html`<${Course} run=${run} />` },
      { key: "evaluation", label: "Evaluation", icon: "check", content: () => html`<${Evaluation} run=${run} />` },
      { key: "config", label: "Config", icon: "settings", count: differ || null, content: () => html`<${Config} run=${run} />` },
      { key: "log", label: "Log", icon: "lesson", content: () => html`<${Log} run=${run} news=${news} />` },
    ]} />
  <//>`;
}
