// A canvas as wide as its place, sharp on every screen, in the colours of the theme.
import { classes, html, useCallback, useEffect, useLatest, useLayoutEffect, useRef } from "../lib/html.js";
import { useSize } from "../lib/hooks.js";
import { useColours } from "../theme.js";

/**
 * draw(context, {width, height, colours, dpr}) in CSS pixels, whenever `deps`, the size or the theme change.
 * height in px, or ratio = width / height. label: what it shows, for those who cannot see it.
 */
export function Canvas({
  height, ratio, draw, label, deps = [], onPointer, onKeyDown, keyboard, class: name, children,
}) {
  const box = useRef(null);
  const canvas = useRef(null);
  const size = useSize(box);
  const palette = useColours();
  const latest = useLatest(draw);
  const tall = ratio ? Math.round(size.width / ratio) : height;

  const redraw = useCallback(() => {
    const element = canvas.current;
    if (!element || !size.width || !tall) return;
    const dpr = Math.min(devicePixelRatio || 1, 2);
    const [w, h] = [Math.round(size.width * dpr), Math.round(tall * dpr)];
    if (element.width !== w || element.height !== h) {
      element.width = w;
      element.height = h;
    }
    const context = element.getContext("2d");
    context.setTransform(dpr, 0, 0, dpr, 0, 0);
    context.clearRect(0, 0, size.width, tall);
    latest.current(context, { width: size.width, height: tall, colours: palette, dpr });
  }, [size.width, tall, palette]);
  useLayoutEffect(redraw, [redraw, ...deps]);

  useEffect(() => {
    if (!onPointer) return undefined;
    const element = canvas.current;
    const at = (type) => (event) => {
      const frame = element.getBoundingClientRect();
      if (type === "down") element.setPointerCapture(event.pointerId);
      listener.current({ type, x: event.clientX - frame.left, y: event.clientY - frame.top, event });
    };
    const all = { pointerdown: at("down"), pointermove: at("move"), pointerup: at("up"), pointercancel: at("up"), pointerleave: at("leave") };
    Object.entries(all).forEach(([event, act]) => element.addEventListener(event, act));
    return () => Object.entries(all).forEach(([event, act]) => element.removeEventListener(event, act));
  }, [Boolean(onPointer)]);
  const listener = useLatest(onPointer);

  const shape = ratio ? { aspectRatio: String(ratio) } : { height: `${height}px` };
  return html`<div class=${classes("canvas-box", name)} ref=${box} style=${shape}>
    <canvas ref=${canvas} class=${onPointer && "draws"} role="img" aria-label=${label}
      tabindex=${keyboard ? 0 : undefined} onKeyDown=${onKeyDown}></canvas>${children}</div>`;
}
