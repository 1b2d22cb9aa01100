// Controls to type and choose with. Each has a real label, and tells what is wrong beside itself.
import { classes, html, useId, useState } from "../lib/html.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";
import { About } from "./tip.js";

function Label({ id, label, about, hideLabel, required }) {
  return html`<div class="label-row"><label for=${id} class=${hideLabel && "visually-hidden"}>${label}${required
    && html`<span class="muted"> (needed)</span>`}</label>${about && html`<${About} text=${about} of=${label} />`}</div>`;
}

function Notes({ id, hint, problem }) {
  return html`<div class="notes" id=${id}>${problem ? html`<p class="field-problem" role="alert">${problem}</p>`
    : hint && html`<p class="hint">${hint}</p>`}</div>`;
}

/** list: suggestions. onInput: with each key; onChange: when it is left or Enter was pressed. */
export function Field({
  label, value, type = "text", unit, about, hint, problem, onInput, onChange, hideLabel, list, required, icon, ...rest
}) {
  const id = useId("field");
  const [draft, setDraft] = useState(null); // what is being typed is not undone by a page that renders meanwhile
  const typed = (text) => (onInput ? onInput(text) : setDraft(text));
  const taken = (text) => (setDraft(null), onChange?.(text));
  return html`<div class=${classes("control field", problem && "invalid")}>
    <${Label} id=${id} label=${label} about=${about} hideLabel=${hideLabel} required=${required} />
    <div class=${classes("input-box", icon && "with-icon")}>${icon && html`<${Icon} name=${icon} size="16" />`}
      <input id=${id} type=${type === "number" ? "text" : type} inputmode=${type === "number" ? "decimal" : undefined}
        value=${draft ?? value ?? ""} aria-invalid=${problem ? "true" : undefined} aria-describedby=${`${id}-notes`}
        list=${list ? `${id}-list` : undefined} autocomplete="off" spellcheck=${false} required=${required}
        onInput=${(e) => typed(e.target.value)} onChange=${(e) => taken(e.target.value)} ...${rest} />
      ${unit && html`<span class="unit">${unit}</span>`}</div>
    ${list && html`<datalist id=${`${id}-list`}>${list.map((item) => html`<option key=${item} value=${item} />`)}</datalist>`}
    <${Notes} id=${`${id}-notes`} hint=${hint} problem=${problem} />
  </div>`;
}

const asOption = (option) => (typeof option === "object" ? option : { value: option, label: String(option) });

export function Select({ label, value, options, onChange, about, problem, hint, hideLabel, disabled }) {
  const id = useId("select");
  const all = options.map(asOption);
  const take = (event) => onChange?.(all[event.target.selectedIndex].value);
  return html`<div class=${classes("control field", problem && "invalid")}>
    <${Label} id=${id} label=${label} about=${about} hideLabel=${hideLabel} />
    <div class="input-box select-box"><select id=${id} value=${String(value)} onChange=${take} disabled=${disabled}
      aria-invalid=${problem ? "true" : undefined} aria-describedby=${`${id}-notes`}>
      ${all.map((option) => html`<option key=${option.value} value=${String(option.value)}
        selected=${option.value === value} disabled=${option.disabled}>${option.label ?? String(option.value)}</option>`)}
    </select><${Icon} name="down" size="16" /></div>
    <${Notes} id=${`${id}-notes`} hint=${hint} problem=${problem} />
  </div>`;
}

/** A switch: on or off at once. */
export function Toggle({ label, value, onChange, about, disabled, hideLabel }) {
  const id = useId("toggle");
  return html`<div class=${classes("control toggle", disabled && "disabled")}>
    <input id=${id} type="checkbox" role="switch" checked=${Boolean(value)} disabled=${disabled}
      onChange=${(e) => onChange?.(e.target.checked)} />
    <label for=${id}><span class="toggle-track" aria-hidden="true"></span><span
      class=${hideLabel && "visually-hidden"}>${label}</span></label>
    ${about && html`<${About} text=${about} of=${label} />`}
  </div>`;
}

/** One of a few, all seen at once. */
export function Choice({ label, value, options, onChange, about, hideLabel, disabled }) {
  const id = useId("choice");
  return html`<fieldset class="control choice" disabled=${disabled}>
    <legend class=${hideLabel && "visually-hidden"}>${label}${about && html`<${About} text=${about} of=${label} />`}</legend>
    <div class="choice-options">${options.map(asOption).map((option) => html`<label key=${option.value}
      title=${option.about} class=${option.disabled && "disabled"}>
      <input type="radio" name=${id} checked=${option.value === value} disabled=${option.disabled}
        onChange=${() => onChange?.(option.value)} /><span>${option.icon
          && html`<${Icon} name=${option.icon} size="16" />`}${option.label ?? String(option.value)}</span></label>`)}
    </div></fieldset>`;
}

/** A button and a place to drop files on. */
export function FileDrop({ label, accept, multiple, onFiles, hint, disabled }) {
  const id = useId("file");
  const [over, setOver] = useState(false);
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const files = [...event.dataTransfer.files];
    if (!disabled && files.length) onFiles(multiple ? files : files.slice(0, 1));
  };
  const pick = (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    if (files.length) onFiles(files);
  };
  return html`<div class=${classes("file-drop", over && "over", disabled && "disabled")} onDrop=${drop}
    onDragOver=${(e) => (e.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)}>
    <input id=${id} class="visually-hidden" type="file" accept=${accept} multiple=${multiple} disabled=${disabled}
      onChange=${pick} aria-hidden="true" tabindex="-1" />
    <${Button} icon="upload" disabled=${disabled} onClick=${() => document.getElementById(id).click()}>${label}<//>
    <p class="hint">${hint ?? "or drop it here"}</p></div>`;
}
