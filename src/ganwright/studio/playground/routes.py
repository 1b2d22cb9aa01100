"""The playground's addresses."""

import shlex
from typing import Any

import tomli_w
from starlette.routing import Route, WebSocketRoute

from ganwright.runs.run import load
from ganwright.studio.playground.live import play
from ganwright.studio.playground.origin import Origin
from ganwright.studio.playground.players import MOST_GAMES, Players
from ganwright.studio.playground.settings import FIXED, Settings
from ganwright.studio.playground.starts import Starts, told
from ganwright.studio.playground.table import LEAST_SECONDS
from ganwright.studio.replies import Query, endpoint
from ganwright.studio.state import Studio

EXPORT_IMAGES = 640_000


class Exported(Query):
    """The game to write down."""

    settings: Settings


@endpoint()
def about(studio: Studio) -> dict[str, Any]:
    """What can be set, and its defaults. Whoever asks is about to play: a process is made ready."""
    studio.service(Players).warm()
    return {
        "defaults": Settings().model_dump(),
        "fixed": FIXED,
        "most_games": MOST_GAMES,
        "most_updates_per_second": round(1 / LEAST_SECONDS),
    }


@endpoint(Exported)
def config(studio: Studio, query: Exported) -> dict[str, str]:
    """The game as a config file, to train it from the command line; one that goes on from a run forks it."""
    length = {"images": EXPORT_IMAGES, "tick_images": EXPORT_IMAGES // 10}
    command, run = "ganwright train --config game.toml", None
    if query.settings.run:
        folder = studio.run_folder(query.settings.run)
        run = Origin.of(load(folder)).config
        command += f" --out {shlex.quote(str(folder))} --fork game"
    written = query.settings.config(run).override(length)
    return {"toml": tomli_w.dumps(written.plain()), "command": command}


@endpoint()
def starts(studio: Studio) -> dict[str, Any]:
    """The runs in the plane, those that cannot be played with the reason."""
    return {"starts": studio.service(Starts).rows()}


@endpoint()
def start(studio: Studio, run: str) -> dict[str, Any]:
    """A run as the start of a game."""
    return told(run, studio.run_folder(run))


ROUTES = (
    Route("/api/playground", about, methods=["GET"]),
    Route("/api/playground/config", config, methods=["POST"]),
    Route("/api/playground/starts", starts, methods=["GET"]),
    Route("/api/playground/starts/{run}", start, methods=["GET"]),
    WebSocketRoute("/live/playground", play),
)
"""The playground's part of the interface."""
