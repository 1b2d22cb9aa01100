// Talking with the server: JSON by HTTP. A failure is always a Problem whose message a person can act on.
import { useEffect, useRef, useState } from "./html.js";
import { address } from "./router.js";

export { useSocket } from "./socket.js";

/** What went wrong, in the server's words. status 0: the server could not be reached. */
export class Problem extends Error {
  constructor(message, status = 0) {
    super(message);
    this.name = "Problem";
    this.status = status;
  }
}

const AWAY = "The studio does not answer. Is `ganwright studio` still running? The page goes on by itself when it is.";

async function call(method, path, options) {
  let response;
  try {
    response = await fetch(path, { method, credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(AWAY, 0);
  }
  return read(response.status, await response.text());
}

function read(status, text) {
  let data = null;
  try {
    data = text ? JSON.parse(text) : null;
  } catch {
    data = null;
  }
  if (status >= 200 && status < 300) return data;
  throw new Problem(data?.error ?? `The studio answered with status ${status}.`, status);
}

export function get(path, params = {}, { signal } = {}) {
  return call("GET", address(path, params), { signal });
}

function send(method, path, body) {
  return call(method, path, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
}

export const post = (path, body) => send("POST", path, body);
export const remove = (path, body) => send("DELETE", path, body);

/** Send a file as it is, with its progress. Returns {promise, cancel}. */
export function upload(path, file, { onProgress, method = "POST", headers = {} } = {}) {
  const request = new XMLHttpRequest();
  const promise = new Promise((resolve, reject) => {
    request.open(method, path);
    const all = { "Content-Type": file.type || "application/octet-stream", ...headers };
    Object.entries(all).forEach(([name, value]) => request.setRequestHeader(name, value));
    request.upload.onprogress = (event) => event.lengthComputable && onProgress?.(event.loaded / event.total);
    request.onerror = () => reject(new Problem(AWAY, 0));
    request.onabort = () => reject(new Problem("The upload was stopped.", 0));
    request.onload = () => {
      try {
        resolve(read(request.status, request.responseText));
      } catch (problem) {
        reject(problem);
      }
    };
    request.send(file);
  });
  return { promise, cancel: () => request.abort() };
}

/**
 * Data of an address, and again every so many seconds while the page is seen. Old data stays while new is fetched.
 * path null: nothing is asked.
 */
export function useGet(path, params = {}, { every = 0 } = {}) {
  const key = path === null ? null : address(path, params);
  const [state, setState] = useState({ key: null, data: null, error: null, loading: key !== null });
  const [turn, setTurn] = useState(0);
  const place = useRef(null);
  useEffect(() => {
    if (key === null) return undefined;
    const control = new AbortController();
    let timer = null;
    const moved = place.current !== path;
    place.current = path;
    setState((old) => ({ ...old, data: moved ? null : old.data, loading: true }));
    const ask = async () => {
      try {
        if (document.hidden && every) return;
        const data = await get(key, {}, { signal: control.signal });
        setState({ key, data, error: null, loading: false });
      } catch (error) {
        if (error.name !== "AbortError") setState((old) => ({ ...old, key, error, loading: false }));
      } finally {
        if (every && !control.signal.aborted) timer = setTimeout(ask, every * 1000);
      }
    };
    ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [key, turn, every]);
  const fits = key !== null;
  return {
    data: fits ? state.data : null,
    error: fits ? state.error : null,
    loading: fits && (state.loading || state.key !== key),
    reload: () => setTurn((n) => n + 1),
  };
}
