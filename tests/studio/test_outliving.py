"""A server that is killed in the middle of a run: the run goes on, and a new server shows it without a gap."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ganwright.cli import main
from ganwright.core.events import read_events
from ganwright.core.processes import started_at

OPTIONS = {
    "generator.width": 8,
    "discriminator.width": 8,
    "tick_images": 2_048,
    "log_images": 256,
    "signals": False,
    "panel_size": 4,
    "device": "cpu",
}


def start_server(runs: Path) -> tuple[subprocess.Popen[str], httpx2.Client]:
    """A server of its own, as users start it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "ganwright", "studio", str(runs), "--port", "0", "--no-open", "--json"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    with server.stdout as told:
        address = json.loads(told.readline())["address"]
    return server, httpx2.Client(base_url=address, timeout=60)


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 120
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)
    return found


def test_a_run_outlives_its_server_and_is_found_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    runs = tmp_path / "runs"
    server, client = start_server(runs)
    trainer = None
    try:
        wish = {"data": "digits", "recipe": "dcgan", "images": 10**8, "options": OPTIONS, "name": "long"}
        job = client.post("/api/jobs", json=wish).raise_for_status().json()
        log = runs / "long" / "events.jsonl"
        until(lambda: log.exists() and len([e for e in read_events(log) if e["type"] == "log"]) > 3)
        trainer = int((runs / "long" / "lock").read_text())
        assert main(["studio", str(runs), "--no-open"]) == 2
        assert "is open in another studio" in capfd.readouterr().err

        server.send_signal(signal.SIGKILL)
        server.wait()
        assert started_at(trainer) is not None
        before = read_events(log)[-1]["num_images"]
        until(lambda: read_events(log)[-1]["num_images"] > before + 1_000)

        client.close()
        server, client = start_server(runs)
        (found,) = client.get("/api/jobs").json()["jobs"]
        assert (found["id"], found["state"]) == (job["id"], "running")
        row = client.get("/api/runs/long").json()
        assert (row["state"], row["job"]) == ("running", job["id"])
        assert row["seconds_left"] > 0
        told = client.get("/api/runs/long/series", params={"names": "generator/loss", "points": 5_000}).json()
        assert told["x"] == [256 * (i + 1) for i in range(len(told["x"]))]
        assert told["x"][-1] > before

        client.post(f"/api/jobs/{job['id']}/pause", json={}).raise_for_status()
        until(lambda: client.get("/api/jobs").json()["jobs"][0]["state"] == "paused")
        assert read_events(log)[-1]["type"] == "interrupted"
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
    finally:
        client.close()
        for number in filter(None, (trainer, server.pid)):
            if started_at(number) is not None:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
        server.wait()
