"""The processes that games are played in, one of them always warm, so that a game begins at once."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, cast

from ganwright.core.errors import UserError
from ganwright.studio.playground import wire
from ganwright.studio.state import Studio

MOST_GAMES = 4
"""At once in a studio: a player keeps a processor busy."""


class Full(UserError):
    """Every place is taken."""


class Player:
    """One process that plays games: it takes lines and gives messages (`wire`)."""

    def __init__(self, cache: Path, runs: Path) -> None:
        """cache: folder of trained states. runs: the runs folder, which a game may read."""
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        package = str(Path(__file__).parents[3])
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "ganwright.studio.playground.child", str(cache), str(runs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # an interrupt in the terminal is the server's to answer
        )
        self._lock = threading.Lock()

    @property
    def id(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """False once it has ended."""
        return self._process.poll() is None

    def say(self, command: dict[str, object]) -> None:
        """Send a command; where the process has ended, to nobody."""
        line = json.dumps(command, separators=(",", ":")).encode() + b"\n"
        pipe = cast(IO[bytes], self._process.stdin)
        try:
            with self._lock:
                pipe.write(line)
                pipe.flush()
        except (OSError, ValueError):
            return

    def hear(self) -> tuple[bytes, bytes] | None:
        """The next message; None at the end. Waits."""
        try:
            return wire.read(cast(IO[bytes], self._process.stdout))
        except (OSError, ValueError):
            return None

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                cast(IO[bytes], pipe).close()
            except OSError:
                continue


class Players:
    """All players of a studio; a service of it."""

    def __init__(self, studio: Studio) -> None:
        self._places = (studio.own_dir / "playground", studio.runs_dir)
        self._lock = threading.Lock()
        self._spare: Player | None = None
        self._playing: set[Player] = set()
        self._closed = False

    def warm(self) -> None:
        """Have one process ready, unless every place is taken."""
        with self._lock:
            if self._closed or (self._spare is not None and self._spare.is_alive):
                return
            if len(self._playing) < MOST_GAMES:
                self._spare = Player(*self._places)

    def take(self) -> Player:
        """A player for one visitor; `give_back` it. Raises Full."""
        with self._lock:
            if self._closed or len(self._playing) >= MOST_GAMES:
                raise Full(
                    f"{len(self._playing)} games are being played, which is as many as there may be; "
                    "close another playground and try again"
                )
            player, self._spare = self._spare, None
            if player is None or not player.is_alive:
                player = Player(*self._places)
            self._playing.add(player)
            return player

    def give_back(self, player: Player) -> None:
        """End it; the next visitor gets a fresh one."""
        with self._lock:
            self._playing.discard(player)
        player.end()

    @property
    def num_playing(self) -> int:
        """Games at this moment."""
        return len(self._playing)

    def close(self) -> None:
        """End all."""
        with self._lock:
            self._closed = True
            everyone = [*self._playing, *filter(None, [self._spare])]
            self._spare = None
            self._playing.clear()
        for player in everyone:
            player.end()
