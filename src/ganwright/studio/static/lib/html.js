// What every file of the interface is written with: Preact's hooks and htm, and three small helpers.
import { useRef, useState } from "../vendor/preact-htm/preact-htm.js";

export {
  Component, createContext, h, html, render, useCallback, useContext, useEffect, useErrorBoundary, useLayoutEffect,
  useMemo, useReducer, useRef, useState,
} from "../vendor/preact-htm/preact-htm.js";

/** Class names that hold, joined: classes("a", isOpen && "b"). */
export function classes(...names) {
  return names.filter(Boolean).join(" ") || undefined;
}

let ids = 0;

/** An id that no other element has, the same for the life of the component. */
export function useId(prefix = "id") {
  const [id] = useState(() => `${prefix}-${(ids += 1)}`);
  return id;
}

/** A ref that always holds the newest value, for listeners that outlive a render. */
export function useLatest(value) {
  const ref = useRef(value);
  ref.current = value;
  return ref;
}
