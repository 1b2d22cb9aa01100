// Drawing on the plane. Every function takes a view (`viewOf`) that knows where a point of the plane lies on the canvas.

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const mix = (a, b, share) => a.map((value, i) => value + (b[i] - value) * share);

/** A colour with transparency: fade("#112233", .5). */
export function fade(hex, alpha) {
  return `rgb(${channels(hex).join(" ")} / ${alpha})`;
}

/** A square window [-reach, reach]^2 in the middle of a canvas. */
export function viewOf(width, height, reach) {
  const side = Math.min(width, height);
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  const scale = side / (2 * reach);
  return { left, top, side, scale, reach, x: (v) => left + (v + reach) * scale, y: (v) => top + (reach - v) * scale };
}

const sigmoid = (v) => 1 / (1 + Math.exp(-v));

const palettes = new WeakMap();

/** 256 colours from sure of a fake to sure of a real point. */
export function paletteOf(colours) {
  if (!palettes.has(colours)) {
    const [fake, real, middle] = [colours.fake, colours.real, colours.surface].map(channels);
    palettes.set(colours, Array.from({ length: 256 }, (_, i) => {
      const side = i / 127.5 - 1;
      return mix(middle, side < 0 ? fake : real, 0.5 * Math.abs(side) ** 0.8);
    }));
  }
  return palettes.get(colours);
}

/** Paint D's scores (cells x cells, bottom row first) into a small canvas of that size. */
export function paintScores(canvas, scores, cells, { boundary, unit }, palette) {
  if (canvas.width !== cells) canvas.width = canvas.height = cells;
  const context = canvas.getContext("2d");
  const image = context.createImageData(cells, cells);
  const { data } = image;
  for (let row = 0; row < cells; row += 1) {
    for (let column = 0; column < cells; column += 1) {
      const value = sigmoid((scores[row * cells + column] - boundary) / unit);
      const colour = palette[Number.isNaN(value) ? 128 : Math.round(value * 255)];
      const at = ((cells - 1 - row) * cells + column) * 4;
      data[at] = colour[0];
      data[at + 1] = colour[1];
      data[at + 2] = colour[2];
      data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}

export function drawScores(context, view, canvas) {
  context.imageSmoothingEnabled = true;
  context.drawImage(canvas, view.left, view.top, view.side, view.side);
}

/** The line on which scores are the boundary, by marching squares. */
export function drawBoundary(context, view, scores, cells, level, colour, width = 2) {
  const step = (2 * view.reach) / cells;
  const place = (index) => -view.reach + (index + 0.5) * step;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.lineCap = "round";
  for (let row = 0; row < cells - 1; row += 1) {
    for (let column = 0; column < cells - 1; column += 1) {
      const at = row * cells + column;
      const corners = [scores[at], scores[at + 1], scores[at + cells + 1], scores[at + cells]];
      const ends = [];
      for (let side = 0; side < 4; side += 1) {
        const [a, b] = [corners[side] - level, corners[(side + 1) % 4] - level];
        if (a > 0 === b > 0) continue;
        const share = a / (a - b);
        const [dx, dy] = [[share, 0], [1, share], [1 - share, 1], [0, 1 - share]][side];
        ends.push([view.x(place(column) + dx * step), view.y(place(row) + dy * step)]);
      }
      for (let i = 0; i + 1 < ends.length; i += 2) {
        context.beginPath();
        context.moveTo(...ends[i]);
        context.lineTo(...ends[i + 1]);
        context.stroke();
      }
    }
  }
}

/* A dot, drawn once and then stamped: without a GPU one path of many circles takes a hundred times as long. */
const stamps = new Map();

function stampOf(colour, radius) {
  const key = `${colour} ${radius.toFixed(2)}`;
  if (!stamps.has(key)) {
    if (stamps.size > 64) stamps.clear();
    const size = Math.ceil(2 * radius + 2);
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * size; // sharp where the screen has two pixels for one
    const context = canvas.getContext("2d");
    context.scale(2, 2);
    context.beginPath();
    context.arc(size / 2, size / 2, radius, 0, 6.2832);
    context.fillStyle = colour;
    context.fill();
    stamps.set(key, { canvas, size });
  }
  return stamps.get(key);
}

/** Points (x, y pairs) as dots. move: [other points, share] draws them on the way there. */
export function drawPoints(context, view, points, colour, radius, { num = points.length / 2, move = null, scale = 1 } = {}) {
  const stamp = radius < 1.5 ? null : stampOf(colour, radius);
  const half = stamp ? stamp.size / 2 : radius * 0.9;
  const far = 6 * view.reach;
  context.fillStyle = colour;
  for (let i = 0; i < 2 * num && i < points.length; i += 2) {
    let [x, y] = [points[i] * scale, points[i + 1] * scale];
    if (move) {
      x += (move[0][i] - x) * move[1];
      y += (move[0][i + 1] - y) * move[1];
    }
    if (!(Math.abs(x) < far && Math.abs(y) < far)) continue;
    if (stamp) context.drawImage(stamp.canvas, view.x(x) - half, view.y(y) - half, stamp.size, stamp.size);
    else context.fillRect(view.x(x) - half, view.y(y) - half, 2 * half, 2 * half);
  }
}

/** An arrow from each point along its gradient, `gain` long for a gradient of 1, at most `most`, in a plane 3 wide. */
export function drawArrows(context, view, points, arrows, colour, { num = 130, gain = 0.2, most = 0.3 } = {}) {
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.2;
  context.lineCap = "butt";
  for (let i = 0; i < 2 * num && i < points.length; i += 2) {
    const size = Math.hypot(arrows[i], arrows[i + 1]);
    if (!(size > 1e-9)) continue;
    const length = (Math.min(most, gain * size) * view.side) / 3;
    if (length < 2) continue;
    const [dx, dy] = [arrows[i] / size, -arrows[i + 1] / size];
    const [x, y] = [view.x(points[i]), view.y(points[i + 1])];
    const [ex, ey] = [x + dx * length, y + dy * length];
    const head = Math.min(6, length * 0.6);
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(ex - head * dx, ey - head * dy);
    context.stroke();
    context.beginPath();
    context.moveTo(ex, ey);
    context.lineTo(ex - head * (dx + 0.38 * dy), ey - head * (dy - 0.38 * dx));
    context.lineTo(ex - head * (dx - 0.38 * dy), ey - head * (dy + 0.38 * dx));
    context.fill();
  }
}

/** G of a grid of z: the lines of equal z. */
export function drawWarp(context, view, grid, colour, width = 1) {
  const lines = Math.round(Math.sqrt(grid.length / 2));
  const at = (i, j) => [view.x(grid[2 * (i * lines + j)]), view.y(grid[2 * (i * lines + j) + 1])];
  context.strokeStyle = colour;
  context.lineWidth = width;
  for (let i = 0; i < lines; i += 2) {
    for (const turned of [false, true]) {
      context.beginPath();
      for (let j = 0; j < lines; j += 1) context[j ? "lineTo" : "moveTo"](...(turned ? at(j, i) : at(i, j)));
      context.stroke();
    }
  }
}

/** A ring around every mode: whole where samples reach it, broken where none do. */
export function drawModes(context, view, centres, shares, radius, colours) {
  const fair = 1 / (centres.length / 2);
  const size = Math.max(5, radius * view.scale);
  for (let k = 0; 2 * k < centres.length; k += 1) {
    const reached = shares[k] > 0.02 * fair;
    context.beginPath();
    context.arc(view.x(centres[2 * k]), view.y(centres[2 * k + 1]), size, 0, 6.2832);
    context.setLineDash(reached ? [] : [3, 3]);
    context.strokeStyle = reached ? colours.good : colours.muted;
    context.lineWidth = reached ? 1.5 : 1.2;
    context.stroke();
  }
  context.setLineDash([]);
}

/** Two heaps of values in [0, 1], real up and fake down from the middle. */
export function drawHeaps(context, { width, height }, real, fake, toShare, colours) {
  const num = 20;
  const heaps = [real, fake].map((values) => {
    const counts = new Array(num).fill(0);
    for (const value of values) {
      const share = toShare(value);
      if (share >= 0) counts[Math.min(num - 1, Math.floor(share * num))] += 1;
    }
    return counts.map((count) => count / Math.max(1, values.length));
  });
  const most = Math.max(0.12, ...heaps.flat());
  const [middle, wide] = [height / 2, width / num];
  heaps.forEach((heap, side) => {
    context.fillStyle = side ? colours.fake : colours.real;
    heap.forEach((share, i) => {
      const size = (share / most) * (middle - 3);
      context.fillRect(i * wide + 0.5, side ? middle + 0.5 : middle - 0.5 - size, wide - 1, size);
    });
  });
  context.fillStyle = colours.lineStrong;
  context.fillRect(0, middle - 0.5, width, 1);
}

/** The newest values as a line, with the last one marked. */
export function drawSpark(context, { width, height }, values, colour, lineColour) {
  const kept = values.slice(-120).filter((v) => Number.isFinite(v));
  if (kept.length < 2) return;
  let [low, high] = [Math.min(...kept), Math.max(...kept)];
  if (high - low < 1e-6) [low, high] = [low - 0.5, high + 0.5];
  const x = (i) => 6 + (i / (kept.length - 1)) * (width - 14);
  const y = (v) => height - 8 - ((v - low) / (high - low)) * (height - 16);
  if (low < 0 && high > 0) {
    context.fillStyle = lineColour;
    context.fillRect(0, y(0), width, 1);
  }
  context.beginPath();
  kept.forEach((v, i) => context[i ? "lineTo" : "moveTo"](x(i), y(v)));
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.stroke();
  context.beginPath();
  context.arc(x(kept.length - 1), y(kept.at(-1)), 2.6, 0, 6.2832);
  context.fillStyle = colour;
  context.fill();
}
