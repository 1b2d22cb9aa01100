"""/live/explore/{run}/...: searches that take a while: projecting a picture, directions that tell classes apart."""

import time
from typing import Literal

from pydantic import Field
from starlette.websockets import WebSocket
from torch import Tensor

from ganwright import explore
from ganwright.core.errors import UserError
from ganwright.data.dataset import to_uint8
from ganwright.runs.exploring_base import Opened
from ganwright.runs.exploring_items import class_directions
from ganwright.runs.exploring_project import project
from ganwright.runs.run import load
from ganwright.studio.explore.found import Found
from ganwright.studio.explore.lives import Lives
from ganwright.studio.explore.shown import items_frame
from ganwright.studio.explore.targets import NAME, Targets
from ganwright.studio.explore.work import News, Tell, serve
from ganwright.studio.replies import Query
from ganwright.studio.state import Studio

_SHOW_SECONDS = 0.1


class Projection(Query):
    """What is to be projected, and how."""

    picture: str = Field(pattern=NAME)
    space: Literal["z", "w"] | None = None
    """None: w where there is one."""

    label: int | None = Field(default=None, ge=0)
    steps: int = Field(default=200, ge=10, le=1000)
    restarts: int = Field(default=4, ge=1, le=8)
    features: Literal["auto", "discriminator", "none"] = "discriminator"
    seed: int = Field(default=0, ge=0, lt=2**31)


class Probing(Query):
    """An order for directions of classes."""

    seed: int = Field(default=0, ge=0, lt=2**31)


async def invert(socket: WebSocket) -> None:
    """Project an uploaded picture."""
    await serve(socket, Projection, _project)


async def directions(socket: WebSocket) -> None:
    """Find the directions in which a class grows."""
    await serve(socket, Probing, _probe)


def _project(studio: Studio, run: str, order: Projection, tell: Tell) -> News:
    tell({"type": "progress", "done": 0, "total": order.steps, "what": "loading"})
    folder = studio.run_folder(run)
    here = Opened(load(folder), "projection")
    target = studio.service(Targets).of(order.picture)
    if tuple(target.shape) != here.spec.shape:
        raise UserError("the picture was made ready for another run; upload it again")
    if here.algorithm.num_classes and order.label is None:
        raise UserError("this run makes classes on request; say which class the picture shows")
    space, shown = here.space(order.space), 0.0

    def progress(done: int, total: int) -> None:
        tell({"type": "progress", "done": done, "total": total, "what": "searching"})

    def watch(item: Tensor) -> None:
        nonlocal shown
        if time.monotonic() - shown > _SHOW_SECONDS:
            shown = time.monotonic()
            tell(items_frame(to_uint8(item[None])))

    found, told = project(
        here,
        target,
        space=space,
        label=order.label,
        steps=order.steps,
        restarts=order.restarts,
        features=order.features,
        seed=order.seed,
        data_dir=None if studio.data_dir is None else str(studio.data_dir),
        progress=progress,
        watch=watch,
    )
    tell(items_frame(to_uint8(found.item[None])))
    codes = found.vector
    if space == "w":
        codes = found.vector.expand(explore.as_styled(here.generator, "space w").num_layers, -1)
    elif here.space(None) == "w":
        codes = explore.encode(here.generator, found.vector[None], here.labels(1, order.label))[0]
    return {
        "type": "done",
        "found": studio.service(Found).keep(codes),
        "pixels": found.pixels,
        "features": found.features,
        "by": told,
        "prior": found.prior,
        "space": space,
    }


def _probe(studio: Studio, run: str, order: Probing, tell: Tell) -> News:
    folder = studio.run_folder(run)
    here = Opened(load(folder), "directions of classes")
    tell({"type": "progress", "done": 0, "total": 1, "what": "loading"})
    found = class_directions(
        here,
        seed=order.seed,
        data_dir=None if studio.data_dir is None else str(studio.data_dir),
        progress=lambda done, total, what: tell({"type": "progress", "done": done, "total": total, "what": what}),
    )
    live = studio.service(Lives).of(folder)
    names = [f"{name}" for name in found.names]
    told = ", ".join(f"{n} {a:.0%}" for n, a in zip(found.names, found.accuracy, strict=True))
    live.add_ways("classes", found.vectors, names, f"by {found.by}; ranked right on held-out samples: {told}")
    return {"type": "done", "directions": Lives.directions(live, "classes")}
