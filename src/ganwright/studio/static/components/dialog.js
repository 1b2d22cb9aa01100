// Dialogs: the browser's own, which keep the focus inside and close with Escape.
import { classes, html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { Button } from "./button.js";

export function Dialog({ open, title, onClose, actions, wide, children }) {
  const ref = useRef(null);
  const id = useId("dialog");
  useEffect(() => {
    const dialog = ref.current;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  const outside = (event) => event.target === ref.current && onClose?.();
  const cancel = (event) => {
    event.preventDefault();
    onClose?.();
  };
  return html`<dialog ref=${ref} class=${classes("dialog", wide && "wide")} aria-labelledby=${id} onCancel=${cancel}
    onMouseDown=${outside}>${open && html`<div class="dialog-body">
      <div class="spread dialog-head"><h2 id=${id}>${title}</h2>
        <${Button} kind="quiet" icon="close" label="Close" onClick=${onClose} /></div>
      <div class="dialog-content">${children}</div>
      ${actions && html`<div class="row dialog-actions">${actions}</div>`}
    </div>`}</dialog>`;
}

let put = null;

/** Ask before something that cannot be taken back: a promise of true or false. */
export function ask(question) {
  return new Promise((resolve) => put?.({ ...question, resolve }));
}

/** The place of `ask`; stands once in the shell. */
export function Asking() {
  const [question, setQuestion] = useState(null);
  put = setQuestion;
  const answer = (value) => {
    question?.resolve(value);
    setQuestion(null);
  };
  return html`<${Dialog} open=${question !== null} title=${question?.title} onClose=${() => answer(false)}
    actions=${html`<${Button} onClick=${() => answer(false)}>Cancel<//>
      <${Button} kind=${question?.danger ? "danger" : "primary"} onClick=${() => answer(true)}>${question?.action}<//>`}>
    <p>${question?.text}</p><//>`;
}
