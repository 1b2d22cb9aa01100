"""The WebSocket of the playground: passes commands to a player's process, and its messages to the browser."""

import asyncio
import contextlib
import json
import threading
import time

from starlette.websockets import WebSocket, WebSocketDisconnect

from ganwright.core.errors import UserError
from ganwright.studio.playground import wire
from ganwright.studio.playground.commands import Ack, Pause, read_command
from ganwright.studio.playground.players import Player, Players
from ganwright.studio.state import studio_of

IDLE_SECONDS = 600.0
"""Without any message, a game ends."""

UNATTENDED_SECONDS = 1800.0
"""Of a game that nobody touches: it is paused."""

WARM_SECONDS = 3.0
"""After a player was taken, until the next one is made: the game that begins comes first."""

MOST_WAITING = 64
"""Messages to a browser that does not take them; then it is let go."""

Message = tuple[bytes, bytes] | None


async def play(socket: WebSocket) -> None:
    """One visitor of the playground, from coming to going."""
    await socket.accept()
    players = studio_of(socket).service(Players)
    try:
        player = await asyncio.to_thread(players.take)
    except UserError as full:
        await _end(socket, str(full))
        return
    warming = asyncio.create_task(_warm(players))
    try:
        await _between(socket, player)
    except (WebSocketDisconnect, RuntimeError):
        return  # the browser has left, while something was sent to it
    finally:
        warming.cancel()
        await asyncio.to_thread(players.give_back, player)
        await asyncio.to_thread(players.warm)


async def _warm(players: Players) -> None:
    await asyncio.sleep(WARM_SECONDS)
    await asyncio.to_thread(players.warm)


async def _between(socket: WebSocket, player: Player) -> None:
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[Message] = asyncio.Queue()

    def hear() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended first
            while (message := player.hear()) is not None:
                loop.call_soon_threadsafe(heard.put_nowait, message)
            loop.call_soon_threadsafe(heard.put_nowait, None)

    listening = threading.Thread(target=hear, daemon=True)
    listening.start()
    tasks = [asyncio.create_task(_pass_on(socket, heard)), asyncio.create_task(_take(socket, player, heard))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(player.end)
        await asyncio.to_thread(listening.join)


async def _pass_on(socket: WebSocket, heard: "asyncio.Queue[Message]") -> None:
    """From the process to the browser, at the browser's pace."""
    while (message := await heard.get()) is not None:
        kind, payload = message
        if kind == wire.BINARY:
            await socket.send_bytes(payload)
        else:
            await socket.send_text(payload.decode())
    await _end(socket, "the game's process ended; reset to begin again")


async def _take(socket: WebSocket, player: Player, heard: "asyncio.Queue[Message]") -> None:
    """From the browser to the process; whatever is no command is answered with a line."""
    touched = time.monotonic()
    while heard.qsize() < MOST_WAITING:
        try:
            message = await asyncio.wait_for(socket.receive(), IDLE_SECONDS)
        except TimeoutError:
            await socket.send_json({"type": "asleep", "reason": "nothing was asked for ten minutes"})
            await socket.close(1000)
            return
        if message["type"] == "websocket.disconnect":
            return
        try:
            text = message.get("text")
            command = read_command(text if isinstance(text, str) else "")
        except UserError as problem:
            await heard.put((wire.TEXT, json.dumps({"type": "error", "error": str(problem)}).encode()))
            continue
        now = time.monotonic()
        if not isinstance(command, Ack):
            touched = now
        elif now - touched > UNATTENDED_SECONDS:
            touched = now
            await asyncio.to_thread(player.say, Pause().model_dump())
            told = {"type": "paused", "reason": "nobody touched it for half an hour"}
            await heard.put((wire.TEXT, json.dumps(told).encode()))
        await asyncio.to_thread(player.say, command.model_dump())


async def _end(socket: WebSocket, line: str) -> None:
    await socket.send_json({"type": "error", "error": line})
    await socket.close(1013)
