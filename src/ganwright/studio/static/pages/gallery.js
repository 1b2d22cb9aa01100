// Every component in every state, to look at while working on them. Not in the navigation.
import { html, useMemo, useState } from "../lib/html.js";
import { useQuery } from "../lib/router.js";
import { Badge, Dot, Legend } from "../components/badge.js";
import { Button, ButtonGroup } from "../components/button.js";
import { Canvas } from "../components/canvas.js";
import { Card } from "../components/card.js";
import { Chart } from "../components/chart.js";
import { ask, Dialog } from "../components/dialog.js";
import { Empty, Loading, ProblemBox } from "../components/empty.js";
import { Choice, Field, FileDrop, Select, Toggle } from "../components/fields.js";
import { Figure, Figures } from "../components/figure.js";
import { SchemaForm } from "../components/form.js";
import { Icon, ICONS } from "../components/icon.js";
import { Meter, Progress } from "../components/meter.js";
import { Page, Section } from "../components/page.js";
import { Picture, PixelCanvas } from "../components/picture.js";
import { Slider } from "../components/slider.js";
import { Player, Steps } from "../components/steps.js";
import { Table } from "../components/table.js";
import { Tabs } from "../components/tabs.js";
import { Tip } from "../components/tip.js";
import { toast } from "../components/toast.js";

const NAMES = ["--bg", "--surface", "--surface-2", "--line", "--line-strong", "--text", "--muted", "--accent", "--real", "--fake", "--good", "--warn", "--bad", "--info"];

const FIELDS = [
  { name: "batch_size", group: "Training", kind: "integer", value: 64, default: 64, minimum: 1, meaning: "Real images that one iteration looks at." },
  { name: "device", group: "Training", kind: "choice", value: "auto", default: "auto", choices: ["auto", "cpu", "cuda"], meaning: "What computes; auto takes the fastest that is there." },
  { name: "signals", group: "Training", kind: "flag", value: true, default: true, meaning: "Whether numbers of health are measured." },
  { name: "generator.width", group: "Generator", kind: "integer", value: 64, default: 32, minimum: 1, maximum: 1024, meaning: "Channels of the last layer." },
  { name: "loss.kind", group: "Loss", kind: "choice", value: "hinge", default: "hinge", choices: ["hinge", "wasserstein", "non-saturating"], changes_form: true, meaning: "How scores become losses." },
  { name: "until", group: "Training", kind: "text", value: "none", default: "none", nullable: true, meaning: "A figure and the value at which the run ends early; none: it runs to its length." },
];

const ROWS = [
  { id: "a", name: "digits-dcgan", fid: 12.4, state: "good" },
  { id: "b", name: "digits-wgan", fid: 31.05, state: "warn" },
  { id: "c", name: "mnist-mlp", fid: null, state: "bad" },
];

function useCurves(n) {
  return useMemo(() => {
    const x = Array.from({ length: n }, (_, i) => i * (200 / n));
    const noise = (i) => Math.sin(i * 12.9898) * 0.08;
    const lines = [
      { key: "d", label: "D loss", colour: "accent", values: x.map((v, i) => 1.2 * Math.exp(-v / 60) + 0.5 + noise(i)) },
      { key: "g", label: "G loss", colour: "fake", values: x.map((v, i) => 0.9 + 0.3 * Math.log1p(v / 20) + noise(i * 3)) },
      { key: "r", label: "reference", colour: "muted", dash: true, values: x.map(() => 0.693) },
    ];
    return { x, lines };
  }, [n]);
}

function ChartParts() {
  const many = useCurves(1000);
  const few = useCurves(12);
  const [smooth, setSmooth] = useState(true);
  const marks = [{ x: 80, label: "Partial collapse", tone: "warn" }, { x: 140, label: "Full collapse", tone: "bad" }];
  return html`<div class="grid gallery-wide">
    <${Card} title="Losses" about="What each player minimises." actions=${html`<${Toggle} label="Smooth" value=${smooth} onChange=${setSmooth} />`}>
      <${Chart} label="Losses" x=${many.x} series=${many.lines} smooth=${smooth} xLabel="images seen" xUnit="kimg" cursor="gallery" marks=${marks}
        bands=${[{ from: 80, to: 140, tone: "warn" }]} /><//>
    <${Card} title="Few points"><${Chart} label="Few points" x=${few.x} series=${few.lines} xLabel="images seen" xUnit="kimg" cursor="gallery" /><//>
    <${Card} title="No points"><${Chart} label="No points" x=${[]} series=${few.lines} empty="The first values come after 2,000 images." /><//>
  </div>`;
}

function Controls() {
  const [v, setV] = useState(0.7);
  const [rate, setRate] = useState(0.001);
  const [text, setText] = useState("");
  const [loss, setLoss] = useState("hinge");
  const [on, setOn] = useState(true);
  const [view, setView] = useState("cards");
  return html`<div class="grid"><${Card} title="Sliders"><div class="stack">
      <${Slider} label="Truncation" value=${v} onInput=${setV} about="How far latents may lie from the mean." />
      <${Slider} label="Learning rate" value=${rate} min=${1e-5} max=${0.1} logarithmic onInput=${setRate} tone="fake" />
      <${Slider} label="Separation" value=${3} min=${0} max=${10} step=${0.5} unit="σ" marks=${[{ value: 0, label: "0" }, { value: 5, label: "half" }, { value: 10, label: "10" }]} />
      <${Slider} label="Disabled" value=${0.3} disabled /></div><//>
    <${Card} title="Fields"><div class="stack">
      <${Field} label="Name" value=${text} onInput=${setText} placeholder="digits-dcgan" hint="Letters, numbers and dashes." about="The folder's name." />
      <${Field} label="Images" type="number" value="-3" unit="img" problem="should be at least 1" />
      <${Select} label="Loss" value=${loss} options=${["hinge", "wasserstein", { value: "x", label: "not here", disabled: true }]} onChange=${setLoss} /></div><//>
    <${Card} title="Choices"><div class="stack">
      <${Toggle} label="Noise" value=${on} onChange=${setOn} about="Adds noise to what D sees." />
      <${Toggle} label="Disabled" value=${false} disabled />
      <${Choice} label="View" value=${view} onChange=${setView} options=${[{ value: "cards", label: "Cards", icon: "cards" }, { value: "table", label: "Table", icon: "table" }]} />
      <${FileDrop} label="Choose a zip" onFiles=${(files) => toast(files[0].name)} hint="or drop it here, at most 2 GB" /></div><//></div>`;
}

function Data() {
  const [sort, setSort] = useState("fid");
  const [chosen, setChosen] = useState(new Set(["a"]));
  const columns = [
    { key: "name", label: "Run", cell: (row) => row.name },
    { key: "fid", label: "FID", align: "right", about: "Distance to real data; lower is better.", cell: (row) => row.fid ?? "–" },
    { key: "state", label: "Health", cell: (row) => html`<${Badge} tone=${row.state}>${row.state}<//>` },
  ];
  return html`<${Table} caption="Runs" columns=${columns} rows=${ROWS} sort=${sort} onSort=${setSort} selected=${chosen} onSelect=${setChosen}
    onOpen=${(row) => toast(`Opened ${row.name}`)} />`;
}

export default function Gallery() {
  const [tab, setTab] = useQuery("tab", "one");
  const [step, setStep] = useState(2);
  const [at, setAt] = useState(3);
  const [playing, setPlaying] = useState(false);
  const [open, setOpen] = useState(false);
  const [changes, setChanges] = useState({ "generator.width": 64 });
  const noise = useMemo(() => ({ data: Uint8Array.from({ length: 64 }, (_, i) => (i * 37) % 256), channels: 1 }), []);
  const draw = (c, { width, height, colours }) => {
    for (let i = 0; i < 8; i += 1) {
      c.fillStyle = i % 2 ? colours.fake : colours.real;
      c.beginPath();
      c.arc(width / 2 + Math.cos((i * Math.PI) / 4) * 60, height / 2 + Math.sin((i * Math.PI) / 4) * 60, 5, 0, 7);
      c.fill();
    }
  };
  return html`<${Page} title="Gallery" lead="Every component in every state. Real data is blue, samples are orange, the discriminator is green."
      back=${{ href: "/runs", label: "Runs" }} wide actions=${html`<${Button} icon="plus">Normal<//><${Button} kind="primary" icon="play">Primary<//>`}>
    <${Section} title="Colours"><div class="gallery-colours">${NAMES.map((name) => html`<div key=${name}><i style=${{ background: `var(${name})` }}></i><code>${name}</code></div>`)}</div><//>
    <${Section} title="Buttons"><div class="stack"><div class="row">
      <${Button}>Normal<//><${Button} kind="primary">Primary<//><${Button} kind="quiet">Quiet<//><${Button} kind="danger" icon="trash">Delete<//>
      <${Button} disabled>Disabled<//><${Button} kind="primary" busy icon="reset">Working<//><${Button} icon="play" label="Play" /><${Button} pressed>Pressed<//>
      <${Button} size="small" icon="fork">Small<//><${ButtonGroup} label="Steps"><${Button} icon="step" label="Step" /><${Button} icon="play" label="Run" pressed /><//></div>
      <div class="row">${["good", "warn", "bad", "info", "real", "fake", "accent", undefined].map((tone) => html`<${Badge} key=${tone} tone=${tone}>${tone ?? "plain"}<//>`)}
        <span class="row"><${Dot} tone="good" live />running</span></div>
      <${Legend} items=${[{ label: "real", tone: "real", shape: "dot" }, { label: "generated", tone: "fake", shape: "dot" }, { label: "D", tone: "accent" }, { label: "optimal", tone: "muted", shape: "dash", value: "0.693" }]} />
      <div class="row gallery-icons">${ICONS.map((name) => html`<span key=${name} title=${name}><${Icon} name=${name} /></span>`)}</div></div><//>
    <${Section} title="Controls"><${Controls} /><//>
    <${Section} title="Figures and meters"><${Card}><div class="stack">
      <${Figures}><${Figure} label="FID" value=${12.43} detail="floor 3.1" about="Distance between real and generated features; lower is better." />
        <${Figure} label="Images seen" value="1.2" unit="Mimg" /><${Figure} label="Time left" value="12 min" /><${Figure} label="Rank accuracy" value=${0.93} tone="warn" size="large" /><//>
      <div class="grid"><${Meter} label="Modes covered" value=${6} max=${8} text="6 of 8" tone="fake" marks=${[{ value: 4, label: "half" }]} />
        <${Meter} label="Diversity" value=${0.4} about="Of samples, against real data." /><${Progress} label="Progress" value=${0.6} /><${Progress} label="Working" value=${null} /></div></div><//><//>
    <${Section} title="Charts"><${ChartParts} /><//>
    <${Section} title="Tables"><${Data} /><//>
    <${Section} title="Walks"><${Card}><div class="stack"><${Steps} count=${7} index=${step} onChange=${setStep} titles=${["Data", "Noise", "G", "D", "Loss", "Gradient", "Again"]} />
      <${Player} count=${12} index=${at} onIndex=${setAt} playing=${playing} onPlaying=${setPlaying} describe=${(i) => `${i * 20} kimg`} /></div><//><//>
    <${Section} title="Tabs"><${Tabs} label="Parts" value=${tab} onChange=${setTab} tabs=${[
      { key: "one", label: "First", content: html`<p>The first panel.</p>` }, { key: "two", label: "Second", count: 4, content: () => html`<p>The second.</p>` }]} /><//>
    <${Section} title="Form"><${SchemaForm} fields=${FIELDS.map((f) => ({ ...f, value: changes[f.name] ?? f.value }))} changes=${changes} problems=${{ until: "no figure is called 'fidd'; did you mean 'fid'?" }}
      onChange=${(name, value) => setChanges({ ...changes, [name]: value })} onReset=${(name) => { const { [name]: gone, ...rest } = changes; setChanges(rest); }} /><//>
    <${Section} title="Pictures"><div class="grid gallery-pictures"><${PixelCanvas} width=${8} height=${8} draw=${noise} label="Noise" />
      <${Picture} alt="Not there" src="data:image/png;base64,AAAA" width=${1} height=${1} kind="fake" caption="A picture that is not there" />
      <${Picture} alt="The mark" src="/static/icon.svg" width=${1} height=${1} kind="real" caption="Framed as real" />
      <${Canvas} height=${160} draw=${draw} label="Eight points on a ring" /></div><//>
    <${Section} title="States"><div class="grid"><${Card}><${Empty} icon="runs" title="No runs yet" text="Train the demo to see how it goes." action=${html`<${Button} kind="primary">Train the demo<//>`} /><//>
      <div class="stack"><${ProblemBox} problem="the folder 'faces' holds no pictures; give one with PNG or JPEG files" retry=${() => {}} /><${Loading} height=${120} />
      <div class="row"><${Button} onClick=${() => setOpen(true)}>Dialog<//><${Button} onClick=${() => ask({ title: "Stop the run?", text: "It can go on later.", action: "Stop it", danger: true })}>Ask<//>
      <${Button} onClick=${() => toast("digits-dcgan was deleted", { action: { label: "Undo", onClick: () => toast("It is back", { tone: "good" }) } })}>Toast<//></div>
      <p><${Tip} text="Fréchet inception distance: how far features of samples lie from those of real data.">FID<//> has a tip.</p></div></div>
      <${Dialog} open=${open} title="A dialog" onClose=${() => setOpen(false)} actions=${html`<${Button} kind="primary" onClick=${() => setOpen(false)}>Done<//>`}><p>Words inside.</p><//><//>
  <//>`;
}
