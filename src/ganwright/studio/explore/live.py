"""/live/explore/{run}: a browser says what it wants to see, the newest wish is fulfilled, older ones are dropped."""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from pydantic import Field
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganwright.core.errors import UserError
from ganwright.runs.exploring_live import Live
from ganwright.studio.explore.asked import Asked, parse
from ganwright.studio.explore.found import Found
from ganwright.studio.explore.lives import Broken, Lives
from ganwright.studio.explore.shown import activations_frame, items_frame
from ganwright.studio.state import Studio, studio_of

MOST_SOCKETS = 24
IDLE_SECONDS = 900.0
MOST_REASON_BYTES = 123
"""Of a line that a WebSocket is closed with (RFC 6455, section 5.5)."""

LOOK_AGAIN_SECONDS = 3.0
"""How often the newest checkpoint of a run that is still trained is looked for."""

Result = TypeVar("Result")


class Wish(Asked):
    """One message. type: "show" for items, "layer" for activations; the newest of each kind counts."""

    type: str = Field(default="show", pattern="^(show|layer)$")
    id: int = Field(default=0, ge=0, lt=2**53)


class _Desk:
    """The newest wish of each kind, and whether one is there."""

    def __init__(self) -> None:
        self.wishes: dict[str, Wish] = {}
        self.errors: list[tuple[int | None, str]] = []
        self.some = asyncio.Event()
        self.gone = False

    def put(self, wish: Wish) -> None:
        self.wishes[wish.type] = wish
        self.some.set()

    def take(self) -> Wish | None:
        """What moves comes first."""
        for kind in ("show", "layer"):
            if kind in self.wishes:
                return self.wishes.pop(kind)
        self.some.clear()
        return None


async def explore(socket: WebSocket) -> None:
    """Serve one browser."""
    studio = studio_of(socket)
    lives = studio.service(Lives)
    await socket.accept()
    if lives.sockets >= MOST_SOCKETS:
        await _end(socket, f"{MOST_SOCKETS} pages explore already; close one of them")
        return
    lives.sockets += 1
    desk = _Desk()
    reader = asyncio.create_task(_read(socket, desk))
    try:
        await _serve(socket, studio, lives, desk)
    except (WebSocketDisconnect, RuntimeError):
        return  # the browser has left, while something was sent to it
    finally:
        lives.sockets -= 1
        reader.cancel()


async def _serve(socket: WebSocket, studio: Studio, lives: Lives, desk: _Desk) -> None:
    run, found = socket.path_params["run"], studio.service(Found)
    try:
        live = await _threaded(lives, lambda: lives.of(studio.run_folder(run)))
    except UserError as error:
        await _end(socket, _line(error))
        return
    await socket.send_json(_told(live))
    looked = time.monotonic()
    while True:
        try:
            await asyncio.wait_for(desk.some.wait(), IDLE_SECONDS)
        except TimeoutError:
            await _end(socket, "nothing was asked for a long time; reload the page to go on")
            return
        if desk.gone:
            return
        while desk.errors:
            id, line = desk.errors.pop(0)
            await socket.send_json({"type": "error", "error": line, "id": id})
        wish = desk.take()
        if wish is None:
            continue
        try:
            if time.monotonic() - looked > LOOK_AGAIN_SECONDS:
                looked = time.monotonic()
                newer = await _threaded(lives, lambda: lives.of(studio.run_folder(run)))
                if newer is not live:
                    live = newer
                    await socket.send_json(_told(live))
            answer = await _threaded(lives, partial(_fulfil, live, found, wish))
        except UserError as error:
            await socket.send_json({"type": "error", "error": _line(error), "id": wish.id})
            continue
        await socket.send_bytes(answer)


async def _read(socket: WebSocket, desk: _Desk) -> None:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            desk.gone = True
            desk.some.set()
            return
        try:
            if not isinstance(message.get("text"), str):
                raise UserError("messages are JSON text")
            desk.put(parse(message["text"], Wish))
        except UserError as error:
            del desk.errors[:-8]
            desk.errors.append((None, _line(error)))
            desk.some.set()


async def _threaded(lives: Lives, work: Callable[[], Result]) -> Result:
    def told() -> Result:
        try:
            return work()
        except RuntimeError as error:
            raise Broken(str(error)) from error

    return await asyncio.get_running_loop().run_in_executor(lives.pool, told)


def _fulfil(live: Live, found: Found, wish: Wish) -> bytes:
    begin = time.perf_counter()
    place, look = wish.place(live, found), wish.look()
    if wish.type == "layer":
        if wish.layer is None:
            raise UserError("'layer': say which layer")
        maps = live.activations(place, look, wish.layer)
        return activations_frame(maps, id=wish.id, layer=wish.layer)
    items = live.effects(place, look, wish.amount) if wish.what == "effects" else live.made(place, look)
    spent = time.perf_counter() - begin
    return items_frame(items, id=wish.id, what=wish.what, milliseconds=round(1000 * spent, 2))


def _told(live: Live) -> dict[str, Any]:
    return {"type": "ready", "num_images": live.here.run.checkpoint.num_images}


async def _end(socket: WebSocket, line: str) -> None:
    await socket.send_json({"type": "error", "error": line, "id": None})
    await socket.close(1008, line.encode()[:MOST_REASON_BYTES].decode(errors="ignore"))


def _line(error: UserError) -> str:
    return " ".join(str(error).split())
