// Every run of the folder, live: look, sort, filter, compare, delete.
import { classes, html, useEffect, useMemo, useState } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { ago, duration, imagesOf, number, percent, plural } from "../lib/format.js";
import { useKeys } from "../lib/hooks.js";
import { Link, navigate, useQuery } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Empty, Loading, ProblemBox } from "../components/empty.js";
import { Choice, Field, Select } from "../components/fields.js";
import { Progress } from "../components/meter.js";
import { Page } from "../components/page.js";
import { Picture } from "../components/picture.js";
import { sorted, Table } from "../components/table.js";
import { Tip } from "../components/tip.js";
import { deleteRuns, startDemo } from "../parts/actions.js";
import { useRuns } from "../parts/live.js";
import { Queue, waitingJobs } from "../parts/queue.js";
import { FID_ABOUT, HealthBadge, isBusy, PROGRESS_ABOUT, StateBadge, STATES } from "../parts/state.js";
import { Trash } from "../parts/trash.js";

const FILTERS = [
  { value: "all", label: "All states", has: () => true },
  { value: "active", label: "Running or queued", has: (row) => isBusy(row.state) || row.state === "paused" },
  { value: "finished", label: "Finished", has: (row) => row.state === "finished" },
  { value: "trouble", label: "In trouble", has: (row) => ["failed", "killed"].includes(row.state) || row.health?.verdict === "failing" || row.problem },
];

const SORTS = [
  { value: "-changed_at", label: "Newest change first" },
  { value: "-started_at", label: "Newest start first" },
  { value: "fid", label: "Best FID first" },
  { value: "health", label: "Least healthy first" },
  { value: "name", label: "By name" },
  { value: "recipe", label: "By recipe" },
  { value: "-progress", label: "By progress" },
  { value: "seconds_left", label: "By time left" },
];
const ILL = ["failing", "watch", "young", "healthy"];

function Fid({ fid }) {
  if (!fid) return html`<span class="muted">–</span>`;
  return html`<span>${number(fid.value, 3)}${fid.error ? html`<span class="muted small"> ± ${number(fid.error, 2)}</span>` : ""}</span>`;
}

const told = (row) => imagesOf(row.num_images, row.images);
const recipe = (row) => `${row.recipe ?? "?"}${row.preset ? ` (${row.preset})` : ""}`;

const COLUMNS = [
  { key: "name", label: "Run", cell: (row) => html`<div class="runs-cell"><span class="runs-thumb"><${Picture} src=${row.picture} alt="" width=${1} height=${1} pixelated /></span>
      <span><${Link} href=${`/run/${row.id}`} class="runs-name">${row.name}<//>${row.problem && html`<span class="field-problem">${row.problem}</span>`}</span></div>` },
  { key: "state", label: "State", about: "How the run stands.", cell: (row) => html`<${StateBadge} state=${row.state} />` },
  { key: "recipe", label: "Recipe", about: "The paper or design that the config started from.", cell: recipe },
  { key: "data", label: "Data", about: "What it is trained on." },
  { key: "progress", label: "Progress", about: PROGRESS_ABOUT, cell: (row) => html`<div class="runs-progress"><${Progress} value=${row.progress ?? 0} label=${`Progress of ${row.name}`} /><span class="small muted">${told(row)}</span></div>` },
  { key: "seconds_left", label: "Time left", about: "At the speed of the last minutes.", align: "right", cell: (row) => (row.seconds_left === null ? "–" : duration(row.seconds_left)) },
  { key: "fid", label: "FID", about: FID_ABOUT, align: "right", value: (row) => row.fid?.value, cell: (row) => html`<${Fid} fid=${row.fid} />` },
  { key: "health", label: "Health", about: "What the detectors say of its course.", value: (row) => (row.health ? ILL.indexOf(row.health.verdict) : null), cell: (row) => html`<${HealthBadge} health=${row.health} />` },
  { key: "changed_at", label: "Changed", about: "When something was last written to its folder.", align: "right", cell: (row) => html`<span class="muted nowrap">${ago(row.changed_at)}</span>` },
];
const BY = [...COLUMNS, { key: "started_at" }];

function Card({ row, chosen, onChoose }) {
  return html`<li class=${classes("run-card", chosen && "chosen")}>
    <${Link} href=${`/run/${row.id}`} class="run-card-picture" tabindex="-1" aria-hidden="true"><${Picture} src=${row.picture} alt="" width=${16} height=${10} pixelated /><//>
    <label class="run-card-tick"><input type="checkbox" checked=${chosen} onChange=${(e) => onChoose(e.target.checked)} aria-label=${`Select ${row.name}`} /></label>
    <div class="run-card-body">
      <div><h2 class="run-card-name"><${Link} href=${`/run/${row.id}`}>${row.name}<//></h2>
        <p class="muted small">${recipe(row)} on ${row.data ?? "?"}</p></div>
      <div class="spread"><${StateBadge} state=${row.state} /><${HealthBadge} health=${row.health} /></div>
      ${row.problem ? html`<p class="field-problem">${row.problem}</p>` : html`<div class="run-card-bar"><${Progress} value=${row.progress ?? 0} label=${`Progress of ${row.name}`} />
        <div class="spread small muted"><${Tip} text=${PROGRESS_ABOUT} class="plain">${told(row)}<//>
          <span>${row.seconds_left !== null ? `${duration(row.seconds_left)} left` : row.progress !== null && row.progress < 1 ? percent(row.progress) : ""}</span></div></div>`}
      <div class="spread small"><span><${Tip} text=${FID_ABOUT}>FID<//> <b><${Fid} fid=${row.fid} /></b></span><span class="muted">${ago(row.changed_at)}</span></div>
    </div></li>`;
}

function useRefresh(seconds) {
  const [, again] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => again((n) => n + 1), seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds]);
}

function NoRuns({ about }) {
  const [busy, setBusy] = useState(false);
  const start = async () => {
    setBusy(true);
    await startDemo();
    setBusy(false);
  };
  return html`<${Empty} icon="runs" title="Nothing was trained here yet"
    text=${`Train the demo to see how it goes: a small modern GAN on handwritten digits, about two minutes on two cores. Runs that the command line trains${about ? ` in ${about.runs_dir}` : " in this folder"} appear here by themselves.`}
    action=${html`<${Button} kind="primary" icon="play" busy=${busy} onClick=${start}>Train the demo<//><${Button} icon="plus" href="/new">Choose what to train<//>`} />`;
}

export default function Runs() {
  const { rows, jobs, state: socket, error } = useRuns();
  const about = useGet("/api/about");
  const [view, setView] = useQuery("view", "cards");
  const [search, setSearch] = useQuery("q", "");
  const [filter, setFilter] = useQuery("state", "all");
  const [sort, setSort] = useQuery("sort", "-changed_at");
  const [select, setSelect] = useQuery("select", []);
  const [compare, setCompare] = useQuery("compare", []);
  const [Compare, setView2] = useState(null);
  const [trash, setTrash] = useState(false);
  useRefresh(20);
  useEffect(() => {
    if (compare.length && !Compare) import("../parts/compare.js").then((module) => setView2(() => module.default));
  }, [compare.length]);
  useKeys({ "/": () => document.querySelector(".runs-tools input")?.focus(), Escape: () => setSelect([]) });

  const chosen = useMemo(() => new Set(select), [select.join()]);
  const shown = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const { has } = FILTERS.find((one) => one.value === filter) ?? FILTERS[0];
    const text = (row) => `${row.name} ${row.recipe} ${row.data} ${STATES[row.state]?.[0]} ${row.health?.title ?? ""}`.toLowerCase();
    return sorted((rows ?? []).filter((row) => has(row) && words.every((word) => text(row).includes(word))), BY, sort);
  }, [rows, search, filter, sort]);

  if (compare.length) {
    return Compare ? html`<${Compare} ids=${compare} onClose=${() => setCompare([])} />` : html`<div class="page"><${Loading} height=${400} /></div>`;
  }
  const picked = (rows ?? []).filter((row) => chosen.has(row.id));
  const choose = (id, on) => setSelect(on ? [...select, id] : select.filter((other) => other !== id));
  const erase = () => deleteRuns(picked).then(() => setSelect([]));
  const lead = about.data ? html`Everything below <code>${about.data.runs_dir}</code>, live.` : "Everything that was trained, live.";

  return html`<${Page} title="Runs" lead=${lead} wide actions=${html`<${Button} kind="quiet" icon="trash" onClick=${() => setTrash(true)}>Deleted<//><${Button} kind="primary" icon="plus" href="/new">New run<//>`}>
    ${socket === "lost" && html`<div class="runs-lost" role="status">The connection to the studio is lost; what you see may be old. It comes back by itself.</div>`}
    ${error && html`<${ProblemBox} problem=${error} title="The list could not be read" />`}
    ${waitingJobs(jobs).length > 0 && html`<div class="runs-queue"><${Queue} jobs=${jobs} /></div>`}
    ${rows === null ? html`<${Loading} height=${420} label="Loading the runs" />` : rows.length === 0 ? html`<${NoRuns} about=${about.data} />` : html`
      <div class="runs-tools">
        <div class="runs-search"><${Field} label="Search the runs" hideLabel type="search" icon="search" placeholder="Search: name, recipe, data" value=${search} onInput=${setSearch} /></div>
        <${Select} label="Which states" hideLabel options=${FILTERS} value=${filter} onChange=${setFilter} />
        <${Select} label="Order" hideLabel options=${SORTS.some((s) => s.value === sort) ? SORTS : [...SORTS, { value: sort, label: "As in the table" }]} value=${sort} onChange=${setSort} />
        <${Choice} label="View" hideLabel value=${view} onChange=${setView} options=${[{ value: "cards", label: "Cards", icon: "cards" }, { value: "table", label: "Table", icon: "table" }]} />
      </div>
      <p class="small muted runs-count" role="status">${shown.length === rows.length ? plural(rows.length, "run") : `${shown.length} of ${plural(rows.length, "run")}`}</p>
      ${shown.length === 0 ? html`<${Empty} icon="search" title="No run fits" text="None has all these words in its name, recipe, data or state."
          action=${html`<${Button} onClick=${() => (setSearch(""), setFilter("all"))}>Show all runs<//>`} />`
        : view === "table" ? html`<${Table} caption="Runs" columns=${COLUMNS} rows=${shown} rowLabel=${(row) => row.name} sort=${sort} onSort=${setSort}
            selected=${chosen} onSelect=${(set) => setSelect([...set])} onOpen=${(row) => navigate(`/run/${row.id}`)} />`
        : html`<ul class="run-cards">${shown.map((row) => html`<${Card} key=${row.id} row=${row} chosen=${chosen.has(row.id)} onChoose=${(on) => choose(row.id, on)} />`)}</ul>`}`}
    ${picked.length > 0 && html`<div class="runs-chosen" role="region" aria-label="Selected runs"><b>${plural(picked.length, "run")} selected</b>
      <${Button} kind="primary" icon="table" disabled=${picked.length < 2} onClick=${() => setCompare(picked.map((row) => row.id), { push: true })}>Compare<//>
      <${Button} kind="danger" icon="trash" onClick=${erase}>Delete<//>
      <${Button} kind="quiet" icon="close" label="Select none" onClick=${() => setSelect([])} /></div>`}
    <${Trash} open=${trash} onClose=${() => setTrash(false)} />
  <//>`;
}
