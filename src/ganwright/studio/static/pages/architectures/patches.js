// A picture, judged patch by patch by a trained discriminator.
import { html, useState } from "../../lib/html.js";
import { address } from "../../lib/router.js";
import { upload, useGet } from "../../lib/api.js";
import { number } from "../../lib/format.js";
import { Button } from "../../components/button.js";
import { Canvas } from "../../components/canvas.js";
import { Card } from "../../components/card.js";
import { Empty, Loading, ProblemBox } from "../../components/empty.js";
import { Choice, FileDrop, Select } from "../../components/fields.js";
import { Figure, Figures } from "../../components/figure.js";
import { Slider } from "../../components/slider.js";
import { square, useImage } from "./field.js";

const SOURCES = [{ value: "real", label: "Real item" }, { value: "sample", label: "Sample" }, { value: "upload", label: "Your picture" }];

function Heat({ found, facts, image, chosen, onChoose }) {
  const [rows, columns] = [found.values.length, found.values[0].length];
  const largest = Math.max(1e-9, ...found.values.flat().map(Math.abs));
  const size = facts.shape.slice(1);
  const draw = (c, frame) => {
    const f = square(frame, size);
    const [w, h] = [(size[1] * f.scale) / columns, (size[0] * f.scale) / rows];
    c.imageSmoothingEnabled = false;
    c.globalAlpha = 0.5; // the picture steps back behind the colours
    if (image) c.drawImage(image, f.left, f.top, size[1] * f.scale, size[0] * f.scale);
    found.values.forEach((row, i) => row.forEach((v, j) => {
      c.globalAlpha = 0.9 * Math.sqrt(Math.abs(v) / largest);
      c.fillStyle = v > 0 ? frame.colours.real : frame.colours.fake;
      c.fillRect(f.left + j * w, f.top + i * h, w, h);
    }));
    c.globalAlpha = 1;
    c.strokeStyle = frame.colours.accent;
    c.lineWidth = 2.5;
    if (chosen) c.strokeRect(f.left + chosen[1] * w + 1, f.top + chosen[0] * h + 1, w - 2, h - 2);
  };
  const point = ({ type, x, y, event }) => {
    if (type === "leave") return;
    const frame = event.target.getBoundingClientRect();
    const f = square(frame, size);
    const at = (v, start, length, num) => Math.floor(((v - start) / (length * f.scale)) * num);
    const [i, j] = [at(y, f.top, size[0], rows), at(x, f.left, size[1], columns)];
    if (i >= 0 && j >= 0 && i < rows && j < columns) onChoose([i, j]);
  };
  const walk = (event) => {
    const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!by) return;
    event.preventDefault();
    const [i, j] = chosen ?? [0, 0];
    onChoose([Math.min(rows - 1, Math.max(0, i + by[0])), Math.min(columns - 1, Math.max(0, j + by[1]))]);
  };
  const told = chosen && found.values[chosen[0]]?.[chosen[1]];
  return html`<${Canvas} ratio=${1} class="architectures-square" deps=${[found, image, chosen]} draw=${draw} onPointer=${point} keyboard onKeyDown=${walk}
      label=${`${rows} × ${columns} patches. ${chosen ? `Row ${chosen[0] + 1}, column ${chosen[1] + 1}: ${number(told, 3)}.` : ""} The most real: ${number(Math.max(...found.values.flat()), 3)}, the most fake: ${number(Math.min(...found.values.flat()), 3)}.`} />
    <div class="architectures-scale" aria-hidden="true"><span>${number(-largest, 2)}</span><i></i><span>+${number(largest, 2)}</span></div>
    <p class="small" aria-live="polite">${chosen && told !== undefined ? `Row ${chosen[0] + 1}, column ${chosen[1] + 1}: ${told >= 0 ? "+" : "−"}${number(Math.abs(told), 3)}` : "Point at a patch, or walk with the arrow keys."}</p>`;
}

function place(score, scores) {
  const below = scores.filter((v) => v < score).length;
  return Math.round((100 * below) / scores.length);
}

function Judged({ run, view, set }) {
  const [chosen, setChosen] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const facts = useGet("/api/architectures/facts", { run });
  const [kind, name] = [view.picture.split(":")[0], view.picture.split(":")[1] ?? "0"];
  const side = facts.data ? (facts.data.sides.includes(view.side) ? view.side : facts.data.sides.filter((s) => s <= 8).at(-1) ?? facts.data.sides[0]) : 4;
  const ready = facts.data && !(kind === "upload" && !name);
  const params = { run, picture: view.picture, method: view.method, ...(view.method === "covered" && { side }), ...(view.label >= 0 && { label: view.label }) };
  const found = useGet(ready ? "/api/architectures/patches" : null, params);
  const image = useImage(ready ? address("/api/architectures/picture", { run, picture: view.picture }) : null);
  if (!facts.data) return facts.error ? html`<${ProblemBox} problem=${facts.error} retry=${facts.reload} />` : html`<${Loading} height="420" label="Loading the run" />`;
  const take = async ([file]) => {
    setBusy(true);
    setProblem(null);
    try {
      const { picture } = await upload(`/api/explore/${run}/targets`, file).promise;
      set({ picture: `upload:${picture}` });
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  const most = kind === "sample" ? 255 : facts.data.num_real - 1;
  const classes = facts.data.class_names;
  return html`<div class="architectures-judged turned"><div class="stack">
    <${Choice} label="Picture" value=${kind} options=${SOURCES} onChange=${(to) => set({ picture: to === "upload" ? "upload:" : `${to}:0`, label: -1 })} />
    ${kind === "upload" ? html`<${FileDrop} label=${busy ? "Uploading …" : "Choose a picture"} accept="image/*" onFiles=${take} disabled=${busy}
        hint=${`It is cut to the middle and brought to ${facts.data.shape.slice(1).join(" × ")} pixels; at most 10 MB. It stays on this machine.`} />`
      : html`<${Slider} label=${kind === "sample" ? "Sample" : "Item"} min=${0} max=${most} step=${1} value=${Math.min(most, Number(name) || 0)} onInput=${(v) => set({ picture: `${kind}:${v}` })}
          tone=${kind === "sample" ? "fake" : "real"} about=${kind === "sample" ? "Number of the sample of seed 0." : "Number of the item in the training data."} />`}
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    ${facts.data.conditional && html`<${Select} label="Judged as" value=${String(view.label)} onChange=${(v) => set({ label: Number(v) })} about="A conditional discriminator judges a picture together with a class."
      options=${[{ value: "-1", label: "its own class" }, ...classes.map((label, i) => ({ value: String(i), label }))]} />`}
    <${Choice} label="How" value=${view.method} onChange=${(method) => { setChosen(null); set({ method }); }} options=${[
      { value: "covered", label: "Cover patches", about: "How much the score falls when a patch of the image is covered by its mean colour." },
      { value: "shares", label: "Shares of the last map", about: "What each place of the last feature map gives to the score; they add up to it exactly. Only where the score is a sum over places." }]} />
    ${view.method === "covered" && html`<${Select} label="Patches a side" value=${String(side)} options=${facts.data.sides.map(String)} onChange=${(v) => { setChosen(null); set({ side: Number(v) }); }} />`}
    ${found.data && html`<${Figures} columns=${2}>
      <${Figure} label="Score" value=${number(found.data.score, 3)} unit="logit" about="What the discriminator says of the whole picture; higher is more real. Compare it with others of this discriminator only." tone="accent" />
      ${found.data.rest !== null && html`<${Figure} label="The rest" value=${number(found.data.rest, 3)} about="What the score has without any place: with the shares it adds up to the score." />`}
      <${Figure} label="Above real items" value=${place(found.data.score, facts.data.context.real)} unit="%" about="Share of 64 real items of the training data that score lower." tone="real" />
      <${Figure} label="Above samples" value=${place(found.data.score, facts.data.context.fake)} unit="%" about="Share of 64 samples that score lower." tone="fake" /><//>`}
    <p class="muted small">${view.method === "covered"
      ? "Blue: the score falls without this patch, so it made the picture look real. Orange: it rises. The rest of the network still sees everything else, and a grey patch is odd in itself: values do not add up to the score."
      : `Blue places raise the score, orange ones lower it. ${found.data?.layer ? `They are of the output of ${found.data.layer}: ` : ""}what follows is linear in the places, so that shares and rest are the score. A place sees more than its square: its receptive field.`}</p>
  </div>
  <div class="stack">${!ready || (!found.data && !found.error) ? html`<div class="architectures-square"></div>`
    : found.error ? html`<${ProblemBox} problem=${found.error} retry=${found.reload} />${view.method === "shares" ? html`<${Button} onClick=${() => set({ method: "covered" })}>Cover patches instead<//>` : ""}`
    : html`<${Heat} found=${found.data} facts=${facts.data} image=${image} chosen=${chosen} onChoose=${setChosen} />`}</div></div>`;
}

/** run: the id of a run with a discriminator, or "". */
export function Patches({ run, view, set, runs }) {
  return html`<${Card} title="Patch by patch" about="What each part of a picture does to the score of a trained discriminator.">
    ${!run ? html`<${Empty} icon="image" title="Choose a run to judge pictures" text=${runs.length ? "A discriminator has to have learned something first: choose one of your runs at the top."
      : "There is no run yet. Train one, and its discriminator can judge your pictures here."}
      action=${runs.length ? html`<${Button} kind="primary" onClick=${() => set({ run: runs[0].id, layer: "" })}>Take ${runs[0].name}<//>` : html`<${Button} kind="primary" href="/new">New run<//>`} />`
    : html`<${Judged} key=${run} run=${run} view=${view} set=${set} />`}<//>`;
}
