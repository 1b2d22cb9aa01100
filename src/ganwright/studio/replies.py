"""How every endpoint answers: JSON without NaN, and one line for whatever goes wrong."""

import asyncio
import functools
import json
import math
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ganwright.core.errors import UserError
from ganwright.studio.state import NoRun, Studio, studio_of

MAX_BODY_BYTES = 1_000_000
"""Of a JSON body; uploads have limits of their own."""

MOST_VALUES = 10_000
"""In a JSON body: each may be wrong in several ways, and all of them are found before the first is told."""


MOST_TOGETHER = 8
"""Requests of one endpoint that have a thread at once, of 40 threads: slow ones keep only their own kind waiting."""


class NotFound(UserError):
    """What was asked for is not there: status 404 instead of 400."""


class Conflict(UserError):
    """What was asked for does not go with the present state: status 409."""


class TooLarge(UserError):
    """More was sent than is accepted: status 413."""


_STATUS = {NotFound: 404, NoRun: 404, Conflict: 409, TooLarge: 413}


class Lanes(defaultdict[Callable[..., Any], asyncio.Semaphore]):
    """Of an application, as `app.state.lanes`: what lets MOST_TOGETHER requests of each endpoint through at once."""

    def __init__(self) -> None:
        super().__init__(lambda: asyncio.Semaphore(MOST_TOGETHER))


class Query(BaseModel):
    """Base of what an endpoint takes: fields of the address's query, or of a JSON body. Unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def json_reply(data: Any, status: int = 200) -> Response:
    """JSON that any browser reads: numbers that are not finite become null."""
    return Response(json_text(data), status, media_type="application/json")


def json_text(data: Any) -> str:
    """The same as text, for WebSockets."""
    try:
        return json.dumps(data, separators=(",", ":"), allow_nan=False)
    except ValueError:  # a number that is not finite: rare, and slow to look for
        return json.dumps(_finite(data), separators=(",", ":"), allow_nan=False)


def problem(error: UserError) -> Response:
    """One line of what is wrong and how to mend it, as {"error": line}."""
    return json_reply({"error": " ".join(str(error).split())}, _STATUS.get(type(error), 400))


def endpoint(
    takes: type[Query] | None = None,
) -> Callable[[Callable[..., Any]], Callable[[Request], Awaitable[Response]]]:
    """Make a plain function `(studio, query, **path parameters) -> data or Response` an endpoint.

    It runs in a thread, so it may read files and compute; MOST_TOGETHER of a kind do so at once. `takes`: the model of
    its query (GET) or JSON body (else); None: it takes none, and the function gets no `query`. UserError becomes a line
    with its status.
    """

    def decorate(function: Callable[..., Any]) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(function)
        async def handle(request: Request) -> Response:
            lanes: Lanes = request.app.state.lanes
            try:
                arguments: list[Any] = [studio_of(request)]
                if takes is not None:
                    arguments.append(await _read(request, takes))
                async with lanes[function]:
                    return await run_in_threadpool(_answer, function, arguments, request.path_params)
            except UserError as error:
                return problem(error)
            except OSError as error:  # a full disk, a folder without rights: for the user to mend
                return problem(UserError(f"{error.filename or 'the machine'}: {error.strerror or error}"))

        handle.__dict__["takes"] = takes  # for tests that ask everything of everything
        return handle

    return decorate


def _answer(function: Callable[..., Any], arguments: list[Any], named: dict[str, Any]) -> Response:
    result = function(*arguments, **named)
    return result if isinstance(result, Response) else json_reply(result)


async def _read(request: Request, takes: type[Query]) -> Query:
    if request.method in ("GET", "HEAD"):
        data: Any = dict(request.query_params)
    else:
        if request.headers.get("content-type", "").split(";")[0] != "application/json":
            raise UserError("the body should be JSON, with the header Content-Type: application/json")
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise TooLarge(f"the body is larger than {MAX_BODY_BYTES:,} bytes")
        if body.count(b",") > MOST_VALUES:
            raise TooLarge(f"the body holds more than {MOST_VALUES:,} values")
        try:
            data = json.loads(body or b"{}")
        except (ValueError, RecursionError) as error:
            raise UserError("the body is not JSON") from error
    try:
        return takes.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "the request"
        raise UserError(f"'{name}': {first['msg'][0].lower()}{first['msg'][1:]}") from error


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


__all__ = ["Conflict", "NotFound", "Query", "Studio", "TooLarge", "endpoint", "json_reply", "json_text", "problem"]
