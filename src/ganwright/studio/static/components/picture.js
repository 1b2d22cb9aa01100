// Pictures that keep their place: the old one stays until the new one is there.
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../lib/html.js";
import { Icon } from "./icon.js";

/** kind: "real" or "fake" frames it in that colour. width, height: reserve its shape. */
export function Picture({ src, alt, width, height, pixelated, kind, caption, onSize, class: name }) {
  const [shown, setShown] = useState({ src, failed: false });
  const loaded = (event) => onSize?.({ width: event.target.naturalWidth, height: event.target.naturalHeight });
  useEffect(() => {
    if (!src) return setShown({ src: null, failed: false });
    if (src === shown.src && !shown.failed) return undefined;
    let here = true;
    const image = new Image();
    image.src = src;
    image.decode().then(
      () => here && setShown({ src, failed: false }),
      () => here && setShown({ src, failed: true }),
    );
    return () => (here = false);
  }, [src]);
  const shape = width && height ? { aspectRatio: `${width} / ${height}` } : undefined;
  return html`<figure class=${classes("picture", kind && `of-${kind}`, name)}>
    <div class=${classes("picture-box", pixelated && "pixelated")} style=${shape}>
      ${shown.src && !shown.failed ? html`<img src=${shown.src} alt=${alt} width=${width} height=${height} draggable=${false}
          onLoad=${loaded} onError=${() => setShown({ src: shown.src, failed: true })} />`
        : html`<span class="picture-none" role="img" aria-label=${shown.failed ? "The picture is not there" : alt}>
          <${Icon} name="image" size="24" /></span>`}
    </div>${caption && html`<figcaption>${caption}</figcaption>`}</figure>`;
}

function asImageData(draw, width, height) {
  if (draw instanceof ImageData) return draw;
  const { data, channels = data.length / (width * height) } = draw;
  if (channels === 4) return new ImageData(new Uint8ClampedArray(data), width, height);
  const out = new Uint8ClampedArray(width * height * 4);
  for (let i = 0, j = 0; i < out.length; i += 4, j += channels) {
    out[i] = data[j];
    out[i + 1] = data[channels === 1 ? j : j + 1];
    out[i + 2] = data[channels === 1 ? j : j + 2];
    out[i + 3] = 255;
  }
  return new ImageData(out, width, height);
}

/** Pixels from memory at their own resolution, scaled by CSS. draw: ImageData or {data, channels: 1, 3 or 4}. */
export function PixelCanvas({ width, height, draw, label, pixelated = true, class: name }) {
  const ref = useRef(null);
  useLayoutEffect(() => {
    if (draw) ref.current.getContext("2d").putImageData(asImageData(draw, width, height), 0, 0);
  }, [draw, width, height]);
  return html`<canvas ref=${ref} class=${classes("pixels", pixelated && "pixelated", name)} width=${width} height=${height}
    role="img" aria-label=${label}></canvas>`;
}
