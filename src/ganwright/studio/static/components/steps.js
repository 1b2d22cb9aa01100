// Walking through something: by steps with words, or along time with a play button.
import { classes, html, useEffect, useId, useRef } from "../lib/html.js";
import { useFrame, useKeys } from "../lib/hooks.js";
import { Button } from "./button.js";

/** titles: one short title a step. */
export function Steps({ count, index, onChange, label = "Steps", titles }) {
  const box = useRef(null);
  const go = (to) => to >= 0 && to < count && onChange(to);
  useKeys({ ArrowRight: () => go(index + 1), ArrowLeft: () => go(index - 1) }, box);
  return html`<div class="steps" role="group" aria-label=${label} ref=${box}>
    <${Button} icon="back" disabled=${index <= 0} onClick=${() => go(index - 1)}>Back<//>
    <ol class="step-dots">${Array.from({ length: count }, (_, i) => html`<li key=${i}><button type="button"
      class=${classes("step-dot", i < index && "done")} aria-current=${i === index ? "step" : undefined}
      aria-label=${`Step ${i + 1} of ${count}${titles?.[i] ? `: ${titles[i]}` : ""}`} title=${titles?.[i]}
      onClick=${() => go(i)}></button></li>`)}</ol>
    <${Button} kind="primary" class="next" disabled=${index >= count - 1} onClick=${() => go(index + 1)}>Next<//>
  </div>`;
}

/** A time slider with a play button. describe(i): what stands at place i, in words. */
export function Player({ count, index, onIndex, playing, onPlaying, perSecond = 4, label = "Time", describe = String }) {
  const id = useId("player");
  const due = useRef(0);
  useFrame((dt) => {
    due.current += dt;
    if (due.current < 1 / perSecond) return;
    due.current = 0;
    if (index >= count - 1) onPlaying(false);
    else onIndex(index + 1);
  }, playing && count > 1);
  useEffect(() => {
    due.current = 0;
  }, [playing]);
  const toggle = () => {
    if (!playing && index >= count - 1) onIndex(0);
    onPlaying(!playing);
  };
  const move = (to) => {
    onPlaying(false);
    onIndex(Math.min(count - 1, Math.max(0, to)));
  };
  return html`<div class="player">
    <${Button} icon=${playing ? "pause" : "play"} label=${playing ? "Pause" : "Play"} disabled=${count < 2} onClick=${toggle} />
    <label for=${id} class="visually-hidden">${label}</label>
    <input id=${id} type="range" min="0" max=${Math.max(0, count - 1)} step="1" value=${index} disabled=${count < 2}
      aria-valuetext=${count ? describe(index) : ""} style=${{ "--filled": `${count > 1 ? (100 * index) / (count - 1) : 100}%` }}
      onInput=${(e) => move(Number(e.target.value))} />
    <output for=${id} class="player-at">${count ? describe(index) : "–"}</output>
  </div>`;
}
