// A canvas that is painted whenever the stage has something new, outside of any rendering.
import { classes, html, useEffect, useRef } from "../../lib/html.js";
import { useSize } from "../../lib/hooks.js";
import { useColours } from "../../theme.js";

/** What is on show: the world, the newest picture, the story and its place, and who paints them. */
export class Stage {
  constructor() {
    this.world = null;
    this.picture = null;
    this.story = null;
    this.painters = new Set();
    this.scores = document.createElement("canvas");
    this.losses = { d: [], g: [] };
    this.turn = 0;
  }

  paint() {
    this.turn += 1;
    this.painters.forEach((paint) => paint(this.turn));
  }
}

/**
 * draw(context, {width, height, colours}, stage). every: paint in each n-th turn only.
 * keyboard: what makes it something to work on by keyboard, as attributes: handlers, and the id of its help.
 */
export function Live({ stage, draw, ratio, label, every = 1, phase = 0, deps = [], class: name, onPointer, keyboard, children }) {
  const box = useRef(null);
  const canvas = useRef(null);
  const { width } = useSize(box);
  const colours = useColours();
  const height = Math.round(width / ratio);
  useEffect(() => {
    const element = canvas.current;
    if (!width || !element) return undefined;
    const dpr = Math.min(devicePixelRatio || 1, 2);
    element.width = Math.round(width * dpr);
    element.height = Math.round(height * dpr);
    const context = element.getContext("2d");
    let seen = true;
    const paint = (turn) => {
      if (!seen || (every > 1 && turn % every !== phase % every)) return;
      context.setTransform(dpr, 0, 0, dpr, 0, 0);
      context.clearRect(0, 0, width, height);
      draw(context, { width, height, colours }, stage);
    };
    stage.painters.add(paint);
    paint(phase);
    const observer = new IntersectionObserver(([entry]) => {
      const before = seen;
      seen = entry.isIntersecting;
      if (seen && !before) paint(phase);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      stage.painters.delete(paint);
    };
  }, [width, height, colours, ...deps]);
  return html`<div class=${classes("live", name)} ref=${box} style=${{ aspectRatio: String(ratio) }}>
    <canvas ref=${canvas} role=${keyboard ? "application" : "img"} tabindex=${keyboard ? 0 : undefined} aria-label=${label} ...${keyboard} onPointerDown=${onPointer?.down} onPointerMove=${onPointer?.move}
      onPointerUp=${onPointer?.up} onPointerCancel=${onPointer?.up}></canvas>${children}</div>`;
}
