// The address is the state: which page, and in its query how that page is looked at.
import { createContext, html, useContext, useEffect, useState } from "./html.js";

const listeners = new Set();
export const RouteContext = createContext(null);

/** A path with a query; null, undefined and "" are left out, arrays are joined with commas. */
export function address(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    const text = Array.isArray(value) ? value.join(",") : value;
    if (text !== null && text !== undefined && text !== "") search.set(name, String(text));
  }
  const text = search.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%7E", "~");
  return text ? `${path}${path.includes("?") ? "&" : "?"}${text}` : path;
}

function tell() {
  listeners.forEach((listener) => listener());
}
addEventListener("popstate", () => {
  waiting = null;
  tell();
});

/** Go to another page of the studio. */
export function navigate(path, { replace = false } = {}) {
  flush();
  history[replace ? "replaceState" : "pushState"](null, "", path);
  tell();
}

/** A link inside the studio: no reload, but a real address (opens in a new tab, can be copied). */
export function Link({ href, onClick, children, ...rest }) {
  const go = (event) => {
    onClick?.(event);
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(href);
  };
  return html`<a href=${href} onClick=${go} ...${rest}>${children}</a>`;
}

/** Re-render with the address; returns its path and query as text. */
export function useLocation() {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((n) => n + 1);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return { path: location.pathname, search: location.search };
}

/** The page that is shown: {path, params, query, row of PAGES}. */
export function useRoute() {
  return useContext(RouteContext);
}

/* What is no text, such as half a character, stays as it stands: it is the name of nothing. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The parameters of a pattern such as "/explore/:id?", or null where a path does not fit it. */
export function match(pattern, path) {
  const want = pattern.split("/").filter(Boolean);
  const have = path.split("/").filter(Boolean);
  if (have.length > want.length) return null;
  const params = {};
  for (const [i, part] of want.entries()) {
    const optional = part.endsWith("?");
    if (part.startsWith(":")) {
      if (have[i] === undefined && !optional) return null;
      if (have[i] !== undefined) params[part.slice(1, optional ? -1 : undefined)] = decoded(have[i]);
    } else if (part !== have[i]) return null;
  }
  return params;
}

/* Changes of the query are collected and written at most every 150 ms: browsers limit replaceState. */
let waiting = null;
let timer = null;

function query() {
  return waiting ?? new URLSearchParams(location.search);
}

function flush() {
  clearTimeout(timer);
  timer = null;
  if (waiting === null) return;
  const search = waiting.toString().replaceAll("%2C", ",").replaceAll("%3A", ":").replaceAll("%7E", "~");
  waiting = null;
  const path = location.pathname + (search ? `?${search}` : "") + location.hash;
  if (path !== location.pathname + location.search + location.hash) history.replaceState(null, "", path);
}

function decode(text, fallback) {
  if (text === null) return fallback;
  if (Array.isArray(fallback)) return text === "" ? [] : text.split(",");
  if (typeof fallback === "boolean") return text === "1";
  if (typeof fallback !== "number") return text;
  const value = Number(text);
  return text.trim() && Number.isFinite(value) ? value : fallback;
}

function encode(value) {
  if (typeof value === "boolean") return value ? "1" : "0";
  return Array.isArray(value) ? value.join(",") : String(value);
}

/** A piece of view state kept in the address: [value, set(value, {push})]. Its type follows the fallback. */
export function useQuery(name, fallback) {
  useLocation();
  const text = query().get(name);
  const set = (value, { push = false } = {}) => {
    const old = decode(query().get(name), fallback);
    const next = typeof value === "function" ? value(old) : value;
    if (push) {
      flush();
      history.pushState(null, "", location.href);
    }
    waiting ??= new URLSearchParams(location.search);
    const plain = next === null || next === undefined ? "" : encode(next);
    if (plain === encode(fallback ?? "")) waiting.delete(name);
    else waiting.set(name, plain);
    timer ??= setTimeout(flush, 150);
    tell();
  };
  return [decode(text, fallback), set];
}

addEventListener("pagehide", flush);
