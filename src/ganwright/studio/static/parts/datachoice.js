// Choosing data: built in, a folder, or a zip of pictures; looked through before it is used.
import { classes, html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { post, remove } from "../lib/api.js";
import { bytes, plural, whole } from "../lib/format.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Field, FileDrop, Select } from "../components/fields.js";
import { Progress } from "../components/meter.js";
import { Tabs } from "../components/tabs.js";
import { Icon } from "../components/icon.js";
import { attempt } from "./actions.js";
import { send } from "./sending.js";

/** Ask the server to look a source through, until it has. {state, done, total, lines, advice, error} */
function useAudit(source) {
  const [audit, setAudit] = useState(null);
  useEffect(() => {
    setAudit(null);
    if (!source) return undefined;
    let here = true;
    let timer = null;
    const ask = () => post("/api/data/audit", { source }).then((reply) => {
      if (!here) return;
      setAudit(reply);
      if (reply.state === "working") timer = setTimeout(ask, 500);
    }, (error) => here && setAudit({ state: "failed", error: error.message }));
    ask();
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [source]);
  return audit;
}

const counts = (table) => Object.entries(table).map(([name, n]) => `${name}: ${whole(n)}`).join(", ");

/** What an audit found, as names and words; only what there is. */
function found(audit) {
  const { num_items: items, trained_shape: shape } = audit;
  return [
    ["Items", counts(items)], ["Trained as", `${shape.length === 3 ? `${shape[2]} x ${shape[1]} pixels, ${plural(shape[0], "channel")}` : plural(shape[0], "number")}`],
    ["Sizes", counts(audit.sizes)], ["Pixel formats", counts(audit.modes)],
    ["Classes", audit.num_classes ? `${whole(audit.num_classes)} (${counts(audit.classes)})` : "none"], ["With transparency", audit.num_transparent || ""],
    ["Cannot be read", audit.num_corrupt ? `${whole(audit.num_corrupt)}: ${Object.keys(audit.corrupt).slice(0, 5).join(", ")}` : ""],
    ["No pictures", audit.num_ignored ? plural(audit.num_ignored, "file") : ""], ["The same twice", audit.num_duplicates ? plural(audit.num_duplicates, "group") : "none"],
    ["Almost the same", audit.num_near_duplicates ? plural(audit.num_near_duplicates, "group") : "none"],
  ].filter(([, text]) => text !== "");
}

export function Audit({ source }) {
  const audit = useAudit(source);
  if (!source) return null;
  const working = !audit || audit.state === "working";
  return html`<div class="audit" aria-live="polite">
    ${working ? html`<p class="small">Looking through ${source}${audit?.total ? `: ${whole(audit.done)} of ${whole(audit.total)} files` : "…"}</p>
        <${Progress} label="Looking through the data" value=${audit?.total ? audit.done / audit.total : null} />`
      : audit.state === "failed" ? html`<p class="field-problem" role="alert">${audit.error}</p>`
      : html`${audit.advice?.length ? html`<ul class="audit-advice">${audit.advice.map((line) => html`<li key=${line}><${Icon} name="warning" size="16" /><span>${line}</span></li>`)}</ul>`
          : html`<p class="audit-fine"><${Icon} name="check" size="16" />Nothing stands in the way of training on it.</p>`}
        ${audit.audit && html`<details><summary>What was found</summary><dl class="audit-found">${found(audit.audit).map(([name, text]) => html`<div key=${name}><dt>${name}</dt><dd>${text}</dd></div>`)}</dl></details>`}`}
  </div>`;
}

function Built({ sources, value, onChange }) {
  return html`<div role="radiogroup" aria-label="Built-in data"><ul class="source-list">${sources.map((one) => html`<li key=${one.source}>
    <label class=${classes("source", value === one.source && "chosen")}><input type="radio" name="source" checked=${value === one.source} onChange=${() => onChange(one.source)} />
      <span><b>${one.title}</b><code>${one.source}</code><span class="hint">${one.meaning}</span></span></label></li>`)}</ul></div>`;
}

function Folder({ folders, runsDir, kinds, value, onChange, problem }) {
  const named = folders.filter((one) => one !== runsDir);
  const kind = kinds.find((one) => value.startsWith(`${one}:`)) ?? kinds[0];
  const [path, setPath] = useState(value.startsWith(`${kind}:`) ? value.slice(kind.length + 1) : "");
  const [looked, setLooked] = useState(path ? `${kind}:${path}` : "");
  const take = (next, as = kind) => {
    setPath(next);
    if (next.trim()) {
      onChange(`${as}:${next.trim()}`);
      setLooked(`${as}:${next.trim()}`);
    }
  };
  return html`<div class="stack"><div class="grid"><${Field} label="Path" value=${path} onInput=${setPath} onChange=${(next) => take(next)} list=${named} problem=${problem} placeholder=${named[0] ?? "pictures/faces"}
      hint="Within the folders that the studio was started with: its runs folder, --data and --data-dir." icon="folder" />
      <${Select} label="Kind" value=${kind} options=${kinds.map((one) => ({ value: one, label: { folder: "Folder of pictures", npz: "NumPy file (.npz)", pack: "Packed data" }[one] ?? one }))} onChange=${(next) => take(path, next)} /></div>
    ${named.length === 0 ? html`<p class="small muted">No folder of pictures is open to this studio yet: start it with <code>ganwright studio --data FOLDER</code>, or upload a zip.</p>`
      : html`<div class="row"><span class="small muted">Known folders:</span>${named.map((one) => html`<${Button} key=${one} size="small" icon="folder" onClick=${() => take(one)}>${one}<//>`)}</div>`}
    <${Audit} source=${looked} /></div>`;
}

function Upload({ uploads, value, onChange, limits }) {
  const [sending, setSending] = useState(null);
  const [problem, setProblem] = useState(null);
  const cancel = useRef(null);
  const take = async ([file]) => {
    setProblem(null);
    setSending({ name: file.name, share: 0 });
    const { promise, cancel: stop } = send(file, (share) => setSending({ name: file.name, share }));
    cancel.current = stop;
    try {
      const reply = await promise;
      uploads.reload();
      onChange(reply.source);
      if (reply.left_out?.length) setProblem({ soft: true, lines: reply.left_out });
    } catch (error) {
      setProblem({ lines: [error.message] });
    }
    setSending(null);
  };
  const forget = async (one) => {
    if (await attempt(() => remove(`/api/uploads/${one.name}`))) {
      uploads.reload();
      if (value === one.source) onChange("");
    }
  };
  const list = uploads.data?.uploads ?? [];
  return html`<div class="stack"><${FileDrop} label="Choose a zip of pictures" accept=".zip,application/zip" disabled=${sending !== null} onFiles=${take}
      hint=${limits ? `or drop it here. At most ${bytes(limits.upload_bytes)} and ${whole(limits.upload_files)} files; folders inside become classes.` : "or drop it here"} />
    ${sending && html`<div class="row"><div class="grow"><p class="small">${sending.share < 1 ? `Sending ${sending.name}` : `Unpacking ${sending.name}`}</p><${Progress} label=${`Sending ${sending.name}`} value=${sending.share < 1 ? sending.share : null} /></div>
      <${Button} size="small" icon="close" onClick=${() => cancel.current?.()}>Stop<//></div>`}
    ${problem && html`<div role="alert">${problem.lines.slice(0, 5).map((line) => html`<p key=${line} class=${problem.soft ? "small muted" : "field-problem"}>${line}</p>`)}</div>`}
    ${list.length > 0 && html`<ul class="source-list" aria-label="Uploads">${list.map((one) => html`<li key=${one.name} class="upload"><label class=${classes("source", value === one.source && "chosen")}>
      <input type="radio" name="source" checked=${value === one.source} onChange=${() => onChange(one.source)} /><span><b>${one.name}</b><span class="hint">${plural(one.files, "picture")}, ${bytes(one.bytes)}</span></span></label>
      <${Button} kind="quiet" icon="trash" label=${`Delete the upload ${one.name}`} onClick=${() => forget(one)} /></li>`)}</ul>`}
    ${list.some((one) => one.source === value) && html`<${Audit} source=${value} />`}</div>`;
}

export function DataChoice({ sources, folders, runsDir, uploads, value, onChange, limits, optional, problem }) {
  const built = useMemo(() => sources.filter((one) => one.group === "built-in" && !one.takes_path && one.kind !== "drawing"), [sources]);
  const kinds = useMemo(() => [...new Set(sources.filter((one) => one.takes_path).map((one) => one.kind))], [sources]);
  const isUpload = uploads.data?.uploads.some((one) => one.source === value);
  const where = isUpload ? "upload" : value && !built.some((one) => one.source === value) ? "folder" : "built-in";
  const [tab, setTab] = useState(null);
  return html`<${Card} class="data-choice"><${Tabs} label="Where the data comes from" value=${tab ?? where} onChange=${setTab} tabs=${[
    { key: "built-in", label: "Built in", content: () => html`<${Built} sources=${built} value=${value} onChange=${onChange} />` },
    { key: "folder", label: "A folder", icon: "folder", content: () => html`<${Folder} folders=${folders} runsDir=${runsDir} kinds=${kinds.length ? kinds : ["folder"]} value=${value} onChange=${onChange} problem=${where === "folder" ? problem : null} />` },
    { key: "upload", label: "Upload a zip", icon: "upload", content: () => html`<${Upload} uploads=${uploads} value=${value} onChange=${onChange} limits=${limits} />` },
  ]} />
  ${problem && where !== "folder" && html`<p class="field-problem" role="alert">${problem}</p>`}
  ${optional && html`<p class="small muted data-optional">${value ? html`Trained on <code>${value}</code> from now on. <${Button} size="small" onClick=${() => onChange("")}>Keep its own data<//>` : "Nothing is chosen: it keeps its own data."}</p>`}<//>`;
}
