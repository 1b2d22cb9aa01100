"""Every run below the runs folder as a row, from what its folder says; unchanged ones are not read again."""

import os
import sys
import threading
import time
import tomllib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ganwright.core.events import Event
from ganwright.core.wording import duration
from ganwright.runs.course import Course
from ganwright.runs.folder import RunFolder
from ganwright.runs.following import Following
from ganwright.runs.report_facts import State, figures_of, is_number, state_of
from ganwright.studio.guard import note
from ganwright.studio.state import Studio

Row = dict[str, Any]

MOST_RUNS = 2_000
MOST_DEPTH = 6
MOST_FILES = 1_000
"""In a folder, beside other folders; one with more of them and no run.toml holds data."""

FRESH_SECONDS = 0.5
"""A list that old is good enough: many browsers ask at once."""

STILL_WRITTEN_SECONDS = 120
"""A log without an end and a lock, changed that lately, is being copied from a machine where the run goes on."""

_MOST_FOLLOWED = 64
_SETTLED_NS = 2 * 10**9
_NOT_RUNS = {"node_modules", "__pycache__", "site-packages"}
_STATES = {"finished": "finished", "failed": "failed", "interrupted": "paused", "empty": "empty"}


class OfJob(NamedTuple):
    """What a run's row knows of its job. said: why it was ended, or what went wrong."""

    id: str
    state: str
    said: str | None


class Listing(NamedTuple):
    """A folder as it was read. changed: when, in nanoseconds; below: the folders in it that may hold runs."""

    changed: int
    is_run: bool
    below: tuple[Path, ...]


class Watch:
    """Knows the runs of a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.job_of: Callable[[Path], OfJob | None] = lambda folder: None
        self.waiting: Callable[[], list[Row]] = list
        self._lock = threading.RLock()
        self._followed: OrderedDict[Path, Following] = OrderedDict()
        self._rows: dict[Path, tuple[object, Row]] = {}
        self._listings: dict[Path, Listing] = {}
        self._listed: tuple[float, list[Row], int] = (-1e9, [], 0)

    def rows(self, fresh: bool = False) -> tuple[list[Row], int]:
        """Every run's row, the one that changed last first, and how many were left out for being too many."""
        with self._lock:
            at, rows, left_out = self._listed
            if fresh or time.monotonic() - at > FRESH_SECONDS:
                folders = find_runs(self.studio.runs_dir, self._listings)
                left_out = max(len(folders) - MOST_RUNS, 0)
                rows = [self.row(folder) for folder in folders[:MOST_RUNS]]
                for gone in self._rows.keys() - set(folders):
                    del self._rows[gone]
                rows += self.waiting()
                rows.sort(key=lambda row: -row["changed_at"])
                self._listed = (time.monotonic(), rows, left_out)
            return rows, left_out

    def forget(self) -> None:
        """Look anew when the list is asked for next."""
        with self._lock:
            self._listed = (-1e9, [], 0)

    def row(self, folder: Path) -> Row:
        """One run's row."""
        with self._lock:
            process = RunFolder(folder).trained_by()
            job = self.job_of(folder)
            log, config = _facts(folder / "events.jsonl"), _facts(folder / "run.toml")
            late = process is None and time.time() - log[0] / 1e9 > STILL_WRITTEN_SECONDS
            key = (log, config, process, job, late)
            known = self._rows.get(folder)
            if known is None or known[0] != key:
                try:
                    known = (key, self._read(folder, process, job, late))
                except Exception as error:  # one folder does not take the others from the list
                    known = (key, self._unread(folder, note(error, f"the run {folder}")))
                self._rows[folder] = known
            return known[1]

    def following(self, folder: Path) -> Following:
        """What follows a run's log. It has looked now; those not asked for lately are forgotten."""
        with self._lock:
            following = self._followed.pop(folder, None) or Following(folder)
            self._followed[folder] = following
            if len(self._followed) > _MOST_FOLLOWED:
                self._followed.popitem(last=False)
        following.look()
        return following

    def _read(self, folder: Path, process: int | None, job: OfJob | None, late: bool) -> Row:
        following = self.following(folder)
        config, problem = read_toml(folder / "run.toml")
        with following.lock:
            events = following.events
            told = state_of([*events, *([following.last_log] if following.last_log else [])])
            started = next((e for e in events if e["type"] == "started"), {})
            course = Course.of(events, None)
            state = _state(told, process, job, late)
            goal, seen = config.get("images"), following.num_images
            speed = following.speed()
            left = goal - seen if isinstance(goal, int) else None
            seconds = left / speed if state == "running" and left is not None and speed else None
            return {
                "id": self.studio.run_id(folder),
                "name": folder.relative_to(self.studio.runs_dir).as_posix(),
                "recipe": _text(config, "recipe") or _part(started, "run", "recipe") or "unknown recipe",
                "preset": None if config.get("preset") in (None, "none") else str(config["preset"]),
                "data": _part(started, "run", "data") or _data_of(config) or "unknown data",
                "seed": config.get("seed") if isinstance(config.get("seed"), int) else None,
                "state": state,
                "sentence": _sentence(state, told, seconds, job.said if job else None),
                "num_images": seen,
                "images": goal if isinstance(goal, int) else None,
                "progress": min(seen / goal, 1.0) if isinstance(goal, int) and goal > 0 else None,
                "images_per_second": speed,
                "seconds": seconds_of(following),
                "seconds_left": seconds,
                "started_at": started.get("time") if is_number(started.get("time")) else None,
                "changed_at": max(_facts(folder / "events.jsonl")[0], _facts(folder / "run.toml")[0]) / 1e9,
                "fid": _fid(events),
                "health": health_of(course),
                "picture": self._picture(folder, events),
                "job": job.id if job else None,
                "problem": problem,
            }

    def _unread(self, folder: Path, problem: str) -> Row:
        name = folder.relative_to(self.studio.runs_dir).as_posix()
        told = {"state": "empty", "recipe": "unknown recipe", "data": "unknown data"}
        changed = max(_facts(folder / "events.jsonl")[0], _facts(folder / "run.toml")[0]) / 1e9
        about = {"id": self.studio.run_id(folder), "name": name, "sentence": problem, "problem": problem}
        return {**empty_row(), **told, **about, "changed_at": changed}

    def _picture(self, folder: Path, events: list[Event]) -> str | None:
        newest = next((e for e in reversed(events) if e["type"] == "samples" and e.get("fixed")), None)
        if newest is None:
            return None
        return f"/api/runs/{self.studio.run_id(folder)}/picture?images={newest['num_images']}&size=192"


def empty_row() -> Row:
    """A row of which nothing is known."""
    names = (
        "preset seed images progress images_per_second seconds seconds_left started_at fid health picture job problem"
    )
    return {**dict.fromkeys(names.split()), "num_images": 0}


def find_runs(root: Path, known: dict[Path, Listing] | None = None) -> list[Path]:
    """Every folder with a run.toml below a root; not hidden ones, links, and what lies in run folders.

    Folders of more than MOST_FILES files hold data, and are passed over as environments of Python are.
    known: what an earlier call found; folders that did not change since are not read again. It is brought up to date.
    """
    known = {} if known is None else known
    found: list[Path] = []
    seen: dict[Path, Listing] = {}
    here = [root]
    for _ in range(MOST_DEPTH):
        below: list[Path] = []
        for folder in here:
            try:
                listing = _listing(folder, known.get(folder), MOST_FILES if folder != root else sys.maxsize)
            except OSError:
                continue
            seen[folder] = listing
            if listing.is_run and folder != root:
                found.append(folder)
            else:
                below += listing.below
        here = below
    known.clear()
    known.update(seen)
    return sorted(found)


def _listing(folder: Path, known: Listing | None, most_files: int) -> Listing:
    changed = folder.stat().st_mtime_ns
    if known is not None and known.changed == changed:
        return known
    if time.time_ns() - changed < _SETTLED_NS:  # it may change again within the same tick of the clock
        changed = -1
    names, num_files, is_run = [], 0, (folder / "run.toml").is_file()
    if not is_run or most_files == sys.maxsize:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    names.append(entry.name)
                elif entry.name == "pyvenv.cfg" or (num_files := num_files + 1) > most_files:
                    return Listing(changed, False, ())
    below = tuple(folder / n for n in names if not n.startswith(".") and n.isprintable() and n not in _NOT_RUNS)
    return Listing(changed, is_run, below)


def read_toml(path: Path) -> tuple[dict[str, Any], str | None]:
    """A TOML file, and what is wrong with it, if anything is."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), None
    except (OSError, ValueError) as error:
        return {}, f"{path.name} cannot be read: {str(error).splitlines()[0]}"


def health_of(course: Course) -> dict[str, str] | None:
    """A verdict in short; None where nobody looked."""
    if not course.watched:
        return None
    return {"verdict": course.verdict, "title": course.title, "sentence": course.sentence()}


def seconds_of(following: Following) -> float | None:
    """Seconds a run took so far, as it counted them; None where it told none."""
    finished = [e.get("seconds") for e in following.events if e["type"] == "finished"]
    counted = finished[-1:] or [(following.last_log or {}).get("training_seconds")]
    return float(counted[0]) if is_number(counted[0]) else None


def _state(told: State, process: int | None, job: OfJob | None, late: bool) -> str:
    if job is not None and job.state in ("queued", "pausing", "stopping"):
        return job.state
    if process is not None or (job is not None and job.state == "running"):
        return "running"
    if told.kind == "interrupted" and job is not None and job.state == "stopped":
        return "stopped"
    if told.kind == "open":
        return "killed" if late or job is not None else "running"
    return _STATES[told.kind]


def _sentence(state: str, told: State, seconds_left: float | None, said: str | None) -> str:
    if said and state in ("paused", "killed"):
        return f"{said[0].upper()}{said[1:]}."
    match state:
        case "running":
            return "It is being trained" + (f"; {duration(seconds_left)} are left." if seconds_left else ".")
        case "queued":
            return "It waits for its turn."
        case "pausing" | "stopping":
            return "It saves a checkpoint and stops."
        case "paused":
            return "It was paused and goes on from its last checkpoint when it is resumed."
        case "stopped":
            return "It was stopped; it can go on from its last checkpoint."
        case "killed":
            return "It was killed: no ending was logged. It can go on from its last checkpoint."
        case "empty":
            return "Nothing was logged yet."
    return told.sentence


def _fid(events: list[Event]) -> dict[str, Any] | None:
    for event in reversed(events):
        if event["type"] == "metrics":
            for figure in figures_of(event):
                if figure["name"] == "fid" and figure["value"] is not None:
                    kept = {name: figure[name] for name in ("value", "error", "floor")}
                    return {**kept, "num_images": event["num_images"]}
    return None


def _facts(path: Path) -> tuple[int, int]:
    """When a file was changed, in nanoseconds, and its bytes; zeros where there is none."""
    try:
        facts = path.stat()
    except OSError:
        return 0, 0
    return facts.st_mtime_ns, facts.st_size


def _text(config: dict[str, Any], name: str) -> str:
    return str(config[name]) if isinstance(config.get(name), str) else ""


def _part(started: Event, part: str, name: str) -> str:
    told = started.get(part)
    return str(told.get(name) or "") if isinstance(told, dict) else ""


def _data_of(config: dict[str, Any]) -> str:
    data = config.get("data")
    return str(data.get("kind") or "") if isinstance(data, dict) else ""
