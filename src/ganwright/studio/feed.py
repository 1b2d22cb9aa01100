"""News for many browsers from one look: whoever listens gets the same text, at a pace of their own."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganwright.core.errors import UserError
from ganwright.studio.guard import note
from ganwright.studio.replies import json_text

Message = dict[str, Any]

MOST_LISTENERS = 200
MOST_WAITING = 64
"""Messages a slow browser may lag behind; then it is told to load everything again."""

BEHIND: Message = {"type": "rewound", "num_images": 0}


class Feed:
    """One subject that browsers listen to. It looks only while somebody listens.

    look: returns what is new, as messages for all. hello: returns what one who comes has to know, up to the last look.
    Both are called in threads, never at once. seconds: between two looks.
    A UserError of `look` is told to all, and ends the feed, and so does a bug; what cannot be read just now is let be.
    """

    def __init__(
        self, look: Callable[[], Iterable[Message]], hello: Callable[[], Iterable[Message]], seconds: float
    ) -> None:
        self._look, self._hello, self._seconds = look, hello, seconds
        self._lock = asyncio.Lock()
        self._queues: set[asyncio.Queue[str | None]] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def num_listeners(self) -> int:
        """How many listen now."""
        return len(self._queues)

    async def serve(self, socket: WebSocket) -> None:
        """Send to one browser until it leaves, or until there is no more to tell."""
        await socket.accept()
        if len(self._queues) >= MOST_LISTENERS:
            await socket.send_text(json_text({"type": "error", "error": f"{MOST_LISTENERS} already listen to this"}))
            await socket.close(1013)
            return
        queue: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)
        sender = asyncio.create_task(self._send(socket, queue))
        try:
            async with self._lock:
                for message in await run_in_threadpool(lambda: list(self._hello())):
                    _put(queue, json_text(message))
                self._queues.add(queue)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._run())
            while True:
                await socket.receive_text()  # what it says does not matter; that it leaves does
        except (WebSocketDisconnect, KeyError, RuntimeError):
            return
        finally:
            self._queues.discard(queue)
            sender.cancel()

    async def _send(self, socket: WebSocket, queue: asyncio.Queue[str | None]) -> None:
        try:
            while (text := await queue.get()) is not None:
                await socket.send_text(text)
            await socket.close()
        except (WebSocketDisconnect, RuntimeError):
            return

    async def _run(self) -> None:
        while self._queues:
            async with self._lock:
                try:
                    messages, ended = await run_in_threadpool(lambda: list(self._look())), False
                except UserError as error:
                    messages, ended = [{"type": "error", "error": str(error)}], True
                except OSError:
                    messages, ended = [], False
                except Exception as error:
                    messages, ended = [{"type": "error", "error": note(error, "news")}], True
                for text in map(json_text, messages):
                    for queue in self._queues:
                        _put(queue, text)
                if ended:
                    for queue in self._queues:
                        _put(queue, None)
                    self._queues.clear()
                    return
            await asyncio.sleep(self._seconds)


def _put(queue: asyncio.Queue[str | None], text: str | None) -> None:
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(json_text(BEHIND))
    queue.put_nowait(text)
