// What is told beside the plane: the verdict, the modes, the distances, and how they went.
import { html, useMemo } from "../../lib/html.js";
import { number, percent, plural } from "../../lib/format.js";
import { Badge } from "../../components/badge.js";
import { Card } from "../../components/card.js";
import { Chart } from "../../components/chart.js";
import { Figure, Figures } from "../../components/figure.js";
import { Progress } from "../../components/meter.js";

const VERDICTS = {
  early: { tone: undefined, word: "Too early to tell" },
  healthy: { tone: "good", word: "Healthy" },
  odd: { tone: "warn", word: "Not seen to fail" },
  watch: { tone: "warn", word: "Worth watching" },
  failing: { tone: "bad", word: "Failing" },
};

export function Health({ game }) {
  const { picture } = game.shown;
  const health = picture?.health ?? { state: "early", looks: 0, needed: 6, found: [], unusual: [] };
  const odd = health.unusual.length > 0;
  const { tone, word } = VERDICTS[odd && health.state === "healthy" ? "odd" : health.state];
  const about = "The verdict of the detectors that watch every training: they see signals such as scores, gradients and distances of samples, never the truth about the modes.";
  return html`<${Card} title="Health" about=${about} class="pg-health" actions=${html`<${Badge} tone=${tone}>${word}<//>`}>
    <div aria-live="polite" class="pg-verdict">
      ${health.state === "early" && html`<p class="muted">The detectors begin to judge after ${plural(health.needed, "look")}; ${health.looks} so far.</p>`}
      ${health.state === "healthy" && html`<p>Nothing is wrong as far as the detectors see.</p>`}
      ${odd && !health.found.length && html`<p class="muted">Unusual rules: ${health.unusual.join("; ")}.</p>`}
      ${health.found.slice(0, 3).map((one) => html`<div key=${one.kind} class="pg-finding"><p><b class=${`tone-${one.severity === "failing" ? "bad" : "warn"}`}>${one.title}.</b> ${one.cause}</p>
        <p class="muted small">${one.advice}</p></div>`)}
    </div><//>`;
}

/** One bar a mode: its share of the samples, beside what would be even. */
export function Modes({ game }) {
  const { world, shown } = game;
  const num = world?.num_modes ?? 8;
  const shares = shown.picture ? [...shown.picture.arrays.shares] : new Array(num).fill(0);
  const covered = shown.picture?.covered ?? 0;
  const what = world?.regions ? "regions" : "modes";
  const about = world?.regions
    ? "The drawing is cut into twelve regions. One is reached when it has a quarter of the samples that are due to it."
    : "A mode is reached when one of 1,024 samples lies within three standard deviations of its middle. The line is an even share.";
  return html`<${Card} title=${`${covered} of ${num} ${what}`} about=${about} class="pg-modes">
    <div class="pg-bars" role="img" aria-label=${`Share of the samples in each of ${num} ${what}; ${covered} are reached.`}>
      ${Array.from({ length: num }, (_, k) => html`<span key=${k} class=${shares[k] > 0 ? "" : "none"}><i style=${{ transform: `scaleY(${Math.min(1, ((shares[k] ?? 0) * num) / 2)})` }}></i></span>`)}
    </div>
    <p class="muted small">${percent(shown.picture?.good ?? null)} of the samples lie on ${world?.regions ? "the drawing" : "a mode"}; perfect samples: ${percent(world?.perfect.good ?? null)}.</p><//>`;
}

export function Numbers({ game }) {
  const p = game.shown.picture ?? {};
  const perfect = game.world?.perfect;
  const floor = (key) => (perfect ? `perfect: ${number(perfect[key], 2)}` : undefined);
  const odds = p.belief_real !== undefined;
  return html`<${Figures} class="pg-numbers">
    <${Figure} label="JS" value=${number(p.js, 3)} unit="nats" detail=${floor("js")} about="Jensen-Shannon divergence of data and samples, on 48 by 48 cells, both seen through the same blur: 0 where they are alike, 0.69 where nothing overlaps." />
    <${Figure} label="KL" value=${number(p.kl, 3)} unit="nats" detail=${floor("kl")} about="Kullback-Leibler divergence of the samples from the data: large where the data has points and the samples have none." />
    <${Figure} label="D on real" value=${odds ? percent(p.belief_real) : number(p.score_real, 3)} detail=${odds ? "50 % at the end" : "score"} about="How real D takes real points to be, on average." />
    <${Figure} label="D on fakes" value=${odds ? percent(p.belief_fake) : number(p.score_fake, 3)} detail=${odds ? "50 % at the end" : "score"} about="How real D takes the fakes to be, on average." />
  <//>`;
}

const line = (key, label, colour, values, more = {}) => ({ key, label, colour, values, ...more });

export function Charts({ game }) {
  const { history } = game.shown;
  const { world } = game;
  const x = history?.at ?? [];
  const sets = useMemo(() => {
    const h = history ?? { js: [], kl: [], covered: [], good: [], loss_d: [], loss_g: [] };
    return {
      js: [line("js", "JS", "fake", h.js)],
      kl: [line("kl", "KL", "info", h.kl)],
      modes: [line("covered", world?.regions ? "regions" : "modes", "good", h.covered)],
      losses: [line("d", "D", "accent", h.loss_d), line("g", "G", "fake", h.loss_g)],
    };
  }, [history, world]);
  const common = { x, xLabel: "iterations", height: 140, empty: "Run the game to see it go.", formatX: (v) => number(v, 7), formatY: (v) => number(v, 3) };
  return html`<div class="grid pg-charts">
    <${Card} title="JS over time" about="Jensen-Shannon divergence of data and samples, in nats: 0 where they are alike, 0.69 where nothing overlaps.">
      <${Chart} ...${common} label="Jensen-Shannon divergence" series=${sets.js} range=${[0, 0.7]} yLabel="nats" /><//>
    <${Card} title="KL over time" about="Kullback-Leibler divergence of the samples from the data, in nats: large while data is left out.">
      <${Chart} ...${common} label="Kullback-Leibler divergence" series=${sets.kl} yLabel="nats" /><//>
    <${Card} title=${world?.regions ? "Regions reached" : "Modes reached"} about="How many parts of the data have samples.">
      <${Chart} ...${common} label="Modes reached" series=${sets.modes} range=${[0, (world?.num_modes ?? 8) * 1.05]} yLabel="number" /><//>
    <${Card} title="Losses" about="What each player minimises, on the points that are shown. Good losses do not mean good samples.">
      <${Chart} ...${common} label="Losses" series=${sets.losses} yLabel="loss" /><//>
  </div>`;
}

/** Shown while a trained state is being made. */
export function Making({ game }) {
  const { world, shown } = game;
  if (!world?.goal) return null;
  const share = (shown.picture?.iteration ?? 0) / world.goal;
  return html`<div class="pg-making"><p>A trained state for this data is being made, once: ${number(world.goal)} iterations of relativistic pairing with R1 and R2. Then your own rules hold.</p>
    <${Progress} value=${share} label="Making the trained state" /></div>`;
}
