"""The server: where it listens, who may call it, and that one runs folder has one studio."""

import asyncio
import fcntl
import logging
import os
import secrets
import socket
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from logging.handlers import RotatingFileHandler

import uvicorn

from ganwright.core.errors import UserError
from ganwright.studio.app import build
from ganwright.studio.guard import LOOPBACK
from ganwright.studio.state import Studio

PORT = 7860
_TRIED = 50
_LOG_BYTES = 2_000_000
_PATIENCE = 2
"""Seconds that open connections are given when the server ends."""


def serve(
    studio: Studio,
    host: str = "127.0.0.1",
    port: int | None = None,
    ready: Callable[[str], object] = lambda address: None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    host: address to listen on; beyond localhost a token is made where the studio has none.
    port: None takes 7860 or the next one that is free; 0 any that is free.
    ready: called with the address to open, token included, once the server listens.
    Raises UserError where the address cannot be had, or where the runs folder is open in another studio.
    """
    with _alone(studio), _listening(host, port) as listener:
        own = _named(studio, host)
        logging.getLogger("ganwright.studio").addHandler(handler := _log_file(studio))
        server = uvicorn.Server(
            uvicorn.Config(
                build(own),
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_PATIENCE,
                ws="websockets-sansio",
                ws_max_size=1_000_000,
                ws_per_message_deflate=False,  # on this machine it costs more than it saves
                lifespan="on",
            )
        )
        try:
            asyncio.run(_run(server, listener, lambda: ready(address_of(own, host, listener.getsockname()[1]))))
        except KeyboardInterrupt:
            return
        finally:
            logging.getLogger("ganwright.studio").removeHandler(handler)
            handler.close()


def address_of(studio: Studio, host: str, port: int) -> str:
    """What to open in a browser."""
    name = _reachable(host) if host in ("0.0.0.0", "::", "") else host
    place = f"[{name}]" if ":" in name else name
    return f"http://{place}:{port}/" + (f"?token={studio.token}" if studio.token else "")


async def _run(server: uvicorn.Server, listener: socket.socket, ready: Callable[[], object]) -> None:
    async def tell() -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        ready()

    told = asyncio.create_task(tell())
    try:
        await server.serve(sockets=[listener])
    finally:
        told.cancel()


def _named(studio: Studio, host: str) -> Studio:
    """The studio with a token where one is needed, and the names under which it may be called."""
    if host in LOOPBACK:
        return studio
    names = {host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()} - {"0.0.0.0", "::", ""}
    return replace(studio, token=studio.token or secrets.token_urlsafe(24), hosts=studio.hosts | names)


@contextmanager
def _listening(host: str, port: int | None) -> Iterator[socket.socket]:
    """A socket that listens. Raises UserError where there is none to be had."""
    wanted = [port] if port is not None else range(PORT, PORT + _TRIED)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    said = ""
    for number in wanted:
        try:
            listener = socket.create_server((host, number), family=family, backlog=128)
        except OSError as error:
            said = said or error.strerror or str(error)
            continue
        with listener:
            yield listener
        return
    raise UserError(f"cannot listen on {host}, port {wanted[0]}: {said}; choose another --host or --port")


@contextmanager
def _alone(studio: Studio) -> Iterator[None]:
    """Keep other studios from this runs folder: two would start each job twice."""
    place = studio.own_dir / "lock"
    try:
        studio.own_dir.mkdir(parents=True, exist_ok=True)
        file = place.open("a+", encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write to {studio.own_dir}: {error.strerror}; choose another RUNS_DIR") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(f"{studio.runs_dir} is open in another studio; use that one, or stop it first") from error
        yield


def _log_file(studio: Studio) -> logging.Handler:
    """Where bugs are told: .studio/server.log, one JSON object a line."""
    return RotatingFileHandler(studio.own_dir / "server.log", maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")


def _reachable(host: str) -> str:
    """An address of this machine that others reach; localhost where there is none."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("2001:db8::1" if family == socket.AF_INET6 else "192.0.2.1", 9))  # sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return "localhost"


def open_browser(address: str) -> bool:
    """Open an address; False where there is no browser, or no screen to show it on."""
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    return webbrowser.open(address)
