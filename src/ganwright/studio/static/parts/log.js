// The run's events, newest first, in words.
import { html, useEffect, useState } from "../lib/html.js";
import { get, useGet } from "../lib/api.js";
import { images, number, plural, whole } from "../lib/format.js";
import { useQuery } from "../lib/router.js";
import { Badge } from "../components/badge.js";
import { Button } from "../components/button.js";
import { Card } from "../components/card.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { Select } from "../components/fields.js";
import { severityTone } from "./state.js";

const PAGE = 100;

const list = (values, most = 4) => {
  const all = Object.entries(values ?? {}).filter(([, value]) => typeof value === "number");
  return all.slice(0, most).map(([name, value]) => `${name} ${number(value, 4)}`).join(", ") + (all.length > most ? ` and ${all.length - most} more` : "");
};

/** type -> the event in words */
const WORDS = {
  started: (e) => `started${e.forked_from ? ` as a fork of ${e.forked_from}` : ""}`,
  log: (e) => `${list(e.scalars)}${e.images_per_second ? `, ${number(e.images_per_second, 3)} images/s` : ""}`,
  samples: (e) => `sample panels drawn: ${[e.fixed, e.fresh].filter(Boolean).join(", ")}`,
  signals: (e) => list(e.values),
  diagnosis: (e) => `${e.title ?? e.kind}: ${e.state === "gone" ? "over" : `${e.severity ?? e.state}${e.onset_images !== undefined ? `, since ${images(e.onset_images)}` : ""}`}`,
  settings: (e) => (e.unusual?.length ? `unusual: ${e.unusual.join("; ")}` : "nothing is unusual any more"),
  nonfinite: (e) => `not finite: ${Array.isArray(e.what) ? e.what.join(", ") : e.what}`,
  recovery: (e) => `went back from ${images(e.from_images)} to ${images(e.back_to_images)}: ${e.about ?? e.remedy}`,
  recovered: (e) => (e.lines ?? []).join(" "),
  fork: (e) => `${e.out} takes over, with recipe ${e.recipe}`,
  metrics: (e) => Object.values(e.figures ?? {}).slice(0, 6).map((f) => `${f.title ?? f.name ?? ""} ${number(f.value, 4)}`).join(", "),
  checkpoint: (e) => `saved ${e.file}`,
  resumed: (e) => `went on from ${e.checkpoint}`,
  interrupted: (e) => `ended by signal ${e.signal}`,
  failed: (e) => e.reason,
  finished: (e) => e.reason ?? "came to its end",
  measurements: (e) => list(e.values),
};
const tone = (e) => ({ failed: "bad", nonfinite: "bad", recovery: "info", finished: "good", resumed: "info", interrupted: "warn",
  diagnosis: e.state === "gone" ? "good" : severityTone(e.severity) })[e.type];

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleString("sv-SE").slice(5);
}

export function Log({ run, news }) {
  const [type, setType] = useQuery("type", "all");
  const query = type === "all" ? {} : { type };
  const first = useGet(`/api/runs/${run.id}/events`, { limit: PAGE, newest: true, ...query });
  const [more, setMore] = useState([]);
  const [problem, setProblem] = useState(null);
  useEffect(() => setMore([]), [type, first.data]);
  useEffect(() => {
    if (news.length) {
      const timer = setTimeout(first.reload, 1500);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [news.length, run.num_images]);
  const { data } = first;
  if (!data) return first.error ? html`<${ProblemBox} problem=${first.error} retry=${first.reload} title="The log could not be read" />` : html`<${Loading} height=${400} />`;
  const events = [...data.events, ...more];
  const total = type === "all" ? data.total : (data.types[type] ?? data.total);
  const load = async () => {
    try {
      const next = await get(`/api/runs/${run.id}/events`, { limit: PAGE, newest: true, offset: events.length, ...query });
      setMore([...more, ...next.events]);
      setProblem(null);
    } catch (error) {
      setProblem(error);
    }
  };
  const types = [{ value: "all", label: `All (${whole(Object.values(data.types).reduce((a, b) => a + b, 0))})` },
    ...Object.entries(data.types).map(([name, n]) => ({ value: name, label: `${name} (${whole(n)})` }))];
  return html`<div class="stack"><div class="spread"><div class="log-filter"><${Select} label="Which events" hideLabel value=${type} options=${types} onChange=${setType} /></div>
      <span class="small muted">${plural(total, "event")}, newest first</span></div>
    <${Card} flush><div class="table-box" tabindex="0" role="region" aria-label="Events"><table class="table log"><caption class="visually-hidden">Events of the run</caption>
      <thead><tr><th scope="col">Time</th><th scope="col" class="right">Images</th><th scope="col">Event</th><th scope="col">What</th></tr></thead>
      <tbody>${events.map((e, i) => html`<tr key=${`${e.time}${e.type}${i}`}><td class="muted nowrap">${clock(e.time)}</td><td class="right nowrap">${whole(e.num_images)}</td>
        <td><${Badge} tone=${tone(e)}>${e.type}<//></td><td class="log-text">${(WORDS[e.type] ?? (() => ""))(e)}</td></tr>`)}</tbody></table></div><//>
    ${problem && html`<${ProblemBox} problem=${problem} />`}
    ${events.length < total && html`<div class="row log-more"><${Button} onClick=${load}>Show ${Math.min(PAGE, total - events.length)} more<//></div>`}</div>`;
}
