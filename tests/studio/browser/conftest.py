"""A browser and a server that all tests of a process share; each test has a studio of its own behind the address."""

import json
import shutil
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ganwright.studio import Studio, build
from ganwright.studio.jobs import estimates
from ganwright.studio.jobs.queue import Jobs

CHROMIUM = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
TRIAL = {
    "config": {"recipe": "mlp", "images": 4_096},
    "parameters": {"generator": 30_000, "discriminator": 30_000},
    "memory_bytes": 1e6,
    "peak_bytes": 2e8,
    "images_per_second": 900.0,
    "seconds": 4.6,
    "notes": [],
    "auto": None,
}
"""What `ganwright train --dry-run --json` tells."""

OpenPage = Callable[..., Any]
Until = Callable[[Any, str], None]

MOST_SECONDS = 30.0
MOVING = "document.getAnimations().some((one) => one.playState === 'running' && one.effect.getTiming().iterations < 9)"
"""Whether anything changes its looks for a while; what does so for ever is at rest."""


class Door:
    """An application that passes all on to the studio of the test that runs.

    Browsers ask again for scripts and styles that they have, in vain; here they need not.
    """

    app: ASGIApp
    address: str
    """Without a slash at its end."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message)["cache-control"] = "max-age=3600"
            await send(message)

        await self.app(scope, receive, keep if scope.get("path", "").startswith("/static/") else send)


@pytest.fixture(scope="session")
def door() -> Iterator[Door]:
    """One server, really listening, in a thread."""
    door, listener = Door(), socket.create_server(("127.0.0.1", 0))
    door.address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(door, log_config=None, ws="websockets-sansio", lifespan="off", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield door
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture
def address(studio: Studio, door: Door, quick_players: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The studio, really served: its address. Trials of trainings, which would take seconds, are made up."""
    monkeypatch.setattr(estimates, "PROGRAM", (sys.executable, "-S", "-c", f"print({json.dumps(json.dumps(TRIAL))})"))
    door.app = build(studio)
    studio.service(Jobs)
    yield door.address
    studio.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; without the frame of windows that nobody sees where that is there."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.skip("there is no Chromium here: apt-get install chromium-headless-shell")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM))
        yield browser
        browser.close()


class Window:
    """A page of the browser, and what was strange in it: errors, and requests to another server than the studio's."""

    def __init__(self, browser: Any, address: str) -> None:
        self.strange: list[str] = []
        self._address = address
        self.page = browser.new_context().new_page()
        self.page.on("console", lambda told: self._hear(told.type, told.text))
        self.page.on("pageerror", lambda error: self.strange.append(f"error: {error}"))
        self.page.on("request", lambda asked: self._see(asked.url))

    def _hear(self, kind: str, text: str) -> None:
        """Note an error, but for the browser's own note of a request that the server refused with a line."""
        if kind == "error" and "status of 400 (Bad Request)" not in text:
            self.strange.append(f"console: {text}")

    def _see(self, url: str) -> None:
        if not url.startswith((f"{self._address}/", "blob:", "data:", "about:", self._address.replace("http:", "ws:"))):
            self.strange.append(f"external request: {url}")

    def open(self, path: str, dark: bool, width: int, height: int) -> Any:
        """The page, at a path of the studio."""
        self.page.set_default_timeout(15_000)
        self.page.mouse.move(0, 0)
        if self.page.viewport_size != (size := {"width": width, "height": height}):
            self.page.set_viewport_size(size)
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.goto(f"{self._address}{path}")
        return self.page

    def leave(self) -> None:
        """Forget what a test left behind; scripts and styles stay in the browser's cache."""
        self.page.unroute_all(behavior="ignoreErrors")
        if self.page.url.startswith(self._address):
            self.page.evaluate("localStorage.clear()")
        self.page.goto("about:blank")
        self.strange.clear()

    def close(self) -> None:
        self.page.context.close()


@pytest.fixture(scope="session")
def window(browser: Any, door: Door) -> Iterator[Window]:
    """One that is used again: a new one takes longer than most tests."""
    window = Window(browser, door.address)
    yield window
    window.close()


@pytest.fixture
def browser_page(browser: Any, address: str, window: Window) -> Iterator[OpenPage]:
    """Open a page of the served studio: `browser_page("/runs", dark=False, width=1280, height=800, fresh=False)`.

    Another call leads the same page elsewhere; where `fresh`, it is the first page of a browser that has nothing in its
    cache. At the end the test fails where a page told of an error, or asked anything of another server.
    """
    windows = [window]

    def open_page(
        path: str = "/", *, dark: bool = False, width: int = 1280, height: int = 800, fresh: bool = False
    ) -> Any:
        if fresh:
            windows.append(Window(browser, address))
        return windows[-1].open(path, dark, width, height)

    yield open_page
    strange = [line for one in windows for line in one.strange]
    window.leave()
    for one in windows[1:]:
        one.close()
    assert strange == []


@pytest.fixture
def no_barriers() -> Callable[..., None]:
    """Assert that axe-core finds no serious or critical violation on a page: `no_barriers(page, both=False)`.

    both: the colours of the other theme are looked at too; all else is the same there.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    def found(page: Any, **options: Any) -> list[str]:
        while page.evaluate(MOVING):  # colours on their way from one theme to the other are none
            page.wait_for_timeout(50)
        ask = "(options) => axe.run(document, options).then((all) => all.violations)"
        violations = page.evaluate(ask, options)
        return [
            f"{v['id']}: {v['help']} at {v['nodes'][0]['html'][:200]}"
            for v in violations
            if v["impact"] in ("serious", "critical")
        ]

    def check(page: Any, both: bool = False) -> None:
        page.wait_for_timeout(300)  # what was asked for a moment ago is shown, too
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        assert found(page) == []
        if both:
            is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
            page.emulate_media(color_scheme="light" if is_dark else "dark")
            assert found(page, runOnly=["color-contrast", "link-in-text-block"]) == []
            page.emulate_media(color_scheme="dark" if is_dark else "light")

    return check


@pytest.fixture
def until() -> Until:
    """Wait until an expression of JavaScript is true on a page.

    Asked from here again and again: Page.wait_for_function evaluates text inside the page, which its policy forbids.
    """

    def wait(page: Any, expression: str) -> None:
        end = time.monotonic() + MOST_SECONDS
        while not page.evaluate(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            page.wait_for_timeout(50)

    return wait
