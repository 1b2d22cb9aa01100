"""The table where one game is played: takes commands between iterations, and shows a picture when one is asked for."""

import json
import queue
import time
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.studio.playground import wire
from ganwright.studio.playground.commands import Ack, Change, Command, Pause, Run, Slow, Speed, Start, Step
from ganwright.studio.playground.game import Game
from ganwright.studio.playground.look import look
from ganwright.studio.playground.story import Story
from ganwright.studio.playground.world import Quality
from ganwright.training import Callback

Commands = queue.Queue[Command]
Send = Callable[[bytes, bytes], None]
"""Takes the kind of a message (`wire.TEXT` or `wire.BINARY`) and its bytes."""

UPDATE_SECONDS = 0.036
"""From picture to picture, whatever the speed asks for: as many iterations as fit, one at least."""

LEAST_SECONDS = 1 / 40
"""From picture to picture, however few iterations the speed asks for."""

MOST_UNSEEN = 2
"""Pictures that may be on their way: one is drawn while the next is made."""


class Another(Exception):
    """The player begins another game."""

    def __init__(self, start: Start) -> None:
        super().__init__("another game")
        self.start = start


class _Reached(Exception):
    """The goal: leaves the engine as it is, since there is no folder to finish a run in."""


class Voice:
    """Says things to the player."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def tell(self, type: str, **fields: Any) -> None:
        """A message in words and numbers."""
        self._send(wire.TEXT, json.dumps(wire.finite({"type": type, **fields}), allow_nan=False).encode())

    def show(self, type: str, numbers: Mapping[str, Any], arrays: Mapping[str, Tensor]) -> None:
        """A message with arrays."""
        self._send(wire.BINARY, wire.pack({"type": type, **numbers}, arrays))


class Table(Callback):
    """Plays one game; `play` ends by raising Another.

    goal: the iteration at which the game is over, as it only makes a trained state; None: endless.
    """

    def __init__(self, game: Game, commands: Commands, voice: Voice, speed: int = 5, goal: int | None = None) -> None:
        self.game, self._commands, self._voice, self.goal = game, commands, voice, goal
        self.speed, self.running, self._steps_left = speed, False, 0
        self._done, self._is_new, self._unseen = 0, True, 0
        self._story: Story | None = None
        self._quality: Quality | None = None
        self._num_pictures = 0
        self._shown = 0.0
        self._rate = Rate()
        game.engine.callbacks = (*game.engine.callbacks, self)

    def play(self, run: bool) -> None:
        """Play on. Returns where the goal is reached; where numbers are not finite it waits for another game."""
        self.running = run
        try:
            self._turn()
            self.game.engine.run()
        except _Reached:
            return
        except UserError as end:
            self._voice.tell("ended", reason=str(end).split("; ")[0])
            while True:
                self._take(self._commands.get())

    def on_iteration(self, num_images: int) -> None:
        """Between two iterations."""
        self._done, self._is_new = self._done + 1, True
        self._steps_left = max(0, self._steps_left - 1)
        self._rate.count()
        if self._story is not None:
            self._voice.show("story", *self._story.finish())
            self._story = None
        if self.goal is not None and self.game.engine.iteration >= self.goal:
            self._picture()
            raise _Reached
        self._turn()

    def _turn(self) -> None:
        """Take what the player asks and show what is due; returns when the next iteration may begin."""
        while True:
            while not self._commands.empty():
                self._take(self._commands.get())
            goes_on = self.running or self._steps_left > 0
            now = time.monotonic()
            full = self._done >= self.speed or now - self._shown > UPDATE_SECONDS
            if self._is_new and (full or not goes_on):
                wait = self._shown + LEAST_SECONDS - now
                if self._unseen < MOST_UNSEEN and wait <= 0:
                    self._picture()
                elif self.goal is not None:  # a trained state is made as fast as it can be, seen or not
                    return
                else:
                    self._wait(wait if self._unseen < MOST_UNSEEN else None)
            elif goes_on:
                return
            else:
                self._wait(None)

    def _wait(self, seconds: float | None) -> None:
        try:
            command = self._commands.get(timeout=seconds)
        except queue.Empty:
            return
        self._take(command)

    def _picture(self) -> None:
        self._shown = time.monotonic()
        game, engine = self.game, self.game.engine
        quality = self._quality if self.running and self._num_pictures % 2 else None
        seen = look(engine, game.world, game.seed, quality)
        self._quality, self._num_pictures = seen.quality, self._num_pictures + 1
        state = {
            "iteration": engine.iteration,
            "images": engine.num_images,
            "running": self.running,
            "rate": self._rate.per_second(),
            "goal": self.goal,
            "health": game.health(),
        }
        self._voice.show("picture", {**state, **seen.numbers}, seen.arrays)
        self._unseen += 1
        self._done, self._is_new = 0, False

    def _take(self, command: Command) -> None:
        match command:
            case Start():
                raise Another(command)
            case Ack():
                self._unseen = max(0, self._unseen - 1)
            case Speed():
                self.speed = command.num
            case Run():
                self.running = True
            case Pause():
                self.running, self._steps_left = False, 0
                self._is_new = True
            case Step():
                self.running, self._steps_left = False, command.num
            case Slow() if self._story is None:
                self.running, self._steps_left = False, 1
                self._story = Story(self.game.engine, self.game.world)
            case Change():
                self._change(command)
            case _:
                pass

    def _change(self, command: Change) -> None:
        try:
            if self.goal is not None:
                raise UserError("the trained state is being made; its rules do not change")
            if self._story is not None:
                return
            self.game.change(command.settings)
            self._is_new = True
        except UserError as problem:
            self._voice.tell("error", error=" ".join(str(problem).split()))


class Rate:
    """Iterations a second, over the last second or so."""

    def __init__(self) -> None:
        self._since, self._num, self._last = time.monotonic(), 0, 0.0

    def count(self) -> None:
        """One more."""
        self._num += 1

    def per_second(self) -> float:
        """The newest figure."""
        now = time.monotonic()
        if now - self._since >= 1:
            self._last = self._num / (now - self._since)
            self._since, self._num = now, 0
        return self._last
