// What can be set, in the words of the page, and where it stands in the address.
import { useMemo } from "../../lib/html.js";
import { useQuery } from "../../lib/router.js";
import { decode, letters, SHAPES } from "./shapes.js";

export const LOSSES = [
  ["non-saturating", "Non-saturating (2014)", "G raises log D. The common game: its gradient is strongest where D is sure of a fake."],
  ["saturating", "Saturating (minimax)", "G lowers log(1 - D), as the theory has it. Its gradient fades where D is sure of a fake."],
  ["least-squares", "Least squares", "D's scores are drawn to 1 for real and to 0 for fake; G's to 1."],
  ["hinge", "Hinge", "D stops pushing once real scores pass 1 and fake ones pass -1."],
  ["wasserstein", "Wasserstein", "D widens the gap of mean scores. It needs a penalty that keeps D's slope bounded."],
  ["relativistic-pairing", "Relativistic pairing", "Each fake is compared with one real point: leaving a mode out costs something."],
  ["relativistic-average", "Relativistic average", "Each point is compared with the average of the other kind."],
];

export const PENALTIES = [
  ["none", "None", "Nothing holds D back."],
  ["r1", "R1", "Keeps D's slope small at real points."],
  ["r1-r2", "R1 and R2", "Keeps D's slope small at real points and at fakes."],
  ["gp", "Gradient penalty", "Draws D's slope to 1 between real points and fakes (WGAN-GP)."],
  ["dragan", "DRAGAN", "Draws D's slope to 1 around real points."],
  ["clip", "Weight clipping", "Cuts D's weights to a small range after each step (the first WGAN). Strength is that range."],
];

export const STRENGTHS = { r1: 0.1, "r1-r2": 0.1, gp: 1, dragan: 1, clip: 0.1 };

export const BREAKS = [
  { key: "d_off", label: "D off", about: "D is no longer trained.",
    expect: "D stays the judge it is now. G climbs D's frozen landscape and piles up where that is highest: its loss gets excellent, its points need not be like the data." },
  { key: "d_tenfold", label: "D ×10", about: "D takes ten steps for every one that it should.",
    expect: "D sees through more of the fakes. With the saturating loss G's arrows shrink to nothing; with the non-saturating one G usually goes on learning, often jerkily. Not always worse: a better judge can also teach better." },
  { key: "no_noise", label: "No noise", about: "The noise is always (0, 0).",
    expect: "A function of one input has one output: all fakes fall on one point, whatever D says. That point wanders, because wherever it settles D learns to call it fake." },
  { key: "g_fivefold", label: "G ×5", about: "G takes five steps for every one of D.",
    expect: "G runs ahead of its judge and often piles up on what D likes just now, then moves on together: modes come and go. On an easy ring it may still manage." },
];

const DEFAULTS = {
  data: "ring", spread: 0.05, seed: 0, batch_size: 128, width: 128, fine: false, loss: "non-saturating", penalty: "none",
  strength: 0.1, generator_rate: 0.001, discriminator_rate: 0.001, discriminator_steps: 1, latent: "normal",
  instance_noise: 0, d_off: false, d_tenfold: false, no_noise: false, g_fivefold: false, start: "scratch",
};
const SHORT = {
  batch_size: "batch", generator_rate: "glr", discriminator_rate: "dlr", discriminator_steps: "dsteps",
  instance_noise: "inoise", d_off: "doff", d_tenfold: "d10", no_noise: "nonoise", g_fivefold: "g5",
};
const BOUNDS = {
  spread: [0.01, 0.2], seed: [0, 2 ** 31 - 1], batch_size: [8, 512], width: [4, 256], strength: [1e-4, 100],
  generator_rate: [1e-6, 0.1], discriminator_rate: [1e-6, 0.1], discriminator_steps: [1, 10], instance_noise: [0, 1],
};
const WHOLE = ["seed", "batch_size", "width", "discriminator_steps"];
const CHOICES = {
  data: ["ring", "grid", "drawing"], loss: LOSSES.map(([key]) => key), penalty: PENALTIES.map(([key]) => key),
  latent: ["normal", "uniform", "truncated"], start: ["scratch", "trained"],
};

/** What the server would refuse in an address that someone typed becomes the nearest that it takes. */
function mended(key, value, fallback) {
  if (CHOICES[key]) return CHOICES[key].includes(value) ? value : fallback; // which may be the run's own
  if (!BOUNDS[key]) return value;
  const [low, high] = BOUNDS[key];
  const inside = Math.min(high, Math.max(low, value));
  return WHOLE.includes(key) ? Math.round(inside) : inside;
}

/**
 * {settings, set(changes), choose(run, start), drawing, setDrawing}; all of it lives in the address.
 * origin: what the server tells of the run in the address, null until it does. A run's own rules hold where the address
 * does not say otherwise; what is fixed in its game is the run's, whatever the address says.
 */
export function useSettings(run, setRun, origin) {
  const own = { ...DEFAULTS, ...origin?.rules };
  const settings = {};
  const setters = {};
  for (const [key, fallback] of Object.entries(own)) {
    const [value, set] = useQuery(SHORT[key] ?? key, fallback);
    settings[key] = run && FIXED.includes(key) ? DEFAULTS[key] : mended(key, value, fallback);
    setters[key] = set;
  }
  const [drawing, setDrawing] = useQuery("drawing", "spiral");
  const points = useMemo(() => pointsOf(drawing), [drawing]);
  const known = JSON.stringify([settings, run]);
  const whole = useMemo(() => ({ ...settings, run, points: settings.data === "drawing" ? points : [] }), [known, points]);
  const set = (changes) => Object.entries(changes).forEach(([key, value]) => setters[key](value));
  const choose = (id, start = "scratch") => {
    set(Object.fromEntries(Object.entries(own).filter(([key]) => !FIXED.includes(key)))); // those of another game do not hold
    set({ start });
    setRun(id);
  };
  return { settings: whole, set, choose, drawing, setDrawing };
}

/** A drawing by its name, by letters ("text-AB"), or point by point. */
export function pointsOf(drawing) {
  if (SHAPES[drawing]) return SHAPES[drawing].make();
  const made = drawing.startsWith("text-") ? letters(drawing.slice(5)) : decode(drawing.replace(/^own-/, ""));
  return made.length ? made : SHAPES.spiral.make();
}

export const FIXED = ["data", "points", "spread", "seed", "batch_size", "width", "fine", "start", "run"];
