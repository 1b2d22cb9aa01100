// Everything that is needed to repeat a run: its options, data, networks, machine and command.
import { classes, html, useMemo } from "../lib/html.js";
import { number, plural, whole } from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Field, Toggle } from "../components/fields.js";
import { toast } from "../components/toast.js";

const told = (value) => (Array.isArray(value) ? value.map(told).join(", ") || "none" : value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "none"));

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied.`, { tone: "good", seconds: 3 });
  } catch {
    toast("The browser does not allow copying; select the text instead.", { tone: "warn" });
  }
}

export function Command({ label, text }) {
  return html`<div class="command"><p class="small muted">${label}</p><div class="command-row"><pre tabindex="0">${text}</pre>
    <${Button} icon="copy" size="small" label=${`Copy: ${label}`} onClick=${() => copy(text, "The command")} /></div></div>`;
}

function Facts({ title, facts }) {
  const rows = Object.entries(facts ?? {}).filter(([, value]) => value !== null && value !== "");
  if (!rows.length) return null;
  return html`<${Card} title=${title} level=${3}><dl class="facts">${rows.map(([name, value]) => html`<div key=${name}><dt>${name.replaceAll("_", " ")}</dt>
    <dd>${typeof value === "number" ? (Number.isInteger(value) ? whole(value) : number(value)) : told(value)}</dd></div>`)}</dl><//>`;
}

export function Config({ run }) {
  const [search, setSearch] = useQuery("option", "");
  const [only, setOnly] = useQuery("changed", false);
  const groups = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = run.options.filter((option) => (!only || option.changed) && words.every((word) => `${option.name} ${told(option.value)} ${option.meaning}`.toLowerCase().includes(word)));
    const by = new Map();
    kept.forEach((option) => by.set(option.group, [...(by.get(option.group) ?? []), option]));
    return [...by];
  }, [run.options, search, only]);
  const differ = run.options.filter((option) => option.changed).length;
  const count = groups.reduce((n, [, list]) => n + list.length, 0);
  return html`<div class="split run-config"><div class="stack">
      <div class="row"><div class="grow"><${Field} label="Search the options" hideLabel type="search" icon="search" placeholder=${`Search ${run.options.length} options`} value=${search} onInput=${setSearch} /></div>
        <${Toggle} label="Only what differs from the recipe" value=${only} onChange=${setOnly} /></div>
      <p class="small muted" role="status">${plural(count, "option")} shown; ${differ === 0 ? "the config is the recipe's" : `${plural(differ, "option")} ${differ === 1 ? "differs" : "differ"} from the recipe ${run.recipe}`}.</p>
      ${groups.map(([group, list]) => html`<${Card} key=${group} title=${group[0].toUpperCase() + group.slice(1)} level=${3} flush><table class="table options"><caption class="visually-hidden">Options: ${group}</caption>
        <tbody>${list.map((option) => html`<tr key=${option.name} class=${classes(option.changed && "differs")}><th scope="row"><code>${option.name}</code>
          <p class="hint">${option.meaning}</p></th><td class="right"><code>${told(option.value)}</code>${option.changed && html`<span class="changed-mark">changed</span>`}</td></tr>`)}</tbody></table><//>`)}
      ${count === 0 && html`<p class="muted form-none">${only && !search ? "Nothing differs: this is the recipe as it stands." : `No option has “${search}” in its name, value or meaning.`}</p>`}
    </div>
    <div class="stack">
      <${Card} title="Commands" level=${3}><div class="stack">
        ${run.command && html`<${Command} label="Started with" text=${run.command} />`}
        ${run.repeat && html`<${Command} label="To repeat it" text=${run.repeat} />`}
        <${Command} label="Its folder" text=${run.path} /></div><//>
      <${Facts} title="Data" facts=${run.data_facts} /><${Facts} title="Weights" facts=${run.parameters} /><${Facts} title="Machine" facts=${run.environment} />
      ${run.checkpoints.length > 0 && html`<${Facts} title="Checkpoints" facts=${Object.fromEntries(run.checkpoints.map((one) => [`${whole(one.num_images)} images${one.best ? " (best)" : ""}`, `${number(one.bytes / 1e6, 3)} MB`]))} />`}
      ${run.citation && html`<${Card} title="Cite the method" level=${3}><pre class="citation" tabindex="0">${run.citation}</pre><//>`}
    </div></div>`;
}
