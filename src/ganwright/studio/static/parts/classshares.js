// How often each class comes among samples, tick by tick, beside how often it should: modes that go and come are seen.
import { html, useMemo } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { images, percent } from "../lib/format.js";
import { Card } from "../components/card.js";
import { Canvas } from "../components/canvas.js";
import { Legend } from "../components/badge.js";

const MOST = 300; // ticks; classes beyond 40 are left to the report
const CLASSES = 40;

/** A share beside its real one as a colour: grey as in the data, orange more, blue less. */
function shade(context, share, real, colours) {
  const ratio = real > 0 ? share / real : share > 0 ? 3 : 1;
  const far = Math.min(1, Math.abs(Math.log2(Math.max(ratio, 1 / 16))) / 3);
  context.globalAlpha = 0.12 + 0.88 * far;
  context.fillStyle = ratio >= 1 ? colours.fake : colours.real;
}

export function ClassShares({ run }) {
  const reply = useGet(`/api/runs/${run.id}/events`, { type: "signals", newest: true, limit: MOST });
  const ticks = useMemo(() => (reply.data?.events ?? []).filter((e) => e.class_shares?.samples?.length).reverse(), [reply.data]);
  if (!ticks.length) return null;
  const { real } = ticks.at(-1).class_shares;
  const count = Math.min(real.length, CLASSES);
  const names = run.data_facts?.class_names ?? [];
  const last = ticks.at(-1).class_shares.samples;
  const missing = last.map((share, i) => (share < 0.1 * real[i] ? (names[i] ?? i) : null)).filter((name) => name !== null);
  const draw = (context, { width, height, colours }) => {
    const left = 36;
    const [w, h] = [(width - left) / ticks.length, height / count];
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (let k = 0; k < count; k += 1) {
      context.globalAlpha = 1;
      context.fillStyle = colours.muted;
      if (h >= 11) context.fillText(String(names[k] ?? k).slice(0, 5), 0, (k + 0.5) * h);
      ticks.forEach((tick, i) => {
        shade(context, tick.class_shares.samples[k] ?? 0, real[k], colours);
        context.fillRect(left + i * w, k * h + 0.5, w + 0.5, h - 1);
      });
    }
    context.globalAlpha = 1;
  };
  const words = missing.length ? `Now nearly missing: ${missing.slice(0, 8).join(", ")}${missing.length > 8 ? " and more" : ""}.` : "No class is nearly missing now.";
  return html`<div class="section"><${Card} title="Classes among the samples" about="Each column is a tick, each row a class, as a small classifier sees the samples. Grey: as often as in real data.">
    <div class="shares"><${Canvas} height=${Math.max(120, Math.min(420, count * 18))} draw=${draw} deps=${[ticks]} label=${`Shares of ${count} classes over ${ticks.length} ticks. ${words}`} />
      <div class="spread small muted"><span>${images(ticks[0].num_images)}</span><span>${images(ticks.at(-1).num_images)}</span></div>
      <div class="spread"><${Legend} items=${[{ label: "less often than real data", tone: "real", shape: "square" }, { label: "more often", tone: "fake", shape: "square" }]} />
        <p class="small muted">${words} Largest share ${percent(Math.max(...last))}.</p></div></div><//></div>`;
}
