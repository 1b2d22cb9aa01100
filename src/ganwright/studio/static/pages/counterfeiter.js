// The counterfeiter and the detective: a GAN on a line, hand by hand, for whoever knows nothing of it.
import { html, useMemo, useState } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { useKeys } from "../lib/hooks.js";
import { useQuery } from "../lib/router.js";
import { number, percent } from "../lib/format.js";
import { Badge, Legend } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Canvas } from "../components/canvas.js";
import { Card } from "../components/card.js";
import { Chart } from "../components/chart.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Choice, Field, Toggle } from "../components/fields.js";
import { Figure, Figures } from "../components/figure.js";
import { Page } from "../components/page.js";
import { Player } from "../components/steps.js";
import { useGame } from "./counterfeiter/game.js";
import { drawGame } from "./counterfeiter/scene.js";
import { SCENES, sceneWords, standingWords } from "./counterfeiter/words.js";

const SPEEDS = [{ value: "4", label: "Slow" }, { value: "15", label: "Normal" }, { value: "60", label: "Fast" }];
const LOSSES = [
  { value: "non-saturating", label: "−log D", about: "What everyone uses: the surer she is, the stronger it pulls." },
  { value: "saturating", label: "log(1 − D)", about: "The textbook's minimax game: where she is sure of a forgery, it hardly pulls." },
];

function Story({ open }) {
  return html`<details class="card counterfeiter-story" open=${open}><summary>What is this about?</summary><div class="prose">
    <p>Say that all there is to a banknote is one number, its shade. Real notes have shades around 3, give or take 0.6. A
      <strong class="tone-fake"> counterfeiter</strong> has never seen one. His press has two knobs: where its shades lie, and how far they spread.</p>
    <p>A <strong class="tone-accent">detective</strong> sees <strong class="tone-real">real notes</strong> and forged ones, is told afterwards which was which, and learns for each
      shade how likely a note of it is real. That is her curve. He learns only what she thought of his notes, and which way to turn a knob so that she
      would have liked them better.</p>
    <p>This is a generative adversarial network: he is the generator G, she is the discriminator D. Both are trained here for real, by the same engine that
      trains on images. Every curve comes from that training.</p></div></details>`;
}

function Numbers({ now, frame }) {
  return html`<${Figures} columns=${2}>
    <${Figure} label="She says of real notes" value=${percent(now.real_belief)} unit="real" tone="real" about="Mean of D over all real notes. 50 % at the end of the game." />
    <${Figure} label="She says of forged notes" value=${percent(now.fake_belief)} unit="real" tone="fake" about="Mean of D over all notes his press can make." />
    <${Figure} label="His shade" value=${number(now.mean, 3)} detail=${`real: ${number(frame.real_mean, 3)}`} about="Mean of the counterfeits: the first knob." />
    <${Figure} label="His spread" value=${number(now.spread, 3)} detail=${`real: ${number(frame.real_std, 3)}`} about="Standard deviation of the counterfeits: the second knob." />
    <${Figure} label="JS divergence" value=${number(now.js, 3)} unit="nats" detail="0: the same, 0.693: no overlap" about="How unlike both heaps are. Neither player ever computes it." />
    <${Figure} label="Distance W₁" value=${number(now.wasserstein, 3)} detail="in shades" about="How far the average note would have to move for his heap to become the real one." /><//>`;
}

function WhatIf({ seed, setSeed, loss, setLoss, sleep, setSleep, blind, setBlind, round }) {
  const [typed, setTyped] = useState(null);
  const take = (text) => {
    setTyped(null);
    const n = Math.round(Number(text));
    if (text.trim() && Number.isFinite(n) && n >= 0 && n < 2 ** 31) setSeed(n);
  };
  return html`<${Card} title="What if …" about="The same game up to this round; from here on it goes another way."><div class="stack">
    <${Toggle} label=${sleep < 0 ? "The detective falls asleep now" : `The detective sleeps from round ${sleep}`} value=${sleep >= 0}
      onChange=${(on) => setSleep(on ? round : -1)} about="D is not trained any more: its curve stays as it is." />
    <${Toggle} label=${blind < 0 ? "The counterfeiter sees no gradient from now" : `The counterfeiter sees no gradient from round ${blind}`} value=${blind >= 0}
      onChange=${(on) => setBlind(on ? round : -1)} about="G is not trained any more: only the detective learns." />
    <${Choice} label="He minimises" value=${loss} onChange=${setLoss} options=${LOSSES} about="What he makes of her answer D." />
    <div class="row counterfeiter-seed"><${Field} label="Seed" type="number" min="0" value=${typed ?? String(seed)} onInput=${setTyped} onChange=${take}
      about="Decides every random number: the same seed gives the same game." />
      <${Button} icon="dice" onClick=${() => setSeed(Math.floor(Math.random() * 10_000))}>Another game<//></div></div><//>`;
}

export default function Counterfeiter() {
  const [seed, setSeed] = useQuery("seed", 0);
  const [loss, setLoss] = useQuery("loss", "non-saturating");
  const [sleep, setSleep] = useQuery("sleep", -1);
  const [blind, setBlind] = useQuery("blind", -1);
  const [at, setAt] = useQuery("round", 0);
  const [slow, setSlow] = useQuery("slow", true);
  const [scene, setScene] = useQuery("scene", 0);
  const [best, setBest] = useQuery("best", true);
  const [speed, setSpeed] = useQuery("speed", "15");
  const [playing, setPlaying] = useState(false);
  const asked = { seed, loss, ...(sleep >= 0 && { police_sleep_from: sleep }), ...(blind >= 0 && { forger_blind_from: blind }) };
  const game = useGame(asked, at);
  const { frame, standings, error } = game;
  const last = frame ? frame.num_rounds : 600;
  const wanted = Math.min(last, Math.max(0, Math.round(at)));
  const index = Math.min(wanted, Math.max(0, standings.length - 1));
  const hasRound = index < last && slow;
  const detail = useGet(hasRound && frame && game.mine ? "/api/counterfeiter/round" : null, { ...asked, round: index });
  const [before, after] = [standings[index], standings[index + 1] ?? standings[index]];
  const round = hasRound ? detail.data : null;
  const told = round && before ? sceneWords(scene, { round, before, after, index, frame }) : null;

  const go = (to) => {
    setPlaying(false);
    setAt(Math.min(last, Math.max(0, to)));
  };
  const next = () => {
    if (!slow) return go(index + 1);
    if (scene < SCENES.length - 1) return setScene(scene + 1);
    setScene(0);
    return go(index + 1);
  };
  const back = () => {
    if (!slow) return go(index - 1);
    if (scene > 0) return setScene(scene - 1);
    if (index > 0) setScene(SCENES.length - 1);
    return go(index - 1);
  };
  const play = (on) => {
    if (on) setSlow(false);
    setPlaying(on);
  };
  useKeys({ ArrowRight: next, ArrowLeft: back, " ": () => play(!playing) });

  const history = useMemo(() => standings.map((_, i) => i), [standings]);
  const lines = useMemo(() => [
    { key: "real", label: "of real notes", values: standings.map((s) => s.real_belief), colour: "real", width: 2 },
    { key: "fake", label: "of forged notes", values: standings.map((s) => s.fake_belief), colour: "fake", width: 2 },
    { key: "js", label: "JS / ln 2", values: standings.map((s) => s.js / Math.LN2), colour: "muted", dash: true },
  ], [standings]);

  const body = !before ? (error ? html`<${ProblemBox} problem=${error} retry=${game.retry} />` : html`<${Loading} height="640" label="Training the first rounds" />`)
    : html`<div class="counterfeiter">
    <div class="stack">
      <${Card} class="counterfeiter-stage">
        <div class="spread counterfeiter-top"><p class="counterfeiter-round">Round <b>${index}</b>${wanted > index ? html` <${Badge} tone="info">playing up to ${wanted} …<//>` : ""}</p>
          <${Toggle} label="Word by word" value=${slow} onChange=${(on) => { setPlaying(false); setSlow(on); setScene(0); }}
            about="Walks through each round in five scenes. Without it, a step is a whole round." />
          <${Toggle} label="Show the best curve" value=${best} onChange=${setBest} about="What an all-knowing detective would say: real density / (real + forged)." /></div>
        <${Canvas} ratio=${innerWidth < 640 ? 1.25 : 1.9} class="counterfeiter-canvas" deps=${[before, after, round, scene, slow, best]}
          draw=${(c, size) => drawGame(c, size, { frame, before, after, round, scene: slow ? scene : null, showBest: best, colours: size.colours })}
          label=${`Round ${index}. Forged notes: shade ${number(before.mean, 3)}, spread ${number(before.spread, 3)}. The detective believes ${percent(before.real_belief)} of real notes and ${percent(before.fake_belief)} of forged ones.`} />
        <${Legend} items=${[{ label: "real notes", tone: "real" }, { label: "forged notes", tone: "fake" }, { label: "the detective's curve", tone: "accent", shape: "line" },
          ...(best ? [{ label: "the best curve", tone: "muted", shape: "dash" }] : [])]} />
        <div class="counterfeiter-words" aria-live=${playing ? "off" : "polite"}>
          ${slow && hasRound ? html`<h2>${told ? told.title : "One moment"}</h2><p>${told ? told.text : ""}</p>`
            : html`<h2>How it stands</h2><p>${standingWords(before, { frame, asleep: sleep >= 0 && index > sleep, blind: blind >= 0 && index > blind })}</p>`}
        </div>
        <div class="counterfeiter-walk">${slow && hasRound
          ? html`<${Button} icon="back" onClick=${back} disabled=${index === 0 && scene === 0}>Back<//>
            <ol class="counterfeiter-scenes" aria-label="Scenes of this round">${SCENES.map((title, i) => html`<li key=${i}><button type="button"
              aria-current=${i === scene ? "step" : undefined} onClick=${() => setScene(i)}><b>${i + 1}</b><span>${title}</span></button></li>`)}</ol>
            <${Button} kind="primary" class="next" onClick=${next}>${scene < SCENES.length - 1 ? "Next" : "Next round"}<//>`
          : html`<${Button} icon="back" onClick=${back} disabled=${index === 0}>Back<//><span class="muted small">Round by round</span>
            <${Button} icon="step" onClick=${next} disabled=${index >= last}>Step<//>`}</div>
        <div class="counterfeiter-film"><${Player} count=${last + 1} index=${index} onIndex=${setAt} playing=${playing && wanted <= index} onPlaying=${play}
            perSecond=${Number(speed) || 15} label="Round" describe=${(i) => `${i} of ${last}`} />
          <${Choice} label="Speed" hideLabel value=${speed} onChange=${setSpeed} options=${SPEEDS} /></div>
        ${error && html`<${ProblemBox} problem=${error} retry=${game.retry} />`}
      <//>
      <${Card} title="The whole game" about="What she says on average, round by round, and how unlike both heaps are.">
        <${Chart} label="What the detective says, round by round" x=${history} series=${lines} xLabel="round" range=${[0, 1.02]} height=${200}
          formatX=${(i) => String(Math.round(i))} marks=${[{ x: index, label: "now", tone: "text", here: true }]} /><//>
    </div>
    <div class="stack">
      <${Story} open=${index === 0} />
      <${Card} title="In numbers"><${Numbers} now=${before} frame=${frame} /><//>
      <${WhatIf} ...${{ seed, setSeed, loss, setLoss, sleep, setSleep, blind, setBlind, round: index }} />
    </div></div>`;
  return html`<${Page} title="Counterfeiter" wide lead="Two players who each only want to beat the other, and how that ends in perfect counterfeits.">${body}<//>`;
}
