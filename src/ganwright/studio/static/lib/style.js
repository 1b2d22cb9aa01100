// Style sheets of pages, fetched once and before the page that needs them is shown.
import { useEffect, useState } from "./html.js";

const sheets = new Map();

/** Fetch /static/NAME; resolves when it is in force. */
export function loadStyle(name) {
  if (!sheets.has(name)) {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = `/static/${name}`;
    const done = new Promise((resolve) => {
      link.onload = () => resolve(true);
      link.onerror = () => resolve(false);
    });
    sheets.set(name, { done, ready: false });
    done.then(() => (sheets.get(name).ready = true));
    document.head.append(link);
  }
  return sheets.get(name).done;
}

/** True once a style sheet is in force. */
export function useStyle(name) {
  const [ready, setReady] = useState(() => sheets.get(name)?.ready ?? false);
  useEffect(() => {
    let here = true;
    loadStyle(name).then(() => here && setReady(true));
    return () => (here = false);
  }, [name]);
  return ready;
}
