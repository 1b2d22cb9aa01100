"""What is said of limits: before a job starts, and where it passed one."""

import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ganwright.core.limits import Limits, Passed
from ganwright.core.processes import machine_memory
from ganwright.studio import Studio
from ganwright.studio.jobs import estimates
from ganwright.studio.jobs.limits import limits_of, sentence, warnings

DAY = Limits(8e9, 86_400)


def test_a_job_has_a_day_and_three_quarters_of_the_memory() -> None:
    assert limits_of() == Limits(round(0.75 * machine_memory()), 86_400)
    assert limits_of(0.5, 2) == Limits(2e9, 1_800)


@pytest.mark.parametrize(
    ("seconds", "memory", "told"),
    [
        (86_000, 6e9, []),
        (None, None, []),
        (90_000, 1e9, ["It would take about 25 h 00 min, and a job may take 24 h: "]),
        (10, 7e9, ["A trial took 7 GB of memory, and a job may take 8 GB, "]),
        (9e5, 9e9, ["It would", "A trial"]),
    ],
)
def test_what_would_pass_a_limit_is_told_before(seconds: float | None, memory: float | None, told: list[str]) -> None:
    found = warnings(DAY, seconds, memory)
    assert len(found) == len(told)
    assert all(line.startswith(begins) for line, begins in zip(found, told, strict=True))


@pytest.mark.parametrize(
    ("passed", "has_saved", "told"),
    [
        (Passed("time", 86_401.0), True, "its 24 h are over: it was saved and paused; resume it for as long again"),
        (Passed("memory", 8.4e9), True, "it took 8.4 GB of memory, and a job may take 8 GB: it was saved and paused; "),
        (Passed("memory", 11e9, killed=True), False, "a job may take 8 GB: it was killed, and has what was saved"),
        (Passed("time", 86_401.0, killed=True), False, "are over, and it did not end when it was asked to: it was kil"),
    ],
)
def test_why_it_was_ended_and_how_it_goes_on(passed: Passed, has_saved: bool, told: str) -> None:
    said = sentence(passed, DAY, has_saved)
    assert told in said
    assert "--max-" in said


TOLD = {"config": {"recipe": "mlp"}, "seconds": 90_000, "peak_bytes": 1_000}


@pytest.mark.parametrize(
    ("trial", "told"),
    [
        (f"import json; print(json.dumps({TOLD}))", "a job may take 24 h"),
        ("import time; held = bytearray(b'x') * 10**8; time.sleep(60)", "a trial took more memory than a job may take"),
    ],
)
def test_a_trial_has_the_limit_of_memory_and_tells_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trial: str, told: str
) -> None:
    monkeypatch.setattr(estimates, "PROGRAM", (sys.executable, "-S", "-c", trial))
    studio = Studio(tmp_path, limits=Limits(9e7, 86_400))
    found: dict[str, Any] = {"state": "working"}
    deadline = time.monotonic() + 50
    while found["state"] == "working":
        assert time.monotonic() < deadline
        found = studio.service(estimates.Estimates).ask(["train", "digits"])
    assert told in " ".join(found.get("warnings", [found["error"]]))
    studio.close()


def test_a_real_trial_tells_what_is_shown_before_a_job_starts(tmp_path: Path) -> None:
    studio = Studio(tmp_path)
    found: dict[str, Any] = {"state": "working"}
    deadline = time.monotonic() + 120
    while found["state"] == "working":
        assert time.monotonic() < deadline
        found = studio.service(estimates.Estimates).ask(["train", "ring8", "--recipe=mlp", "--images=640"])
    assert (found["state"], found["recipe"], found["images"]) == ("done", "mlp", 640), found
    assert found["seconds"] == pytest.approx(640 / found["images_per_second"], rel=0.1)
    assert found["parameters"].keys() == {"generator", "discriminator"}
    assert found["warnings"] == []
    studio.close()
