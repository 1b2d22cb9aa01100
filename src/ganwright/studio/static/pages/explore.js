// A generator under your hands: what it makes follows the mouse.
import { classes, html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { useGet, useSocket } from "../lib/api.js";
import { images, nameOf } from "../lib/format.js";
import { address } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Select } from "../components/fields.js";
import { Page } from "../components/page.js";
import { Tabs } from "../components/tabs.js";
import { Asker } from "../explore/asker.js";
import { Between, Mix, Samples } from "../explore/between.js";
import { Choose } from "../explore/choose.js";
import { Find } from "../explore/find.js";
import { Inside } from "../explore/inside.js";
import { LookPanel } from "../explore/look.js";
import { LivePixels } from "../explore/pixels.js";
import { PointsStage } from "../explore/points.js";
import { Seed } from "../explore/source.js";
import { lookOf, placeOf, sourceTold, useExplored } from "../explore/state.js";
import { Pad, Walk, WalkControls } from "../explore/walk.js";

const LEAD = "A generator under your hands: walk through its latent space, mix, truncate, and look inside.";

/** The socket of a run and the asker that goes with it. */
function useAsker(id, onChanged) {
  const [problem, setProblem] = useState(null);
  const held = useRef(null);
  const { send, state } = useSocket(`/live/explore/${id}`, {
    onMessage: (news) => {
      if (news.type === "ready") {
        held.current.start();
        onChanged(news.num_images);
      } else if (news.type === "error") held.current.refuse(news.id, news.error);
    },
    onBinary: (buffer) => held.current.answer(buffer),
  });
  held.current ??= new Asker(send, setProblem);
  useEffect(() => {
    if (state !== "open") held.current.stop();
  }, [state]);
  return [held.current, problem];
}

/** How many pictures a second follow the hand; written without a render. */
function Rate({ asker }) {
  const ref = useRef(null);
  useEffect(() => {
    const timer = setInterval(() => {
      const rate = asker.rate;
      ref.current.textContent = rate > 1 ? `${rate} pictures a second` : "";
      ref.current.dataset.rate = Math.max(rate, Number(ref.current.dataset.rate ?? 0));
    }, 250);
    return () => clearInterval(timer);
  }, []);
  return html`<span class="ex-rate" ref=${ref} data-testid="rate"></span>`;
}

function captionOf(state) {
  if (state.tool === "between") return `${Math.round(state.t * 100)} % of the way from ${sourceTold(state.a)} to ${sourceTold(state.b)}`;
  if (state.tool === "mix") return `Layers of ${sourceTold(state.a)} and of ${sourceTold(state.b)}`;
  if (state.tool === "samples") return `Sample ${state.n} of seed ${state.seed}`;
  if (state.tool === "find" && state.found) return "Found for your picture";
  return `At ${state.x.toFixed(2)}, ${state.y.toFixed(2)} between samples ${state.n} to ${state.n + 3} of seed ${state.seed}`;
}

function Keep({ id, state, facts, question }) {
  const scales = [1, 2, 4, 8, 16].filter((scale) => scale * facts.shape[1] <= 1024);
  const [scale, setScale] = useState(facts.shape[1] < 64 ? 8 : 1);
  const sheet = { what: "samples", seed: state.seed, number: Math.floor(state.n / state.num) * state.num, num: state.num, ...lookOf(state, facts) };
  const href = (asked) => address(`/api/explore/${id}/picture`, { state: JSON.stringify(asked), scale: facts.kind === "images" ? scale : null });
  return html`<div class="row ex-keep">
    <${Button} icon="download" href=${href(question)} download>Download<//>
    ${facts.kind === "images" && html`<${Select} label="Enlarged" hideLabel value=${scale} options=${scales.map((value) => ({ value, label: `${value * facts.shape[2]} px` }))} onChange=${setScale} />`}
    ${state.tool === "samples" && html`<${Button} icon="download" href=${href(sheet)} download>All ${state.num}<//>`}</div>`;
}

function Stage({ id, state, set, facts, asker, paint, question, problem }) {
  return html`<div class="ex-stage">
    ${facts.kind === "images" ? html`<div class="ex-frame"><${LivePixels} paint=${paint} facts=${facts} label=${`What the generator makes. ${captionOf(state)}.`} /><${Rate} asker=${asker} /></div>`
      : html`<${PointsStage} id=${id} state=${state} facts=${facts} asker=${asker} paint=${paint} />`}
    <p class="small ex-caption">${captionOf(state)}</p>
    ${problem && html`<${ProblemBox} problem=${problem} title="This cannot be shown" retry=${() => set({ tool: "walk", psi: "", cut: -1, d: "", by: "sefa", mix: "", a: "0.0", b: "0.1", found: "" })} />`}
    <${Keep} id=${id} state=${state} facts=${facts} question=${question} /></div>`;
}

function toolsOf(facts) {
  const image = facts.kind === "images";
  return [
    { key: "walk", label: "Walk" },
    { key: "between", label: "Between two" },
    ...(facts.num_layers ? [{ key: "mix", label: "Mix styles" }] : []),
    ...(image ? [{ key: "samples", label: "Samples" }, { key: "find", label: "Find a picture" }] : []),
  ];
}

function Workbench({ id, facts, asker, problem, reload }) {
  const [state, set] = useExplored();
  const tools = toolsOf(facts);
  const tool = tools.some((one) => one.key === state.tool) ? state.tool : "walk";
  const now = { ...state, tool };
  const paint = useRef(null);
  const question = { ...placeOf(now, facts), ...lookOf(now, facts) };
  const text = JSON.stringify(question);
  const latest = useRef(question);
  latest.current = question;
  const show = (asked) => asker.want("main", asked, (frame) => paint.current?.(frame));
  useEffect(() => show(question), [text]);
  const look = (at) => show(at ? { ...placeOf(now, facts, at), ...lookOf(now, facts) } : latest.current);
  const props = { id, state: now, set, facts, asker, reload, question };
  const moves = facts.kind === "points" && tool === "walk";
  const stage = html`<${Stage} ...${props} paint=${paint} problem=${problem} />`;
  const place = {
    walk: () => html`<div class="ex-pair ex-walk">${moves
      ? html`<${Pad} state=${now} set=${set} look=${look} label="A square of latent space. Move the mouse over it, or use the arrow keys."><span class="ex-plain" aria-hidden="true"></span><//>`
      : html`<${Walk} ...${props} look=${look} />`}${stage}<${WalkControls} state=${now} set=${set} /></div>`,
    between: () => html`<div class="ex-pair"><${Between} ...${props} />${stage}</div>`,
    mix: () => html`<div class="ex-pair"><${Mix} ...${props} />${stage}</div>`,
    samples: () => html`<div class="ex-pair"><${Samples} ...${props} />${stage}</div>
      <${Seed} state=${now} set=${set}><${Select} label="Shown" value=${now.num} options=${[4, 9, 16, 25, 36, 64]} onChange=${(num) => set({ num })} />
        <${Button} icon="back" disabled=${now.n < now.num} onClick=${() => set({ n: Math.max(0, now.n - now.num) })}>Earlier<//>
        <${Button} onClick=${() => set({ n: now.n + now.num })}>Next<//>
        <${Button} onClick=${() => set({ tool: "between", a: `${now.seed}.${now.n}` })}>Use as A<//>
        <${Button} onClick=${() => set({ tool: "between", b: `${now.seed}.${now.n}` })}>Use as B<//><//>`,
    find: () => html`<div class="ex-pair"><${Find} ...${props} />${stage}</div>`,
  };
  return html`<div class="ex-bench">
    <${Card} class="ex-card"><${Tabs} label="What to do" value=${tool} onChange=${(next) => set({ tool: next })}
      tabs=${tools.map((one) => ({ ...one, content: () => html`<div class="stack">${place[one.key]()}</div>` }))} /><//>
    <${LookPanel} ...${props} />
    <${Inside} ...${props} /></div>`;
}

function Explorer({ id }) {
  const found = useGet(`/api/explore/${id}`);
  const [seen, setSeen] = useState(null);
  const [asker, problem] = useAsker(id, (num) => {
    if (seen !== null && num !== seen) found.reload();
    setSeen(num);
  });
  const { data: facts, error } = found;
  const title = useMemo(() => nameOf(id), [id]);
  const lead = facts && html`${facts.generator} on ${facts.data}, ${images(facts.num_images)} seen${facts.classes.length ? `, ${facts.classes.length} classes` : ""}, latents of ${facts.latent_size} numbers.`;
  return html`<${Page} title=${`Explore ${title}`} lead=${lead ?? LEAD} wide back=${{ href: "/explore", label: "All generators" }} class=${classes("ex")}
      actions=${html`<${Button} href=${`/run/${id}`} icon="runs">The run<//><${Button} href=${`/real-or-fake/${id}`} icon="eye">Real or fake?<//>`}>
    ${facts ? html`<${Workbench} id=${id} facts=${facts} asker=${asker} problem=${problem} reload=${found.reload} />`
      : error ? html`<${ProblemBox} problem=${error} title="This run cannot be explored" retry=${found.reload} />`
      : html`<${Loading} height=${480} label="Loading the generator" />`}<//>`;
}

export default function Explore({ params }) {
  if (params.id) return html`<${Explorer} key=${params.id} id=${params.id} />`;
  return html`<${Choose} title="Explore" lead=${LEAD} to=${(id) => `/explore/${id}`} />`;
}
