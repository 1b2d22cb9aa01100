// A table that sorts, selects and opens rows by mouse and by keyboard.
import { classes, html } from "../lib/html.js";
import { Icon } from "./icon.js";
import { Tip } from "./tip.js";

/** Rows in the order of "key" or "-key"; rows without a value come last either way. */
export function sorted(rows, columns, sort) {
  const down = sort?.startsWith("-");
  const column = columns.find((c) => c.key === sort?.replace(/^-/, ""));
  if (!column) return rows;
  const value = column.value ?? ((row) => row[column.key]);
  const missing = (x) => x === null || x === undefined || x === "";
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (missing(x) || missing(y)) return missing(x) - missing(y);
    const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return down ? -order : order;
  });
}

export function Table({
  columns, rows, rowKey = (row) => row.id, caption, sort, onSort, selected, onSelect, onOpen, rowLabel, empty,
}) {
  const shown = sort ? sorted(rows, columns, sort) : rows;
  const all = rows.length > 0 && rows.every((row) => selected?.has(rowKey(row)));
  const choose = (keys, on) => {
    const next = new Set(selected);
    keys.forEach((key) => (on ? next.add(key) : next.delete(key)));
    onSelect(next);
  };
  const head = (column) => {
    const mine = sort?.replace(/^-/, "") === column.key;
    const down = mine && sort.startsWith("-");
    const label = html`${column.label}${column.unit && html`<span class="unit">${column.unit}</span>`}`;
    const able = onSort && column.sortable !== false;
    return html`<th key=${column.key} scope="col" class=${column.align}
      aria-sort=${mine ? (down ? "descending" : "ascending") : undefined}>
      ${able ? html`<button type="button" class=${classes("sort", mine && "on", down && "down")} title=${column.about}
          onClick=${() => onSort(mine && !down ? `-${column.key}` : column.key)}>${label}<${Icon} name="down" size="14" />
        </button>` : html`<${Tip} text=${column.about}>${label}<//>`}</th>`;
  };
  const cell = (column, row) => (column.cell ? column.cell(row) : (row[column.key] ?? "–"));
  return html`<div class="table-box" tabindex="0" role="region" aria-label=${caption}>
    <table class=${classes("table", onOpen && "opens")}>
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>${onSelect && html`<th class="tick" scope="col"><input type="checkbox" aria-label="Select all" checked=${all}
        onChange=${(e) => choose(rows.map(rowKey), e.target.checked)} /></th>`}${columns.map(head)}</tr></thead>
      <tbody>${shown.map((row) => {
        const key = rowKey(row);
        const open = (event) => onOpen && !event.target.closest("a, button, input, label, .tip") && onOpen(row);
        return html`<tr key=${key} class=${selected?.has(key) && "selected"} onClick=${open}>
          ${onSelect && html`<td class="tick"><input type="checkbox" aria-label=${`Select ${rowLabel?.(row) ?? key}`}
            checked=${selected.has(key)} onChange=${(e) => choose([key], e.target.checked)} /></td>`}
          ${columns.map((column, i) => (i === 0 && column.header !== false
            ? html`<th key=${column.key} scope="row" class=${column.align}>${cell(column, row)}</th>`
            : html`<td key=${column.key} class=${column.align}>${cell(column, row)}</td>`))}</tr>`;
      })}</tbody>
    </table>${rows.length === 0 && html`<div class="table-empty muted">${empty ?? "Nothing to show."}</div>`}
  </div>`;
}
