// Lessons: chapters that train for real, judge their own claims, and end with a question.
import { html } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { Link } from "../lib/router.js";
import { percent, plural } from "../lib/format.js";
import { Badge } from "../components/badge.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Meter } from "../components/meter.js";
import { Page } from "../components/page.js";
import { Chapter } from "./lessons/chapter.js";
import { useAnswers } from "./lessons/quiz.js";

function state(lesson) {
  if (lesson.state === "done") return lesson.holds ? { tone: "good", text: "it holds" } : { tone: "warn", text: "does not hold" };
  if (lesson.state === "new") return null;
  if (lesson.state === "failed") return { tone: "bad", text: "it could not go on" };
  return { tone: "info", text: lesson.state === "stopped" ? `stopped at ${percent(lesson.progress)}` : lesson.state === "running" ? `training, ${percent(lesson.progress)}` : lesson.state };
}

function Contents() {
  const found = useGet("/api/lessons", {}, { every: 5 });
  const [answers] = useAnswers();
  const lessons = found.data?.lessons ?? [];
  const answered = lessons.filter((lesson) => answers[lesson.name] !== undefined).length;
  const run = lessons.filter((lesson) => lesson.state === "done").length;
  return html`<${Page} title="Lessons" wide lead="What GANs do, shown by training some. Each lesson asks one question, trains what it needs for real, and holds its own claims against the numbers.">
    ${!found.data ? (found.error ? html`<${ProblemBox} problem=${found.error} retry=${found.reload} />` : html`<${Loading} height="600" label="Opening the book" />`)
      : html`<div class="lessons-progress"><${Meter} label="Run" value=${run} max=${lessons.length} text=${`${run} of ${lessons.length}`} tone="accent" />
        <${Meter} label="Questions answered" value=${answered} max=${lessons.length} text=${`${answered} of ${lessons.length}`} tone="good" about="Kept in this browser only." /></div>
      <ol class="lessons-list">${lessons.map((lesson) => {
        const told = state(lesson);
        return html`<li key=${lesson.name}><${Link} href=${`/lessons/${lesson.name}`} class="lessons-card">
          <span class="lessons-number" aria-hidden="true">${lesson.number}</span>
          <span class="lessons-words"><b>${lesson.title}</b><span class="muted">${lesson.question}</span>
            <span class="row small"><span class="muted">${plural(lesson.num_runs, "run")}</span>${told && html`<${Badge} tone=${told.tone}>${told.text}<//>`}
              ${answers[lesson.name] !== undefined && html`<${Badge}>question answered<//>`}</span></span><//></li>`;
      })}</ol>`}<//>`;
}

export default function Lessons({ params }) {
  return params.id ? html`<${Chapter} key=${params.id} name=${params.id} />` : html`<${Contents} />`;
}
