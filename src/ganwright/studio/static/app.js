// The shell: which page stands at which address, the navigation, and what is there on every page.
import { classes, Component, html, render, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./lib/html.js";
import { Link, match, navigate, RouteContext, useLocation } from "./lib/router.js";
import { loadStyle } from "./lib/style.js";
import { Button } from "./components/button.js";
import { Asking } from "./components/dialog.js";
import { Empty, ProblemBox } from "./components/empty.js";
import { Choice } from "./components/fields.js";
import { Icon } from "./components/icon.js";
import { Page } from "./components/page.js";
import { Toasts } from "./components/toast.js";
import { setTheme, useThemeName } from "./theme.js";

/** One row a page: its address, name, place in the navigation, and where its code is. style: it has a style sheet. */
export const PAGES = [
  { path: "/runs", name: "runs", title: "Runs", nav: "Train", icon: "runs", style: true, load: () => import("./pages/runs.js") },
  { path: "/new", name: "new", title: "New run", nav: "Train", icon: "plus", style: true, load: () => import("./pages/new.js") },
  { path: "/run/:id", name: "run", title: "Run", under: "/runs", style: true, load: () => import("./pages/run.js") },
  { path: "/explore/:id?", name: "explore", title: "Explore", nav: "Use", icon: "explore", style: true, load: () => import("./pages/explore.js") },
  { path: "/real-or-fake/:id?", name: "realorfake", title: "Real or fake?", nav: "Use", icon: "eye", style: true, load: () => import("./pages/realorfake.js") },
  { path: "/counterfeiter", name: "counterfeiter", title: "Counterfeiter", nav: "Understand", icon: "coin", style: true, load: () => import("./pages/counterfeiter.js") },
  { path: "/playground", name: "playground", title: "Playground", nav: "Understand", icon: "playground", style: true, load: () => import("./pages/playground.js") },
  { path: "/theory", name: "theory", title: "Theory", nav: "Understand", icon: "theory", style: true, load: () => import("./pages/theory.js") },
  { path: "/architectures", name: "architectures", title: "Architectures", nav: "Understand", icon: "network", style: true, load: () => import("./pages/architectures.js") },
  { path: "/lessons/:id?", name: "lessons", title: "Lessons", nav: "Understand", icon: "lesson", style: true, load: () => import("./pages/lessons.js") },
  { path: "/gallery", name: "gallery", title: "Gallery", style: true, load: () => import("./pages/gallery.js") },
];
const SECTIONS = [...new Set(PAGES.map((row) => row.nav).filter(Boolean))];
const base = (row) => row.path.replace(/\/:.*$/, "");

function Brand() {
  return html`<${Link} href="/runs" class="brand" aria-label="ganwright studio, to the runs">
    <svg width="28" height="20" viewBox="0 0 28 20" aria-hidden="true"><circle class="brand-real" cx="9.500" cy="10" r="7.500" />
      <circle class="brand-fake" cx="18.500" cy="10" r="7.500" /></svg>
    <span>ganwright <span class="brand-sub">studio</span></span><//>`;
}

function ThemeSwitch() {
  const name = useThemeName();
  const options = [
    { value: "auto", label: "Auto", about: "As your system" },
    { value: "light", label: "Light" },
    { value: "dark", label: "Dark" },
  ];
  return html`<${Choice} label="Theme" hideLabel value=${name} onChange=${setTheme} options=${options} />`;
}

function Navigation({ row }) {
  const at = row?.under ?? (row && base(row));
  return html`<nav aria-label="Pages">${SECTIONS.map((section) => html`<div key=${section} class="nav-section">
    <p class="nav-head" id=${`nav-${section}`}>${section}</p>
    <ul aria-labelledby=${`nav-${section}`}>${PAGES.filter((page) => page.nav === section).map((page) => html`<li key=${page.path}>
      <${Link} href=${base(page)} class="nav-link" aria-current=${base(page) === at ? "page" : undefined}
        onPointerEnter=${() => loaded.has(page.name) || page.load()}>
        <${Icon} name=${page.icon} />${page.title}<//></li>`)}</ul></div>`)}</nav>`;
}

function Nowhere() {
  return html`<${Page} title="There is no such page"><${Empty} icon="search" title="Nothing is at this address"
    text="It may be misspelt, or from another version." action=${html`<${Button} kind="primary" href="/runs">To the runs<//>`} /><//>`;
}

/** Keeps the shell standing when a page breaks. */
class Guard extends Component {
  static getDerivedStateFromError(error) {
    return { error };
  }

  componentDidCatch(error) {
    console.error(error);
    this.setState({ error });
  }

  render({ children }, { error }) {
    if (!error) return children;
    return html`<div class="page"><${ProblemBox} title="This page broke" problem=${error}
      retry=${() => this.setState({ error: null })} /></div>`;
  }
}

const loaded = new Map();

/** Fetch the code of a page and its style sheet; done at once where it is here already. */
function prepare(row) {
  return Promise.all([row.load(), row.style ? loadStyle(`pages/${row.name}.css`) : null])
    .then(([module]) => loaded.set(row.name, module.default))
    .catch((error) => loaded.set(row.name, function Broken() {
      return html`<${Page} title=${row.title}><${ProblemBox} title="This page could not be loaded" problem=${error}
        retry=${() => location.reload()} /><//>`;
    }));
}

/** What is shown: {route, Shown}. A page stays until the next one can be drawn, so that nothing flickers. */
function usePage(route) {
  const [, again] = useState(0);
  const shown = useRef({ route, Shown: null });
  const { row } = route;
  const ready = row ? loaded.get(row.name) : Nowhere;
  useEffect(() => {
    if (!row || loaded.has(row.name)) return undefined;
    let here = true;
    prepare(row).then(() => here && again((n) => n + 1));
    return () => (here = false);
  }, [row]);
  if (ready) shown.current = { route, Shown: ready };
  return shown.current;
}

function Shell() {
  const { path, search } = useLocation();
  const [menu, setMenu] = useState(false);
  const main = useRef(null);
  const found = useMemo(() => {
    for (const row of PAGES) {
      const params = match(row.path, path);
      if (params) return { row, params };
    }
    return { row: null, params: {} };
  }, [path]);
  const { row } = found;
  const now = useMemo(() => ({ path, ...found, query: new URLSearchParams(search) }), [path, search]);
  const { route, Shown } = usePage(now);
  const before = useRef(path);
  useLayoutEffect(() => {
    if (before.current === route.path || !Shown) return;
    before.current = route.path;
    setMenu(false);
    scrollTo(0, 0);
    main.current.querySelector("h1")?.focus({ preventScroll: true });
  }, [route.path, Shown]);
  useEffect(() => {
    const close = (event) => event.key === "Escape" && setMenu(false);
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, []);
  const skip = (event) => {
    event.preventDefault();
    main.current.focus();
  };
  return html`<a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    <div class=${classes("shell", menu && "menu-open")}>
      <header class="side">
        <div class="side-top"><${Brand} />
          <${Button} kind="quiet" class="menu-button" icon=${menu ? "close" : "menu"} label=${menu ? "Close the menu" : "Open the menu"}
            aria-expanded=${String(menu)} aria-controls="menu" onClick=${() => setMenu(!menu)} /></div>
        <div id="menu" class="side-menu"><${Navigation} row=${row} /><div class="side-end"><${ThemeSwitch} /></div></div>
      </header>
      <main id="content" ref=${main} tabindex="-1">
        <${RouteContext.Provider} value=${route}><${Guard} key=${route.row?.name ?? "none"}>
          ${Shown ? html`<${Shown} key=${route.row && base(route.row)} params=${route.params} query=${route.query} />` : html`<div class="page"></div>`}
        <//><//></main>
    </div><${Toasts} /><${Asking} />`;
}

if (location.pathname === "/") navigate("/runs", { replace: true });
render(html`<${Shell} />`, document.getElementById("studio"));
