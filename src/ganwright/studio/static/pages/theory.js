// Theory: five small machines, each with a sentence on what is to be seen, a formula and a control under your hands.
import { html } from "../lib/html.js";
import { useQuery } from "../lib/router.js";
import { Page } from "../components/page.js";
import { Tabs } from "../components/tabs.js";
import { Lipschitz } from "./theory/lipschitz.js";
import { Loss } from "./theory/loss.js";
import { Modes } from "./theory/modes.js";
import { Optimum } from "./theory/optimum.js";
import { Separation } from "./theory/separation.js";

const PARTS = [
  { key: "loss", label: "The generator's loss", content: () => html`<${Loss} />` },
  { key: "optimum", label: "The best discriminator", content: () => html`<${Optimum} />` },
  { key: "separation", label: "Wasserstein or JS", content: () => html`<${Separation} />` },
  { key: "modes", label: "Lost modes", content: () => html`<${Modes} />` },
  { key: "lipschitz", label: "Lipschitz", content: () => html`<${Lipschitz} />` },
];

export default function Theory() {
  const [part, setPart] = useQuery("part", "loss");
  return html`<${Page} title="Theory" wide lead="Why GANs learn, and why they fail, in closed forms that you can push around. Every curve is computed by ganwright's theory module, the same that its tests use.">
    <${Tabs} label="Parts of the theory" value=${part} onChange=${setPart} tabs=${PARTS} />
  <//>`;
}
