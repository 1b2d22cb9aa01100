"""Long work over a WebSocket: the browser says what, is told how it goes, and ends it by leaving."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect

from ganwright.core.errors import UserError
from ganwright.studio.explore.asked import parse
from ganwright.studio.explore.lives import Broken, Lives
from ganwright.studio.replies import Query
from ganwright.studio.state import Studio, studio_of

START_SECONDS = 60.0

News = dict[str, Any] | bytes
Tell = Callable[[News], None]
"""Called by the work with what the browser is to know; the newest counts. Raises Left where nobody listens any more."""

Order = TypeVar("Order", bound=Query)


class Left(Exception):
    """The browser has left, so the work is not needed."""


async def serve(socket: WebSocket, takes: type[Order], work: Callable[[Studio, str, Order, Tell], News]) -> None:
    """Take one order, work on it in a thread, tell how it goes and what came of it.

    One such work is done at a time in a studio. work: gets the studio, the run's id, the order, and `tell`.
    """
    studio = studio_of(socket)
    await socket.accept()
    try:
        message = await asyncio.wait_for(socket.receive(), START_SECONDS)
        if message["type"] == "websocket.disconnect":
            return
        if not isinstance(message.get("text"), str):
            raise UserError("messages are JSON text")
        order = parse(message["text"], takes)
        slot = studio.service(Lives).heavy
        if not slot.acquire(blocking=False):
            raise UserError("the studio is busy with another search; wait until it is done")
        try:
            await _carry_out(socket, studio, order, work)
        finally:
            slot.release()
    except TimeoutError:
        await socket.close(1008, "nothing was asked")
    except UserError as error:
        line = " ".join(str(error).split())
        await _quietly(socket.send_json({"type": "error", "error": line}))
        await _quietly(socket.close(1000))
    except (WebSocketDisconnect, RuntimeError):
        return  # the browser has left, while something was sent to it


async def _carry_out(
    socket: WebSocket, studio: Studio, order: Order, work: Callable[[Studio, str, Order, Tell], News]
) -> None:
    loop, news, left = asyncio.get_running_loop(), asyncio.Queue[News | None](), threading.Event()

    def tell(what: News) -> None:
        if left.is_set():
            raise Left
        loop.call_soon_threadsafe(news.put_nowait, what)

    async def listen() -> None:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass
        left.set()

    def run() -> None:
        try:
            tell(work(studio, socket.path_params["run"], order, tell))
        except Left:
            return
        except RuntimeError as error:
            raise Broken(str(error)) from error
        finally:
            loop.call_soon_threadsafe(news.put_nowait, None)

    listener, worker = asyncio.create_task(listen()), asyncio.create_task(asyncio.to_thread(run))
    try:
        there = True
        while there:
            last: dict[type, News] = {}  # of lines and of pictures the newest
            waiting = [await news.get()]
            while not news.empty():
                waiting.append(news.get_nowait())
            for what in waiting:
                if what is None:
                    there = False
                else:
                    last[type(what)] = what
            for what in last.values():
                await _send(socket, what)
        await worker
        if not left.is_set():
            await socket.close(1000)
    finally:
        left.set()
        listener.cancel()
        await asyncio.wait({worker})


async def _send(socket: WebSocket, what: News) -> None:
    if isinstance(what, bytes):
        await socket.send_bytes(what)
    else:
        await socket.send_json(what)


async def _quietly(sending: Any) -> None:
    try:
        await sending
    except (WebSocketDisconnect, RuntimeError):
        return
