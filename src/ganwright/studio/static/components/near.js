// Something big that is drawn once it comes near the screen; its place is kept from the start.
import { html, useEffect, useRef, useState } from "../lib/html.js";

/** height: what it will take, in px. */
export function Near({ height, children }) {
  const ref = useRef(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && setNear(true), { rootMargin: "300px" });
    watch.observe(ref.current);
    return () => watch.disconnect();
  }, []);
  return html`<div ref=${ref} style=${{ minHeight: `${height}px` }}>${near && children}</div>`;
}
