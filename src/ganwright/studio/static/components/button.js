// Buttons, and links that look like them.
import { classes, html } from "../lib/html.js";
import { Link } from "../lib/router.js";
import { Icon } from "./icon.js";

/** kind: "primary", "normal", "quiet", "danger"; label: its name where it has no text; pressed: makes it a toggle. */
export function Button({
  kind = "normal", size, icon, label, href, busy, disabled, pressed, onClick, class: name, children, ...rest
}) {
  const bare = children === undefined || children === null;
  const look = classes("button", kind, size, bare && "bare", busy && "busy", name);
  const inside = html`${icon && html`<${Icon} name=${icon} size=${size === "small" ? 16 : 18} />`}${children}`;
  if (href && !disabled) {
    const Tag = href.startsWith("/api/") ? "a" : Link;
    return html`<${Tag} class=${look} href=${href} aria-label=${label} title=${bare ? label : undefined} ...${rest}>
      ${inside}<//>`;
  }
  return html`<button type="button" class=${look} disabled=${disabled || busy} aria-busy=${busy ? "true" : undefined}
    aria-label=${label} title=${bare ? label : undefined}
    aria-pressed=${pressed === undefined ? undefined : String(Boolean(pressed))} onClick=${onClick} ...${rest}>
    ${inside}</button>`;
}

export function ButtonGroup({ label, children }) {
  return html`<div class="button-group" role="group" aria-label=${label}>${children}</div>`;
}
