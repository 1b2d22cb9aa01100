// A place to draw the data: with a pen, from a list of shapes, or as letters typed on the keyboard.
import { html, useEffect, useId, useMemo, useRef, useState } from "../../lib/html.js";
import { plural } from "../../lib/format.js";
import { Button } from "../../components/button.js";
import { Field, Select } from "../../components/fields.js";
import { Live } from "./live.js";
import { drawPoints, viewOf } from "./paint.js";
import { usePen } from "./pen.js";
import { encode, MOST, SHAPES } from "./shapes.js";
import { pointsOf } from "./settings.js";

const STEP = 0.05; // between the points of a stroke
const REACH = 1.5;

export function Pad({ drawing, onChange }) {
  const shown = useMemo(() => pointsOf(drawing), [drawing]);
  const ink = useRef({ points: [], last: null, down: false });
  const own = useRef({ painters: new Set() });
  const [text, setText] = useState(drawing.startsWith("text-") ? drawing.slice(5) : "");
  const repaint = () => own.current.painters.forEach((paint) => paint(0));
  useEffect(() => {
    ink.current.points = shown.map((point) => point.slice());
    repaint();
  }, [shown]);

  const at = (event) => {
    const frame = event.currentTarget.getBoundingClientRect();
    const place = (v, size) => ((v / size) * 2 - 1) * REACH;
    return [place(event.clientX - frame.left, frame.width), -place(event.clientY - frame.top, frame.height)];
  };
  const put = (to) => {
    const { points, last } = ink.current;
    const far = last ? Math.hypot(to[0] - last[0], to[1] - last[1]) : STEP;
    for (let i = 1; i <= Math.floor(far / STEP + 1e-9) && points.length < MOST; i += 1) {
      const share = last ? (i * STEP) / far : 1;
      points.push(last ? [last[0] + (to[0] - last[0]) * share, last[1] + (to[1] - last[1]) * share] : to);
    }
    if (far > STEP - 1e-9) ink.current.last = to;
    repaint();
  };
  const begin = (to) => {
    if (!drawing.startsWith("own-")) ink.current.points = [];
    ink.current.last = null;
    put(to);
  };
  const end = () => onChange(`own-${encode(ink.current.points)}`);
  const erase = (to, radius) => {
    const { points } = ink.current;
    const left = points.filter(([x, y]) => Math.hypot(x - to[0], y - to[1]) > radius);
    if (left.length === points.length) return 0;
    ink.current.points = left;
    onChange(left.length ? `own-${encode(left)}` : "spiral");
    return points.length - left.length;
  };
  const pointer = {
    down: (event) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      ink.current.down = true;
      begin(at(event));
    },
    move: (event) => ink.current.down && put(at(event)),
    up: () => {
      if (!ink.current.down) return;
      ink.current.down = false;
      end();
    },
  };
  const [said, say] = useState("");
  const help = useId("pen");
  const pen = usePen(REACH, { begin, put, end, erase, repaint, say, num: () => ink.current.points.length });
  const kind = SHAPES[drawing] ? drawing : drawing.startsWith("text-") ? "text" : "own";
  const options = [
    ...Object.entries(SHAPES).map(([value, { label }]) => ({ value, label })),
    { value: "text", label: "Letters" }, { value: "own", label: "Drawn by hand", disabled: kind !== "own" },
  ];
  return html`<div class="pg-pad stack">
    <${Live} stage=${own.current} ratio=${1} class="pg-pad-canvas" onPointer=${pointer} deps=${[drawing]}
      keyboard=${{ ...pen.handlers, "aria-describedby": help }} label=${`Drawing pad with ${plural(shown.length, "point")}`}
      draw=${(context, size) => {
        const view = viewOf(size.width, size.height, REACH);
        drawPoints(context, view, ink.current.points.flat(), size.colours.real, 2.4);
        pen.draw(context, view, size.colours);
      }} />
    <p class="visually-hidden" role="status" aria-live="polite">${said}</p>
    <p class="hint">Draw with the mouse or a finger; a new stroke adds to yours. ${plural(shown.length, "point")}, at most ${MOST}.</p>
    <p class="hint pg-pen-keys" id=${help}>Or by keyboard: arrow keys move the pen, with <kbd>Shift</kbd> farther; <kbd>Space</kbd> puts it down and up; <kbd>Delete</kbd> erases what is near.</p>
    <${Select} label="Shape" value=${kind} options=${options} onChange=${(value) => onChange(value === "text" ? `text-${text || "A"}` : value)} />
    ${kind === "text" && html`<${Field} label="Letters" value=${text || "A"} maxlength="3" about="One to three letters, as ink."
      onInput=${(value) => { setText(value); if (value.trim()) onChange(`text-${value.trim()}`); }} />`}
    ${kind === "own" && html`<div class="row"><${Button} size="small" icon="reset" onClick=${() => onChange("spiral")}>Clear the drawing<//></div>`}
  </div>`;
}
