// Tabs after the ARIA pattern: arrow keys move, only the shown one is in the tab order.
import { html, useId, useRef } from "../lib/html.js";
import { Icon } from "./icon.js";

export function Tabs({ label, value, onChange, tabs }) {
  const id = useId("tabs");
  const list = useRef(null);
  const at = Math.max(0, tabs.findIndex((tab) => tab.key === value));
  const move = (event) => {
    const n = tabs.length;
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: n - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + n) % n;
    onChange(tabs[next].key);
    list.current.children[next].focus();
  };
  const { content } = tabs[at];
  return html`<div class="tabs"><div class="tab-list" role="tablist" aria-label=${label} ref=${list} onKeyDown=${move}>
      ${tabs.map((tab, i) => html`<button key=${tab.key} type="button" role="tab" id=${`${id}-${tab.key}`}
        aria-selected=${String(i === at)} aria-controls=${`${id}-panel`} tabindex=${i === at ? 0 : -1}
        onClick=${() => onChange(tab.key)}>${tab.icon && html`<${Icon} name=${tab.icon} size="16" />`}${tab.label}${tab.count
          !== undefined && tab.count !== null && html`<span class="count">${tab.count}</span>`}</button>`)}</div>
    <div class="tab-panel" role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${tabs[at].key}`} key=${tabs[at].key}>
      ${typeof content === "function" ? content() : content}</div></div>`;
}
