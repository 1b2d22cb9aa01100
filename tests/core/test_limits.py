"""Limits hold for real small processes: memory and time, their families, and without whoever started them."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ganwright.core.limits import Limits, Passed, within

CHILD = """
import signal, subprocess, sys, time
megabytes, kind = int(sys.argv[1]), sys.argv[2]
def end(*_):
    print("saved", flush=True)
    sys.exit(3)
signal.signal(signal.SIGTERM, signal.SIG_IGN if kind == "stubborn" else end)
if kind == "parent":
    subprocess.run([sys.executable, "-S", "-c", sys.argv[3], sys.argv[1], "child"])
held = bytearray(b"x") * (megabytes * 10**6)
for _ in range(0 if kind == "brief" else 600):
    time.sleep(0.1)
"""
HOURS = 7200.0


def run(limits: Limits, file: Path, megabytes: int, kind: str) -> tuple[int, str]:
    """Exit code and output of a child that holds so much memory for a minute, unless it is ended."""
    command = [sys.executable, "-S", "-c", CHILD, str(megabytes), kind, CHILD]
    began = time.monotonic()
    done = subprocess.run(within(limits, command, file), stdout=subprocess.PIPE, text=True, timeout=50)
    assert time.monotonic() - began < 50
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("limits", "kind", "passed", "code"),
    [
        (Limits(300e6, HOURS), "brief", None, 0),
        (Limits(100e6, HOURS), "gentle", "memory", 3),
        (Limits(1e15, 0.5), "gentle", "time", 3),
        (Limits(100e6, HOURS), "parent", "memory", 3),
    ],
)
def test_a_limit_that_is_passed_ends_it_gently(
    tmp_path: Path, limits: Limits, kind: str, passed: str | None, code: int
) -> None:
    file = tmp_path / "passed"
    told = run(limits, file, 105, kind)
    found = Passed.read(file)
    if passed is None:
        assert (told, found) == ((0, ""), None)
        return
    assert told == (code, "saved\n")
    assert found is not None
    assert (found.limit, found.killed) == (passed, False)
    assert found.taken > (limits.memory_bytes if passed == "memory" else limits.seconds)


@pytest.mark.parametrize(
    ("limits", "megabytes"), [(Limits(1e15, 0.5, grace_seconds=0.5), 1), (Limits(100e6, HOURS), 200)]
)
def test_what_does_not_listen_or_takes_far_more_is_killed(tmp_path: Path, limits: Limits, megabytes: int) -> None:
    file = tmp_path / "passed"
    assert run(limits, file, megabytes, "stubborn") == (-9, "")
    found = Passed.read(file)
    assert found is not None
    assert found.killed


def test_limits_hold_when_whoever_started_it_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "passed"
    command = within(Limits(1e15, 1.0), [sys.executable, "-S", "-c", CHILD, "1", "gentle"], file)
    starter = "import subprocess, sys; subprocess.Popen(sys.argv[1:], start_new_session=True)"
    subprocess.run([sys.executable, "-S", "-W", "ignore", "-c", starter, *command], check=True)
    deadline = time.monotonic() + 50
    while (found := Passed.read(file)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (found.limit, found.killed) == ("time", False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"limit": "luck", "taken": 1}', '{"limit": "time", "taken": "x"}'])
def test_a_file_that_says_nothing_is_no_limit(tmp_path: Path, text: str) -> None:
    (tmp_path / "passed").write_text(text)
    assert Passed.read(tmp_path / "passed") is None
