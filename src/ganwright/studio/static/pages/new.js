// A new run: what is learnt from, how, and for how long; told at once what does not fit, and how long it takes.
import { classes, html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { post, useGet } from "../lib/api.js";
import { bytes, duration, hours, images, nameOf, number, plural } from "../lib/format.js";
import { useDebounced } from "../lib/hooks.js";
import { navigate, useQuery } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Loading, ProblemBox, Waiting } from "../components/empty.js";
import { Choice, Field, Select } from "../components/fields.js";
import { Figure, Figures } from "../components/figure.js";
import { SchemaForm } from "../components/form.js";
import { Page, Section } from "../components/page.js";
import { toast } from "../components/toast.js";
import { attempt } from "../parts/actions.js";
import { DataChoice } from "../parts/datachoice.js";
import { useRuns } from "../parts/live.js";
import { Queue, waitingJobs } from "../parts/queue.js";
import { RecipeChoice } from "../parts/recipechoice.js";

/* Options that have a place of their own on the page. */
const ABOVE = ["seed", "images", "device", "on_failure", "recipe", "preset", "data.kind"];
const LENGTHS = [20_000, 100_000, 500_000, 2_000_000];

/** A JSON object kept in the address. */
function useObject(name) {
  const [text, setText] = useQuery(name, "");
  const value = useMemo(() => {
    try {
      const read = text ? JSON.parse(text) : {};
      return read !== null && typeof read === "object" && !Array.isArray(read) ? read : {};
    } catch {
      return {};
    }
  }, [text]);
  return [value, (next) => setText(Object.keys(next).length ? JSON.stringify(next) : "")];
}

function useChoice() {
  const [from, setFrom] = useQuery("from", "");
  const [data, setData] = useQuery("data", from ? "" : "digits");
  const [recipe, setRecipe] = useQuery("recipe", "auto");
  const [preset, setPreset] = useQuery("preset", "");
  const [length, setLength] = useQuery("images", "");
  const [seed, setSeed] = useQuery("seed", "");
  const [device, setDevice] = useQuery("device", "auto");
  const [failure, setFailure] = useQuery("on_failure", "");
  const [name, setName] = useQuery("name", "");
  const [options, setOptions] = useObject("set");
  const whole = (text) => (text.trim() === "" ? null : Number(text.replaceAll(/[ _,]/g, "")));
  const wrong = {
    images: length !== "" && !(Number.isInteger(whole(length)) && whole(length) > 0) ? "a whole number above 0 is needed here" : null,
    seed: seed !== "" && !(Number.isInteger(whole(seed)) && whole(seed) >= 0) ? "a whole number, 0 or more, is needed here" : null,
  };
  const request = {
    data: data || null, recipe: from ? null : recipe, preset: from ? null : preset || null, images: wrong.images ? null : whole(length), seed: wrong.seed ? null : whole(seed),
    device, options, name: name.trim() || null, from_run: from || null, on_failure: failure || null,
  };
  return {
    from, setFrom, data, setData, recipe, preset, length, setLength, seed, setSeed, device, setDevice, failure, setFailure, name, setName, options, setOptions, wrong, request,
    setRecipe: (next) => {
      setRecipe(next);
      setPreset("");
      if (next !== recipe) setOptions({});
    },
    setPreset,
  };
}

/** Ask `path` about a request whenever it changes; the last answer stays meanwhile. again(data): s until asked again. */
function useAsked(path, request, { again = () => null, wait = 250, on = true } = {}) {
  const text = JSON.stringify(request);
  const settled = useDebounced(text, wait);
  const [state, setState] = useState({ data: null, error: null, of: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    if (!on) return undefined;
    let here = true;
    let timer = null;
    const ask = () => post(path, JSON.parse(settled)).then(
      (data) => {
        if (!here) return;
        setState({ data, error: null, of: settled });
        const seconds = again(data);
        if (seconds !== null) timer = setTimeout(ask, seconds * 1000);
      },
      (error) => here && setState((old) => ({ ...old, error, of: settled })),
    );
    ask();
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [settled, turn, on]);
  return { ...state, fresh: state.of === text, reload: () => setTurn((n) => n + 1) };
}

/* on: whether there is something to estimate; without it nothing is tried. Old figures stay, pale, until there are new ones. */
function Estimate({ estimate, plan, on }) {
  const { data, error } = estimate;
  const stale = !estimate.fresh || (!error && data?.state === "working");
  const working = on && (stale || (!data && !error));
  const total = Object.values(data?.parameters ?? {}).reduce((a, b) => a + b, 0);
  if (error && !working) return html`<p class="small field-problem">${error.message}</p>`;
  return html`<div class=${classes("new-estimate", stale && "stale")} aria-live="polite" aria-busy=${String(working)}>
    <${Figures} columns=${2}>
      <${Figure} label="Time" value=${data?.seconds ? duration(data.seconds) : "–"} about="Measured: a few iterations of this very run on this machine, then counted up. Other jobs slow it down." />
      <${Figure} label="Length" value=${images(plan?.images ?? data?.images)} about="Real images that the discriminator will see." />
      <${Figure} label="Speed" value=${number(data?.images_per_second, 3)} unit="img/s" about="Real images seen in a second, as measured." />
      <${Figure} label="Weights" value=${total ? (total < 1e6 ? `${number(total / 1e3, 3)}k` : `${number(total / 1e6, 3)}M`) : "–"} about="Numbers that training adjusts, over all networks." />
    <//>
    ${(data?.warnings ?? []).map((line) => html`<p key=${line} class="small tone-warn" role="alert">${line}</p>`)}
    <p class="small muted new-note">${data?.state === "failed" && !working ? html`<span class="field-problem">${data.error}</span>` : working ? "Trying a few iterations…" : (data?.notes ?? []).join(" ")}</p></div>`;
}

function Basics({ choice, about, plan }) {
  const devices = [{ value: "auto", label: "Auto: the fastest" }, ...(about?.devices ?? []).map((one) => ({ value: one.name, label: one.title }))];
  const { errors = {} } = plan ?? {};
  return html`<div class="grid new-basics">
    <div><${Field} label="Length" type="number" unit="images" value=${choice.length} onInput=${choice.setLength} placeholder=${plan?.images ? String(plan.images) : "as the recipe says"}
        problem=${choice.wrong.images ?? errors.images} about="Real images that the discriminator will see. A run can go on longer afterwards." />
      <div class="row new-lengths">${LENGTHS.map((n) => html`<${Button} key=${n} size="small" kind="quiet" pressed=${choice.length === String(n)} onClick=${() => choice.setLength(choice.length === String(n) ? "" : String(n))}>${images(n)}<//>`)}</div></div>
    <${Field} label="Seed" type="number" value=${choice.seed} onInput=${choice.setSeed} placeholder="as the recipe says" problem=${choice.wrong.seed ?? errors.seed}
      about="All that is random comes from it: the same seed gives the same run on the same machine." />
    <${Select} label="Device" value=${choice.device} options=${devices} onChange=${choice.setDevice} problem=${errors.device} about="What computes. Jobs of one device wait for each other." />
    <${Select} label="When training fails" value=${choice.failure} onChange=${choice.setFailure} problem=${errors.on_failure} options=${[{ value: "", label: "As the recipe says" }, { value: "warn", label: "Say so, and go on" },
      { value: "stop", label: "Stop" }, { value: "recover", label: "Go back and try a remedy" }]} about="What is done about a diagnosis such as mode collapse." />
  </div>`;
}

function useDone(jobs) {
  const before = useRef(new Map());
  useEffect(() => {
    for (const job of jobs) {
      const old = before.current.get(job.id);
      if (old && old !== job.state && job.state === "failed") toast(`${job.name} failed: ${job.error ?? "its log says why"}`, { tone: "bad", seconds: 15 });
      before.current.set(job.id, job.state);
    }
  }, [jobs]);
}

export default function NewRun() {
  const choice = useChoice();
  const about = useGet("/api/about");
  const recipes = useGet("/api/recipes");
  const data = useGet("/api/data");
  const uploads = useGet("/api/uploads");
  const { jobs } = useRuns();
  useDone(jobs);
  const [advanced, setAdvanced] = useQuery("options", "basic");
  const [busy, setBusy] = useState(false);
  const { request, options } = choice;
  const ready = Boolean(request.data || request.from_run);
  const plan = useAsked("/api/plan", request, { on: ready });
  const errors = plan.data?.errors ?? {};
  const fine = ready && plan.data && !plan.error && Object.keys(errors).length === 0 && !choice.wrong.images && !choice.wrong.seed;
  const estimate = useAsked("/api/estimate", { ...request, name: null }, { on: Boolean(fine), wait: 700, again: (found) => (found.state === "working" ? 0.4 : null) });

  const start = async () => {
    setBusy(true);
    const job = await attempt(() => post("/api/jobs", request));
    setBusy(false);
    if (!job) return;
    if (job.place > 1) toast(`${job.name} waits in the queue, at place ${job.place}.`, { tone: "good" });
    navigate(job.page);
  };
  const setOption = (name, value) => {
    const field = plan.data?.options.find((one) => one.name === name);
    const same = field && JSON.stringify(field.default) === JSON.stringify(value);
    const { [name]: gone, ...rest } = options;
    // another kind brings other options: those of the old one are let go
    const kept = field?.changes_form ? Object.fromEntries(Object.entries(rest).filter(([other]) => !other.startsWith(name.replace(/kind$/, "")))) : rest;
    choice.setOptions(same ? kept : { ...kept, [name]: value });
  };
  const resetOption = (name) => {
    const { [name]: gone, ...rest } = options;
    choice.setOptions(rest);
  };
  const fields = useMemo(() => (plan.data?.options ?? []).filter((one) => !ABOVE.includes(one.name) && (advanced === "all" || one.basic || one.name in options || one.name in errors)), [plan.data, advanced]);
  const listed = (data.data ?? data.error) && (recipes.data ?? recipes.error); // what is below it would move
  const misfits = Object.keys(errors).filter(Boolean);
  const general = errors[""] ?? (plan.error && plan.error.message);

  return html`<${Page} title=${choice.from ? "Fork a run" : "New run"} wide lead=${choice.from ? "A new run that starts from the weights and the config of another." : "Choose what to learn from and how. Nothing is started before you press Start."}>
    <div class="split new-split"><div class="stack new-main">
      ${choice.from && html`<${Card} title=${`From ${nameOf(choice.from)}`} actions=${html`<${Button} size="small" icon="close" onClick=${() => choice.setFrom("")}>Start afresh instead<//>`}>
        <p class="muted">The new run begins with that run's last weights. Options that you change below hold from there on.</p><//>`}
      <${Section} title="1. Data" about="What the generator learns to imitate.">
        <${Waiting} of=${{ ...data, data: listed ? data.data : null }} height=${900} title="The data sources could not be listed">${(found) => html`<${DataChoice} sources=${found.sources} folders=${found.folders} runsDir=${about.data?.runs_dir} uploads=${uploads} value=${choice.data}
          onChange=${choice.setData} limits=${about.data?.limits} optional=${choice.from !== ""} problem=${errors.data} />`}<//><//>
      ${!choice.from && listed && html`<${Section} title="2. Recipe" about="A design from the literature: networks, loss, penalties and rates that go together.">
        <${Waiting} of=${recipes} height=${200} title="The recipes could not be listed">${(found) => html`<${RecipeChoice} recipes=${found.recipes} auto=${found.auto} value=${choice.recipe} preset=${choice.preset}
          chosen=${estimate.data?.recipe} why=${estimate.data?.auto} stale=${!estimate.fresh || estimate.data?.state === "working"} onChange=${choice.setRecipe} onPreset=${choice.setPreset} problem=${errors.recipe ?? errors.preset} />`}<//><//>`}
      ${listed && html`<${Section} title=${choice.from ? "2. Options" : "3. Options"} about="Every option of the config. What you do not change is as the recipe says."
          actions=${html`<${Choice} label="How many options" hideLabel value=${advanced} onChange=${setAdvanced} options=${[{ value: "basic", label: "Basic" }, { value: "all", label: "All" }]} />`}>
        <div class="stack"><${Basics} choice=${choice} about=${about.data} plan=${plan.data} />
        ${plan.data ? html`<${SchemaForm} fields=${fields} changes=${options} problems=${errors} known=${plan.data.options} onChange=${setOption} onReset=${resetOption} />`
          : general ? html`<${ProblemBox} title="This choice does not work yet" problem=${general} />` : html`<${Loading} height=${300} />`}</div><//>`}
    </div>
    <aside class="new-side stack" aria-label="Summary and start">
      <${Card} title="Start"><div class="stack">
        <${Estimate} estimate=${estimate} plan=${plan.data} on=${fine} />
        <${Field} label="Name" value=${choice.name} onInput=${choice.setName} placeholder=${plan.data?.name ?? ""} problem=${errors.name} hint=${plan.data?.exists ? "There is a run of this name already." : "The folder of the run."} />
        ${general && html`<p class="field-problem" role="alert">${general}</p>`}
        <${Button} kind="primary" icon="play" class="new-start" busy=${busy} disabled=${!fine} onClick=${start}>Start<//>
        <p class="small muted" role="status">${!ready ? "Choose data first." : misfits.length ? `${plural(misfits.length, "option")} ${misfits.length === 1 ? "does" : "do"} not fit: ${misfits.join(", ")}.` : general ? "This choice does not work yet."
          : waitingJobs(jobs).length ? `${plural(waitingJobs(jobs).length, "job")} before it.` : "It starts at once; the page may be closed."}</p>
        ${(plan.data?.notes ?? []).map((note) => html`<p key=${note} class="small muted">${note}</p>`)}
        ${about.data && html`<p class="small muted">A job may take ${hours(about.data.limits.job_seconds)} and ${bytes(about.data.limits.job_memory_bytes)} of memory; beyond that it is saved and paused.</p>`}
      </div><//>
      ${waitingJobs(jobs).length > 0 && html`<${Section} title="Queue"><${Queue} jobs=${jobs} /><//>`}
    </aside></div>
  <//>`;
}
