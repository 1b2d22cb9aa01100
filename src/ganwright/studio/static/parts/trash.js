// What was deleted, and the way back.
import { html, useEffect, useState } from "../lib/html.js";
import { get, post, remove } from "../lib/api.js";
import { ago, bytes } from "../lib/format.js";
import { Button } from "../components/button.js";
import { ask, Dialog } from "../components/dialog.js";
import { Loading, ProblemBox } from "../components/empty.js";
import { toast } from "../components/toast.js";
import { attempt } from "./actions.js";

export function Trash({ open, onClose }) {
  const [list, setList] = useState(null);
  const [problem, setProblem] = useState(null);
  const load = () => get("/api/trash").then((reply) => (setList(reply.trash), setProblem(null)), setProblem);
  useEffect(() => {
    if (open) load();
  }, [open]);
  const back = async (item) => {
    if (await attempt(() => post(`/api/trash/${item.token}/undo`))) toast(`${item.name} is back.`, { tone: "good" });
    load();
  };
  const forget = async (item) => {
    onClose();
    const sure = await ask({ title: `Delete ${item.name} for good?`, text: "Its folder is removed; there is no way back.", action: "Delete for good", danger: true });
    if (sure) await attempt(() => remove(`/api/trash/${item.token}`));
  };
  return html`<${Dialog} open=${open} title="Deleted runs" onClose=${onClose}>
    ${problem ? html`<${ProblemBox} problem=${problem} retry=${load} />` : list === null ? html`<${Loading} height=${80} />`
      : list.length === 0 ? html`<p class="muted">Nothing was deleted. Runs that you delete wait here until you delete them for good.</p>`
      : html`<ul class="trash-list">${list.map((item) => html`<li key=${item.token}><div><b>${item.name}</b>
          <p class="small muted">${ago(item.deleted_at)}, ${bytes(item.bytes)}</p></div>
        <div class="row"><${Button} size="small" icon="reset" onClick=${() => back(item)}>Restore<//>
          <${Button} size="small" kind="danger" icon="trash" label=${`Delete ${item.name} for good`} onClick=${() => forget(item)} /></div></li>`)}</ul>`}
  <//>`;
}
