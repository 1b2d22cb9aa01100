// The plane: D's landscape, real points, fakes with their gradients, and the grid of z that G has bent.
import { html } from "../../lib/html.js";
import { useQuery } from "../../lib/router.js";
import { number, whole } from "../../lib/format.js";
import { Legend } from "../../components/badge.js";
import { Live } from "./live.js";
import { drawArrows, drawBoundary, drawModes, drawPoints, drawScores, drawWarp, fade, viewOf } from "./paint.js";
import { drawScene } from "./story.js";

export const LAYERS = [
  { key: "surface", label: "D's landscape", tone: "real", shape: "square", about: "Blue where D takes a point for real, orange where it takes it for a fake, pale where it is unsure." },
  { key: "boundary", label: "D's boundary", tone: "accent", shape: "line", about: "Where D cannot decide: probability one half, or the score halfway between real and fake." },
  { key: "real", label: "Real points", tone: "real", shape: "dot", about: "400 points of the data, the same all the time." },
  { key: "fakes", label: "Fakes", tone: "fake", shape: "dot", about: "What G makes of 400 pairs of noise, the same all the time." },
  { key: "arrows", label: "Gradients", tone: "text", shape: "line", about: "Which way each fake would have to go to lower G's loss; a gradient of 1 is drawn a fifteenth of the plane long, at most a tenth." },
  { key: "warp", label: "G's grid", tone: "fake", shape: "line", about: "A square grid of noise after G: where G stretches, folds and tears the plane." },
  { key: "modes", label: "Modes", tone: "good", shape: "line", about: "The spots of the data, three standard deviations wide; broken where no sample comes." },
];
const SHOWN = ["surface", "boundary", "real", "fakes", "arrows"];

const still = document.createElement("canvas");
let drawn = "";

/** The real points, which never move: drawn once for a world, a size and a colour. */
function drawReal(context, { width, height }, view, points, colour, radius) {
  const dpr = context.getTransform().a;
  const key = [width, height, dpr, colour, points.length, points[0], points[1], points.at(-1)].join();
  if (key !== drawn) {
    drawn = key;
    still.width = Math.round(width * dpr);
    still.height = Math.round(height * dpr);
    const own = still.getContext("2d");
    own.setTransform(dpr, 0, 0, dpr, 0, 0);
    drawPoints(own, view, points, colour, radius);
  }
  context.drawImage(still, 0, 0, width, height);
}

function draw(context, size, stage, on) {
  const { colours } = size;
  const view = viewOf(size.width, size.height, stage.world?.window ?? 1.5);
  const { world, picture } = stage;
  if (!world) return;
  if (stage.story) {
    drawScene(context, view, stage, colours);
    return;
  }
  const dot = Math.max(1.7, view.side / 300);
  if (picture && on.surface) drawScores(context, view, stage.scores);
  if (picture && on.boundary) drawBoundary(context, view, picture.arrays.surface, world.cells, picture.boundary, colours.accent);
  if (on.modes && picture) drawModes(context, view, world.arrays.centres, picture.arrays.shares, world.regions ? 0.04 * world.window : 3 * world.std, colours);
  if (on.real) drawReal(context, size, view, world.arrays.real, fade(colours.real, 0.75), dot * 0.85);
  if (!picture) return;
  const { arrays } = picture;
  if (on.warp) drawWarp(context, view, arrays.warped, fade(colours.fake, 0.75));
  if (on.arrows) drawArrows(context, view, arrays.fakes, arrays.arrows, fade(colours.text, 0.6));
  if (on.fakes) drawPoints(context, view, arrays.fakes, colours.fake, dot);
}

/** What the canvas shows, in words; renewed only when the game rests. */
function words(picture, world) {
  if (!world || !picture) return "The plane of the game; nothing is played yet.";
  return `The plane after ${whole(picture.iteration)} iterations: fakes reach ${picture.covered ?? 0} of ${world.num_modes} ${world.regions ? "regions" : "modes"}, Jensen-Shannon divergence ${number(picture.js, 3)}.`;
}

export function Plane({ game }) {
  const [shown, setShown] = useQuery("layers", SHOWN);
  const on = Object.fromEntries(LAYERS.map(({ key }) => [key, shown.includes(key)]));
  const { picture } = game.shown;
  const toggle = (key) => setShown(on[key] ? shown.filter((one) => one !== key) : LAYERS.map((l) => l.key).filter((one) => on[one] || one === key));
  const items = LAYERS.map(({ key, ...layer }) => ({ ...layer, off: !on[key], onToggle: () => toggle(key) }));
  const resting = game.running ? null : picture;
  const label = game.running ? "The plane of the game, running; the figures beside it say how it goes." : words(resting, game.world);
  return html`<div class="pg-plane">
    <${Live} stage=${game.stage} ratio=${1} label=${label} deps=${[shown.join()]} draw=${(context, size, stage) => draw(context, size, stage, on)} />
    <${Legend} items=${items} label="Layers of the plane, to show and hide" />
  </div>`;
}
