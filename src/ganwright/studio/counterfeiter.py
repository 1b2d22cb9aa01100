"""The page Counterfeiter: games of `lessons.rounds`, played when they are asked for and kept for a while."""

import threading
from collections import OrderedDict
from dataclasses import asdict
from typing import Any

from pydantic import Field
from starlette.routing import Route

from ganwright.lessons.rounds import BATCH, MAX_ROUNDS, PlayedLoss, Rounds
from ganwright.studio.replies import Query, endpoint
from ganwright.studio.state import Studio

MOST_GAMES = 8
MOST_STANDINGS = 60
"""In one answer."""

Key = tuple[int, int | None, int | None, PlayedLoss]


class GameQuery(Query):
    """Which game: see `lessons.rounds.Rounds`."""

    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    police_sleep_from: int | None = Field(default=None, ge=0, le=MAX_ROUNDS)
    forger_blind_from: int | None = Field(default=None, ge=0, le=MAX_ROUNDS)
    loss: PlayedLoss = "non-saturating"

    @property
    def key(self) -> Key:
        """What tells games apart."""
        return self.seed, self.police_sleep_from, self.forger_blind_from, self.loss


class StandingsQuery(GameQuery):
    """first: of the standings asked for, 0 before any round; num: how many."""

    first: int = Field(default=0, ge=0, le=MAX_ROUNDS)
    num: int = Field(default=40, ge=1, le=MOST_STANDINGS)


class RoundQuery(GameQuery):
    """round: 0 the first."""

    round: int = Field(default=0, ge=0, lt=MAX_ROUNDS)


class Games:
    """The games that were played last. One plays at a time: they are short, and the machine has other work."""

    def __init__(self, studio: Studio) -> None:
        self._games: OrderedDict[Key, Rounds] = OrderedDict()
        self._lock = threading.Lock()

    def standings(self, query: StandingsQuery) -> dict[str, Any]:
        """How it stood between rounds, with what is the same in all of them."""
        last = min(query.first + query.num - 1, MAX_ROUNDS)
        with self._lock:
            game = self._game(query.key)
            game.reach(last)
            return {
                "x": _short(game.x.tolist()),
                "real": _short(game.real_density),
                "real_mean": game.real_mean,
                "real_std": game.real_std,
                "num_rounds": MAX_ROUNDS,
                "batch": BATCH,
                "first": query.first,
                "standings": [_shorter(asdict(s)) for s in game.standings[query.first : last + 1]],
            }

    def round(self, query: RoundQuery) -> dict[str, Any]:
        """One round in detail."""
        with self._lock:
            game = self._game(query.key)
            game.reach(query.round + 1)
            return _shorter(asdict(game.rounds[query.round]))

    def close(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._games.clear()

    def _game(self, key: Key) -> Rounds:
        if key not in self._games:
            self._games[key] = Rounds(*key)
        self._games.move_to_end(key)
        while len(self._games) > MOST_GAMES:
            self._games.popitem(last=False)
        return self._games[key]


@endpoint(StandingsQuery)
def standings(studio: Studio, query: StandingsQuery) -> Any:
    """How a game stood before and after some of its rounds."""
    return studio.service(Games).standings(query)


@endpoint(RoundQuery)
def played_round(studio: Studio, query: RoundQuery) -> Any:
    """What happened in one round of a game."""
    return studio.service(Games).round(query)


ROUTES = [Route("/api/counterfeiter", standings), Route("/api/counterfeiter/round", played_round)]


def _shorter(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _short(v) if isinstance(v, list) else float(f"{v:.5g}") for name, v in values.items()}


def _short(values: list[float]) -> list[float]:
    return [float(f"{v:.4g}") for v in values]
