"""How the command line is called in these tests: in this process where that is enough, in one of its own where not."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ganwright.cli import main


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The only line of stderr."""
        assert self.err.count("\n") == 1, self.err
        return self.err.strip()


Call = Callable[..., Ended]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Run a command line in this process."""

    def run(*arguments: str) -> Ended:
        capfd.readouterr()
        code = main(arguments)
        taken = capfd.readouterr()
        return Ended(code, taken.out, taken.err)

    return run


@pytest.fixture
def spawn() -> Call:
    """Run a command line in a process of its own, without a terminal."""

    def run(*arguments: str, **environment: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "ganwright", *arguments],
            capture_output=True,
            text=True,
            env=os.environ | environment,
            timeout=300,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def quick_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a dry run guess instead of measuring for two seconds."""
    from ganwright.runs import Estimate, Plan

    monkeypatch.setattr(Plan, "estimate", lambda plan: Estimate({"generator": 1}, 1, 1.0, 1.0))
