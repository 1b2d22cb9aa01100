// A picture of yours, as near as this generator comes to it.
import { html, useEffect, useRef, useState } from "../lib/html.js";
import { upload, useSocket } from "../lib/api.js";
import { number } from "../lib/format.js";
import { Button } from "../components/button.js";
import { ProblemBox } from "../components/empty.js";
import { Choice, FileDrop } from "../components/fields.js";
import { Figure, Figures } from "../components/figure.js";
import { Progress } from "../components/meter.js";
import { Picture } from "../components/picture.js";
import { Slider } from "../components/slider.js";
import { readFrame } from "./asker.js";
import { Pixels } from "./pixels.js";

const TYPES = "image/png,image/jpeg,image/webp,image/gif,image/bmp,image/tiff";
const MOST_BYTES = 10_000_000;

export function Find({ id, state, set, facts }) {
  const [target, setTarget] = useState(null);
  const [order, setOrder] = useState(null);
  const [progress, setProgress] = useState(null);
  const [frame, setFrame] = useState(null);
  const [done, setDone] = useState(null);
  const [problem, setProblem] = useState(null);
  const [steps, setSteps] = useState(200);
  const [features, setFeatures] = useState(facts.discriminator ? "discriminator" : "none");
  const latest = useRef(order);
  latest.current = order;
  const [, height, width] = facts.shape;

  useSocket(order ? `/live/explore/${id}/invert` : null, {
    onOpen: (send) => send(latest.current),
    onBinary: (buffer) => setFrame(readFrame(buffer)),
    onMessage: (news) => {
      if (news.type === "progress") return setProgress(news);
      setOrder(null);
      setProgress(null);
      if (news.type === "error") return setProblem(news.error);
      setDone(news);
      return set({ found: news.found, d: "" });
    },
  });
  useEffect(() => () => setOrder(null), []);

  const take = async ([file]) => {
    setProblem(null);
    setDone(null);
    setFrame(null);
    if (file.size > MOST_BYTES) return setProblem("The picture is larger than 10 MB; make it smaller.");
    try {
      const told = await upload(`/api/explore/${id}/targets`, file).promise;
      return setTarget({ name: told.picture, src: `/api/explore/${id}/targets/${told.picture}`, file: file.name });
    } catch (error) {
      return setProblem(error);
    }
  };
  const start = () => {
    setProblem(null);
    setDone(null);
    const label = facts.classes.length ? { label: Math.max(0, state.label) } : {};
    setOrder({ picture: target.name, steps, features, ...label });
  };
  const stop = () => {
    setOrder(null);
    setProgress(null);
  };
  const looks = [{ value: "discriminator", label: "Discriminator", disabled: !facts.discriminator, about: "Also by what the discriminator sees." },
    ...(facts.labelled ? [{ value: "auto", label: "Classifier", about: "Also by what the data's classifier sees." }] : []),
    { value: "none", label: "Pixels alone" }];
  const share = progress?.what === "searching" ? progress.done / progress.total : order ? null : 0;
  return html`<div class="stack ex-tight">
    <${FileDrop} label=${target ? "Another picture" : "Choose a picture"} accept=${TYPES} onFiles=${take} disabled=${Boolean(order)}
      hint=${`or drop it here. It is cut to a square, brought to ${width} × ${height} pixels, and stays on this machine.`} />
    ${problem && html`<${ProblemBox} problem=${problem} title="The picture could not be found" />`}
    ${target && html`<div class="ex-find"><${Picture} src=${target.src} alt="Your picture as the generator would have to make it" width=${width} height=${height} pixelated=${width < 160} kind="real" caption="Your picture" />
      <figure class="picture of-fake"><div class="picture-box"><${Pixels} frame=${frame} facts=${facts} label="The nearest item found so far" /></div><figcaption>Found</figcaption></figure></div>
    ${facts.classes.length > 0 && html`<p class="small muted">It is looked for in the class ${facts.classes[Math.max(0, state.label)]}; the class is chosen under How it is made.</p>`}
    <${Choice} label="Compare by" value=${features} options=${looks} onChange=${setFeatures} about="Pixels always count; features make what is seen count beside them." />
    <${Slider} label="Steps" value=${steps} min=${50} max=${1000} step=${50} onInput=${setSteps} about="Of gradient descent, from the four best of 512 samples." />
    <div class="row">${order ? html`<${Button} icon="stop" onClick=${stop}>Stop<//>` : html`<${Button} kind="primary" icon="search" onClick=${start}>Find it<//>`}</div>
    <div class="ex-bar">${order && html`<${Progress} value=${share} label="Searching" />`}</div>`}
    ${done && html`<${Figures}><${Figure} label="Off in pixels" value=${number(done.pixels, 3)} size="small" about="Root mean square difference, where black to white is 2." />
        ${done.features !== null && html`<${Figure} label="Off in features" value=${number(done.features, 3)} size="small" about="Distance in features over that of a random sample: 1 is no nearer than chance." />`}
        <${Figure} label="Size of its code" value=${number(done.prior, 3)} size="small" about="Mean square in standard deviations: about 1 is typical, much more is a place the generator was not trained on." /><//>
      <div class="row"><${Button} onClick=${() => set({ tool: "between", a: `~${done.found}` })}>Use as A<//>
        <${Button} onClick=${() => set({ tool: "between", b: `~${done.found}` })}>Use as B<//></div>`}</div>`;
}
