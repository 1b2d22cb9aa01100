// The pen by keyboard: a cursor on the pad that the arrow keys move, and that draws while the pen is down.
import { useRef } from "../../lib/html.js";
import { number, plural } from "../../lib/format.js";

const NEAR = 0.05; // a press moves the cursor that far
const FAR = 0.25; // with Shift
export const RUBBER = 0.12; // what lies that close to the cursor is erased
const ARROWS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

const place = ([x, y]) => `${number(x, 3)}, ${number(y, 3)}`;

/**
 * {state, handlers, draw(context, view, colours)}. pad: begin(at), put(at), end(), erase(at, radius) -> points erased or
 * 0, num() -> points, repaint(), say(text). reach: the cursor stays in [-reach, reach]^2.
 * The cursor is there once the pad was reached by keyboard, or an arrow key was pressed on it: after a stroke with the
 * mouse the other keys are still the page's.
 */
export function usePen(reach, pad) {
  const { current: state } = useRef({ at: [0, 0], seen: false, down: false });
  const inside = (v) => Math.round(Math.min(reach, Math.max(-reach, v)) * 100) / 100;
  const points = () => plural(pad.num(), "point");
  const lift = () => {
    state.down = false;
    pad.end();
  };
  const move = (by, far) => {
    const step = far ? FAR : NEAR;
    state.at = state.at.map((v, i) => inside(v + by[i] * step));
    if (state.down) pad.put(state.at);
    pad.say(`${place(state.at)}${state.down ? `, drawing, ${points()}` : ""}`);
  };
  const turn = () => {
    if (state.down) {
      lift();
      return pad.say(`Pen up. The drawing has ${points()}.`);
    }
    state.down = true;
    pad.begin(state.at);
    return pad.say(`Pen down at ${place(state.at)}.`);
  };
  const rub = () => {
    if (state.down) lift();
    const num = pad.erase(state.at, RUBBER);
    pad.say(num ? `${plural(num, "point")} erased; ${pad.num() || "none"} left.` : `Nothing to erase at ${place(state.at)}.`);
  };
  const onKeyDown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = ARROWS[event.key];
    const act = by ? () => move(by, event.shiftKey) : !state.seen ? null
      : { " ": turn, Enter: turn, Delete: rub, Backspace: rub }[event.key];
    if (!act) return;
    event.preventDefault();
    if (event.repeat && act === turn) return;
    state.seen = true;
    act();
    pad.repaint();
  };
  const onFocus = (event) => {
    state.seen = event.currentTarget.matches(":focus-visible");
    pad.repaint();
  };
  const onBlur = () => {
    if (state.down) lift();
    state.seen = false;
    pad.repaint();
  };
  const draw = (context, view, colours) => {
    if (!state.seen) return;
    const [x, y] = [view.x(state.at[0]), view.y(state.at[1])];
    const arm = 11;
    for (const [colour, width] of [[colours.surface, 5], [state.down ? colours.accent : colours.text, 2]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      for (const [dx, dy] of Object.values(ARROWS)) {
        context.moveTo(x + 4 * dx, y + 4 * dy);
        context.lineTo(x + arm * dx, y + arm * dy);
      }
      context.stroke();
      context.beginPath();
      context.arc(x, y, RUBBER * view.scale, 0, 6.2832);
      context.setLineDash(state.down ? [] : [3, 3]);
      context.stroke();
      context.setLineDash([]);
    }
    if (!state.down) return;
    context.beginPath();
    context.arc(x, y, 4, 0, 6.2832);
    context.fillStyle = colours.accent;
    context.fill();
  };
  return { handlers: { onKeyDown, onFocus, onBlur }, draw };
}
