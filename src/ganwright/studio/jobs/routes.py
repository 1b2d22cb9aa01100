"""The addresses of jobs and of the form of a new run."""

import os
import shlex
from pathlib import Path
from typing import Any

import torch
from pydantic import Field
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ganwright import __version__
from ganwright.core.errors import UserError
from ganwright.studio.data import uploads
from ganwright.studio.jobs import forms, wishes
from ganwright.studio.jobs.estimates import Estimates
from ganwright.studio.jobs.job import ACTIVE, ENDED, Job, log_lines
from ganwright.studio.jobs.queue import MOST_QUEUED, Jobs
from ganwright.studio.jobs.wishes import Wish
from ganwright.studio.replies import Query, endpoint, json_reply
from ganwright.studio.runs.watch import Watch
from ganwright.studio.state import Studio

_SHOWN_LINES = 5


class Nothing(Query):
    """No fields."""


class Longer(Query):
    """images: the new length of a run; None: as it was."""

    images: int | None = Field(default=None, ge=1, le=wishes.MOST_IMAGES)


class Move(Query):
    """before: the job that it goes before; None: to the end."""

    before: str | None = Field(default=None, max_length=100)


class Schema(Query):
    """Whose options are asked for."""

    recipe: str | None = Field(default=None, max_length=100)
    preset: str | None = Field(default=None, max_length=100)
    data: str | None = Field(default=None, max_length=4_000)
    from_run: str | None = Field(default=None, max_length=1_000)


@endpoint()
def about(studio: Studio) -> dict[str, Any]:
    """What this studio is and has."""
    return {
        "version": __version__,
        "runs_dir": str(studio.runs_dir),
        "cwd": str(Path.cwd()),
        "devices": _devices(),
        "token": studio.token is not None,
        "limits": {
            "queue": MOST_QUEUED,
            "images": wishes.MOST_IMAGES,
            "upload_bytes": uploads.MOST_BYTES,
            "upload_files": uploads.MOST_FILES,
            "upload_pixels": uploads.MOST_PIXELS,
            "job_seconds": studio.limits.seconds,
            "job_memory_bytes": studio.limits.memory_bytes,
        },
    }


@endpoint()
def jobs(studio: Studio) -> dict[str, Any]:
    """Every job."""
    return {"jobs": listed(studio)}


@endpoint(Wish)
def add(studio: Studio, query: Wish) -> Response:
    """Queue a training."""
    wish = wishes.checked(studio, query)
    base = forms.base_config(studio, wish)
    if base is not None and (errors := forms.filled(base, wish)[1]):
        raise UserError("; ".join(errors.values()))
    return json_reply(plain(studio, studio.service(Jobs).add(wish)), 201)


@endpoint(Longer)
def go_on(studio: Studio, query: Longer, run: str) -> dict[str, Any]:
    """Queue a run that stopped."""
    return plain(studio, studio.service(Jobs).go_on(studio.run_folder(run), query.images))


@endpoint(Nothing)
def pause(studio: Studio, query: Nothing, job: str) -> dict[str, Any]:
    """Let a job save and wait."""
    return plain(studio, studio.service(Jobs).pause(job))


@endpoint(Nothing)
def resume(studio: Studio, query: Nothing, job: str) -> dict[str, Any]:
    """Queue a job again."""
    return plain(studio, studio.service(Jobs).resume(job))


@endpoint(Nothing)
def stop(studio: Studio, query: Nothing, job: str) -> dict[str, Any]:
    """End a job."""
    return plain(studio, studio.service(Jobs).stop(job))


@endpoint(Move)
def move(studio: Studio, query: Move, job: str) -> dict[str, Any]:
    """Change a job's place."""
    return plain(studio, studio.service(Jobs).move(job, query.before))


@endpoint()
def remove(studio: Studio, job: str) -> dict[str, Any]:
    """Forget a job."""
    studio.service(Jobs).remove(job)
    return {"gone": True}


@endpoint()
def log(studio: Studio, job: str) -> dict[str, Any]:
    """What a job's process said."""
    found = studio.service(Jobs)
    return {"lines": log_lines(found.folder / found.find(job).id)}


@endpoint()
def recipes(studio: Studio) -> dict[str, Any]:
    """Every recipe."""
    return forms.recipes()


@endpoint(Schema)
def schema(studio: Studio, query: Schema) -> dict[str, Any]:
    """The options of a recipe, as fields."""
    wish = Wish(recipe=query.recipe, preset=query.preset, data=query.data, from_run=query.from_run)
    if wish.data is not None:
        wish = wishes.checked(studio, wish)
    base = forms.base_config(studio, wish)
    shown = forms.auto_form() if base is None else forms.form(base, base)
    return {"recipe": query.recipe or wishes.AUTO, "preset": query.preset, **shown}


@endpoint(Wish)
def plan(studio: Studio, query: Wish) -> dict[str, Any]:
    """What would be trained, as far as it can be told without the data; what is wrong, by option."""
    taken = {job.folder for job in studio.service(Jobs).listed() if job.state not in ENDED}
    told: dict[str, Any] = {"options": [], "groups": [], "changed": [], "notes": [], "name": None, "exists": False}
    told |= {"recipe": query.recipe or wishes.AUTO, "images": query.images}
    errors: dict[str, str] = {}
    wish = query
    try:
        wish = wishes.checked(studio, query)
        base = forms.base_config(studio, wish)
        if base is None:
            told |= forms.auto_form()
            told["notes"] = ["the recipe and its settings are chosen by what suits the data; the estimate tells which"]
        else:
            config, errors = forms.filled(base, wish)
            told |= forms.form(config, base)
            told["changed"] = [f["name"] for f in told["options"] if f["value"] != f["default"]]
            told["recipe"], told["images"] = config.recipe, config.images
    except UserError as error:
        errors[""] = str(error)
    try:
        if "" not in errors:
            folder = wishes.place_for(studio, wish.name, wish, taken)
            told["name"] = folder.relative_to(studio.runs_dir).as_posix()
    except UserError as error:
        errors["name"], told["exists"] = str(error), True
    return {**told, "errors": errors}


@endpoint(Wish)
def estimate(studio: Studio, query: Wish) -> dict[str, Any]:
    """How long a training would take, and what it would need."""
    wish = wishes.checked(studio, query)
    out = wishes.place_for(studio, None, wish, set())
    return studio.service(Estimates).ask(wishes.arguments(studio, wish, out))


def listed(studio: Studio) -> list[dict[str, Any]]:
    """Every job as plain data."""
    return [plain(studio, job) for job in studio.service(Jobs).listed()]


def plain(studio: Studio, job: Job) -> dict[str, Any]:
    """A job as JSON has it."""
    found = studio.service(Jobs)
    rows = [studio.service(Watch).row(run) for run in job.runs]
    row = rows[0] if rows and job.kind != "lesson" else {}
    images = row.get("images") or job.images
    lines = log_lines(found.folder / job.id, _SHOWN_LINES) if job.state == "failed" else []
    return {
        "id": job.id,
        "state": job.state,
        "run": None if job.kind == "lesson" else studio.run_id(job.folder),
        "page": job.page or f"/run/{studio.run_id(job.folder)}",
        "name": job.folder.relative_to(studio.runs_dir).as_posix(),
        "kind": job.kind,
        "data": row.get("data") or job.data,
        "recipe": row.get("recipe") or job.recipe,
        "preset": row.get("preset") or job.preset,
        "images": images,
        "device": job.device,
        "place": found.place(job),
        "created_at": job.created_at,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
        "error": job.error,
        "log": lines,
        "progress": min(sum(r["num_images"] for r in rows) / images, 1.0) if rows and images else None,
        "seconds_left": row.get("seconds_left") if job.state in ACTIVE else None,
        "max_seconds": job.max_seconds or studio.limits.seconds,
        "max_memory_bytes": job.max_memory_bytes or studio.limits.memory_bytes,
        "command": shlex.join(["ganwright", *job.arguments]),
    }


def _devices() -> list[dict[str, str]]:
    found = [{"name": "cpu", "title": f"CPU, {os.cpu_count()} cores"}]
    if torch.cuda.is_available():
        found.insert(0, {"name": "cuda", "title": torch.cuda.get_device_name(0)})
    if torch.backends.mps.is_available():
        found.insert(0, {"name": "mps", "title": "Apple GPU"})
    return found


ROUTES: list[BaseRoute] = [
    Route("/api/about", about),
    Route("/api/jobs", jobs),
    Route("/api/jobs", add, methods=["POST"]),
    Route("/api/jobs/{job}/pause", pause, methods=["POST"]),
    Route("/api/jobs/{job}/resume", resume, methods=["POST"]),
    Route("/api/jobs/{job}/stop", stop, methods=["POST"]),
    Route("/api/jobs/{job}/move", move, methods=["POST"]),
    Route("/api/jobs/{job}/log", log),
    Route("/api/jobs/{job}", remove, methods=["DELETE"]),
    Route("/api/runs/{run}/resume", go_on, methods=["POST"]),
    Route("/api/recipes", recipes),
    Route("/api/schema", schema),
    Route("/api/plan", plan, methods=["POST"]),
    Route("/api/estimate", estimate, methods=["POST"]),
]
