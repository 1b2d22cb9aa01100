"""Whatever goes wrong ends in one line and a code."""

import errno
import json
import signal
from pathlib import Path

import pytest

from ganwright.cli import failures, program
from ganwright.cli.failures import Stopped, describe
from ganwright.core.errors import UserError


class OutOfMemoryError(RuntimeError):
    """Named like torch's."""


@pytest.mark.parametrize(
    ("error", "said", "code"),
    [
        (UserError("no such\nthing"), "no such thing", 2),
        (Stopped("stopped", 143), "stopped", 143),
        (KeyboardInterrupt(), "interrupted", 130),
        (MemoryError(), "out of memory", 2),
        (OutOfMemoryError("CUDA out of memory. Tried to allocate"), "--batch-size", 2),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "out of memory", 2),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "/x/y: No space left on device", 2),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x: Permission denied", 2),
    ],
)
def test_known_errors(error: BaseException, said: str, code: int) -> None:
    line, found = describe(error)
    assert said in line
    assert "\n" not in line
    assert found == code


def test_a_bug_leaves_its_traceback_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures.tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("GANWRIGHT_DEBUG", raising=False)
    line, code = describe(KeyError("x"))
    assert code == 1
    assert "\n" not in line
    assert "report" in line
    (file,) = tmp_path.iterdir()
    assert str(file) in line
    assert "KeyError: 'x'" in file.read_text()


def test_a_bug_shows_its_traceback_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(failures.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("GANWRIGHT_DEBUG", "1")
    assert describe(KeyError("x"))[1] == 1
    assert "KeyError: 'x'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("as_json", [False, True])
def test_the_program_prints_the_line_and_returns_the_code(as_json: bool, monkeypatch, capfd) -> None:
    def fail(*_: object) -> int:
        raise Stopped("saved", 128 + signal.SIGTERM)

    monkeypatch.setattr(program, "_call", fail)
    assert program.run({}, ["show", "x", *["--json"] * as_json]) == 143
    out, err = capfd.readouterr()
    assert err == "ganwright: saved\n"
    assert (json.loads(out) == {"error": "saved"}) if as_json else (out == "")


def test_a_long_line_stays_one_line(monkeypatch, capfd) -> None:
    def fail(*_: object) -> int:
        raise UserError("word " * 200)

    monkeypatch.setattr(program, "_call", fail)
    assert program.run({}, []) == 2
    assert capfd.readouterr().err.count("\n") == 1
