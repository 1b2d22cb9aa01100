"""/api/lessons: the chapters, queueing one, its figures and its page."""

from typing import Any

from starlette.responses import FileResponse, Response
from starlette.routing import Route

from ganwright.studio.lessons.chapters import Asked, Chapters, Drawn
from ganwright.studio.replies import endpoint, json_reply
from ganwright.studio.state import Studio


@endpoint(Asked)
def contents(studio: Studio, query: Asked) -> Any:
    """All lessons."""
    return studio.service(Chapters).contents(query)


@endpoint(Asked)
def chapter(studio: Studio, query: Asked, name: str) -> Any:
    """One lesson."""
    return studio.service(Chapters).chapter(name, query)


@endpoint(Asked)
def start(studio: Studio, query: Asked, name: str) -> Response:
    """Queue a lesson, or go on with it."""
    studio.service(Chapters).start(name, query)
    return json_reply(studio.service(Chapters).chapter(name, query), 201)


@endpoint(Drawn)
def figure(studio: Studio, query: Drawn, name: str) -> Response:
    """A figure as it was drawn."""
    return FileResponse(studio.service(Chapters).file(name, query, query))


@endpoint(Asked)
def page(studio: Studio, query: Asked, name: str) -> Response:
    """The lesson's page, to keep."""
    file = studio.service(Chapters).file(name, query, None)
    return FileResponse(file, filename=f"lesson-{name}.html", media_type="text/html")


ROUTES = [
    Route("/api/lessons", contents),
    Route("/api/lessons/{name}", chapter, methods=["GET"]),
    Route("/api/lessons/{name}/start", start, methods=["POST"]),
    Route("/api/lessons/{name}/figure", figure),
    Route("/api/lessons/{name}/page", page),
]
