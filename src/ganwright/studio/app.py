"""The application: every part's routes, in one table, and the pages."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

import ganwright.runs
from ganwright.core.errors import UserError
from ganwright.studio.architectures import routes as architectures
from ganwright.studio.compress import Compress
from ganwright.studio.counterfeiter import ROUTES as COUNTERFEITER
from ganwright.studio.data import routes as data
from ganwright.studio.explore import routes as explore
from ganwright.studio.guard import Guard
from ganwright.studio.human import routes as human
from ganwright.studio.jobs import routes as jobs
from ganwright.studio.jobs.queue import Jobs
from ganwright.studio.lessons import routes as lessons
from ganwright.studio.playground import routes as playground
from ganwright.studio.replies import Lanes, NotFound, json_reply, problem
from ganwright.studio.runs import routes as runs
from ganwright.studio.state import Studio
from ganwright.studio.theory import ROUTES as THEORY

STATIC = Path(__file__).parent / "static"
CHARTS = Path(ganwright.runs.__file__).parent / "assets" / "vendor" / "uplot"

PARTS: dict[str, Sequence[BaseRoute]] = {
    "runs": runs.ROUTES,
    "jobs": jobs.ROUTES,
    "data": data.ROUTES,
    "explore": explore.ROUTES,
    "human": human.ROUTES,
    "playground": playground.ROUTES,
    "theory": THEORY,
    "counterfeiter": COUNTERFEITER,
    "architectures": architectures.ROUTES,
    "lessons": lessons.ROUTES,
}
"""The routes of each part, by its name: /api/... and /live/... A part is a module with ROUTES; one row each."""


async def page(request: Request) -> Response:
    """Every page is the same document; which one it shows is in the address."""
    return FileResponse(STATIC / "index.html")


async def nothing_there(request: Request) -> Response:
    """An address of the interface that does not exist."""
    return problem(NotFound(f"there is nothing at {request.url.path}"))


async def as_line(request: Request, error: Exception) -> Response:
    """What a user can mend, wherever it was noticed."""
    assert isinstance(error, UserError)
    return problem(error)


async def as_told(request: Request, error: Exception) -> Response:
    """What the router refuses, such as a method: a line for programs, plain text for others."""
    assert isinstance(error, HTTPException)
    text = f"{error.detail} for {request.method} {request.url.path}"
    if request.url.path.startswith("/api/") or request.method not in ("GET", "HEAD"):
        return json_reply({"error": text.lower()}, error.status_code)
    return PlainTextResponse(text, error.status_code)


@asynccontextmanager
async def _open(app: Starlette) -> AsyncIterator[None]:
    """While the server runs; what it started is closed after it."""
    await run_in_threadpool(app.state.studio.service, Jobs)
    yield
    await run_in_threadpool(app.state.studio.close)


def build(studio: Studio) -> Starlette:
    """The studio as an ASGI application."""
    routes = [
        *(route for part in PARTS.values() for route in part),
        Route("/api/{rest:path}", nothing_there, methods=["GET", "POST", "PUT", "DELETE"]),
        Mount("/static/vendor/uplot", StaticFiles(directory=CHARTS)),
        Mount("/static", StaticFiles(directory=STATIC)),
        Route("/{rest:path}", page),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, studio=studio), Middleware(Compress)],
        exception_handlers={UserError: as_line, HTTPException: as_told},
        lifespan=_open,
    )
    app.state.studio, app.state.lanes = studio, Lanes()
    return app
