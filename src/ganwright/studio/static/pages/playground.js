// Playground: games in the plane, trained live by the engine that trains every run.
import { html } from "../lib/html.js";
import { useKeys } from "../lib/hooks.js";
import { useQuery } from "../lib/router.js";
import { post, useGet } from "../lib/api.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { ProblemBox } from "../components/empty.js";
import { Page } from "../components/page.js";
import { toast } from "../components/toast.js";
import { useColours } from "../theme.js";
import { BreakIt, Data, Rules, RunBar } from "./playground/controls.js";
import { Flow } from "./playground/flow.js";
import { useGame } from "./playground/game.js";
import { Charts, Health, Making, Modes, Numbers } from "./playground/panels.js";
import { Plane } from "./playground/plane.js";
import { useSettings } from "./playground/settings.js";
import { Start } from "./playground/start.js";
import { Story } from "./playground/story.js";

/** Save the game as a config, to train it longer from the command line. */
async function exported(settings) {
  try {
    const { toml, command } = await post("/api/playground/config", { settings });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([toml], { type: "application/toml" }));
    link.download = "game.toml";
    link.click();
    URL.revokeObjectURL(link.href);
    toast(`Saved. Train it with: ${command}`, { tone: "good", seconds: 10 });
  } catch (problem) {
    toast(problem.message, { tone: "bad" });
  }
}

function Notices({ game }) {
  if (game.asleep) {
    return html`<div class="pg-notice" role="status"><p>The game was put to sleep: nothing was asked for ten minutes.</p>
      <${Button} size="small" icon="play" onClick=${game.wake}>Begin again<//></div>`;
  }
  if (game.notice?.tone === "bad") return html`<${ProblemBox} problem=${game.notice.text} title="The game stopped" retry=${game.restart} />`;
  if (game.notice) return html`<div class="pg-notice" role="status"><p>${game.notice.text}</p></div>`;
  if (game.state === "lost") return html`<div class="pg-notice" role="status"><p>The connection is lost; trying again.</p></div>`;
  if (!game.world) return html`<div class="pg-notice" role="status"><p>The engine is starting. This takes some seconds the first time.</p></div>`;
  return null;
}

export default function Playground() {
  const [run, setRun] = useQuery("run", "");
  const told = useGet(run ? `/api/playground/starts/${encodeURIComponent(run)}` : null);
  const origin = told.data?.id === run ? told.data : null;
  const { settings, set, choose, drawing, setDrawing } = useSettings(run, setRun, origin);
  const [speed, setSpeed] = useQuery("speed", 5);
  const kept = Math.min(100, Math.max(1, Math.round(speed)));
  const colours = useColours();
  const game = useGame(run && !origin ? null : settings, kept, colours);
  game.dOff = settings.d_off;
  const making = Boolean(game.world?.goal);
  const unless = (act) => () => !making && act();
  const turn = (by) => () => setSpeed(Math.min(100, Math.max(1, Math.round(kept * by + Math.sign(by - 1)))));
  useKeys({
    " ": unless(game.running ? game.pause : game.run), s: unless(game.step), m: unless(game.slow), r: game.restart,
    "+": turn(1.5), "-": turn(1 / 1.5),
  });
  const lead = "Two networks play against each other on a plane where you can see everything. G turns noise into points, D tells them from real ones, and each learns from the other.";
  return html`<${Page} wide title="Playground" lead=${lead} class="pg"
    actions=${html`<${Button} kind="quiet" icon="download" onClick=${() => exported(settings)}>Save as a config<//>`}>
    <div class="pg-layout">
      <div class="pg-stage stack">
        <${Card} class="pg-main">
          ${run && told.error ? html`<${ProblemBox} problem=${told.error} title="This run cannot be played" retry=${told.reload} />` : html`<${Notices} game=${game} />`}<${Making} game=${game} />
          <${RunBar} game=${game} speed=${kept} setSpeed=${setSpeed} />
          <${Plane} game=${game} />
          ${game.story && html`<${Story} game=${game} />`}
        <//>
        <div class="pg-pair"><${Health} game=${game} /><${Modes} game=${game} /></div>
        <${BreakIt} settings=${settings} set=${set} />
      </div>
      <div class="pg-controls">
        <div class="stack"><${Start} settings=${settings} set=${set} run=${run} origin=${origin} choose=${choose} />
          ${!run && html`<${Data} settings=${settings} set=${set} drawing=${drawing} setDrawing=${setDrawing} />`}</div>
        <${Rules} settings=${settings} set=${set} origin=${origin} />
      </div>
      <div class="pg-told stack">
        <${Card} title="The game as a graph" about="What flows where. Broken lines are gradients on their way back: they are what makes a network learn."
          ><${Flow} game=${game} scene=${game.story ? game.scene : null} /><//>
        <${Card} title="Numbers" class="pg-figures"><${Numbers} game=${game} /><//>
        <${Charts} game=${game} />
      </div>
    </div>
    <p class="pg-keys muted small">Keys: <kbd>Space</kbd> run and pause, <kbd>S</kbd> step, <kbd>M</kbd> slow motion, <kbd>R</kbd> reset, <kbd>+</kbd> <kbd>-</kbd> speed.</p>
  <//>`;
}
