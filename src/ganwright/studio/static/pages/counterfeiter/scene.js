// The picture: both heaps of notes, the detective's curve, and what happens in a scene.

const PAD = { left: 52, right: 14, top: 14, bottom: 34 };
const PEAK = 0.5; // share of the height that the real density takes

function frameOf({ width, height }, x) {
  const [low, high] = [x[0], x.at(-1)];
  const [w, h] = [width - PAD.left - PAD.right, height - PAD.top - PAD.bottom];
  return {
    left: PAD.left, right: width - PAD.right, top: PAD.top, bottom: height - PAD.bottom,
    px: (v) => PAD.left + ((Math.min(high, Math.max(low, v)) - low) / (high - low)) * w,
    py: (v) => PAD.top + (1 - v) * h,
    tall: h,
  };
}

function axes(c, f, x, colours) {
  c.font = "12px system-ui";
  c.lineWidth = 1;
  for (const [v, text] of [[0, "forged"], [0.5, "½"], [1, "real"]]) {
    c.strokeStyle = colours.line;
    c.setLineDash(v === 0.5 ? [4, 4] : []);
    c.beginPath();
    c.moveTo(f.left, f.py(v));
    c.lineTo(f.right, f.py(v));
    c.stroke();
    c.fillStyle = colours.muted;
    c.textAlign = "right";
    c.fillText(text, f.left - 8, f.py(v) + 4);
  }
  c.setLineDash([]);
  c.textAlign = "center";
  for (let v = Math.ceil(x[0]); v <= x.at(-1); v += 1) c.fillText(String(v), f.px(v), f.bottom + 16);
  c.textAlign = "right";
  c.fillText("shade of a note", f.right, f.bottom + 31);
}

function heap(c, f, x, density, scale, colour, { outline } = {}) {
  const y = (v) => f.bottom - Math.min(1.02, v * scale) * f.tall;
  c.beginPath();
  c.moveTo(f.px(x[0]), f.bottom);
  x.forEach((v, i) => c.lineTo(f.px(v), y(density[i])));
  c.lineTo(f.px(x.at(-1)), f.bottom);
  if (!outline) {
    c.globalAlpha = 0.2;
    c.fillStyle = colour;
    c.fill();
    c.globalAlpha = 1;
  }
  c.setLineDash(outline ? [3, 4] : []);
  c.strokeStyle = colour;
  c.lineWidth = 1.5;
  c.stroke();
  c.setLineDash([]);
}

function curve(c, f, x, values, colour, { dash = [], width = 2.5, alpha = 1 } = {}) {
  c.beginPath();
  x.forEach((v, i) => (i ? c.lineTo(f.px(v), f.py(values[i])) : c.moveTo(f.px(v), f.py(values[i]))));
  c.setLineDash(dash);
  c.globalAlpha = alpha;
  c.strokeStyle = colour;
  c.lineWidth = width;
  c.stroke();
  c.setLineDash([]);
  c.globalAlpha = 1;
}

function notes(c, f, shades, heights, colour) {
  c.fillStyle = colour;
  c.globalAlpha = 0.75;
  shades.forEach((v, i) => {
    c.beginPath();
    c.arc(f.px(v), f.py(typeof heights === "number" ? heights : heights[i]), 3, 0, 7);
    c.fill();
  });
  c.globalAlpha = 1;
}

function arrows(c, f, round, colour) {
  const largest = Math.max(0.05, ...round.push.map(Math.abs));
  c.strokeStyle = colour;
  c.fillStyle = colour;
  c.lineWidth = 1.25;
  c.globalAlpha = 0.8;
  round.printed.forEach((v, i) => {
    const long = (round.push[i] / largest) * 46;
    if (Math.abs(long) < 1) return;
    const [x, y, way] = [f.px(v), f.py(round.printed_said[i]), Math.sign(long)];
    c.beginPath();
    c.moveTo(x, y);
    c.lineTo(x + long, y);
    c.stroke();
    c.beginPath();
    c.moveTo(x + long + way * 4, y);
    c.lineTo(x + long - way * 2, y - 3);
    c.lineTo(x + long - way * 2, y + 3);
    c.fill();
  });
  c.globalAlpha = 1;
}

/** scene: 0 to 4 with `round` in detail, or null for how it stands. showBest: the optimal curve as well. */
export function drawGame(c, size, { frame, before, after, round, scene, showBest, colours }) {
  const { x, real } = frame;
  const f = frameOf(size, x);
  const scale = PEAK / Math.max(...real);
  const slow = scene !== null && round;
  const police = slow && scene >= 2 && round.told.length ? round.told : before.police;
  axes(c, f, x, colours);
  heap(c, f, x, real, scale, colours.real);
  if (slow && scene === 4) {
    heap(c, f, x, before.density, scale, colours.fake, { outline: true });
    heap(c, f, x, after.density, scale, colours.fake);
  } else heap(c, f, x, before.density, scale, colours.fake);
  if (showBest) curve(c, f, x, before.best, colours.muted, { dash: [6, 5], width: 1.75 });
  if (slow && scene === 2 && round.told.length) curve(c, f, x, before.police, colours.accent, { dash: [3, 4], width: 1.75, alpha: 0.8 });
  curve(c, f, x, police, colours.accent);
  if (!slow) return;
  if (scene === 0) notes(c, f, round.forged, 0.02, colours.fake);
  if (scene === 1) {
    notes(c, f, round.real, round.real_said, colours.real);
    notes(c, f, round.forged, round.forged_said, colours.fake);
  }
  if (scene === 2) {
    notes(c, f, round.real, 1, colours.real);
    notes(c, f, round.forged, 0, colours.fake);
  }
  if (scene === 3) {
    notes(c, f, round.printed, round.printed_said, colours.fake);
    arrows(c, f, round, colours.fake);
  }
}
