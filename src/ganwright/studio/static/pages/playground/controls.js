// The rules of the game: what is played, by which loss, how fast.
import { html } from "../../lib/html.js";
import { number } from "../../lib/format.js";
import { Button } from "../../components/button.js";
import { Card } from "../../components/card.js";
import { Choice, Select, Toggle } from "../../components/fields.js";
import { Slider } from "../../components/slider.js";
import { Pad } from "./pad.js";
import { BREAKS, LOSSES, PENALTIES, STRENGTHS } from "./settings.js";

const LATENTS = [{ value: "normal", label: "Normal" }, { value: "uniform", label: "Uniform" }, { value: "truncated", label: "Truncated" }];

const asOptions = (rows) => rows.map(([value, label]) => ({ value, label }));
const aboutOf = (rows, key) => rows.find(([value]) => value === key)?.[2];

export function Data({ settings, set, drawing, setDrawing }) {
  const data = [
    { value: "ring", label: "Ring", about: "Eight spots on a circle" },
    { value: "grid", label: "Grid", about: "Twenty-five spots" },
    { value: "drawing", label: "Drawing", about: "Your own" },
  ];
  return html`<${Card} title="Data">
    <div class="stack">
      <${Choice} label="Data" hideLabel value=${settings.data} options=${data} onChange=${(value) => set({ data: value })} />
      ${settings.data === "drawing" && html`<${Pad} drawing=${drawing} onChange=${setDrawing} />`}
      <${Slider} label="Spread" value=${settings.spread} min=${0.01} max=${0.2} step=${0.01} tone="real" onChange=${(value) => set({ spread: value })}
        about="Standard deviation of each spot; the window is 3 wide. Small spots are harder to hit. Begins another game." />
      <div class="row"><${Button} size="small" icon="dice" onClick=${() => set({ seed: (settings.seed + 1) % 2 ** 31 })}>Other random numbers<//>
        <span class="muted small">seed ${settings.seed}</span></div>
    </div><//>`;
}

const OWN = ["own", "As in the run", "What holds D back in the run that the game goes on from, as it stands there."];

/** origin: of a run that the game goes on from, or null. */
export function Rules({ settings, set, origin }) {
  const { penalty } = settings;
  const penalties = origin?.rules.penalty === "own" ? [...PENALTIES, OWN] : PENALTIES;
  const optimiser = origin ? "as in the run" : "Adam, betas 0.5 and 0.99";
  const changePenalty = (value) => set({ penalty: value, ...(STRENGTHS[value] ? { strength: STRENGTHS[value] } : {}) });
  return html`<${Card} title="Rules" about="All of these may be changed while the game goes on, except the last one."><div class="pg-rules">
    <${Select} label="Loss" value=${settings.loss} options=${asOptions(LOSSES)} onChange=${(value) => set({ loss: value })} hint=${aboutOf(LOSSES, settings.loss)} />
    <${Select} label="Penalty on D" value=${penalty} options=${asOptions(penalties)} onChange=${changePenalty} hint=${aboutOf(penalties, penalty)} />
    <${Slider} label="Strength of the penalty" value=${settings.strength} min=${1e-4} max=${10} logarithmic disabled=${["none", "own"].includes(penalty)}
      onChange=${(value) => set({ strength: value })} about=${penalty === "clip" ? "Largest absolute value that a weight of D keeps." : "Weight of the penalty in D's loss."} />
    <${Slider} label="D's learning rate" value=${settings.discriminator_rate} min=${1e-6} max=${0.1} logarithmic
      onChange=${(value) => set({ discriminator_rate: value })} about=${`Step size of D's optimiser (${optimiser}).`} />
    <${Slider} label="G's learning rate" value=${settings.generator_rate} min=${1e-6} max=${0.1} logarithmic tone="fake"
      onChange=${(value) => set({ generator_rate: value })} about=${`Step size of G's optimiser (${optimiser}).`} />
    <${Slider} label="D's steps to one of G" value=${settings.discriminator_steps} min=${1} max=${10} step=${1}
      onChange=${(value) => set({ discriminator_steps: value })} about="Steps of D in each iteration, each with new real points and new fakes." />
    <${Choice} label="Noise" value=${settings.latent} options=${LATENTS}
      onChange=${(value) => set({ latent: value })} about="Distribution of the numbers that G is given: standard normal, even between -1 and 1, or normal without what lies far out." />
    <${Slider} label="Noise on what D sees" value=${settings.instance_noise} min=${0} max=${0.5} step=${0.01}
      onChange=${(value) => set({ instance_noise: value })} about="Standard deviation of noise added to real points and fakes alike before D sees them (instance noise). It makes both overlap." />
    <${Toggle} label="D sees fine detail" value=${origin ? origin.fine : settings.fine} disabled=${Boolean(origin)} onChange=${(value) => set({ fine: value })}
      about="D gets each position as waves of several lengths too (Fourier features). Begins another game." />
  </div><//>`;
}

export function BreakIt({ settings, set }) {
  return html`<${Card} title="Break it" about="Each switch spoils one thing in the running game. What to expect is said, and what happens is real: it need not be the same."><ul class="pg-breaks">
    ${BREAKS.map(({ key, label, about, expect }) => html`<li key=${key}><${Toggle} label=${label} value=${settings[key]} about=${about}
      onChange=${(value) => set({ [key]: value })} />${settings[key] && html`<p class="hint">${expect}</p>`}</li>`)}</ul><//>`;
}

const SPEEDS = { min: 1, max: 100 };

export function RunBar({ game, speed, setSpeed }) {
  const { running, shown, world } = game;
  const making = world?.goal;
  return html`<div class="pg-bar">
    <div class="row">
      <${Button} kind="primary" class="pg-run" icon=${running ? "pause" : "play"} disabled=${Boolean(making)} onClick=${running ? game.pause : game.run}>${running ? "Pause" : "Run"}<//>
      <${Button} icon="step" disabled=${Boolean(making)} onClick=${game.step}>Step<//>
      <${Button} icon="clock" disabled=${Boolean(making)} onClick=${game.slow}>Slow motion<//>
      <${Button} icon="reset" onClick=${game.restart}>Reset<//>
    </div>
    <div class="pg-speed"><${Slider} label="Speed" value=${speed} min=${SPEEDS.min} max=${SPEEDS.max} logarithmic unit="per picture" format=${(v) => String(Math.round(v))}
      onInput=${(value) => setSpeed(Math.round(value))} about="Iterations between two pictures, as many as fit: pictures come first, so that you see 20 or more a second." /></div>
    <p class="pg-rate muted small" aria-live="off">${shown.picture ? html`<b>${number(shown.picture.iteration, 7)}</b> iterations${running
      ? html`, ${number(shown.picture.rate, 3)} a second; <span class="nowrap">${number(shown.updates, 2)} pictures a second</span>` : ""}` : "\u00a0"}</p>
  </div>`;
}
