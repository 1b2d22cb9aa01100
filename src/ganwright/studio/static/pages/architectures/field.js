// The receptive field of a place of a layer, drawn on a picture.
import { html, useEffect, useRef, useState } from "../../lib/html.js";
import { address } from "../../lib/router.js";
import { useGet } from "../../lib/api.js";
import { useDebounced } from "../../lib/hooks.js";
import { percent } from "../../lib/format.js";
import { Canvas } from "../../components/canvas.js";
import { Card } from "../../components/card.js";
import { Empty, ProblemBox } from "../../components/empty.js";
import { Toggle } from "../../components/fields.js";
import { Figure, Figures } from "../../components/figure.js";
import { Slider } from "../../components/slider.js";

/** An image that can be drawn; null until it is there. */
export function useImage(src) {
  const [image, setImage] = useState(null);
  useEffect(() => {
    if (!src) return setImage(null);
    let here = true;
    const made = new Image();
    made.src = src;
    made.decode().then(() => here && setImage(made), () => here && setImage(null));
    return () => (here = false);
  }, [src]);
  return image;
}

export function square({ width, height }, [rows, columns]) {
  const scale = Math.min(width / columns, height / rows);
  return { left: (width - columns * scale) / 2, top: (height - rows * scale) / 2, scale };
}

function draw(c, size, { field, image, heat, colours }) {
  const [rows, columns] = field.size;
  const f = square(size, field.size);
  c.imageSmoothingEnabled = false;
  if (image) c.drawImage(image, f.left, f.top, columns * f.scale, rows * f.scale);
  else {
    c.fillStyle = colours.surface2;
    c.fillRect(f.left, f.top, columns * f.scale, rows * f.scale);
  }
  const [tall, wide] = [field.influence.length, field.influence[0].length];
  const [ch, cw] = [(rows * f.scale) / tall, (columns * f.scale) / wide];
  if (heat) {
    c.fillStyle = colours.accent;
    field.influence.forEach((row, i) => row.forEach((v, j) => {
      if (v <= 0) return;
      c.globalAlpha = 0.85 * Math.sqrt(v);
      c.fillRect(f.left + j * cw, f.top + i * ch, cw + 0.5, ch + 0.5);
    }));
    c.globalAlpha = 1;
  }
  const [top, left, bottom, right] = field.box;
  c.strokeStyle = colours.bg;
  c.lineWidth = 5;
  c.strokeRect(f.left + left * f.scale, f.top + top * f.scale, (right - left) * f.scale, (bottom - top) * f.scale);
  c.strokeStyle = colours.accent;
  c.lineWidth = 2.5;
  c.strokeRect(f.left + left * f.scale, f.top + top * f.scale, (right - left) * f.scale, (bottom - top) * f.scale);
  const [gh, gw] = [(rows * f.scale) / field.grid[0], (columns * f.scale) / field.grid[1]];
  c.fillStyle = colours.warn;
  c.beginPath();
  c.arc(f.left + (field.place[1] + 0.5) * gw, f.top + (field.place[0] + 0.5) * gh, 4, 0, 7);
  c.fill();
}

/** asked: the parameters that name the network. layer: of the network that judges; picture: of a run, or null. */
export function Field({ asked, layer, place, setPlace, run, picture }) {
  const [heat, setHeat] = useState(true);
  const maps = layer && layer.output.length === 3;
  const [rows, columns] = maps ? layer.output.slice(1) : [1, 1];
  const row = Math.min(rows - 1, Math.max(0, place[0] < 0 ? rows >> 1 : place[0]));
  const column = Math.min(columns - 1, Math.max(0, place[1] < 0 ? columns >> 1 : place[1]));
  const settled = useDebounced(`${row},${column}`, 40);
  const [r, k] = settled.split(",").map(Number);
  const inside = r < rows && k < columns;
  const { data, error, reload } = useGet(maps && inside ? "/api/architectures/field" : null, maps ? { ...asked, layer: layer.name, row: r, column: k } : {});
  const shown = data && layer && data.layer === layer.name ? data : null;
  const image = useImage(run ? address("/api/architectures/picture", { run, picture }) : null);
  const box = useRef(null);
  const point = ({ type, x, y, event }) => {
    if (!shown || (type !== "down" && !(type === "move" && event.buttons))) return;
    const frame = box.current.getBoundingClientRect();
    const f = square({ width: frame.width, height: frame.height }, shown.size);
    const at = (v, start, length, num) => Math.min(num - 1, Math.max(0, Math.floor(((v - start) / (length * f.scale)) * num)));
    setPlace([at(y, f.top, shown.size[0], rows), at(x, f.left, shown.size[1], columns)]);
  };
  return html`<${Card} title="What one place sees" about="The pixels that a place of this layer depends on, found by its gradient: exact for any network, attention and skips included.">
    ${!maps ? html`<${Empty} icon="target" title="Choose a layer with places" text="A layer of the network that judges whose output is channels × height × width, such as a convolution." />`
      : !shown ? (error ? html`<${ProblemBox} problem=${error} retry=${reload} />` : html`<div class="architectures-square"></div>`)
      : html`<div class="architectures-judged"><div ref=${box}><${Canvas} ratio=${1} class="architectures-square" deps=${[shown, image, heat]} onPointer=${point}
          draw=${(c, size) => draw(c, size, { field: shown, image, heat, colours: size.colours })}
          label=${`Place row ${r}, column ${k} of ${layer.name} sees rows ${shown.box[0]} to ${shown.box[2] - 1} and columns ${shown.box[1]} to ${shown.box[3] - 1} of ${shown.size.join(" × ")} pixels.`} /></div>
        <div class="stack">${error && html`<${ProblemBox} problem=${error} retry=${reload} />`}
        <p>Drag over the picture, or use the sliders: the dot is the place in <b class="mono">${layer.name}</b>, the frame is all that it depends on.</p>
        <${Slider} label="Row" min=${0} max=${rows - 1} step=${1} value=${row} onInput=${(v) => setPlace([v, column])} disabled=${rows < 2}
          about="Of the place in this layer, counted from the top." />
        <${Slider} label="Column" min=${0} max=${columns - 1} step=${1} value=${column} onInput=${(v) => setPlace([row, v])} disabled=${columns < 2}
          about="Of the place in this layer, counted from the left." />
        <${Toggle} label="Show how much each pixel counts" value=${heat} onChange=${setHeat} about="Mean size of the gradient, on noise. Weight falls off towards the edge of the field." />
        <${Figures} columns=${2}>
          <${Figure} label="Receptive field" value=${`${shown.box[2] - shown.box[0]} × ${shown.box[3] - shown.box[1]}`} unit="px" about="Rows and columns that it depends on, cut off at the image's edge." tone="accent" />
          <${Figure} label="Of the image" value=${percent(((shown.box[2] - shown.box[0]) * (shown.box[3] - shown.box[1])) / (shown.size[0] * shown.size[1]))} about="Share of the pixels that lie in the field." />
          <${Figure} label="Half of the weight" value=${percent(shown.half)} about="The smallest share of the image's pixels that have half of the influence: the effective field is smaller than the field." />
          <${Figure} label="Places" value=${shown.grid.join(" × ")} about="Rows and columns of this layer's output." /><//></div></div>`}<//>`;
}
