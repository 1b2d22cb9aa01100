"""A studio over a runs folder with a small run that was really trained; clients, servers and browsers for it."""

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from ganwright import runs
from ganwright.studio import Studio, build

RUN = "digits-tiny"
TINY = {
    "generator.width": 8,
    "discriminator.width": 8,
    "tick_images": 512,
    "log_images": 64,
    "signals_images": 256,
    "panel_size": 16,
}
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


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of a small DCGAN, trained on 2,048 digits; not to be changed."""
    folder = tmp_path_factory.mktemp("trained") / RUN
    runs.train("dcgan", "digits", out=folder, images=2_048, options=TINY)
    return folder


@pytest.fixture
def studio(tmp_path: Path, trained: Path) -> Studio:
    """A studio whose runs folder holds a copy of the trained run, under the id `digits-tiny`."""
    shutil.copytree(trained, tmp_path / "runs" / RUN)
    return Studio(tmp_path / "runs", hosts=frozenset({"testserver"}))


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    """A client of the studio, in this process."""
    with TestClient(build(studio)) as client:
        yield client


@contextmanager
def serving(studio: Studio) -> Iterator[str]:
    """Serve in a thread; gives the address, without a slash at its end."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(build(studio), log_config=None, ws="websockets-sansio", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture
def address(studio: Studio) -> Iterator[str]:
    """The studio, really served: its address."""
    with serving(studio) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM))
        yield browser
        browser.close()


OpenPage = Callable[..., Any]


@pytest.fixture
def browser_page(browser: Any, address: str) -> Iterator[OpenPage]:
    """Open a page of the served studio: `browser_page("/runs", dark=False, width=1280, height=800)`.

    At the end the test fails where the page told of an error, or asked anything of another server.
    """
    strange: list[str] = []
    contexts = []

    def open_page(path: str = "/", *, dark: bool = False, width: int = 1280, height: int = 800) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda told: _note_error(told.type, told.text, strange))
        page.on("pageerror", lambda error: strange.append(f"error: {error}"))
        page.on("request", lambda asked: _note_external(asked.url, address, strange))
        page.goto(f"{address}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert strange == []


def _note_error(kind: str, text: str, strange: list[str]) -> None:
    """What the console calls an error, but for the browser's note of a request that the server refused with a line."""
    if kind == "error" and "status of 400 (Bad Request)" not in text:
        strange.append(f"console: {text}")


def _note_external(url: str, address: str, strange: list[str]) -> None:
    if not url.startswith((f"{address}/", "blob:", "data:", address.replace("http:", "ws:"))):
        strange.append(f"external request: {url}")


@pytest.fixture
def no_barriers() -> Callable[[Any], None]:
    """Assert that axe-core finds no serious or critical violation on a page."""
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Any) -> None:
        page.wait_for_timeout(300)  # colours on their way from one theme to the other are none
        found = Axe().run(page).response["violations"]
        bad = [
            f"{v['id']}: {v['help']} at {v['nodes'][0]['html'][:200]}"
            for v in found
            if v["impact"] in ("serious", "critical")
        ]
        assert bad == []

    return check


@pytest.fixture
def quick_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a dry run guess instead of measuring for two seconds."""
    from ganwright.runs import Estimate, Plan

    monkeypatch.setattr(Plan, "estimate", lambda plan: Estimate({"generator": 1}, 1, 1.0, 1.0))
