// The test itself: pictures one after another, an answer to each, nothing told until the end.
import { html, useEffect, useLatest, useRef, useState } from "../lib/html.js";
import { get, post } from "../lib/api.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Meter } from "../components/meter.js";

const TOGETHER = 6; // pictures fetched at a time

/** All pictures in memory before the first is shown, so that the network tells nothing and takes no time. */
function usePictures(address, names) {
  const [state, setState] = useState({ urls: null, done: 0, problem: null });
  useEffect(() => {
    let here = true;
    const urls = {};
    const rest = [...names];
    const work = async () => {
      while (here && rest.length) {
        const name = rest.shift();
        const reply = await fetch(`${address}/${name}`);
        if (!reply.ok) throw new Error("A picture of this test is not there any more; begin a new test.");
        urls[name] = URL.createObjectURL(await reply.blob());
        const image = new Image();
        image.src = urls[name];
        await image.decode();
        if (here) setState((old) => ({ ...old, done: old.done + 1 }));
      }
    };
    Promise.all(Array.from({ length: TOGETHER }, work)).then(
      () => here && setState((old) => ({ ...old, urls })),
      (problem) => here && setState((old) => ({ ...old, problem })),
    );
    return () => {
      here = false;
      Object.values(urls).forEach((url) => URL.revokeObjectURL(url));
    };
  }, [address]);
  return state;
}

function Shown({ url, facts, hidden }) {
  return html`<div class="rf-box" style=${{ aspectRatio: `${facts.width} / ${facts.height}` }}>
    ${hidden ? html`<span class="rf-mask" role="img" aria-label="The picture is hidden now"></span>`
      : html`<img src=${url} alt="Is this picture real?" width=${facts.width} height=${facts.height} class=${facts.width < 160 ? "pixelated" : undefined} draggable=${false} />`}</div>`;
}

export function Asking({ base, test, facts, onDone, onLeave }) {
  const address = `${base}/${test.test}`;
  const { urls, done, problem } = usePictures(address, test.questions.flat());
  const left = useRef(test.questions.map((_, i) => i).filter((i) => !test.answered.includes(i)));
  const [at, setAt] = useState(0);
  const [hidden, setHidden] = useState(false);
  const [failed, setFailed] = useState(null);
  const begun = useRef(0);
  const sent = useRef(Promise.resolve());
  const pairs = test.mode === "pairs";
  const total = test.questions.length;
  const question = left.current[at];
  const over = question === undefined;

  useEffect(() => {
    if (!urls || over) return undefined;
    setHidden(false);
    let timer = null;
    const frame = requestAnimationFrame(() => {
      begun.current = performance.now();
      if (test.exposure_seconds) timer = setTimeout(() => setHidden(true), test.exposure_seconds * 1000);
    });
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [urls, at]);

  const finish = async () => {
    try {
      await sent.current;
      onDone(await post(`${address}/finish`, {}));
    } catch (error) {
      setFailed(error);
    }
  };
  const say = (answer) => {
    if (!urls || over || failed) return;
    const seconds = Math.min(3600, (performance.now() - begun.current) / 1000);
    const body = { question, seconds, ...answer };
    sent.current = sent.current.then(() => post(`${address}/answer`, body)).catch(setFailed);
    setAt(at + 1);
  };
  useEffect(() => {
    if (over) finish();
  }, [over]);

  const keys = pairs ? { ArrowLeft: { picked: 0 }, 1: { picked: 0 }, ArrowRight: { picked: 1 }, 2: { picked: 1 } }
    : { r: { real: true }, ArrowLeft: { real: true }, f: { real: false }, ArrowRight: { real: false } };
  const act = useLatest((event) => {
    const answer = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!answer || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea, [role=tab]")) return;
    event.preventDefault();
    say(answer);
  });
  useEffect(() => {
    const listener = (event) => act.current(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);

  const retry = async () => {
    try {
      const now = await get(address);
      left.current = test.questions.map((_, i) => i).filter((i) => !now.answered.includes(i));
      setFailed(null);
      setAt(0);
    } catch (error) {
      setFailed(error);
    }
  };
  if (problem || failed) return html`<${ProblemBox} problem=${problem ?? failed} retry=${problem ? onLeave : retry} title="The test could not go on" />`;
  if (!urls) return html`<${Card} title="Pictures are made ready"><${Meter} label="Loaded" value=${done} max=${test.questions.flat().length} text=${`${done} of ${test.questions.flat().length}`} /><//>`;
  if (over) return html`<${Loading} height=${320} label="The answers are counted" />`;
  const number = total - left.current.length + at + 1;
  const can = number - 1 >= test.least_answers;
  return html`<section class="rf-ask" aria-label=${`Question ${number} of ${total}`}>
    <div class="spread"><p aria-live="polite"><b>${number}</b> <span class="muted">of ${total}</span></p>
      <div class="row"><${Button} kind="quiet" size="small" disabled=${!can} onClick=${finish}>End here<//><${Button} kind="quiet" size="small" icon="close" onClick=${onLeave}>Give up<//></div></div>
    <${Meter} label="Answered" hideLabel slim value=${number - 1} max=${total} />
    ${pairs ? html`<p class="rf-question">Which one is real?</p><div class="rf-pair">${test.questions[question].map((name, i) => html`<button type="button" key=${name} class="rf-pick"
        aria-label=${i ? "The right one is real" : "The left one is real"} onClick=${() => say({ picked: i })}><${Shown} url=${urls[name]} facts=${facts} hidden=${hidden} />
        <span>${i ? "Right" : "Left"} <kbd>${i ? "→" : "←"}</kbd></span></button>`)}</div>`
      : html`<p class="rf-question">Is it real?</p><div class="rf-one"><${Shown} url=${urls[test.questions[question][0]]} facts=${facts} hidden=${hidden} /></div>
        <div class="rf-answers"><button type="button" class="rf-answer real" onClick=${() => say({ real: true })}>Real <kbd>R</kbd></button>
          <button type="button" class="rf-answer fake" onClick=${() => say({ real: false })}>Fake <kbd>F</kbd></button></div>`}</section>`;
}
