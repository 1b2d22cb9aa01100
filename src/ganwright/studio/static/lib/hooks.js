// Small hooks that several pages need.
import { useEffect, useLatest, useLayoutEffect, useState } from "./html.js";

/** The size of an element in CSS pixels, {width: 0, height: 0} before it is known. */
export function useSize(ref) {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const read = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** Call `callback(seconds since the last frame, now in ms)` before each frame while running. */
export function useFrame(callback, running = true) {
  const latest = useLatest(callback);
  useEffect(() => {
    if (!running) return undefined;
    let last = performance.now();
    let id = requestAnimationFrame(function frame(now) {
      id = requestAnimationFrame(frame); // first, so that one frame that fails is not the last
      const seconds = (now - last) / 1000;
      last = now;
      latest.current(seconds, now);
    });
    return () => cancelAnimationFrame(id);
  }, [running]);
}

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** True where the reader asked for less motion. */
export function useCalm() {
  const [value, setValue] = useState(calm.matches);
  useEffect(() => {
    const listener = () => setValue(calm.matches);
    calm.addEventListener("change", listener);
    return () => calm.removeEventListener("change", listener);
  }, []);
  return value;
}

/** A value that follows once it has been still for so many milliseconds. */
export function useDebounced(value, ms = 250) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return settled;
}

const TYPING = "input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";

/** Keys of a page, or of the element in `ref`: {" ": play, ArrowLeft: back}. Typing in a field is left alone. */
export function useKeys(keys, ref = null) {
  const latest = useLatest(keys);
  useEffect(() => {
    const target = ref ? ref.current : document;
    if (!target) return undefined;
    const listener = (event) => {
      const act = latest.current[event.key];
      const busy = event.target.closest?.(TYPING) || event.ctrlKey || event.metaKey || event.altKey;
      const own = !ref && event.target.closest?.("button, a, [role=tab], input, dialog");
      if (!act || busy || event.defaultPrevented || (own && event.key !== "Escape")) return;
      event.preventDefault();
      act(event);
    };
    target.addEventListener("keydown", listener);
    return () => target.removeEventListener("keydown", listener);
  }, []);
}

/** Call `fn` every so many seconds; null: not now. */
export function useInterval(fn, seconds) {
  const latest = useLatest(fn);
  useEffect(() => {
    if (seconds === null) return undefined;
    const id = setInterval(() => latest.current(), seconds * 1000);
    return () => clearInterval(id);
  }, [seconds]);
}

/** State that this browser remembers: habits, never what a link should reopen. */
export function useStored(name, fallback) {
  const key = `ganwright.${name}`;
  const [value, setValue] = useState(() => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? fallback;
    } catch {
      return fallback;
    }
  });
  const set = (next) => {
    setValue(next);
    try {
      localStorage.setItem(key, JSON.stringify(next));
    } catch {
      // it holds until the page is closed
    }
  };
  return [value, set];
}
