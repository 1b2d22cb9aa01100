// What the generator makes over time: the same latents (fixed), or new ones each time (fresh).
import { html, useEffect, useMemo, useState } from "../lib/html.js";
import { images, plural } from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { Card } from "../components/card.js";
import { Empty } from "../components/empty.js";
import { Choice } from "../components/fields.js";
import { Picture } from "../components/picture.js";
import { Player } from "../components/steps.js";

const KINDS = [
  { value: "fixed", label: "Fixed", about: "The same latents every time: see them change" },
  { value: "fresh", label: "Fresh", about: "New latents every time: see what it makes" },
];

/* The shape of a run's panels, once one of them was seen: so that no page jumps twice. */
const shapes = new Map();

function useShape(id) {
  const [shape, setShape] = useState(shapes.get(id) ?? { width: 5, height: 3 });
  const onSize = (size) => {
    if (shapes.get(id)?.width === size.width && shapes.get(id)?.height === size.height) return;
    shapes.set(id, size);
    setShape(size);
  };
  return [shape, onSize];
}

/** The shown place: the newest one until somebody moves it. */
function usePlace(panels) {
  const [at, setAt] = useQuery("at", "newest");
  const found = at === "newest" ? -1 : panels.findIndex((panel) => panel.num_images >= Number(at));
  const index = found < 0 ? panels.length - 1 : found;
  const set = (i) => setAt(i === panels.length - 1 ? "newest" : String(panels[i].num_images));
  return [index, set];
}

export function Samples({ run, large }) {
  const { panels } = run;
  const [kind, setKind] = useQuery("panel", "fixed");
  const [index, setIndex] = usePlace(panels);
  const [playing, setPlaying] = useState(false);
  const [shape, onSize] = useShape(run.id);
  const kinds = useMemo(() => KINDS.filter((one) => panels.some((panel) => panel[one.value])), [panels]);
  const near = [panels[index + 1], panels[index + 2]];
  useEffect(() => {
    near.forEach((panel) => panel && KINDS.forEach(({ value }) => panel[value] && (new Image().src = panel[value])));
  }, [index]);
  if (!panels.length) {
    return html`<${Card} title="Samples"><${Empty} title="No samples yet" text="The first panel is drawn when the run starts to train." /><//>`;
  }
  const shown = kinds.some((one) => one.value === kind) ? kind : kinds[0]?.value;
  const panel = panels[index];
  const describe = (i) => (panels[i] ? images(panels[i].num_images) : "");
  const player = html`<${Player} count=${panels.length} index=${index} onIndex=${setIndex} playing=${playing} onPlaying=${setPlaying} perSecond=${Math.max(3, Math.min(10, panels.length / 8))}
    label="Images seen when the samples were made" describe=${describe} />`;
  const picture = (value) => html`<${Picture} key=${value} src=${panel[value]} alt=${`Samples of ${value === "fixed" ? "the same latents" : "new latents"} after ${describe(index)}`}
    ...${shape} onSize=${onSize} pixelated />`;
  if (!large) {
    return html`<${Card} title="Samples" about="Made by the average of the generator's weights. Move through time with the slider or play."
        actions=${kinds.length > 1 && html`<${Choice} label="Which samples" hideLabel value=${shown} onChange=${setKind} options=${kinds} />`}>
      <div class="samples">${picture(shown)}${player}</div><//>`;
  }
  return html`<div class="stack samples-large"><${Card}>${player}<p class="small muted samples-note">${plural(panels.length, "panel")}, made by the average of the generator's weights.</p><//>
    <div class="samples-both">
      ${kinds.map((one) => html`<${Card} key=${one.value} title=${one.value === "fixed" ? "Fixed latents" : "Fresh latents"} about=${`${one.about}.`} level=${3}>${picture(one.value)}<//>`)}
      ${run.real_panel && html`<${Card} title="Real data" about="What it learns from." level=${3}><${Picture} src=${run.real_panel} alt="Real items of the data" ...${shape} pixelated kind="real" /><//>`}
    </div></div>`;
}
