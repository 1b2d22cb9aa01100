"""What the studio costs while others watch: API calls, the training that is watched, and long logs.

    python benchmarks/studio.py [--rounds 4] [--seconds 20] [--browsers 20] [--runs 50] [--points 100000] [--json FILE]

A server of its own over a folder of copies of one small run, and one run that is really trained meanwhile. In turns,
nobody watches; browsers do: each listens to the run over a WebSocket and loads its charts every 10 seconds; and, beside
them, one more client calls the API 10 times a second. Printed are the times of its calls, and the training's speed
watched over unwatched: medians of the images a second that the training itself logged in each round; and the server's
share of one core while it is watched, which depends less on what else the machine does. Then a log of many points: how
long its charts take at first, and after new entries.
"""

import argparse
import asyncio
import datetime
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from websockets.asyncio.client import connect

from ganwright import runs
from ganwright.core.events import EventWriter, read_events

SMALL = {"generator.width": 8, "discriminator.width": 8, "tick_images": 1_024, "log_images": 64, "panel_size": 16}
WATCHED = {"generator.width": 16, "discriminator.width": 16, "tick_images": 20_000, "log_images": 256}
RELOAD_SECONDS = 10.0
CALL_SECONDS = 0.1


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--browsers", type=int, default=20)
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "runs"
        make_runs(folder, given.runs - 2, given.points)
        server, address = start_server(folder)
        try:
            told = measure(address, folder, given, server.pid)
        finally:
            server.terminate()
            server.wait(30)
    report = {"at": datetime.datetime.now().isoformat(timespec="seconds"), "machine": machine(), **told}
    for name, value in report.items():
        print(f"{name:<28}{value}")
    if given.json:
        given.json.write_text(json.dumps(report, indent=1))


def make_runs(folder: Path, copies: int, points: int) -> None:
    """Copies of one run, and one with a long log."""
    first = folder / "run-0"
    runs.train("dcgan", "digits", out=first, images=4_096, options=SMALL)
    for number in range(1, copies):
        shutil.copytree(first, folder / f"group-{number % 5}" / f"run-{number}")
    shutil.copytree(first, folder / "long")
    lengthen(folder / "long" / "events.jsonl", points)


def lengthen(log: Path, points: int) -> None:
    """Make a log one of so many entries, with everything that the run logged in each."""
    lines = log.read_text().splitlines()
    entry = next(e for e in map(json.loads, lines) if e["type"] == "log")
    chance = random.Random(0)
    with log.open("w") as file:
        file.writelines(line + "\n" for line in lines[:5])
        for number in range(points):
            entry["iteration"], entry["num_images"] = 1_000 + number, 64 * (1_000 + number)
            entry["scalars"] = {name: chance.random() for name in entry["scalars"]}
            file.write(json.dumps(entry) + "\n")


def start_server(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The studio as users start it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "ganwright", "studio", str(folder), "--port", "0", "--no-open", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    return server, json.loads(server.stdout.readline())["address"].rstrip("/")


def measure(address: str, folder: Path, given: argparse.Namespace, server: int) -> dict[str, Any]:
    """All numbers. server: its process."""
    load = os.getloadavg()[0]
    wish = {"data": "digits", "recipe": "dcgan", "images": 10**8, "options": WATCHED, "name": "watched"}
    started = time.perf_counter()
    call(f"{address}/api/runs")
    first_list = time.perf_counter() - started
    job = call(f"{address}/api/jobs", wish)
    log = folder / "watched" / "events.jsonl"
    while len(speeds(log, 0, time.time())) < 5:
        time.sleep(0.2)
    ratios, times, busy = [], [], 0.0
    for _ in range(given.rounds):
        alone = speed_over(log, given.seconds)
        begun, used = time.time(), processor_seconds(server)
        asyncio.run(watch(address, given.browsers, given.seconds, asks=False))
        watched = statistics.median(speeds(log, begun, time.time()))
        ratios.append(watched / alone)
        busy += (processor_seconds(server) - used) / given.seconds / given.rounds
        times += asyncio.run(watch(address, given.browsers, given.seconds, asks=True))
    call(f"{address}/api/jobs/{job['id']}/stop", {})
    while any(j["state"] == "stopping" for j in call(f"{address}/api/jobs")["jobs"]):
        time.sleep(0.2)
    milliseconds = sorted(1_000 * t for _, t in times)
    medians = {p: statistics.median(1_000 * t for other, t in times if other == p) for p, _ in times}
    return {
        "load before": round(load, 1),
        "browsers": given.browsers,
        "runs": given.runs,
        "first list, ms": round(1_000 * first_list),
        "API calls": len(milliseconds),
        "API median, ms": round(statistics.median(milliseconds), 1),
        "API p95, ms": round(milliseconds[int(0.95 * len(milliseconds))], 1),
        "slowest calls, ms": {p: round(medians[p]) for p in sorted(medians, key=lambda p: -medians[p])[:3]},
        "server, of one core": round(busy, 3),
        "watched / alone": [round(r, 3) for r in ratios],
        "watched / alone, median": round(statistics.median(ratios), 3),
        **long_log(address, folder, given.points),
    }


def long_log(address: str, folder: Path, points: int) -> dict[str, Any]:
    """The charts of a long log: read for the first time, once more, and after new entries."""
    charts = f"{address}/api/runs/long/charts?points=1000"
    took: dict[str, Any] = {"points": points}
    for name in ("first", "again"):
        started = time.perf_counter()
        text = urlopen(charts).read()
        took[f"long log {name}, ms"] = round(1_000 * (time.perf_counter() - started))
    writer = EventWriter(folder / "long" / "events.jsonl")
    for number in range(100):
        writer.write("log", 10**7 + number, 10**9 + number, scalars={"generator/loss": 1.0})
    started = time.perf_counter()
    call(charts)
    took["long log grown, ms"] = round(1_000 * (time.perf_counter() - started))
    took["long log, kB"] = round(len(text) / 1_000)
    return took


async def watch(address: str, browsers: int, seconds: float, asks: bool) -> list[tuple[str, float]]:
    """Let browsers watch, and return what was called meanwhile, where that is wanted, and what it took."""
    end = time.monotonic() + seconds
    watching = [asyncio.create_task(browse(address, end, number)) for number in range(browsers)]
    times = await ask(address, end) if asks else []
    await asyncio.gather(*watching)
    return times


async def browse(address: str, end: float, number: int) -> None:
    """One browser: listens, and loads the charts every 10 seconds, not all at the same moment."""
    async with connect(f"{address.replace('http', 'ws')}/live/runs/watched") as socket:
        due = time.monotonic() + RELOAD_SECONDS * number / 20
        while (now := time.monotonic()) < end:
            try:
                async with asyncio.timeout(min(due, end) - now if due > now else 0.01):
                    json.loads(await socket.recv())
            except TimeoutError:
                if time.monotonic() >= due:
                    await asyncio.to_thread(call, f"{address}/api/runs/watched/charts")
                    due += RELOAD_SECONDS


async def ask(address: str, end: float) -> list[tuple[str, float]]:
    """Call one thing after another, and return what each took, in seconds."""
    places = ["/api/runs", "/api/runs/watched", "/api/runs/run-0", "/api/runs/watched/charts", "/api/jobs"]
    places += ["/api/runs/run-0/charts", "/api/runs/watched/events", "/api/runs/run-0/picture?images=4096", "/api/data"]
    times: list[tuple[str, float]] = []
    while time.monotonic() < end:
        started = time.perf_counter()
        place = places[len(times) % len(places)]
        await asyncio.to_thread(fetch, f"{address}{place}")
        times.append((place, time.perf_counter() - started))
        await asyncio.sleep(max(0.0, CALL_SECONDS - times[-1][1]))
    return times


def speed_over(log: Path, seconds: float) -> float:
    """The training's speed while nothing is asked."""
    begun = time.time()
    time.sleep(seconds)
    return statistics.median(speeds(log, begun, time.time()))


def speeds(log: Path, begun: float, ended: float) -> list[float]:
    """Images a second, as the training logged them between two moments."""
    events = read_events(log) if log.exists() else []
    return [e["images_per_second"] for e in events if e["type"] == "log" and begun <= e["time"] <= ended]


def processor_seconds(process: int) -> float:
    """Processor time that a process has used so far; Linux only, 0 elsewhere."""
    place = Path(f"/proc/{process}/stat")
    if not place.exists():
        return 0.0
    fields = place.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def call(address: str, body: dict[str, Any] | None = None) -> Any:
    """One request and its JSON."""
    return json.loads(fetch(address, body))


def fetch(address: str, body: dict[str, Any] | None = None) -> bytes:
    """One request and what came back."""
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(address, data, {"Content-Type": "application/json"} if data else {})) as answer:
        return answer.read()


def machine() -> str:
    """What it was measured on."""
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
