// What is looked at, kept in the address; and how the server is asked for it.
import { useEffect, useRef, useState } from "../lib/html.js";
import { address, navigate, useRoute } from "../lib/router.js";

/** Everything that can be set, by its name in the address, with what it is where the address is silent. */
export const DEFAULTS = {
  tool: "walk",
  seed: 0, // of the plane and of the samples
  n: 0, // number of the first sample
  x: 0.5,
  y: 0.5,
  a: "0.0", // "seed.number", or "~name" of what was found
  b: "0.1",
  t: 0.5,
  cross: -1, // first layer that follows B; -1: the middle
  mix: "", // shares of B of each layer, where they were set one by one
  label: 0, // -1: each its own
  label2: -1, // class of B; -1: that of A
  psi: "", // truncation; "": none
  cut: -1, // -1: all layers
  noise: "fixed",
  by: "sefa",
  d: "", // amounts, "0:1.5,3:-2"
  group: "all", // layers that follow the directions
  num: 16,
  found: "",
  inside: "layers",
  layer: "",
};

function parse(query) {
  const state = { ...DEFAULTS };
  for (const [name, fallback] of Object.entries(DEFAULTS)) {
    const text = query.get(name);
    if (text === null) continue;
    if (typeof fallback === "number") {
      if (text.trim() && Number.isFinite(Number(text))) state[name] = Number(text);
    } else state[name] = text;
  }
  return state;
}

function query(state) {
  return Object.fromEntries(Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]));
}

/** [state, set(patch)]: changes reach the address when the hand rests. */
export function useExplored() {
  const route = useRoute();
  const [state, setState] = useState(() => parse(route.query));
  const written = useRef(address("", query(state)));
  const latest = useRef(state);
  latest.current = state;
  useEffect(() => {
    const given = address("", query(parse(route.query)));
    if (given === written.current) return;
    written.current = given;
    setState(parse(route.query));
  }, [route.query]);
  useEffect(() => {
    const timer = setTimeout(() => {
      const text = address("", query(state));
      if (text === written.current) return;
      written.current = text;
      navigate(address(location.pathname, query(state)), { replace: true });
    }, 250);
    return () => clearTimeout(timer);
  }, [state]);
  const set = useRef((patch) => setState((old) => ({ ...old, ...patch }))).current;
  return [state, set];
}

const clamp = (x, low, high) => Math.min(high, Math.max(low, x));
const whole = (x, most = 2 ** 31 - 1) => clamp(Math.round(Number(x)) || 0, 0, most);

/** "0.3" -> {seed, number}; "~name" -> {found}. */
export function sourceOf(text) {
  if (text.startsWith("~")) return { found: text.slice(1) };
  const [seed, number] = text.split(".");
  return { seed: whole(seed), number: whole(number ?? 0, 999_999) };
}

export function sourceText({ seed, number, found }) {
  return found ? `~${found}` : `${seed}.${number}`;
}

export function sourceTold(text) {
  const { seed, number, found } = sourceOf(text);
  return found ? "found for your picture" : `sample ${number} of seed ${seed}`;
}

/** Amounts by direction: "0:1.5,3:-2" -> [1.5, 0, 0, -2]. */
export function amountsOf(text, num) {
  const out = Array(num).fill(0);
  for (const part of text.split(",").filter(Boolean)) {
    const [k, amount] = part.split(":").map(Number);
    if (Number.isInteger(k) && k >= 0 && k < num && Number.isFinite(amount)) out[k] = clamp(amount, -6, 6);
  }
  return out;
}

export function amountsText(amounts) {
  return amounts.map((amount, k) => (amount ? `${k}:${Number(amount.toFixed(2))}` : "")).filter(Boolean).join(",");
}

/** The layers of a group, as numbers; null: all. */
export function layersOf(group, num) {
  if (group === "all" || !num) return null;
  const first = Math.min(4, Math.max(1, Math.round(num / 3)));
  const second = Math.min(8, Math.max(first + 1, Math.round((2 * num) / 3)));
  const [from, to] = { coarse: [0, first], middle: [first, second], fine: [second, num] }[group] ?? [0, num];
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** Shares of B of each layer. */
export function mixOf(state, num) {
  const own = state.mix.split(",").filter((part) => part !== "").map(Number);
  if (own.length === num && own.every((v) => v >= 0 && v <= 1)) return own;
  return crossing(crossOf(state, num), num);
}

export const crossOf = (state, num) => (state.cross < 0 ? Math.round(num / 2) : clamp(Math.round(state.cross), 0, num));
export const crossing = (cross, num) => Array.from({ length: num }, (_, layer) => (layer < cross ? 0 : 1));

/** How items are made, for a question. */
export function lookOf(state, facts) {
  const look = {};
  const known = facts.classes.length;
  if (known && state.label >= 0) look.label = clamp(Math.round(state.label), 0, known - 1);
  if (known && state.label2 >= 0 && look.label !== undefined) look.end_label = clamp(Math.round(state.label2), 0, known - 1);
  const told = facts.truncation;
  const psi = state.psi === "" ? NaN : Number(state.psi);
  if (told && Number.isFinite(psi) && psi !== told.neutral) look.truncation = clamp(psi, told.least, told.most);
  if (facts.num_layers && look.truncation !== undefined && state.cut >= 0) look.cutoff = clamp(Math.round(state.cut), 0, facts.num_layers);
  if (facts.noise && state.noise !== "fixed") {
    look.noise = ["random", "none"].includes(state.noise) ? state.noise : whole(state.noise);
  }
  const ways = facts.directions[state.by];
  if (ways) {
    const amounts = amountsOf(state.d, ways.names.length);
    if (amounts.some(Boolean)) {
      look.amounts = amounts;
      const layers = layersOf(state.group, facts.num_layers);
      if (layers) look.layers = layers;
    }
    if (state.by !== "sefa") look.by = state.by;
  }
  return look;
}

/** Where the one picture of a tool is, for a question. at: a place on the plane that is only looked at. */
export function placeOf(state, facts, at = null) {
  const ends = { start: sourceOf(state.a), end: sourceOf(state.b) };
  if (state.tool === "between") return { what: "way", ...ends, shares: [clamp(state.t, 0, 1)] };
  if (state.tool === "mix" && facts.num_layers) return { what: "mix", ...ends, mixes: [mixOf(state, facts.num_layers)] };
  if (state.tool === "samples") return { what: "samples", seed: whole(state.seed), number: whole(state.n, 999_000), num: 1 };
  if (state.tool === "find" && state.found) return { what: "way", start: { found: state.found }, end: sourceOf(state.b), shares: [0] };
  const [x, y] = at ?? [state.x, state.y];
  return { what: "plane", seed: whole(state.seed), number: whole(state.n, 999_000), positions: [[clamp(x, 0, 1), clamp(y, 0, 1)]] };
}
