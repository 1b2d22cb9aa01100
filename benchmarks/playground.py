"""How often the playground's picture is renewed while the game is trained, and how smoothly a browser shows it.

    python benchmarks/playground.py            # 10 seconds a measurement
    python benchmarks/playground.py --seconds 5 --json

The studio is really served, the game played in its own process, and every picture drawn by Chromium (headless, without
a GPU). Three things are counted: pictures that arrive at a client that draws nothing; pictures that a browser draws;
animation frames of that browser. Iterations are those of the engine meanwhile.
"""

import argparse
import asyncio
import json
import os
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn
import websockets

from ganwright.studio import Studio, build
from ganwright.studio.playground import wire

GAMES: dict[str, dict[str, Any]] = {
    "ring, non-saturating": {},
    "grid, relativistic, R1 + R2, fine": {
        "data": "grid",
        "loss": "relativistic-pairing",
        "penalty": "r1-r2",
        "fine": True,
    },
    "ring, D x10": {"d_tenfold": True},
}
QUERIES = {
    "ring, non-saturating": "",
    "grid, relativistic, R1 + R2, fine": "data=grid&loss=relativistic-pairing&penalty=r1-r2&fine=1",
    "ring, D x10": "d10=1",
}
ARGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
COUNT = """seconds => new Promise(done => {
  const begin = performance.now(); let frames = 0, longest = 0, last = begin;
  const next = now => {
    frames += 1; longest = Math.max(longest, now - last); last = now;
    if (now - begin < seconds * 1000) requestAnimationFrame(next);
    else done({frames: frames / ((now - begin) / 1000), longest});
  };
  requestAnimationFrame(next);
})"""


def hurry(priority: int | None) -> None:
    """Give this process and all that it started a niceness; Chromium sets its own otherwise. None: leave them."""
    if priority is None:
        return
    parents = {
        int(p.parent.name): int(p.read_text().rsplit(")", 1)[1].split()[1]) for p in Path("/proc").glob("[0-9]*/stat")
    }
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    for thread in (int(t.name) for pid in ours for t in Path(f"/proc/{pid}/task").glob("*")):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, thread, priority)


@contextmanager
def served() -> Iterator[str]:
    """A studio on a free port; gives host and port."""
    with tempfile.TemporaryDirectory() as folder:
        listener = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(build(Studio(Path(folder))), log_config=None, ws="websockets-sansio")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


async def pictures(place: str, settings: dict[str, Any], seconds: float, speed: int) -> dict[str, float]:
    """Pictures and iterations a second for a client that acknowledges at once."""
    async with websockets.connect(f"ws://{place}/live/playground", origin=f"http://{place}", max_size=None) as line:  # type: ignore[arg-type]
        await line.send(json.dumps({"type": "start", "settings": settings, "run": True}))
        await line.send(json.dumps({"type": "speed", "num": speed}))
        begin, num, first, last, size = 0.0, 0, 0, 0, 0
        while not begin or time.monotonic() - begin < seconds:
            message = await line.recv()
            if isinstance(message, str):
                continue
            header, _ = wire.unpack(message)
            if header["type"] != "picture":
                continue
            await line.send('{"type":"ack"}')
            last, size, num = header["iteration"], len(message), num + 1
            if not begin and last > 50:  # warmed up
                begin, num, first = time.monotonic(), 0, last
        spent = time.monotonic() - begin
    return {"pictures_per_second": num / spent, "iterations_per_second": (last - first) / spent, "bytes": size}


def frames(place: str, query: str, seconds: float, priority: int | None) -> dict[str, float]:
    """What Chromium shows: animation frames, the longest one, and pictures drawn."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        page.goto(f"http://{place}/playground?speed=20&{query}")
        page.locator(".pg-rate b").wait_for(timeout=120_000)
        page.locator(".pg-run").click()
        hurry(priority)
        page.wait_for_timeout(3_000)
        before = page.evaluate("window.ganwrightPlayground.pictures")
        counted = page.evaluate(COUNT, seconds)
        drawn = page.evaluate("window.ganwrightPlayground.pictures") - before
        browser.close()
    return {
        "frames_per_second": counted["frames"],
        "longest_frame_ms": counted["longest"],
        "drawn_per_second": drawn / seconds,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--priority", type=int, help="niceness, on a machine that is busy with something else (root)")
    asked = parser.parse_args()
    found: dict[str, Any] = {"cores": os.cpu_count(), "load_before": os.getloadavg()[0]}
    with served() as place:
        for name, settings in GAMES.items():
            hurry(asked.priority)
            own = asyncio.run(pictures(place, settings, asked.seconds, 20))
            found[name] = own | frames(place, QUERIES[name], asked.seconds, asked.priority)
            if not asked.json:
                print(f"{name}: " + ", ".join(f"{key} {value:.1f}" for key, value in found[name].items()), flush=True)
    found["load_after"] = os.getloadavg()[0]
    print(json.dumps(found) if asked.json else f"load {found['load_before']:.1f} to {found['load_after']:.1f}")


if __name__ == "__main__":
    main()
