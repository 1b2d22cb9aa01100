"""/api/explore and /live/explore: what a run's generator can do, pictures to keep, uploads, spectra."""

from typing import Any

from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from ganwright.core.errors import UserError
from ganwright.core.pictures import grid, panel, png_bytes
from ganwright.data.dataset import to_uint8
from ganwright.runs.exploring_base import about_run
from ganwright.studio.explore.asked import Asked, parse
from ganwright.studio.explore.found import Found
from ganwright.studio.explore.live import explore
from ganwright.studio.explore.lives import Lives
from ganwright.studio.explore.searches import directions, invert
from ganwright.studio.explore.targets import MOST_BYTES, Targets
from ganwright.studio.replies import Query, TooLarge, endpoint, json_reply, problem
from ganwright.studio.state import Studio, studio_of

MOST_SCALE = 32
MOST_SIDE = 4096


class Kept(Query):
    """A picture to keep. state: what to show, as the live page asks for it, as JSON text."""

    state: str = "{}"
    scale: int = Field(default=1, ge=1, le=MOST_SCALE)
    """By which each is enlarged."""

    columns: int | None = Field(default=None, ge=1, le=64)


def facts(studio: Studio, run: str) -> dict[str, Any]:
    """What the run's generator can do."""
    return studio.service(Lives).facts(studio.run_folder(run))


def spectrum(studio: Studio, run: str) -> dict[str, Any]:
    """Frequencies of samples and of real pictures."""
    return studio.service(Lives).spectrum(studio.run_folder(run))


def points(studio: Studio, run: str) -> dict[str, Any]:
    """Real points, for runs on points."""
    return studio.service(Lives).real_points(studio.run_folder(run))


def picture(studio: Studio, query: Kept, run: str) -> Response:
    """What is shown as a PNG to keep, with the mark of generated media and how to make it again."""
    asked = parse(query.state, Asked)
    live = studio.service(Lives).of(studio.run_folder(run))
    items, look = asked.place(live, studio.service(Found)), asked.look()
    made = live.effects(items, look, asked.amount).flatten(0, 1) if asked.what == "effects" else live.made(items, look)
    about = about_run(live.here.run, asked.seed) | {"state": asked.model_dump_json(exclude_defaults=True)}
    if made.ndim == 4:
        side = max(made.shape[2:]) * query.scale * (1 if len(made) == 1 else len(made) ** 0.5)
        if side > MOST_SIDE:
            raise UserError(f"that would be larger than {MOST_SIDE} pixels; take a smaller scale")
        image = grid(made, query.columns, query.scale)
    else:
        image = panel(made)
    name = f"{live.here.run.path.name}-{asked.what}.png".encode("ascii", "replace").decode().replace("?", "_")
    headers = {"content-disposition": f'attachment; filename="{name.replace(chr(34), "_")}"'}
    return Response(png_bytes(image, about), media_type="image/png", headers=headers)


def target(studio: Studio, run: str, name: str) -> Response:
    """An uploaded picture as the run sees it; it is real, so it has no mark."""
    item = studio.service(Targets).of(name)
    studio.run_folder(run)
    return Response(png_bytes(grid(to_uint8(item[None]), scale=1), {}, synthetic=False), media_type="image/png")


async def upload(request: Request) -> Response:
    """Take a picture's file as the body and bring it to the run's size."""
    try:
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > MOST_BYTES:
                raise TooLarge(f"the picture is larger than {MOST_BYTES:,} bytes")
        return json_reply(
            await run_in_threadpool(_add, studio_of(request), request.path_params["run"], bytes(data)), 201
        )
    except UserError as error:
        return problem(error)


def _add(studio: Studio, run: str, data: bytes) -> dict[str, Any]:
    live = studio.service(Lives).of(studio.run_folder(run))
    return {"picture": studio.service(Targets).add(data, live.here.spec), "shape": list(live.here.spec.shape)}


ROUTES = [
    Route("/api/explore/{run}", endpoint()(facts), methods=["GET"]),
    Route("/api/explore/{run}/spectrum", endpoint()(spectrum), methods=["GET"]),
    Route("/api/explore/{run}/points", endpoint()(points), methods=["GET"]),
    Route("/api/explore/{run}/picture", endpoint(Kept)(picture), methods=["GET"]),
    Route("/api/explore/{run}/targets", upload, methods=["POST"]),
    Route("/api/explore/{run}/targets/{name}", endpoint()(target), methods=["GET"]),
    WebSocketRoute("/live/explore/{run}", explore),
    WebSocketRoute("/live/explore/{run}/invert", invert),
    WebSocketRoute("/live/explore/{run}/directions", directions),
]
"""The part's routes."""
