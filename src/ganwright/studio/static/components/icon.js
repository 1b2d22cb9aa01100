// Drawn icons: strokes of one weight on a 24 x 24 grid. They never stand alone as a name: the control has the words.
import { html } from "../lib/html.js";

const PATHS = {
  runs: "M4 6h16M4 12h16M4 18h10",
  plus: "M12 5v14M5 12h14",
  new: "M12 5v14M5 12h14",
  explore: "M12 3v3M12 18v3M3 12h3M18 12h3M12 8.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z",
  playground: "M5 17a2 2 0 1 0 0-.01zM10 8a2 2 0 1 0 0-.01zM17.500 6a2 2 0 1 0 0-.01zM16 16.500a2 2 0 1 0 0-.01z",
  coin: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM12 8v8M9.500 10c0-1.200 1.100-2 2.500-2s2.500.8 2.500 2M14.500 14c0 1.200-1.100 2-2.500 2s-2.500-.8-2.500-2",
  theory: "M3 19c4 0 4.500-13 9-13s5 13 9 13M3 21h18",
  network: "M4 7h4v10H4zM10 5h4v14h-4zM16 9h4v6h-4z",
  eye: "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 9.200a2.800 2.800 0 1 0 0 5.600a2.800 2.800 0 1 0 0-5.600z",
  lesson: "M4 5.500c3-1 5.500-.8 8 .7 2.500-1.500 5-1.700 8-.7V18c-3-1-5.500-.8-8 .7-2.500-1.500-5-1.700-8-.7zM12 6.200v12.500",
  play: "M8 5.500v13l10.500-6.500z",
  pause: "M8 5.500v13M16 5.500v13",
  stop: "M6.500 6.500h11v11h-11z",
  step: "M6 5.500v13l9-6.500zM18 5.500v13",
  back: "M14.500 5.500L8 12l6.500 6.500",
  forward: "M9.500 5.500L16 12l-6.500 6.500",
  fork: "M7 4v16M7 14c0-4 10-2 10-8M17 4v2M14.500 6.500L17 4l2.500 2.500",
  trash: "M4.500 7h15M9.500 7V4.500h5V7M6.500 7l1 12.500h9l1-12.500M10.500 10.500v6M13.500 10.500v6",
  download: "M12 4v11M7.500 10.500L12 15l4.500-4.500M4.500 19.500h15",
  upload: "M12 15V4M7.500 8.500L12 4l4.500 4.500M4.500 19.500h15",
  search: "M10.500 4.500a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM15 15l5 5",
  filter: "M4 5.500h16l-6 7.500v5.500l-4-2V13z",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.500l4.500 4.500L19 7.500",
  warning: "M12 4.500L3 19.500h18zM12 10v4.500M12 16.800v.4",
  info: "M12 3.500a8.500 8.500 0 1 0 0 17a8.500 8.500 0 1 0 0-17zM12 11v5.500M12 7.600v.4",
  menu: "M4 7h16M4 12h16M4 17h16",
  sun: "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8zM12 2.500v2M12 19.500v2M2.500 12h2M19.500 12h2M5.300 5.300l1.400 1.400M17.300 17.300l1.400 1.400M18.700 5.300l-1.400 1.400M6.700 17.300l-1.400 1.400",
  moon: "M19.500 14.500A8 8 0 0 1 9.500 4.500a8 8 0 1 0 10 10z",
  auto: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16zM12 4v16M12 8h4.500M12 12h8M12 16h6",
  reset: "M4.500 12a7.500 7.500 0 1 0 2.300-5.400M4.500 4v4.500H9",
  zoom: "M10.500 4.500a6 6 0 1 0 0 12a6 6 0 1 0 0-12zM15 15l5 5M10.500 8v5M8 10.500h5",
  table: "M4 5.500h16v13H4zM4 10h16M4 14.300h16M10 10v8.500",
  cards: "M4 5h7v6.500H4zM13 5h7v6.500h-7zM4 13.500h7V20H4zM13 13.500h7V20h-7z",
  chevron: "M9.500 6l6 6-6 6",
  down: "M6 9.500l6 6 6-6",
  link: "M10 14l4-4M9 8.500l2-2a4 4 0 0 1 6 6l-2 2M15 15.500l-2 2a4 4 0 0 1-6-6l2-2",
  draw: "M4.500 19.500l1-4.500L16 4.500l3.500 3.500L9 18.500zM13.500 7l3.500 3.500",
  dice: "M5 5h14v14H5zM9 9v.1M15 9v.1M12 12v.1M9 15v.1M15 15v.1",
  target: "M12 3.500a8.500 8.500 0 1 0 0 17a8.500 8.500 0 1 0 0-17zM12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8z",
  external: "M13.500 5H19v5.500M19 5l-8 8M10 6H5v13h13v-5",
  copy: "M8.500 8.500h11v11h-11zM15.500 8.500v-4h-11v11h4",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 5a2 2 0 1 0 0 4a2 2 0 1 0 0-4zM9 15a2 2 0 1 0 0 4a2 2 0 1 0 0-4z",
  clock: "M12 3.500a8.500 8.500 0 1 0 0 17a8.500 8.500 0 1 0 0-17zM12 7.500V12l3 2.500",
  folder: "M3.500 6h6l2 2.500h9V19h-17z",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 2.500-2.500L20 17M15 8.800v.1",
};

const FULL = new Set(["play", "stop"]);

export function Icon({ name, size = 18 }) {
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 24 24" fill=${FULL.has(name) ? "currentColor" : "none"}
    stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"
    focusable="false"><path d=${PATHS[name]} /></svg>`;
}

export const ICONS = Object.keys(PATHS);
