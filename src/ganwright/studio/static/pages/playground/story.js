// Slow motion: one step of the game, told in eight scenes with the numbers of this very step.
import { html, useEffect, useLatest, useRef, useState } from "../../lib/html.js";
import { number, percent, whole } from "../../lib/format.js";
import { useCalm, useFrame } from "../../lib/hooks.js";
import { Button } from "../../components/button.js";
import { Steps } from "../../components/steps.js";
import { drawArrows, drawBoundary, drawPoints, drawScores, fade, paintScores, paletteOf } from "./paint.js";

const SECONDS = 6; // a scene
const MOVE_SECONDS = 1.4;

const signed = (v) => (v >= 0 ? `+${number(v, 3)}` : number(v, 3));
const times = (n) => (n === 1 ? "" : ` (the first of its ${n} steps is shown)`);

/** What D thinks, as a probability where it has one and as a score where it has none. */
function opinion(s, who, suffix = "") {
  const belief = s[`${who}_belief${suffix}`];
  return belief === undefined ? `a score of ${signed(s[`${who}_score${suffix}`])}` : `${percent(belief)} real`;
}

function penalties(s) {
  const all = Object.entries(s.d_penalties ?? {});
  return all.length ? ` On top comes the penalty: ${all.map(([name, v]) => `${name} ${number(v, 3)}`).join(", ")}.` : "";
}

/** title, text(story), what of the graph is lit, and what flows: "on" forwards, "back" backwards. */
export const SCENES = [
  { key: "noise", title: "Noise", lit: ["z"], flows: [],
    text: (s) => `Random numbers for ${whole(s.batch)} points are drawn. They are all that G is ever given: it never sees a real point.` },
  { key: "fakes", title: "G makes points of it", lit: ["z", "g", "fake"], flows: ["z-g", "g-fake"],
    text: () => "G turns each noise into a point of the plane. Each dot moves from where its noise lies to the point that G makes of it." },
  { key: "real", title: "Real points", lit: ["real"], flows: [],
    text: (s) => `As many real points, ${whole(s.batch)}, are drawn from the data. They go to D alone.` },
  { key: "judged", title: "D judges both", lit: ["fake", "real", "d", "p"], flows: ["fake-d", "real-d", "d-p"],
    text: (s) => (s.d_steps ? `D gives the real points ${opinion(s, "d_real")} on average, and the fakes ${opinion(s, "d_fake")}. It does not know which is which.`
      : "D judges both, but it is switched off: nothing is told it afterwards, and it learns nothing in this step.") },
  { key: "d_loss", title: "D's loss", lit: ["p", "ld"], flows: ["p-ld"],
    text: (s) => (s.d_steps ? `Now D is told which is which. Its loss on these points is ${number(s.d_loss, 4)}: the more wrong it was, the higher.${penalties(s)}`
      : "There is no loss for D while it is off.") },
  { key: "d_learns", title: "D learns", lit: ["ld", "d"], flows: [], back: ["ld-d"],
    text: (s) => (s.d_steps ? `The gradient of this loss flows back into D, and into nothing else. Its weights move by ${percent(s.d_moved)}${times(s.d_steps)}. Asked again about the same points it says ${opinion(s, "d_real", "_after")} and ${opinion(s, "d_fake", "_after")}; its loss is ${number(s.d_loss_after, 4)}. The surface changes from before to after.`
      : "D stays as it is.") },
  { key: "g_loss", title: "G is judged", lit: ["z", "g", "fake", "d", "p", "lg"], flows: ["z-g", "g-fake", "fake-d", "d-p", "p-lg"], back: ["lg-d", "d-fake"],
    text: (s) => `New noise makes new fakes. D is frozen now and gives them ${opinion(s, "g_fake")}. G's loss is ${number(s.g_loss, 4)}. Its gradient flows back through D to every fake: an arrow says which way the point would have to go to please D more. ${number(s.g_pull, 3)} is their mean length.` },
  { key: "g_learns", title: "G learns", lit: ["fake", "g"], flows: [], back: ["d-fake", "fake-g"],
    text: (s) => `From the fakes the gradient flows on into G's weights, which move by ${percent(s.g_moved)}${times(s.g_steps)}. The same noise now lands ${number(s.g_shift, 2)} away on average (drawn here ten times as far), and D gives these points ${opinion(s, "g_fake", "_after")}. That was one step.` },
];

const ease = (t) => (t < 0.5 ? 2 * t * t : 1 - (2 - 2 * t) ** 2 / 2);
const blended = (a, b, share) => a.map((v, i) => v + (b[i] - v) * share);
const farther = (from, to, by) => from.map((v, i) => v + by * (to[i] - v));

/** One scene on the plane. share: how far its movement has come, 0 to 1. */
export function drawScene(context, view, stage, colours) {
  const { story, world, scores, picture } = stage;
  const { arrays } = story;
  const { key } = SCENES[story.phase];
  const share = ease(story.share);
  const surface = key === "d_learns" && arrays.surface_middle ? blended(arrays.surface_before, arrays.surface_middle, share)
    : ["g_loss", "g_learns"].includes(key) ? arrays.surface_middle ?? arrays.surface_before : arrays.surface_before;
  const seesSurface = !["noise", "fakes", "real"].includes(key);
  const level = picture?.boundary ?? 0;
  if (seesSurface) {
    paintScores(scores, surface, world.cells, { boundary: level, unit: picture?.unit ?? 1 }, paletteOf(colours));
    drawScores(context, view, scores);
    drawBoundary(context, view, surface, world.cells, level, colours.accent, 2);
  }
  const latents = arrays.d_latents ?? arrays.g_latents;
  const fakes = arrays.d_fakes ?? arrays.g_fakes;
  const dot = Math.max(2.2, view.side / 240);
  if (!latents) return;
  const scale = view.reach / 3;
  if (key === "noise") drawPoints(context, view, latents, colours.muted, dot, { scale });
  if (key === "fakes") drawPoints(context, view, latents, colours.fake, dot, { scale, move: [fakes, share] });
  if (["real", "judged", "d_loss", "d_learns"].includes(key) && arrays.d_real) drawPoints(context, view, arrays.d_real, colours.real, dot);
  if (["judged", "d_loss", "d_learns"].includes(key)) drawPoints(context, view, fakes, colours.fake, dot);
  if (key === "real") drawPoints(context, view, fakes, fade(colours.fake, 0.35), dot);
  if (key === "g_loss") {
    drawPoints(context, view, arrays.g_fakes, colours.fake, dot);
    drawArrows(context, view, arrays.g_fakes, arrays.g_arrows, colours.text, { num: 128, gain: 0.3 * share });
  }
  if (key === "g_learns") {
    const there = farther(arrays.g_fakes, arrays.g_fakes_after, 10);
    drawPoints(context, view, arrays.g_fakes, fade(colours.fake, 0.3), dot);
    drawPoints(context, view, arrays.g_fakes, colours.fake, dot, { move: [there, share] });
  }
}

/** The words of the scene, and the way through them. */
export function Story({ game }) {
  const { stage, story } = game;
  const calm = useCalm();
  const index = game.scene;
  const [plays, setPlays] = useState(!calm);
  const since = useRef(0);
  const latest = useLatest({ index, plays });
  const go = (to) => {
    since.current = 0;
    game.setScene(to);
  };
  useEffect(() => {
    since.current = 0;
    setPlays(!calm);
  }, [story]);
  useFrame((dt) => {
    if (!stage.story) return;
    since.current += dt;
    stage.story.share = calm ? 1 : Math.min(1, since.current / MOVE_SECONDS);
    const { index: at, plays: on } = latest.current;
    if (on && since.current > SECONDS) {
      if (at < SCENES.length - 1) go(at + 1);
      else setPlays(false);
    }
  });
  const scene = SCENES[index];
  return html`<div class="pg-story">
    <div class="spread"><h3 class="pg-story-title"><span class="muted">${index + 1} of ${SCENES.length}</span> ${scene.title}</h3>
      <div class="row"><${Button} size="small" icon=${plays ? "pause" : "play"} onClick=${() => setPlays(!plays)}>${plays ? "Hold" : "Go on by itself"}<//>
        <${Button} size="small" icon="step" onClick=${game.slow}>Next step of the game<//>
        <${Button} size="small" kind="quiet" icon="close" label="Leave slow motion" onClick=${game.endStory} /></div></div>
    <p class="pg-story-text" aria-live="polite">${scene.text(story)}</p>
    <${Steps} count=${SCENES.length} index=${index} label="Scenes of the step" titles=${SCENES.map((one) => one.title)}
      onChange=${(to) => { setPlays(false); go(to); }} /></div>`;
}
