"""One training or lesson that was asked for: what is known of it, kept in a file, and the process that does it."""

import json
import os
import platform
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from ganwright.core.errors import UserError
from ganwright.core.files import write_json
from ganwright.core.limits import Limits, Passed, within
from ganwright.core.processes import family_of, started_at
from ganwright.studio.jobs.limits import sentence

Kind = Literal["new", "resume", "fork", "lesson"]
State = Literal["queued", "running", "pausing", "paused", "stopping", "stopped", "finished", "failed"]

ACTIVE: tuple[State, ...] = ("running", "pausing", "stopping")
ENDED: tuple[State, ...] = ("stopped", "finished", "failed")
PROGRAM = (sys.executable, "-P", "-m", "ganwright")
"""Nothing is imported from the folder that the studio was started in."""

MOST_LINES = 200
_VERBS = (("train",), ("lesson",))
_LOG_BYTES = 64_000
_SAME_SECONDS = 2.0


@dataclass(frozen=True)
class Job:
    """A training, or a lesson with its runs. Its file is .studio/jobs/ID/job.json; the process writes beside it.

    out: the run folder; of a lesson, the one that holds its runs. arguments: of `ganwright`.
    device: whose queue it is in. rank: its place there, lowest first. images: its length; of a lesson, of all its runs.
    process: number of the process that trains; began: when that was started, in seconds since the epoch.
    page: where the studio shows it; None: the page of its run. max_...: what it may take; None: it has not begun.
    machine: where it was asked for.
    """

    id: str
    kind: Kind
    out: str
    arguments: tuple[str, ...]
    device: str
    rank: float
    created_at: float
    state: State = "queued"
    data: str | None = None
    recipe: str | None = None
    preset: str | None = None
    images: int | None = None
    started_at: float | None = None
    ended_at: float | None = None
    process: int | None = None
    began: float | None = None
    error: str | None = None
    page: str | None = None
    max_memory_bytes: float | None = None
    max_seconds: float | None = None
    machine: str = field(default_factory=platform.node)

    @property
    def folder(self) -> Path:
        """Where it writes."""
        return Path(self.out)

    @property
    def runs(self) -> list[Path]:
        """The run folders that are there of it."""
        return sorted(file.parent for file in self.folder.glob("*/run.toml" if self.kind == "lesson" else "run.toml"))


def save(job: Job, folder: Path) -> None:
    """Write the job's file, atomically. folder: of all jobs."""
    write_json(folder / job.id / "job.json", asdict(job))


def read(folder: Path) -> Job | None:
    """Read a job's file from its folder; None where it is no job.

    The file may come from anywhere, with a folder of runs that was copied: one of another machine is stopped, so that
    nothing is trained twice or unasked; none runs other verbs, or code of other packages.
    """
    try:
        told = json.loads((folder / "job.json").read_text(encoding="utf-8"))
        known = {each.name for each in fields(Job)}
        job = Job(**{"machine": "", **{k: v for k, v in told.items() if k in known}})
        job = replace(job, arguments=tuple(map(str, job.arguments)))
        sound = job.id == folder.name and isinstance(job.out, str) and isinstance(job.rank, (int, float))
        if not sound or job.arguments[:1] not in _VERBS or any("python:" in each for each in job.arguments):
            return None
        if job.machine == platform.node() or job.state in ENDED:
            return job
        said = f"it was asked for on another machine, {job.machine or 'nobody knows which'}; resume it to train it here"
        return replace(job, state="stopped", process=None, error=said, machine=platform.node())
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def start(job: Job, folder: Path, limits: Limits) -> tuple[Job, subprocess.Popen[bytes]]:
    """Start the job's process in a session of its own, so that it outlives this one. folder: of all jobs."""
    place = folder / job.id
    result, passed = place / "result", place / "passed"
    result.unlink(missing_ok=True)
    passed.unlink(missing_ok=True)
    fresh: dict[str, Any] = dict.fromkeys(("ended_at", "process", "began", "error"))
    fresh |= {"max_memory_bytes": limits.memory_bytes, "max_seconds": limits.seconds}
    waiting = replace(job, state="running", started_at=time.time(), **fresh)
    save(waiting, folder)
    with result.open("wb") as out, (place / "log").open("ab") as log:
        child = subprocess.Popen(
            within(limits, [*PROGRAM, *job.arguments, "--json"], passed),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=log,
            start_new_session=True,
            env=os.environ | {"NO_COLOR": "1"},
        )
    running = replace(waiting, process=child.pid, began=started_at(child.pid))
    with suppress(UserError, OSError):  # on a full disk; a next studio knows it by the lock of its run
        save(running, folder)
    return running, child


def is_alive(job: Job) -> bool:
    """Whether the job's process still runs, and is the one that was started."""
    if job.process is None or job.began is None:
        return False
    began = started_at(job.process)
    return began is not None and abs(began - job.began) < _SAME_SECONDS


def tell(job: Job, number: signal.Signals) -> None:
    """Send the job's process a signal, if it is there; SIGKILL to all that it started, too."""
    if is_alive(job) and job.process is not None:
        for process in family_of(job.process) if number == signal.SIGKILL else [job.process]:
            with suppress(ProcessLookupError):
                os.kill(process, number)


def settled(job: Job, folder: Path, ending: str) -> Job:
    """A job whose process has ended, with what came of it. ending: how the run's own log says that it stands."""
    ended = replace(job, ended_at=time.time(), process=None, began=None)
    told = _result(folder / job.id)
    if "error" not in told and (told or ending == "finished"):
        return replace(ended, state="finished")
    error = str(told.get("error") or "")
    if job.state in ("pausing", "stopping"):
        return replace(ended, state="paused" if job.state == "pausing" else "stopped")
    has_saved = "interrupted by" in error or error == "interrupted"
    if (passed := Passed.read(folder / job.id / "passed")) is not None:
        limits = Limits(job.max_memory_bytes or 0, job.max_seconds or 0)
        return replace(ended, state="paused" if has_saved else "failed", error=sentence(passed, limits, has_saved))
    if has_saved:
        return replace(ended, state="paused")
    last = next(iter(log_lines(folder / job.id)[-1:]), "")
    said = error or (f"its process ended without a word; the last was: {last}" if last else "its process was killed")
    return replace(ended, state="failed", error=said)


def log_lines(place: Path, most: int = MOST_LINES) -> list[str]:
    """The last lines of what a job's process said on stderr."""
    try:
        with (place / "log").open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOG_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    return [line[:1_000] for line in text.splitlines() if line.strip()][-most:]


def _result(place: Path) -> dict[str, Any]:
    """The JSON object that the process left; empty where there is none."""
    try:
        told = json.loads((place / "result").read_text(encoding="utf-8").strip().rpartition("\n")[2] or "{}")
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
