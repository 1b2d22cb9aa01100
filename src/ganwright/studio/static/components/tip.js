// One-line explanations that appear on hover, on focus and on a tap.
import { classes, html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { Icon } from "./icon.js";

let bubble = null;

/* One bubble for the whole page, above everything, so that no frame cuts it off. */
function show(anchor, text) {
  if (!bubble) {
    bubble = document.createElement("div");
    bubble.className = "bubble";
    bubble.setAttribute("aria-hidden", "true");
  }
  (anchor.closest("dialog") ?? document.body).append(bubble);
  bubble.textContent = text;
  bubble.hidden = false;
  const at = anchor.getBoundingClientRect();
  const { width, height } = bubble.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left + at.width / 2 - width / 2, innerWidth - width - 8));
  const above = at.top - height - 8;
  bubble.style.left = `${left}px`;
  bubble.style.top = `${above > 8 ? above : at.bottom + 8}px`;
}

function hide() {
  if (bubble) bubble.hidden = true;
}

function useBubble(text) {
  const [open, setOpen] = useState(false);
  const ref = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const key = (event) => event.key === "Escape" && setOpen(false);
    const away = () => setOpen(false);
    show(ref.current, text);
    addEventListener("keydown", key);
    addEventListener("scroll", away, { capture: true, passive: true });
    return () => {
      hide();
      removeEventListener("keydown", key);
      removeEventListener("scroll", away, { capture: true });
    };
  }, [open, text]);
  const on = () => setOpen(true);
  const off = () => setOpen(false);
  return { ref, handlers: { onMouseEnter: on, onMouseLeave: off, onFocus: on, onBlur: off, onClick: on } };
}

/** Words with an explanation: dotted underline. */
export function Tip({ text, children, class: name }) {
  const id = useId("tip");
  const { ref, handlers } = useBubble(text);
  if (!text) return html`<span class=${name}>${children}</span>`;
  return html`<span class=${classes("tip", name)} ref=${ref} tabindex="0" role="note" aria-describedby=${id} ...${handlers}
    >${children}<span id=${id} class="visually-hidden">: ${text}</span></span>`;
}

/** A small round button with an explanation. */
export function About({ text, of }) {
  const { ref, handlers } = useBubble(text);
  if (!text) return null;
  return html`<button type="button" class="about" ref=${ref} aria-label=${`${of ? `${of}: ` : ""}${text}`} ...${handlers}>
    <${Icon} name="info" size="15" /></button>`;
}
