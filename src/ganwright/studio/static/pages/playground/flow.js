// The game as a graph: what flows where, and which gradient comes back; each node with a live picture of what is in it.
import { classes, html, useEffect, useRef } from "../../lib/html.js";
import { useCalm, useSize } from "../../lib/hooks.js";
import { number, percent } from "../../lib/format.js";
import { Tip } from "../../components/tip.js";
import { Live } from "./live.js";
import { drawBoundary, drawHeaps, drawPoints, drawScores, drawSpark, drawWarp, viewOf } from "./paint.js";
import { SCENES } from "./story.js";

const WIDE = {
  width: 908, height: 296, node: [132, 122],
  places: { z: [0, 8], g: [155, 8], fake: [310, 8], real: [310, 168], d: [472, 88], p: [624, 88], ld: [776, 8], lg: [776, 168] },
  edges: {
    "z-g": "M132 56H153", "g-fake": "M287 56H308", "fake-d": "M442 56C464 56 448 128 470 128", "real-d": "M442 216C464 216 448 160 470 160",
    "d-p": "M604 136H622", "p-ld": "M756 124C772 124 758 72 774 72", "p-lg": "M756 150C772 150 758 216 774 216",
  },
  back: {
    "ld-d": "M774 30C700 30 560 16 540 86", "lg-d": "M774 248C700 284 560 280 540 206",
    "d-fake": "M470 178C446 178 464 84 444 84", "fake-g": "M308 84H289",
  },
};
const NARROW = {
  width: 344, height: 418, node: [104, 110],
  places: { z: [0, 0], g: [120, 0], fake: [240, 0], real: [0, 152], d: [120, 152], p: [240, 152], ld: [60, 304], lg: [180, 304] },
  edges: {
    "z-g": "M104 40H118", "g-fake": "M224 40H238", "fake-d": "M282 110C282 136 196 128 186 150", "real-d": "M104 206H118",
    "d-p": "M224 206H238", "p-ld": "M262 262C262 290 142 284 134 302", "p-lg": "M290 262C290 290 262 290 254 302",
  },
  back: {
    "ld-d": "M96 304C96 282 136 288 144 264", "lg-d": "M214 304C214 284 190 290 184 264",
    "d-fake": "M160 152C160 130 240 136 262 112", "fake-g": "M240 76H226",
  },
};
const OF_G = new Set(["lg-d", "d-fake", "fake-g"]);
const sigmoid = (v) => 1 / (1 + Math.exp(-v));

const reach = (world) => world?.window ?? 1.5;

const NODES = {
  z: { label: "Noise z", about: "Random numbers: all that G is given.",
    draw: (c, size, { picture }) => picture && drawPoints(c, viewOf(size.width, size.height, 3.2), picture.arrays.latents, size.colours.muted, 1.2, { num: 200 }) },
  g: { label: "Generator G", about: "A network that turns noise into points. Drawn: what it makes of a square grid of noise.",
    draw: (c, size, { picture, world }) => picture && drawWarp(c, viewOf(size.width, size.height, reach(world)), picture.arrays.warped, size.colours.fake, 0.9) },
  fake: { label: "Samples G(z)", about: "The points that G makes: fakes.",
    draw: (c, size, { picture, world }) => picture && drawPoints(c, viewOf(size.width, size.height, reach(world)), picture.arrays.fakes, size.colours.fake, 1.3, { num: 250 }) },
  real: { label: "Real data x", about: "Points of the data, which D sees and G never does.",
    draw: (c, size, { world }) => world && drawPoints(c, viewOf(size.width, size.height, reach(world)), world.arrays.real, size.colours.real, 1.3, { num: 250 }) },
  d: { label: "Discriminator D", about: "A network that says of every point how real it looks.",
    draw: (c, size, { world, picture, scores }) => {
      if (!picture) return;
      const view = viewOf(Math.max(size.width, size.height), Math.max(size.width, size.height), reach(world));
      c.translate(0, (size.height - view.side) / 2);
      drawScores(c, view, scores);
      drawBoundary(c, view, picture.arrays.surface, world.cells, picture.boundary, size.colours.accent, 1.3);
    } },
  p: { label: "Predictions", about: "What D says, from fake on the left to real on the right: of real points upwards, of fakes downwards.",
    draw: (c, size, { picture }) => picture && drawHeaps(c, size, picture.arrays.real_scores, picture.arrays.fake_scores,
      (v) => sigmoid((v - picture.boundary) / picture.unit), size.colours) },
  ld: { label: "D's loss", about: "What D minimises, on the points that are shown, without penalties.", value: (p) => p.loss_d,
    draw: (c, size, { losses }) => drawSpark(c, size, losses.d, size.colours.accent, size.colours.line) },
  lg: { label: "G's loss", about: "What G minimises, on the points that are shown.", value: (p) => p.loss_g,
    draw: (c, size, { losses }) => drawSpark(c, size, losses.g, size.colours.fake, size.colours.line) },
};

function Node({ id, at, plan, game, lit, phase }) {
  const { label, about, draw, value } = NODES[id];
  const { picture } = game.shown;
  const [width, height] = plan.node;
  const style = {
    left: `${(100 * at[0]) / plan.width}%`, top: `${(100 * at[1]) / plan.height}%`,
    width: `${(100 * width) / plan.width}%`,
  };
  const told = value && picture ? number(value(picture), 3) : null;
  return html`<div class=${classes("pg-node", lit && "lit")} style=${style}>
    <${Live} stage=${game.stage} ratio=${width / (height - 26)} every=${4} phase=${phase} draw=${draw} label=${`${label}: ${about}`} />
    <p class="pg-node-name"><${Tip} text=${about} class="plain">${label}<//>${told !== null && html` <b>${told}</b>`}</p></div>`;
}

export function Flow({ game, scene }) {
  const box = useRef(null);
  const { width } = useSize(box);
  const plan = width >= 620 ? WIDE : NARROW;
  const svg = useRef(null);
  const calm = useCalm();
  useEffect(() => {
    if (calm) return undefined;
    // Moved by hand, a few times a second: an animation in CSS would have the page painted in every frame.
    const flow = (turn) => turn % 5 === 0 && svg.current?.style.setProperty("--flow", `${-(turn % 200)}`);
    game.stage.painters.add(flow);
    return () => game.stage.painters.delete(flow);
  }, [calm]);
  const now = scene === null ? null : SCENES[scene];
  const off = (id) => OF_G.has(id) ? false : game.dOff;
  const edge = (id, path, back) => html`<path key=${id} d=${path} class=${classes("pg-edge", back && "back", back && (OF_G.has(id) ? "of-g" : "of-d"),
    now && (back ? now.back ?? [] : now.flows).includes(id) && "lit", back && off(id) && "cut")} marker-end=${`url(#pg-tip-${!back ? "on" : OF_G.has(id) ? "g" : "d"})`} />`;
  const tip = (id) => html`<marker id=${`pg-tip-${id}`} class=${`pg-tip ${id}`} viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7"
    orient="auto-start-reverse" markerUnits="userSpaceOnUse"><path d="M0 0.500L7 4L0 7.500z" /></marker>`;
  return html`<div class=${classes("pg-flow", game.running && "running", now && "told")} ref=${box} style=${{ aspectRatio: `${plan.width} / ${plan.height}` }}>
    <svg ref=${svg} viewBox=${`0 0 ${plan.width} ${plan.height}`} aria-hidden="true"><defs>${tip("on")}${tip("d")}${tip("g")}</defs>
      ${Object.entries(plan.edges).map(([id, path]) => edge(id, path, false))}
      ${Object.entries(plan.back).map(([id, path]) => edge(id, path, true))}</svg>
    ${Object.entries(plan.places).map(([id, at], i) => html`<${Node} key=${`${plan.width}${id}`} id=${id} at=${at} plan=${plan} game=${game}
      phase=${i % 4} lit=${now?.lit.includes(id)} />`)}
    <p class="visually-hidden">Noise goes into the generator, which makes samples. Samples and real data go into the discriminator, whose
      predictions give both losses. The gradient of D's loss flows back into D; that of G's loss through D and the samples into G.
      ${game.shown.picture && game.shown.picture.belief_real !== undefined && !game.running
        ? ` D takes real points for ${percent(game.shown.picture.belief_real)} real and fakes for ${percent(game.shown.picture.belief_fake)}.` : ""}</p>
  </div>`;
}
