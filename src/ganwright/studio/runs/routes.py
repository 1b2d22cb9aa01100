"""The addresses of runs."""

import math
from typing import Any

from pydantic import Field
from starlette.routing import BaseRoute, Route, WebSocketRoute

from ganwright.core.errors import UserError
from ganwright.runs.report_facts import figures_of
from ganwright.studio.jobs.queue import Jobs
from ganwright.studio.replies import Conflict, Query, endpoint
from ganwright.studio.runs import curves, files, live, side_by_side
from ganwright.studio.runs.details import details, no_details
from ganwright.studio.runs.trash import Trash
from ganwright.studio.runs.watch import Watch
from ganwright.studio.state import Studio

MOST_COMPARED = 12
BUSY = ("running", "queued", "pausing", "stopping")


class Stretch(Query):
    """A stretch of a run, in images seen, and how many places of a line are wanted."""

    start: float = Field(default=-math.inf, alias="from", allow_inf_nan=True)
    end: float = Field(default=math.inf, alias="to", allow_inf_nan=True)
    points: int = Field(default=800, ge=10, le=5_000)


class Charts(Stretch):
    """ids: of charts, with commas; empty: all."""

    ids: str = Field(default="", max_length=4_000)


class Series(Stretch):
    """names: of scalars, with commas."""

    names: str = Field(max_length=4_000)


class Page(Query):
    """A page of a log."""

    offset: int = Field(default=0, ge=0, le=10**9)
    limit: int = Field(default=200, ge=1, le=1_000)
    type: str | None = Field(default=None, max_length=100)
    newest: bool = False


class Compared(Query):
    """runs: ids, with commas."""

    runs: str = Field(max_length=20_000)
    points: int = Field(default=400, ge=10, le=2_000)


class Nothing(Query):
    """No fields."""


@endpoint()
def all_runs(studio: Studio) -> dict[str, Any]:
    """Every run's row."""
    rows, left_out = studio.service(Watch).rows()
    return {"runs": rows, "left_out": left_out, "trash": studio.service(Trash).count()}


@endpoint()
def one_run(studio: Studio, run: str) -> dict[str, Any]:
    """A run's row and all that is known around it."""
    watch, place = studio.service(Watch), studio.place(run)
    if place is not None and (row := studio.service(Jobs).row_of(place)):
        return {**row, **no_details(place)}
    folder = studio.run_folder(run)
    return {**watch.row(folder), **details(studio, folder, watch.following(folder))}


@endpoint(Charts)
def charts(studio: Studio, query: Charts, run: str) -> dict[str, Any]:
    """A run's curves; none where its job has not begun it yet."""
    if _is_coming(studio, run):
        return curves.no_charts()
    following = studio.service(Watch).following(studio.run_folder(run))
    return curves.charts(following, _names(query.ids), query.start, query.end, query.points)


@endpoint(Series)
def series(studio: Studio, query: Series, run: str) -> dict[str, Any]:
    """Some of a run's numbers by name."""
    following = studio.service(Watch).following(studio.run_folder(run))
    return curves.series(following, _names(query.names), query.start, query.end, query.points)


@endpoint(Page)
def events(studio: Studio, query: Page, run: str) -> dict[str, Any]:
    """A page of a run's log; an empty one where its job has not begun it yet."""
    if _is_coming(studio, run):
        return {"total": 0, "offset": query.offset, "events": [], "types": {}}
    following = studio.service(Watch).following(studio.run_folder(run))
    total, found = following.page(query.offset, query.limit, query.type, query.newest)
    return {"total": total, "offset": query.offset, "events": found, "types": following.types()}


@endpoint()
def delete(studio: Studio, run: str) -> dict[str, Any]:
    """Put a run into the trash; one that never began is forgotten."""
    place, jobs = studio.place(run), studio.service(Jobs)
    if place is not None and (row := jobs.row_of(place)):
        jobs.remove(row["job"])
        return {"trash": None, "name": row["name"]}
    folder, watch = studio.run_folder(run), studio.service(Watch)
    state = watch.row(folder)["state"]
    if state in BUSY:
        raise Conflict(f"{run} is {state}; stop it first")
    taken = studio.service(Trash).take(folder)
    jobs.remove_of(folder)
    watch.forget()
    return taken


@endpoint()
def trash(studio: Studio) -> dict[str, Any]:
    """What was deleted."""
    return {"trash": studio.service(Trash).listed()}


@endpoint(Nothing)
def undo(studio: Studio, query: Nothing, token: str) -> dict[str, Any]:
    """Bring a run back."""
    folder = studio.service(Trash).give_back(token)
    studio.service(Watch).forget()
    return {"run": studio.run_id(folder)}


@endpoint()
def remove(studio: Studio, token: str) -> dict[str, Any]:
    """Delete a run for good."""
    studio.service(Trash).remove(token)
    return {"gone": True}


@endpoint(Compared)
def compared(studio: Studio, query: Compared) -> dict[str, Any]:
    """Several runs side by side."""
    names = list(dict.fromkeys(_names(query.runs)))
    if not 2 <= len(names) <= MOST_COMPARED:
        raise UserError(f"comparing takes 2 to {MOST_COMPARED} runs, not {len(names)}")
    watch = studio.service(Watch)
    folders = [studio.run_folder(name) for name in names]
    followed = {name: watch.following(folder) for name, folder in zip(names, folders, strict=True)}
    judged = [any(e["type"] == "metrics" and figures_of(e) for e in f.events) for f in followed.values()]
    return {
        "runs": [watch.row(folder) for folder in folders],
        "charts": side_by_side.shared_charts(followed, query.points),
        **side_by_side.comparison(folders, judged),
    }


def _is_coming(studio: Studio, run: str) -> bool:
    """Whether a job will make the run's folder."""
    place = studio.place(run)
    return place is not None and studio.service(Jobs).row_of(place) is not None


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


ROUTES: list[BaseRoute] = [
    Route("/api/runs", all_runs),
    Route("/api/runs/{run}", one_run),
    Route("/api/runs/{run}", delete, methods=["DELETE"]),
    Route("/api/runs/{run}/charts", charts),
    Route("/api/runs/{run}/series", series),
    Route("/api/runs/{run}/events", events),
    Route("/api/runs/{run}/picture", files.picture),
    Route("/api/runs/{run}/file/{path:path}", files.file),
    Route("/api/runs/{run}/report", files.report),
    Route("/api/trash", trash),
    Route("/api/trash/{token}/undo", undo, methods=["POST"]),
    Route("/api/trash/{token}", remove, methods=["DELETE"]),
    Route("/api/compare", compared),
    WebSocketRoute("/live/runs", live.runs),
    WebSocketRoute("/live/runs/{run}", live.run),
]
