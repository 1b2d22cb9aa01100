// The theme: auto, light or dark; and its colours for whatever is drawn on a canvas.
import { useEffect, useState } from "./lib/html.js";

const KEY = "ganwright.theme";
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
let known = null;

export const THEMES = ["auto", "light", "dark"];

export function theme() {
  return root.dataset.theme ?? "auto";
}

export function setTheme(name) {
  if (name === "auto") delete root.dataset.theme;
  else root.dataset.theme = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // it holds until the page is closed
  }
  renew();
}

function renew() {
  known = null;
  listeners.forEach((listener) => listener());
}
system.addEventListener("change", renew);

const hex = (colour) => `#${colour.match(/\d+/g).slice(0, 3).map((part) => Number(part).toString(16).padStart(2, "0")).join("")}`;

/** The tokens of style.css as colours, #rrggbb: {bg, surface, surface2, text, ..., series: [8 colours]}. */
export function colours() {
  if (known) return known;
  const probe = root.appendChild(document.createElement("i")); // a token holds both themes; an element has one of them
  probe.hidden = true;
  const token = (name) => {
    probe.style.color = `var(--${name})`;
    return hex(getComputedStyle(probe).color);
  };
  known = {
    bg: token("bg"), surface: token("surface"), surface2: token("surface-2"),
    text: token("text"), muted: token("muted"), line: token("line"), lineStrong: token("line-strong"),
    accent: token("accent"), accentText: token("accent-text"), accentSoft: token("accent-soft"),
    good: token("good"), warn: token("warn"), bad: token("bad"), info: token("info"),
    real: token("real"), realSoft: token("real-soft"), fake: token("fake"), fakeSoft: token("fake-soft"),
    focus: token("focus"),
    series: Array.from({ length: 8 }, (_, i) => token(`series-${i + 1}`)),
  };
  probe.remove();
  return known;
}

function useTheme(read) {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((n) => n + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return read();
}

/** `colours()`, renewed when the theme changes. */
export function useColours() {
  return useTheme(colours);
}

/** True while the page is dark. */
export function useDark() {
  return useTheme(() => (theme() === "auto" ? system.matches : theme() === "dark"));
}

export function useThemeName() {
  return useTheme(theme);
}
