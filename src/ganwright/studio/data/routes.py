"""The addresses of data: what there is, uploads, audits."""

from typing import Any

from pydantic import Field
from starlette.routing import BaseRoute, Route

from ganwright.studio.data.audits import Audits
from ganwright.studio.data.sources import confined, folders_of, sources
from ganwright.studio.data.uploads import Uploads, put
from ganwright.studio.replies import Query, endpoint
from ganwright.studio.state import Studio


class Audited(Query):
    """source: what is looked over. anew: although it was looked over before."""

    source: str = Field(max_length=4_000)
    anew: bool = False


@endpoint()
def data(studio: Studio) -> dict[str, Any]:
    """Everything that may be trained on."""
    return {"sources": list(sources(studio)), "folders": [str(folder) for folder in folders_of(studio)]}


@endpoint(Audited)
def audited(studio: Studio, query: Audited) -> dict[str, Any]:
    """What data holds and what is wrong with it, or how far the look is."""
    return studio.service(Audits).ask(confined(studio, query.source), query.anew)


@endpoint()
def uploaded(studio: Studio) -> dict[str, Any]:
    """What was uploaded."""
    return {"uploads": studio.service(Uploads).listed()}


@endpoint()
def remove(studio: Studio, name: str) -> dict[str, Any]:
    """Delete an upload."""
    studio.service(Uploads).remove(name)
    return {"gone": True}


ROUTES: list[BaseRoute] = [
    Route("/api/data", data),
    Route("/api/data/audit", audited, methods=["POST"]),
    Route("/api/uploads", uploaded),
    Route("/api/uploads/{name}", put, methods=["PUT"]),
    Route("/api/uploads/{name}", remove, methods=["DELETE"]),
]
