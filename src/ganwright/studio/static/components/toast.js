// Short notes at the edge of the screen, with at most one thing to do about them.
import { classes, html, useEffect, useState } from "../lib/html.js";
import { Button } from "./button.js";

let notes = [];
let renew = null;
let ids = 0;

function close(id) {
  notes = notes.filter((note) => note.id !== id);
  renew?.(notes);
}

/** tone: "good", "warn", "bad"; action: {label, onClick}. Returns a function that closes it. */
export function toast(text, { tone, action, seconds = 6 } = {}) {
  const id = (ids += 1);
  notes = [...notes.slice(-3), { id, text, tone, action, until: performance.now() + seconds * 1000 }];
  renew?.(notes);
  return () => close(id);
}

function Note({ note }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => close(note.id), Math.max(1500, note.until - performance.now()));
    return () => clearTimeout(timer);
  }, [held]);
  const act = () => {
    close(note.id);
    note.action.onClick();
  };
  return html`<div class=${classes("toast", note.tone && `tone-of-${note.tone}`)} onMouseEnter=${() => setHeld(true)}
    onMouseLeave=${() => setHeld(false)} onfocusin=${() => setHeld(true)} onfocusout=${() => setHeld(false)}>
    <p>${note.text}</p>
    ${note.action && html`<${Button} size="small" onClick=${act}>${note.action.label}<//>`}
    <${Button} kind="quiet" size="small" icon="close" label="Close this note" onClick=${() => close(note.id)} />
  </div>`;
}

/** The place of the notes; stands once in the shell. */
export function Toasts() {
  const [shown, setShown] = useState(notes);
  renew = setShown;
  return html`<div class="toasts" role="status" aria-live="polite">
    ${shown.map((note) => html`<${Note} key=${note.id} note=${note} />`)}</div>`;
}
