// The human test: can you tell samples from real pictures?
import { html, useEffect, useState } from "../lib/html.js";
import { get, post, useGet } from "../lib/api.js";
import { images, nameOf } from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Choice, Select } from "../components/fields.js";
import { Page } from "../components/page.js";
import { Slider } from "../components/slider.js";
import { Choose } from "../explore/choose.js";
import { Asking } from "../human/asking.js";
import { Result, Results } from "../human/results.js";

const LEAD = "Real pictures and samples, mixed: can you tell which is which? Your error rate is a figure of the run.";
const EXPOSURES = [
  { value: 0, label: "no limit" }, { value: 0.25, label: "¼ s" }, { value: 0.5, label: "½ s" }, { value: 1, label: "1 s" },
  { value: 2, label: "2 s" }, { value: 5, label: "5 s" },
];

function Intro({ facts, base, onBegin }) {
  const [mode, setMode] = useQuery("mode", "single");
  const [number, setNumber] = useQuery("n", 40);
  const [exposure, setExposure] = useQuery("see", 0);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const most = Math.min(facts.most, mode === "pairs" ? facts.reals : 2 * facts.reals);
  const questions = Math.min(most, Math.max(facts.fewest, 2 * Math.round(number / 2)));
  const begin = async () => {
    setBusy(true);
    setProblem(null);
    try {
      onBegin(await post(base, { mode, questions, exposure_seconds: exposure || null }));
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  return html`<${Card} title="A test for one person" class="rf-intro"><div class="stack">
    <p class="prose">Half of the pictures are real ones${facts.split === "test" ? " that the generator was never trained on" : ""}, half are samples of its averaged weights after ${images(facts.num_images)}.
      All are ${facts.width} × ${facts.height} pixels of 8 bits, in an order drawn by lot. Which is which is told at the end only.</p>
    <div class="grid rf-options">
      <${Choice} label="Shown" value=${mode} onChange=${setMode} options=${[{ value: "single", label: "One at a time" }, { value: "pairs", label: "In pairs" }]}
        about="One at a time: is it real? In pairs, one real and one fake: which one is real?" />
      <${Select} label="Seen for" value=${exposure} options=${EXPOSURES} onChange=${setExposure} about="How long each picture can be seen; you may answer after that too." />
      <${Slider} label=${mode === "pairs" ? "Pairs" : "Pictures"} value=${questions} min=${facts.fewest} max=${most} step=${2} onInput=${setNumber}
        about="More answers make the interval narrower: 40 leave about ± 15 points, 200 about ± 7." /></div>
    ${problem && html`<${ProblemBox} problem=${problem} title="The test could not begin" />`}
    <div class="row"><${Button} kind="primary" icon="play" busy=${busy} onClick=${begin}>Begin<//>
      <span class="small muted">${mode === "pairs" ? "Keys ← and → choose." : "Keys R and F answer."}</span></div></div><//>`;
}

function Test({ id }) {
  const base = `/api/human/${id}`;
  const about = useGet(base);
  const [name, setName] = useQuery("test", "");
  const [test, setTest] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    if (!name || test?.test === name) return;
    get(`${base}/${name}`).then(setTest, setProblem);
  }, [name]);
  const begin = (made) => {
    setTest(made);
    setProblem(null);
    setName(made.test, { push: true });
  };
  const leave = () => {
    setName("");
    setTest(null);
    setProblem(null);
    about.reload();
  };
  const { data: facts, error } = about;
  const shown = name && test?.test === name ? test : null;
  const body = () => {
    if (error) return html`<${ProblemBox} problem=${error} retry=${about.reload} title="There is no such test" />`;
    if (!facts) return html`<${Loading} height=${320} />`;
    if (facts.problem) return html`<div class="stack"><${ProblemBox} problem=${facts.problem} title="This run cannot be tested" /><div class="row"><${Button} href="/real-or-fake">Choose another run<//></div></div>`;
    if (name && problem) return html`<div class="stack"><${ProblemBox} problem=${problem} title="This test is over" /><div class="row"><${Button} kind="primary" onClick=${leave}>Begin a new one<//></div></div>`;
    if (name && !shown) return html`<${Loading} height=${320} />`;
    if (shown?.result) return html`<${Result} result=${shown.result} test=${shown.test} base=${base} facts=${facts} again=${leave} />`;
    if (shown) return html`<${Asking} key=${shown.test} base=${base} test=${shown} facts=${facts} onDone=${setTest} onLeave=${leave} />`;
    return html`<div class="stack rf-start"><${Intro} facts=${facts} base=${base} onBegin=${begin} /><${Results} results=${facts.results} /></div>`;
  };
  const title = nameOf(id);
  return html`<${Page} title=${`Real or fake? ${title}`} lead=${LEAD} back=${{ href: "/real-or-fake", label: "All runs" }}
    actions=${html`<${Button} href=${`/explore/${id}`} icon="explore">Explore<//><${Button} href=${`/run/${id}`} icon="runs">The run<//>`}>${body()}<//>`;
}

export default function RealOrFake({ params }) {
  if (params.id) return html`<${Test} key=${params.id} id=${params.id} />`;
  return html`<${Choose} title="Real or fake?" lead=${LEAD} to=${(id) => `/real-or-fake/${id}`} />`;
}
