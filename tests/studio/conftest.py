"""A studio over a runs folder with a small run that was really trained, and a client of it."""

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from ganwright import runs
from ganwright.studio import Studio, build
from ganwright.studio.playground import players

RUN = "digits-tiny"
TINY = {
    "generator.width": 8,
    "discriminator.width": 8,
    "tick_images": 512,
    "log_images": 64,
    "signals_images": 256,
    "panel_size": 16,
}


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


@pytest.fixture
def quick_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a dry run guess instead of measuring for two seconds."""
    from ganwright.runs import Estimate, Plan

    monkeypatch.setattr(Plan, "estimate", lambda plan: Estimate({"generator": 1}, 1, 1.0, 1.0))


MOTHER = """
import json, os, signal, socket, sys
from ganwright.studio.playground import child
child.ITERATIONS = 150  # of a trained state
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
asked = socket.socket(fileno=int(sys.argv[1]))
while True:
    told, (*pipes,), *_ = socket.recv_fds(asked, 10_000, 2)
    if not told:
        break
    number = os.fork()
    if number == 0:
        asked.close()
        os.setsid()
        for at, pipe in enumerate(pipes):
            os.dup2(pipe, at)
            os.close(pipe)
        sys.argv = ["child", *json.loads(told)]
        child.main()
    asked.sendall(number.to_bytes(4, "little"))
    for pipe in pipes:
        os.close(pipe)
"""


class Mother:
    """A process that has imported what a player of the playground needs; its children are players at once."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ask, self._theirs = socket.socketpair()

    def _begin(self) -> None:
        number = self._theirs.fileno()
        environment = {**os.environ, "MKL_NUM_THREADS": "1"}
        command = [sys.executable, "-P", "-c", MOTHER, str(number)]
        self._process = subprocess.Popen(
            command, env=environment, pass_fds=[number], stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._theirs.close()

    def bear(self, command: list[str], **_: Any) -> "Forked":
        """A player; in the place of `subprocess.Popen`."""
        with self._lock:
            if self._process is None:
                self._begin()
            return Forked(self._ask, command[command.index("ganwright.studio.playground.child") + 1 :])

    def close(self) -> None:
        """End it."""
        self._ask.close()
        self._theirs.close()
        if self._process is not None:
            self._process.wait()


class Forked:
    """What `Player` needs of a `subprocess.Popen`."""

    def __init__(self, asked: socket.socket, arguments: list[str]) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        socket.send_fds(asked, [json.dumps(arguments).encode()], [theirs_in, theirs_out])
        self.pid = int.from_bytes(asked.recv(4), "little")
        self._process = os.pidfd_open(self.pid)
        os.close(theirs_in)
        os.close(theirs_out)
        self.stdin, self.stdout = os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb")

    def poll(self) -> int | None:
        return 0 if select.select([self._process], [], [], 0)[0] else None

    def wait(self) -> None:
        select.select([self._process], [], [])

    def kill(self) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._process, signal.SIGKILL)


@pytest.fixture(scope="session")
def forked() -> Iterator[SimpleNamespace]:
    """What `players` needs of the module `subprocess`; the mother begins when the first player is asked for."""
    mother = Mother()
    yield SimpleNamespace(Popen=mother.bear, PIPE=subprocess.PIPE, DEVNULL=subprocess.DEVNULL)
    mother.close()


@pytest.fixture
def quick_players(forked: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let players of the playground be forked from a process that is ready: none imports what takes seconds."""
    monkeypatch.setattr(players, "subprocess", forked)
