"""Text is sent compressed to those that read it so."""

import gzip

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST_BYTES = 1_000
MOST_BYTES = 16_000_000
"""Longer bodies are passed on as they come: they are not held in memory."""

_TEXTS = ("text/", "application/json", "application/javascript", "image/svg+xml")
_LEVEL = 5


class Compress:
    """ASGI middleware: gzip for texts of 1 kB and more whose length is known."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with an answer that can be compressed held back until it is whole."""
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        held: Message | None = None
        body = bytearray()

        async def collect(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_worth(message):
                held = message
                return
            if held is None or message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                packed = await run_in_threadpool(gzip.compress, bytes(body), _LEVEL, mtime=0)
                headers = MutableHeaders(scope=held)
                headers["content-encoding"], headers["content-length"] = "gzip", str(len(packed))
                headers.add_vary_header("accept-encoding")
                if headers.get("etag", "").startswith('"'):
                    headers["etag"] = f"W/{headers['etag']}"
                await send(held)
                await send({"type": "http.response.body", "body": packed})

        await self.app(scope, receive, collect)


def _is_worth(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    length = int(headers.get("content-length", "0"))
    return (
        message["status"] == 200
        and LEAST_BYTES <= length <= MOST_BYTES
        and headers.get("content-type", "").startswith(_TEXTS)
        and "content-encoding" not in headers
    )
