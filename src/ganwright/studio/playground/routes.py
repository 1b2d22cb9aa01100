"""The playground's addresses."""

from typing import Any

import tomli_w
from starlette.routing import Route, WebSocketRoute

from ganwright.studio.playground.live import play
from ganwright.studio.playground.players import MOST_GAMES, Players
from ganwright.studio.playground.settings import FIXED, Settings
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
    """The game as a config file, to train it from the command line."""
    length = {"images": EXPORT_IMAGES, "tick_images": EXPORT_IMAGES // 10}
    written = query.settings.config().override(length)
    return {"toml": tomli_w.dumps(written.plain()), "command": "ganwright train --config game.toml"}


ROUTES = (
    Route("/api/playground", about, methods=["GET"]),
    Route("/api/playground/config", config, methods=["POST"]),
    WebSocketRoute("/live/playground", play),
)
"""The playground's part of the interface."""
