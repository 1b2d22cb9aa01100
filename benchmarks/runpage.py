"""How smoothly the page of a run moves where its log is long and grows: animation frames a second in Chromium.

    python benchmarks/runpage.py [--points 100000] [--seconds 10] [--json FILE]

The studio is served as users start it, over a run with so many log entries and every scalar of a training in each. Ten
more entries a second are written meanwhile, as by a run that trains. The page is looked at in Chromium (headless,
without a GPU, 1440x900): at rest; with the pointer moving over the first chart in every frame; while it is zoomed by
turns. Prints the time from opening the page to its first chart, frames a second, and the longest frame.
"""

import argparse
import datetime
import json
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from playground import ARGS

from ganwright import runs
from ganwright.core.events import EventWriter, read_events
from studio import SMALL, lengthen, machine, start_server

ENTRY_SECONDS = 0.1
FRAMES = """([seconds, what]) => new Promise(done => {
  const over = document.querySelector(".u-over"), box = over.getBoundingClientRect();
  const at = (x, type) => over.dispatchEvent(
    new MouseEvent(type, {clientX: box.left + x, clientY: box.top + 40, bubbles: true, buttons: 1}));
  const begin = performance.now(); let frames = 0, longest = 0, last = begin;
  const next = now => {
    frames += 1; longest = Math.max(longest, now - last); last = now;
    if (what !== "rest") at(10 + (frames * 7) % (box.width - 20), "mousemove");
    if (what === "zoom" && frames % 30 === 0) {
      if (frames % 60) { at(40, "mousedown"); at(box.width / 2, "mousemove"); at(box.width / 2, "mouseup"); }
      else over.dispatchEvent(new MouseEvent("dblclick", {bubbles: true}));
    }
    if (now - begin < seconds * 1000) requestAnimationFrame(next);
    else done({frames: frames / ((now - begin) / 1000), longest});
  };
  requestAnimationFrame(next);
})"""


def write_on(log: Path, ended: threading.Event) -> None:
    """Ten entries a second."""
    last = next(e for e in reversed(read_events(log)) if e["type"] == "log")
    writer, scalars = EventWriter(log), last["scalars"]
    for number in range(1, 10**9):
        if ended.wait(ENTRY_SECONDS):
            return
        writer.write("log", last["iteration"] + number, last["num_images"] + 64 * number, scalars=scalars)


def look(address: str, seconds: float) -> dict[str, Any]:
    """All of one visit."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900}, bypass_csp=True)
        started = time.perf_counter()
        page.goto(f"{address}/run/long")
        page.locator(".u-over").first.wait_for(timeout=240_000)
        told: dict[str, Any] = {"first chart, s": round(time.perf_counter() - started, 1)}
        page.locator(".u-over").first.scroll_into_view_if_needed()
        page.wait_for_timeout(2_000)
        for what in ("rest", "move", "zoom"):
            found = page.evaluate(FRAMES, [seconds, what])
            told[f"{what}: frames a second"] = round(found["frames"], 1)
            told[f"{what}: longest frame, ms"] = round(found["longest"])
        browser.close()
    return told


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "runs"
        runs.train("dcgan", "digits", out=folder / "long", images=4_096, options=SMALL)
        lengthen(folder / "long" / "events.jsonl", given.points)
        server, address = start_server(folder)
        ended = threading.Event()
        writing = threading.Thread(target=write_on, args=(folder / "long" / "events.jsonl", ended), daemon=True)
        try:
            writing.start()
            told = look(address, given.seconds)
        finally:
            ended.set()
            server.terminate()
            server.wait(30)
    at = datetime.datetime.now().isoformat(timespec="seconds")
    report = {"at": at, "machine": machine(), "load before": round(load, 1), "points": given.points, **told}
    for name, value in report.items():
        print(f"{name:<28}{value}")
    if given.json:
        given.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
