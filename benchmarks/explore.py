"""How many pictures a second follow the mouse: 3x64x64, from the question on the socket to the pixels in the client.

    python benchmarks/explore.py [--seconds 10] [--json FILE]

A server of its own over runs that were trained for one batch (speed does not depend on what was learnt): dcgan-64, and
stylegan2 at its preset small and at twice its width. A client walks through a square of latent space and asks for the
next picture when it has the last one, as the page does; then for maps of 49 pictures. Printed are pictures a second as
measured, which other work on the machine slows, and the server's processor time for each picture, which it does not.
"""

import argparse
import asyncio
import datetime
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from ganwright import runs

SIDE = 64
MAP = [(i % 7 / 6, i // 7 / 6) for i in range(49)]
RUNS: dict[str, tuple[str, str | None, dict[str, Any]]] = {
    "dcgan-64": ("dcgan-64", None, {}),
    "stylegan2-small": ("stylegan2", "small", {}),
    "stylegan2-twice": ("stylegan2", "small", {"generator.capacity": 1024, "generator.max_width": 64}),
}


def main() -> None:
    """Measure, print, and write where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "runs"
        make_runs(Path(place), folder)
        server, address = start_server(folder)
        try:
            for name in RUNS:
                rows[name] = asyncio.run(measure(address, name, given.seconds, server.pid))
                print(line(name, rows[name]), flush=True)
        finally:
            server.terminate()
            server.wait(30)
    told = {"at": datetime.datetime.now().isoformat(timespec="seconds"), "machine": machine(), "rows": rows}
    print(f"{told['at']}, {told['machine']}, load {os.getloadavg()[0]:.1f}")
    if given.json is not None:
        given.json.write_text(json.dumps(told, indent=1) + "\n")


def make_runs(place: Path, folder: Path) -> None:
    """Runs of one batch on random pictures."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, SIDE, SIDE, 3), dtype=np.uint8)
    np.savez(place / "pictures.npz", images=pixels)
    for name, (recipe, preset, options) in RUNS.items():
        small = {"batch_size": 8, "panel_size": 16, **options}
        runs.train(recipe, f"npz:{place / 'pictures.npz'}", out=folder / name, preset=preset, images=8, options=small)


def start_server(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The studio as users start it."""
    command = [sys.executable, "-m", "ganwright", "studio", str(folder), "--port", "0", "--no-open", "--json"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    return server, json.loads(server.stdout.readline())["address"].rstrip("/")


async def measure(address: str, name: str, seconds: float, server: int) -> dict[str, float]:
    """Walk, then maps: pictures a second, processor time of a picture, and the wait for one."""
    async with connect(address.replace("http", "ws") + f"/live/explore/{name}", max_size=None) as socket:
        await socket.recv()
        walk = await follow(socket, lambda i: [[wave(i, 40), wave(i, 53)]], seconds, server)
        maps = await follow(socket, lambda i: MAP, seconds / 2, server, seed=True)
    return {
        "pictures_per_second": walk["answers"],
        "median_wait_seconds": walk["median_wait"],
        "p95_wait_seconds": walk["p95_wait"],
        "processor_milliseconds_per_picture": walk["processor"],
        "map_pictures_per_second": 49 * maps["answers"],
        "map_processor_milliseconds_per_picture": maps["processor"] / 49,
    }


async def follow(socket: Any, positions: Any, seconds: float, server: int, seed: bool = False) -> dict[str, float]:
    """Ask, wait, ask again."""
    waits: list[float] = []
    for _ in range(3):
        await ask(socket, {"what": "plane", "positions": positions(0)})
    begun, used = time.perf_counter(), processor_seconds(server)
    while time.perf_counter() - begun < seconds:
        i = len(waits)
        asked = time.perf_counter()
        await ask(socket, {"id": i, "what": "plane", "positions": positions(i), "seed": i if seed else 0})
        waits.append(time.perf_counter() - asked)
    spent = time.perf_counter() - begun
    return {
        "answers": len(waits) / spent,
        "median_wait": statistics.median(waits),
        "p95_wait": sorted(waits)[int(0.95 * len(waits))],
        "processor": 1000 * (processor_seconds(server) - used) / len(waits),
    }


async def ask(socket: Any, wish: dict[str, Any]) -> None:
    await socket.send(json.dumps(wish))
    answer = await socket.recv()
    length = int.from_bytes(answer[:4], "little")
    head = json.loads(answer[4 : 4 + length])
    assert head["shape"] == [len(wish["positions"]), SIDE, SIDE, 3], head


def wave(i: int, period: int) -> float:
    return 0.5 + 0.5 * math.sin(2 * math.pi * i / period)


def processor_seconds(pid: int) -> float:
    """Of a process, all its threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def line(name: str, row: dict[str, float]) -> str:
    """One run's numbers for people."""
    return (
        f"{name:<16} {row['pictures_per_second']:6.1f} pictures/s, wait {1000 * row['median_wait_seconds']:.1f} ms "
        f"(p95 {1000 * row['p95_wait_seconds']:.1f}), {row['processor_milliseconds_per_picture']:.1f} ms of processor; "
        f"maps of 49: {row['map_pictures_per_second']:.0f} pictures/s, "
        f"{row['map_processor_milliseconds_per_picture']:.2f} ms each"
    )


def machine() -> str:
    """What it was measured on."""
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
