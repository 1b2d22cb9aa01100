import { html } from "../lib/html.js";
import { Page } from "../components/page.js";
export default function X() { return html`<${Page} title="run" lead="soon" />`; }
