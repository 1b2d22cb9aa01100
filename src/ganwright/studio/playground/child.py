"""The process of one player: `python -m ganwright.studio.playground.child CACHE_DIR RUNS_DIR`.

Commands come on standard input, a line of JSON each; messages leave on standard output, framed as in `wire`. It ends
when its input does, so that it never outlives the server. The game is played in a thread of its own: the main thread
only reads, so that even a long iteration does not keep the process from ending.
"""

import os
import queue
import sys
import threading
from pathlib import Path

import torch

from ganwright.core.errors import UserError
from ganwright.runs.run import load
from ganwright.studio.playground import wire
from ganwright.studio.playground.commands import Command, Start, read_command
from ganwright.studio.playground.game import Game
from ganwright.studio.playground.origin import Origin
from ganwright.studio.playground.table import Another, Commands, Table, Voice
from ganwright.studio.playground.trained import ITERATIONS, Cache
from ganwright.studio.state import Studio


def main() -> None:
    """Play until the input ends."""
    pipe = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else prints does not get into the messages
    torch.set_num_threads(1)
    lock = threading.Lock()

    def send(kind: bytes, payload: bytes) -> None:
        try:
            with lock:
                wire.write(pipe, kind, payload)
        except OSError:
            os._exit(0)

    commands: Commands = queue.Queue()
    voice = Voice(send)
    voice.tell("warm")
    threading.Thread(target=_play, args=(commands, voice, *_places(*sys.argv[1:])), daemon=True).start()
    for line in sys.stdin:
        try:
            commands.put(read_command(line))
        except UserError as problem:
            voice.tell("error", error=str(problem))
    os._exit(0)


def _places(cache: str, runs: str) -> tuple[Cache, Studio]:
    return Cache(Path(cache)), Studio(Path(runs))


def _play(commands: Commands, voice: Voice, cache: Cache, studio: Studio) -> None:
    try:
        start = _first(commands)
        speed = 5
        while True:
            start, speed = _one_game(start, speed, commands, voice, cache, studio)
    except BaseException as problem:
        voice.tell("error", error=f"the game ended: {type(problem).__name__}: {problem}")
        os._exit(1)


def _one_game(
    start: Start, speed: int, commands: Commands, voice: Voice, cache: Cache, studio: Studio
) -> tuple[Start, int]:
    """Play a game; returns what begins the next one, and the speed that the player likes."""
    settings = start.settings
    weights = cache.find(settings) if settings.wants_trained else None
    goal = ITERATIONS if settings.wants_trained and weights is None else None
    try:
        origin = Origin.of(load(studio.run_folder(settings.run))) if settings.run else None
        game = Game(settings if goal is None else settings.trained(), weights, origin)
    except UserError as problem:
        voice.tell("error", error=" ".join(str(problem).split()))
        return _first(commands), speed
    voice.show("world", {**game.world.plain(), "settings": settings.model_dump(), "goal": goal}, _arrays(game))
    table = Table(game, commands, voice, speed if goal is None else 200, goal)
    try:
        table.play(run=start.run or goal is not None)
    except Another as another:
        return another.start, table.speed if goal is None else speed
    cache.keep(settings, game.weights())
    return start, speed


def _arrays(game: Game) -> dict[str, torch.Tensor]:
    return {"real": game.world.real, "centres": game.world.centres}


def _first(commands: Commands) -> Start:
    """The next command that begins a game; the others are for one that there is not."""
    while True:
        command: Command = commands.get()
        if isinstance(command, Start):
            return command


if __name__ == "__main__":
    main()
