"""Runs as they change, for everyone who watches: the list, and one run."""

import threading
from collections.abc import Iterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket

from ganwright.core.errors import UserError
from ganwright.runs.course import Course
from ganwright.runs.following import Following
from ganwright.runs.report_facts import PanelFiles
from ganwright.studio.feed import Feed, Message
from ganwright.studio.jobs.queue import Jobs
from ganwright.studio.jobs.routes import listed
from ganwright.studio.replies import json_text
from ganwright.studio.runs.curves import new_entries
from ganwright.studio.runs.details import course_of, panel_of
from ganwright.studio.runs.watch import Row, Watch
from ganwright.studio.state import NoRun, Studio, studio_of

SECONDS = 1.0
LIST_SECONDS = 1.0
MOST_POINTS = 200
"""Places of a line in one message."""

MOST_EVENTS = 100
"""Other events in one look; of more, the newest."""

_OF_HEALTH = {"signals", "diagnosis", "recovery", "recovered", "fork"}
_HEAVY = {"signals", "samples"}
"""Told in other messages, or drawn from the charts."""


class Feeds:
    """The feeds of a studio, one a subject."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._list: Feed | None = None
        self._runs: dict[Path, Feed] = {}
        self._lock = threading.Lock()

    def of_list(self) -> Feed:
        """News of the list of runs."""
        if self._list is None:
            subject = _List(self.studio)
            self._list = Feed(subject.look, subject.hello, LIST_SECONDS)
        return self._list

    def of_run(self, folder: Path) -> Feed:
        """News of one run. Its whole log is read first, so this is nothing for the event loop."""
        with self._lock:
            for other in [place for place, feed in self._runs.items() if not feed.num_listeners]:
                del self._runs[other]
            if folder not in self._runs:
                subject = _Run(self.studio, folder)
                self._runs[folder] = Feed(subject.look, subject.hello, SECONDS)
            return self._runs[folder]


class _List:
    def __init__(self, studio: Studio) -> None:
        self._watch = studio.service(Watch)
        self._told: dict[str, Row] = {}
        self._studio = studio
        self._jobs: list[Message] = []

    def hello(self) -> Iterator[Message]:
        if not self._told:
            self._told = {row["id"]: row for row in self._watch.rows()[0]}
        yield {"type": "runs", "rows": list(self._told.values()), "gone": [], "first": True}
        yield {"type": "jobs", "jobs": self._jobs or listed(self._studio)}

    def look(self) -> Iterator[Message]:
        now = {row["id"]: row for row in self._watch.rows()[0]}
        changed = [row for id, row in now.items() if self._told.get(id) is not row]
        gone = [id for id in self._told if id not in now]
        self._told = now
        if changed or gone:
            yield {"type": "runs", "rows": changed, "gone": gone, "first": False}
        jobs = listed(self._studio)
        if jobs != self._jobs:
            self._jobs = jobs
            yield {"type": "jobs", "jobs": jobs}


class _Run:
    def __init__(self, studio: Studio, folder: Path) -> None:
        self._watch, self._jobs = studio.service(Watch), studio.service(Jobs)
        self._folder = folder
        self._address = f"/api/runs/{studio.run_id(folder)}/file"
        self._row: Row | None = None
        self._following: Following | None = None  # None: its job has not made the folder yet
        if self._is_there():
            self._stand(self._watch.following(folder))

    def _is_there(self) -> bool:
        return (self._folder / "run.toml").is_file()

    def _stand(self, following: Following) -> None:
        """From here on everything is new."""
        self._following = following
        self._generation, self._num_log = following.generation, following.num_log
        self._num_events = len(following.events)

    def _coming(self) -> Row:
        """The row of a run that its job will make. Raises NoRun where there is no such job."""
        row = self._jobs.row_of(self._folder)
        if row is None:
            raise NoRun("the run is no longer there; it was moved or deleted")
        return row

    def hello(self) -> Iterator[Message]:
        if self._row is None:
            self._row = self._watch.row(self._folder) if self._is_there() else self._coming()
        yield {"type": "row", "row": self._row}

    def look(self) -> Iterator[Message]:
        if not self._is_there():
            self._following, row = None, self._coming()
            if row is not self._row:
                self._row = row
                yield {"type": "row", "row": row}
            return
        following = self._following
        if following is None:
            self._stand(self._watch.following(self._folder))
            self._row = self._watch.row(self._folder)
            yield from ({"type": "row", "row": self._row}, {"type": "rewound", "num_images": self._row["num_images"]})
            return
        following.look()
        row = self._watch.row(self._folder)
        if row is not self._row:
            self._row = row
            yield {"type": "row", "row": row}
        with following.lock:
            if following.generation != self._generation:
                self._stand(following)
                yield {"type": "rewound", "num_images": following.num_images}
                return
            first, events = self._num_log, following.events[self._num_events :]
            self._stand(following)
            if following.num_log > first:
                yield new_entries(following, first, MOST_POINTS)
            if any(e["type"] in _OF_HEALTH for e in events):
                yield {"type": "health", "course": course_of(Course.of(following.events))}
        for event in events[-MOST_EVENTS:]:
            if event["type"] == "samples":
                files = [event.get(kind) for kind in ("fixed", "fresh")]
                fixed, fresh = (self._folder / f if isinstance(f, str) else None for f in files)
                panel = PanelFiles(event["num_images"], fixed, fresh)
                yield {"type": "panel", "panel": panel_of(self._address, self._folder, panel)}
            if event["type"] not in _HEAVY:
                yield {"type": "event", "event": event}
        if any(e["type"] == "signals" for e in events):
            yield {"type": "event", "event": {"type": "signals", "num_images": events[-1]["num_images"]}}


async def runs(socket: WebSocket) -> None:
    """The list of runs, live."""
    await studio_of(socket).service(Feeds).of_list().serve(socket)


async def run(socket: WebSocket) -> None:
    """One run, live."""
    studio = studio_of(socket)
    try:
        feed = await run_in_threadpool(_feed_of, studio, socket.path_params["run"])
    except UserError as error:
        await socket.accept()
        await socket.send_text(json_text({"type": "error", "error": str(error)}))
        await socket.close(1008)
        return
    await feed.serve(socket)


def _feed_of(studio: Studio, run: str) -> Feed:
    """Of a run that is there, or that a job will make."""
    place = studio.place(run)
    coming = place is not None and studio.service(Jobs).row_of(place) is not None
    return studio.service(Feeds).of_run(place if coming and place else studio.run_folder(run))
