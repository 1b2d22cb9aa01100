// A form drawn from a config's options: groups, search, ranges, what was changed and what does not fit.
import { classes, html, useId, useMemo, useState } from "../lib/html.js";
import { plural } from "../lib/format.js";
import { Button } from "./button.js";
import { Choice, Field, Select, Toggle } from "./fields.js";
import { Icon } from "./icon.js";

const NUMBERS = ["integer", "number"];

function range({ minimum, maximum, exclusive_minimum: above, exclusive_maximum: below }) {
  const parts = [];
  if (minimum !== null && minimum !== undefined) parts.push(`${above ? "more than" : "at least"} ${minimum}`);
  if (maximum !== null && maximum !== undefined) parts.push(`${below ? "less than" : "at most"} ${maximum}`);
  return parts.join(", ");
}

const asNumber = (word) => (word !== "" && Number.isFinite(Number(word)) ? Number(word) : word);

/** What is wrong with a typed value, or null; and the value itself. */
export function readField(field, text) {
  const word = String(text).trim();
  if (field.nullable && (word === "" || word === "none")) return { value: "none", wrong: null };
  if (field.kind === "list") return { value: word === "" ? [] : word.split(",").map((part) => asNumber(part.trim())), wrong: null };
  if (field.kind === "part" && field.choices?.includes(word)) return { value: word, wrong: null };
  if (!NUMBERS.includes(field.kind) && field.kind !== "part") {
    return { value: word, wrong: word === "" ? "a value is needed here" : null };
  }
  const value = Number(word);
  const words = field.kind === "part" && field.choices?.length ? `, nor one of ${field.choices.join(", ")}` : "";
  if (word === "" || !Number.isFinite(value)) return { value: word, wrong: `'${word}' is not a number${words}` };
  if (field.kind === "integer" && !Number.isInteger(value)) return { value, wrong: "a whole number is needed here" };
  const [least, most] = [field.minimum ?? -Infinity, field.maximum ?? Infinity];
  const low = value < least || (field.exclusive_minimum && value === least);
  const high = value > most || (field.exclusive_maximum && value === most);
  return { value, wrong: low || high ? `should be ${range(field)}` : null };
}

const told = (value) => (Array.isArray(value) ? value.map(told).join(", ") : value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "none"));

function Control({ field, changed, problem, onChange, onReset }) {
  const [typed, setTyped] = useState(null);
  const [wrong, setWrong] = useState(null);
  const common = { label: field.label ?? field.name, hideLabel: true, problem: wrong ?? problem };
  if (field.kind === "flag") return html`<${Toggle} ...${common} hideLabel value=${field.value} onChange=${onChange} />`;
  if (field.kind === "choice") {
    const options = field.choices.map((choice) => ({ value: choice, label: told(choice) }));
    if (field.nullable && !field.choices.some((choice) => choice === "none" || choice === null)) options.unshift({ value: "none", label: "none" });
    return html`<${Select} ...${common} options=${options} value=${field.value ?? "none"} onChange=${onChange} />`;
  }
  const own = field.placeholder; // what is there while nothing is chosen
  const blank = own && (field.value === null || field.value === "none");
  const take = (text) => {
    if (own && text.trim() === "") {
      setTyped(null);
      setWrong(null);
      return changed ? onReset() : undefined;
    }
    const read = readField(field, text);
    setWrong(read.wrong);
    if (read.wrong === null) {
      setTyped(null);
      if (told(read.value) !== told(field.value)) onChange(read.value);
    }
    return undefined;
  };
  return html`<${Field} ...${common} type=${NUMBERS.includes(field.kind) ? "number" : "text"} value=${typed ?? (blank ? "" : told(field.value))}
    unit=${field.unit} onInput=${(text) => (setTyped(text), wrong && setWrong(readField(field, text).wrong))} onChange=${take}
    list=${field.kind === "part" ? field.choices : undefined} placeholder=${own ?? (field.nullable ? "none" : undefined)} data-changed=${changed ? "" : undefined} />`;
}

function Row({ field, changed, problem, onChange, onReset }) {
  const limits = range(field);
  return html`<div class=${classes("form-row", changed && "changed", problem && "invalid")} data-option=${field.name}>
    <div class="form-about"><p class="form-name"><code>${field.name}</code>${changed
      && html`<span class="changed-mark">changed</span>`}</p>
      <p class="hint">${field.meaning}${limits && html` <span class="nowrap">Range: ${limits}.</span>`}</p></div>
    <div class="form-control"><${Control} field=${field} changed=${changed} problem=${problem}
        onChange=${(value) => onChange(field.name, value)} onReset=${() => onReset(field.name)} />
      <div class="form-default">${changed ? html`<${Button} kind="quiet" size="small" icon="reset"
        label=${`Reset ${field.name} to ${told(field.default)}`} onClick=${() => onReset(field.name)}>${field.placeholder ? "reset" : told(field.default)}<//>` : ""}</div>
    </div></div>`;
}

/** fields: Options of /api/schema or /api/plan (known: of which these are some); changes: {name: value} so far; problems: {name: line}. */
export function SchemaForm({ fields, known = fields, changes = {}, problems = {}, onChange, onReset }) {
  const id = useId("form");
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState("all");
  const [open, setOpen] = useState(() => new Set());
  const is = (field) => field.name in changes;
  const groups = useMemo(() => {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (field) => words.every((word) => `${field.name} ${field.meaning}`.toLowerCase().includes(word));
    const kept = fields.filter((field) => fits(field) && (only === "all" || is(field) || field.name in problems));
    const byGroup = new Map();
    kept.forEach((field) => byGroup.set(field.group, [...(byGroup.get(field.group) ?? []), field]));
    return [...byGroup];
  }, [fields, search, only, changes, problems]);
  const looking = search !== "" || only !== "all";
  const strange = Object.keys(changes).filter((name) => !known.some((field) => field.name === name));
  const flip = (group) => {
    const next = new Set(open);
    if (!next.delete(group)) next.add(group);
    setOpen(next);
  };
  const shown = groups.reduce((n, [, list]) => n + list.length, 0);
  return html`<div class="schema-form">
    <div class="row form-tools">
      <div class="grow"><${Field} label="Search the options" hideLabel type="search" icon="search" placeholder=${`Search ${fields.length} options`}
        value=${search} onInput=${setSearch} /></div>
      <${Choice} label="Which options" hideLabel value=${only} onChange=${setOnly}
        options=${[{ value: "all", label: "All" }, { value: "changed", label: `Changed ${Object.keys(changes).length}` }]} />
    </div>
    <p class="visually-hidden" role="status">${plural(shown, "option")} shown</p>
    ${strange.map((name) => html`<div key=${name} class="form-row invalid"><div class="form-about"><p class="form-name">
      <code>${name}</code></p><p class="field-problem" role="alert">${problems[name] ?? "there is no such option here any more"}</p></div>
      <div class="form-control"><${Button} size="small" icon="close" onClick=${() => onReset(name)}>Drop it<//></div></div>`)}
    ${groups.map(([group, list]) => {
      const isOpen = looking || open.has(group);
      const count = list.filter(is).length;
      const wrong = list.some((field) => field.name in problems);
      return html`<section key=${group} class=${classes("form-group", isOpen && "open")}>
        <h3><button type="button" aria-expanded=${String(isOpen || wrong)} aria-controls=${`${id}-${group.replace(/\W+/g, "-")}`} onClick=${() => flip(group)}>
          <${Icon} name="chevron" size="16" />${group[0].toUpperCase() + group.slice(1).replaceAll("_", " ")}<span class="muted small">${plural(list.length, "option")}</span>
          ${count > 0 && html`<span class="changed-mark">${count} changed</span>`}</button></h3>
        <div id=${`${id}-${group.replace(/\W+/g, "-")}`} hidden=${!(isOpen || wrong)}>${(isOpen || wrong) && list.map((field) => html`<${Row} key=${field.name}
          field=${field} changed=${is(field)} problem=${problems[field.name]} onChange=${onChange} onReset=${onReset} />`)}</div>
      </section>`;
    })}
    ${shown === 0 && strange.length === 0 && html`<p class="muted form-none">${only === "changed" && !search ? "Nothing is changed: this is the recipe as it stands."
      : `No option has “${search}” in its name or meaning.`}</p>`}
  </div>`;
}
