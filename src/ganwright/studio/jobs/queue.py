"""The queue: one training or lesson at a time on each device, in order; found again by the next studio."""

import logging
import secrets
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

from ganwright.core.errors import UserError
from ganwright.runs.folder import RunFolder
from ganwright.runs.report_facts import state_of
from ganwright.studio.data.sources import check_config
from ganwright.studio.guard import note
from ganwright.studio.jobs import job as jobs
from ganwright.studio.jobs.job import ACTIVE, ENDED, Job, Kind
from ganwright.studio.jobs.wishes import Wish, arguments, place_for
from ganwright.studio.replies import Conflict, NotFound, TooLarge
from ganwright.studio.runs.watch import OfJob, Row, Watch, empty_row
from ganwright.studio.state import Studio
from ganwright.training.precision import Device, choose_device

MOST_QUEUED = 100
MOST_KEPT = 300
"""Ended jobs that are remembered; the oldest are forgotten first. Their runs stay."""

_TICK_SECONDS = 0.5
_START_SECONDS = 60.0
"""A process whose number was not written down, because the studio was killed just then, shows in its run by then."""


class Jobs:
    """The jobs of a studio. It looks after them in a thread of its own until it is closed; processes go on then."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.folder = studio.own_dir / "jobs"
        self._lock = threading.RLock()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._jobs: dict[str, Job] = {}
        for place in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            found = jobs.read(place)
            if found is not None and found.folder.is_relative_to(studio.runs_dir):  # else they were moved
                self._jobs[found.id] = found
        self.revision = 0
        self._watch = studio.service(Watch)
        self._watch.job_of, self._watch.waiting = self._of_folder, self._rows
        self._rows_of: dict[str, tuple[Job, Row]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ganwright studio jobs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking after them. What trains goes on."""
        self._end.set()
        self._thread.join(10)
        for child in self._children.values():
            child.returncode = child.poll() or 0  # so that nobody waits for it, or warns of it
        self._children.clear()

    # -- what can be asked ---------------------------------------------------------------------------------------

    def listed(self) -> list[Job]:
        """Those that train, those that wait in their order, those that are paused, those that ended, newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=_order)

    def find(self, id: str) -> Job:
        """A job by its id. Raises NotFound."""
        with self._lock:
            if id not in self._jobs:
                raise NotFound(f"there is no job '{id[:50]}'; the list of jobs shows those that are there")
            return self._jobs[id]

    def of(self, folder: Path) -> Job | None:
        """The job that writes to a folder, or did last; None where there is none."""
        return next((job for job in reversed(list(self._jobs.values())) if job.folder == folder), None)

    def place(self, job: Job) -> int | None:
        """A job's place in the queue of its device, from 1; None where it does not wait."""
        waiting = [j for j in list(self._jobs.values()) if j.state == "queued" and j.device == job.device]
        return 1 + sum(j.rank < job.rank for j in waiting) if job.state == "queued" else None

    def add(self, wish: Wish) -> Job:
        """Queue a checked wish. Raises UserError for a name that is taken, or a queue that is full."""
        with self._lock:
            out = place_for(
                self.studio, wish.name, wish, {j.folder for j in self._jobs.values() if j.state not in ENDED}
            )
            kind: Kind = "new" if wish.from_run is None else "fork"
            about = {"data": wish.data, "recipe": wish.recipe, "preset": wish.preset, "images": wish.images}
            if wish.from_run is not None:
                check_config(RunFolder(self.studio.run_folder(wish.from_run)).config())
                row = self._watch.row(self.studio.run_folder(wish.from_run))
                about |= {name: row[name] for name in ("data", "recipe", "preset")}
            device = wish.device or str(wish.options.get("device") or "auto")
            return self.queue(kind, out, arguments(self.studio, wish, out), device, about)

    def go_on(self, folder: Path, images: int | None) -> Job:
        """Queue a run that stopped, from its last checkpoint on. images: its new length; None: as it was."""
        with self._lock:
            row, job = self._watch.row(folder), self.of(folder)
            if job is not None and job.state == "paused" and images in (None, job.images):
                return self.resume(job.id)
            if row["state"] == "running":
                raise Conflict(f"{row['name']} is being trained already")
            if row["state"] == "finished" and (images is None or images <= row["num_images"]):
                raise Conflict(f"{row['name']} is finished; give it more images than {row['num_images']:,}")
            config = RunFolder(folder).config()
            check_config(config)
            started = next((e for e in self._watch.following(folder).events if e["type"] == "started"), {})
            data_dir = started.get("data_dir") or self.studio.data_dir
            given = ["train", f"--config={folder / 'run.toml'}", f"--out={folder}"]
            given += [] if images is None else [f"--images={images}"]
            given += [f"--data-dir={data_dir}"] if data_dir else []
            about = {"data": row["data"], "recipe": row["recipe"], "preset": row["preset"], "images": images}
            return self.queue("resume", folder, given, config.device, about)

    def queue(self, kind: Kind, out: Path, given: list[str], device: str, about: dict[str, Any]) -> Job:
        """Queue `ganwright GIVEN...`, which writes to the folder `out`. about: what else is known of the job.

        Raises Conflict where a job does so already, UserError for a device that is not there or a queue that is full.
        """
        with self._lock:
            last = self.of(out)
            if last is not None and last.state in ("queued", *ACTIVE):
                raise Conflict(f"{out.relative_to(self.studio.runs_dir).as_posix()} is {last.state} already")
            if sum(j.state not in ENDED for j in self._jobs.values()) >= MOST_QUEUED:
                raise TooLarge(f"{MOST_QUEUED} jobs wait already; remove some first")
            on = choose_device(cast(Device, device)).type  # refuses what this machine has not
            if last is not None:
                self._forget(last)  # a folder has one job
            rank = 1 + max((j.rank for j in self._jobs.values()), default=0.0)
            now = time.time()
            id = f"{int(now):x}-{secrets.token_hex(3)}"
            return self._keep(Job(id, kind, str(out), tuple(given), on, rank, now, **about))

    def pause(self, id: str) -> Job:
        """Let a training save and end, to be gone on with later; one that waits just waits on."""
        return self._end_of(id, "paused", "pausing")

    def stop(self, id: str) -> Job:
        """End a job: its run is saved, and can be gone on with. Asked again, its process is killed."""
        return self._end_of(id, "stopped", "stopping")

    def resume(self, id: str) -> Job:
        """Queue a job that was paused, stopped or failed again, before the others."""
        with self._lock:
            job = self.find(id)
            if job.state not in ("paused", "stopped", "failed"):
                raise Conflict(f"the job is {job.state}; only one that was paused, stopped or failed is resumed")
            if sum(j.state not in ENDED for j in self._jobs.values() if j is not job) >= MOST_QUEUED:
                raise TooLarge(f"{MOST_QUEUED} jobs wait already; remove some first")
            first = min((o.rank for o in self._jobs.values() if o.state == "queued"), default=1.0)
            return self._keep(replace(job, state="queued", rank=first - 1, error=None, ended_at=None))

    def move(self, id: str, before: str | None) -> Job:
        """Change the place of a job that waits: before another, or to the end (None)."""
        with self._lock:
            job = self.find(id)
            waiting = [j for j in self.listed() if j.state == "queued" and j.id != id]
            if job.state != "queued" or (before is not None and before not in [j.id for j in waiting]):
                raise Conflict("only jobs that wait have a place in the queue")
            at = len(waiting) if before is None else [j.id for j in waiting].index(before)
            for rank, other in enumerate([*waiting[:at], job, *waiting[at:]]):
                self._keep(replace(other, rank=float(rank)))
            return self._jobs[id]

    def remove(self, id: str) -> None:
        """Forget a job that waits or has ended; its run stays."""
        with self._lock:
            job = self.find(id)
            if job.state in ACTIVE:
                raise Conflict(f"the job is {job.state}; stop it first")
            self._forget(job)

    def remove_of(self, folder: Path) -> None:
        """Forget the jobs of a run that is deleted."""
        with self._lock:
            for job in [j for j in self._jobs.values() if j.folder == folder and j.state not in ACTIVE]:
                self._forget(job)

    # -- looking after them --------------------------------------------------------------------------------------

    def tick(self) -> None:
        """See which processes have ended, and start those whose turn it is."""
        with self._lock:
            for job in [j for j in self._jobs.values() if j.state in ACTIVE]:
                try:
                    self._look_at(job)
                except (OSError, UserError):  # such as a full disk; it is looked at again
                    continue
            busy = {j.device for j in self._jobs.values() if j.state in ACTIVE}
            for job in self.listed():
                if job.state == "queued" and job.device not in busy:
                    busy.add(job.device)
                    self._start(job)
            for job in [j for j in self.listed() if j.state in ENDED][MOST_KEPT:]:
                self._forget(job)

    def _look_at(self, job: Job) -> None:
        child = self._children.get(job.id)
        if child is not None and child.poll() is None:
            return
        if child is None and jobs.is_alive(job):
            return
        trainer = next(filter(None, (RunFolder(run).trained_by() for run in job.runs)), None)
        if child is None and job.process is None:  # the studio was killed while it started this one
            if trainer is not None:
                self._keep(replace(job, process=trainer, began=jobs.started_at(trainer)))
                return
            if time.time() - (job.started_at or 0) < _START_SECONDS:
                return
        self._children.pop(job.id, None)
        self._keep(jobs.settled(job, self.folder, self._ending(job.folder)))

    def _start(self, job: Job) -> None:
        try:
            running, child = jobs.start(job, self.folder, self.studio.limits)
        except (OSError, ValueError, UserError) as error:
            said = f"it could not be started: {getattr(error, 'strerror', None) or error}"
            failed = replace(job, state="failed", ended_at=time.time(), error=said)
            try:
                self._keep(failed)
            except (OSError, UserError):
                self._keep(failed, save=False)
            return
        self._children[job.id] = child
        self._keep(running, save=False)

    def _ending(self, folder: Path) -> str:
        try:
            return state_of(self._watch.following(folder).events).kind
        except OSError:
            return "empty"

    def _run(self) -> None:
        while not self._end.is_set():
            try:
                self.tick()
            except Exception as error:
                logging.getLogger("ganwright.studio").error(note(error, "the queue"))
            self._end.wait(_TICK_SECONDS)

    # -- keeping them --------------------------------------------------------------------------------------------

    def _end_of(self, id: str, waiting: Literal["paused", "stopped"], now: Literal["pausing", "stopping"]) -> Job:
        with self._lock:
            job = self.find(id)
            if job.state in ("queued", "paused"):
                ended = time.time() if waiting == "stopped" else None
                return self._keep(replace(job, state=waiting, ended_at=ended))
            if job.state not in ACTIVE:
                raise Conflict(f"the job is {job.state} already")
            jobs.tell(job, signal.SIGKILL if job.state == now == "stopping" else signal.SIGTERM)
            return self._keep(replace(job, state=now))

    def _keep(self, job: Job, save: bool = True) -> Job:
        if save:
            jobs.save(job, self.folder)
        self._jobs[job.id] = job
        self._changed()
        return job

    def _forget(self, job: Job) -> None:
        del self._jobs[job.id]
        shutil.rmtree(self.folder / job.id, ignore_errors=True)
        self._changed()

    def _changed(self) -> None:
        self.revision += 1
        self._watch.forget()

    def _of_folder(self, folder: Path) -> OfJob | None:
        """The job of a run, for its row."""
        job = self.of(folder)
        return None if job is None else OfJob(job.id, job.state, job.error)

    def row_of(self, folder: Path) -> Row | None:
        """The row of a run whose folder is not there yet; None where no job will make it."""
        return next((row for row in self._rows() if row["id"] == self.studio.run_id(folder)), None)

    def _rows(self) -> list[Row]:
        """Runs that have no folder yet, or never got one."""
        jobs_now = [j for j in list(self._jobs.values()) if j.kind != "lesson" and j.state != "finished" and not j.runs]
        known = self._rows_of
        self._rows_of = {
            j.id: known[j.id] if j.id in known and known[j.id][0] is j else (j, _row(self.studio, j)) for j in jobs_now
        }
        return [row for _, row in self._rows_of.values()]


def _row(studio: Studio, job: Job) -> Row:
    sentence = {
        "queued": "It waits for its turn.",
        "running": "It begins: data and networks are made ready.",
        "pausing": "It ends before it has begun.",
        "stopping": "It ends before it has begun.",
        "paused": "It was paused before it began; it begins when it is resumed.",
        "stopped": "It was stopped before it began; it begins when it is resumed.",
        "failed": f"It did not begin: {job.error}",
    }
    about = {"recipe": job.recipe or "auto", "preset": job.preset, "data": job.data or "", "images": job.images}
    told = {"sentence": sentence.get(job.state, "It did not begin."), "problem": job.error}
    changed = job.ended_at or job.started_at or job.created_at
    name = job.folder.relative_to(studio.runs_dir).as_posix()
    known = {"id": studio.run_id(job.folder), "name": name, "state": job.state, "job": job.id, "changed_at": changed}
    return {**empty_row(), **about, **told, **known}


def _order(job: Job) -> tuple[int, float]:
    if job.state in ACTIVE:
        return 0, job.started_at or 0.0
    if job.state == "queued":
        return 1, job.rank
    if job.state == "paused":
        return 2, -(job.ended_at or job.created_at)
    return 3, -(job.ended_at or 0.0)
