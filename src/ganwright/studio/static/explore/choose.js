// Which run? Cards of those that have something to look at.
import { html } from "../lib/html.js";
import { useGet } from "../lib/api.js";
import { ago, images, number } from "../lib/format.js";
import { Link } from "../lib/router.js";
import { useStyle } from "../lib/style.js";
import { Button } from "../components/button.js";
import { Empty, Waiting } from "../components/empty.js";
import { Page } from "../components/page.js";
import { Picture } from "../components/picture.js";

/** to: where a run's card leads, as a function of its id. */
export function Choose({ title, lead, to }) {
  const ready = useStyle("pages/explore.css");
  const runs = useGet("/api/runs", {}, { every: 10 });
  const draw = (data) => {
    const rows = data.runs.filter((row) => row.num_images > 0 && !row.problem);
    if (!rows.length) {
      return html`<${Empty} icon="explore" title="No run has made anything yet" text="Train one first; the demo takes about a minute."
        action=${html`<${Button} kind="primary" href="/new" icon="plus">New run<//><${Button} href="/runs">To the runs<//>`} />`;
    }
    return html`<ul class="ex-runs">${rows.map((row) => html`<li key=${row.id}><${Link} href=${to(row.id)} class="ex-run">
      <${Picture} src=${row.picture} alt="" width=${16} height=${10} pixelated />
      <span class="ex-run-name">${row.name}</span>
      <span class="muted small">${row.recipe ?? "?"} on ${row.data ?? "?"} · ${images(row.num_images)}</span>
      <span class="muted small">${row.fid ? `FID ${number(row.fid.value, 3)} · ` : ""}${ago(row.changed_at)}</span><//></li>`)}</ul>`;
  };
  return html`<${Page} title=${title} lead=${lead}><${Waiting} of=${ready ? runs : { data: null, error: null }} height=${320}>${draw}<//><//>`;
}
