// Pictures from answers, drawn without going through the page's tree.
import { classes, html, useEffect, useLayoutEffect, useRef } from "../lib/html.js";
import { imageOf } from "./asker.js";

const SMALL = 160; // pixels; below, pixels are drawn as squares

/** One picture. frame: an answer; index: which of its pictures. label: what it shows; "": its button says it. */
export function Pixels({ frame, index = 0, facts, label, class: name }) {
  const ref = useRef(null);
  const [, height, width] = facts.shape;
  useLayoutEffect(() => {
    if (frame) ref.current.getContext("2d").putImageData(imageOf(frame, index), 0, 0);
  }, [frame, index]);
  return html`<canvas ref=${ref} class=${classes("ex-pixels", width < SMALL && "pixelated", !frame && "blank", name)} width=${width}
    height=${height} role=${label ? "img" : undefined} aria-label=${label || undefined} aria-hidden=${label ? undefined : "true"}></canvas>`;
}

/** The picture that follows the hand. paint: a ref that is given the function to draw an answer with. */
export function LivePixels({ paint, facts, label }) {
  const ref = useRef(null);
  const [, height, width] = facts.shape;
  useEffect(() => {
    const context = ref.current.getContext("2d");
    paint.current = (frame) => context.putImageData(imageOf(frame), 0, 0);
    return () => (paint.current = null);
  }, []);
  return html`<canvas ref=${ref} class=${classes("ex-pixels ex-live", width < SMALL && "pixelated")} width=${width} height=${height}
    role="img" aria-label=${label} data-testid="live"></canvas>`;
}

/** Pictures in a grid on one canvas, `columns` in a row, a pixel apart. */
export function Sheet({ frame, columns, facts, label, gap = 0, class: name }) {
  const ref = useRef(null);
  const [, height, width] = facts.shape;
  const count = frame ? frame.shape[0] : columns * columns;
  const rows = Math.ceil(count / columns);
  const [w, h] = [columns * (width + gap) - gap, rows * (height + gap) - gap];
  useLayoutEffect(() => {
    if (!frame) return;
    const context = ref.current.getContext("2d");
    for (let i = 0; i < count; i += 1) {
      context.putImageData(imageOf(frame, i), (i % columns) * (width + gap), Math.floor(i / columns) * (height + gap));
    }
  }, [frame, columns, w, h]);
  return html`<canvas ref=${ref} class=${classes("ex-pixels", width < SMALL && "pixelated", name)} width=${w} height=${h} role="img"
    aria-label=${label}></canvas>`;
}
