"""The playground's games: exact, bounded, and played in processes that end."""

import json
import math
import queue
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.plan import plan
from ganwright.studio import Studio
from ganwright.studio.playground import live, players, table, wire
from ganwright.studio.playground.commands import (
    Ack,
    Change,
    Command,
    Pause,
    Run,
    Slow,
    Speed,
    Start,
    Step,
    read_command,
)
from ganwright.studio.playground.game import Game
from ganwright.studio.playground.look import look
from ganwright.studio.playground.rules import Loss, Penalty
from ganwright.studio.playground.settings import FIXED, Settings, read_settings
from ganwright.studio.playground.table import Another, Commands, Table, Voice
from ganwright.studio.playground.trained import MOST_KEPT, Cache
from ganwright.studio.playground.world import World
from ganwright.training import Engine

SMALL: dict[str, Any] = {"width": 16, "batch_size": 32, "seed": 100}


def weights(engine: Engine) -> dict[str, torch.Tensor]:
    parts = {**engine.networks, "average": engine.ema.networks["generator"]}
    return {f"{name}/{key}": t.clone() for name, net in parts.items() for key, t in net.state_dict().items()}


class Seat:
    """A player without a process: what it heard, and a table."""

    def __init__(self, settings: Settings, goal: int | None = None) -> None:
        self.commands: Commands = queue.Queue()
        self.texts: list[dict[str, Any]] = []
        self.pictures: list[dict[str, Any]] = []
        self.arrays: list[dict[str, np.ndarray]] = []
        self.game = Game(settings)
        self.table = Table(self.game, self.commands, Voice(self._hear), goal=goal)

    def _hear(self, kind: bytes, payload: bytes) -> None:
        if kind == wire.TEXT:
            self.texts.append(json.loads(payload))
            return
        header, arrays = wire.unpack(payload)
        self.pictures.append(header)
        self.arrays.append(arrays)
        if header["type"] == "picture":
            self.commands.put(Ack())

    def play(self, *commands: Command, run: bool = False) -> None:
        """Say these, one after another, and leave."""
        for command in (*commands, Start()):
            self.commands.put(command)
        with pytest.raises(Another):
            self.table.play(run)


class Scripted(Seat):
    """One that asks for the next thing when it has seen what the last one made."""

    def __init__(self, settings: Settings, script: list[Command]) -> None:
        super().__init__(settings)
        self._script = script

    def _hear(self, kind: bytes, payload: bytes) -> None:
        super()._hear(kind, payload)
        if kind == wire.TEXT or self.pictures[-1]["type"] == "picture":
            still = kind == wire.TEXT or self.table._steps_left == 0
            while still:  # until one that ends in a picture
                command = self._script.pop(0) if self._script else Start()
                self.commands.put(command)
                still = isinstance(command, Speed)

    def play(self, *commands: Command, run: bool = False) -> None:
        with pytest.raises(Another):
            self.table.play(run)


def test_a_game_is_the_engine_s_own_bit_for_bit(tmp_path: Path):
    settings = Settings(**SMALL, loss="relativistic-pairing", penalty="r1-r2", instance_noise=0.05)
    script: list[Command] = [Step(num=3), Slow(), Speed(num=2), Step(num=4), Slow(), Step(num=7)]
    seat = Scripted(settings, script)
    seat.play()
    num = seat.game.engine.iteration
    assert num == 16
    config = settings.config().override({"images": num * settings.batch_size})
    made = plan(recipe=config, out=tmp_path / "run")
    alone = Engine(
        made.algorithm(), made.loader(), made.config, tmp_path, made.device, EventWriter(tmp_path / "events.jsonl")
    )
    alone.run()
    ours = weights(seat.game.engine)
    for name, tensor in weights(alone).items():
        assert torch.equal(tensor, ours[name]), name


def test_a_picture_changes_nothing_and_repeats():
    game = Game(Settings(**SMALL))
    for _ in range(3):
        game.engine.iterate()
    before = weights(game.engine)
    state = torch.random.get_rng_state()
    first, second = (look(game.engine, game.world, 0) for _ in range(2))
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(t, before[n]) for n, t in weights(game.engine).items())
    assert all(torch.equal(t, second.arrays[n]) for n, t in first.arrays.items())
    assert first.numbers == second.numbers
    assert all(p.grad is None for net in game.engine.networks.values() for p in net.parameters())


def test_arrows_point_where_the_generator_s_loss_falls():
    game = Game(Settings(**SMALL))
    for _ in range(20):
        game.engine.iterate()
    seen = look(game.engine, game.world, 0)
    fakes, arrows, discriminator = seen.arrays["fakes"], seen.arrays["arrows"], game.engine.networks["discriminator"]
    with torch.no_grad():
        now, then = (-torch.nn.functional.logsigmoid(discriminator(x)) for x in (fakes, fakes + 1e-3 * arrows))
    fall = (now - then) / 1e-3
    assert torch.allclose(fall, arrows.square().sum(1), rtol=0.05, atol=1e-3)


def test_the_story_tells_the_step_that_was_taken():
    seat = Scripted(Settings(**SMALL), [Step(num=2), Slow()])
    seat.play()
    (index,) = [i for i, p in enumerate(seat.pictures) if p["type"] == "story"]
    told, arrays = seat.pictures[index], seat.arrays[index]
    game = seat.game
    batch = game.settings.batch_size
    assert told["iteration"] == 2
    assert (told["d_steps"], told["g_steps"]) == (1, 1)
    real, _ = game.engine.batches.batch(2 * batch, batch)  # one batch an iteration: the generator draws none
    assert np.array_equal(arrays["d_real"], real.numpy())
    with torch.no_grad():
        after = game.engine.networks["generator"](torch.tensor(arrays["g_latents"]))
    assert np.allclose(arrays["g_fakes_after"], after.numpy(), atol=1e-6)
    shift = np.linalg.norm(arrays["g_fakes_after"] - arrays["g_fakes"], axis=1).mean()
    assert told["g_shift"] == pytest.approx(float(shift), rel=1e-4)
    assert 0 < told["d_moved"] < 1
    assert told["d_loss_after"] != told["d_loss"]


def test_the_story_of_a_game_without_a_judge_has_no_step_of_d():
    seat = Scripted(Settings(**SMALL, d_off=True), [Slow()])
    seat.play()
    (told,) = [p for p in seat.pictures if p["type"] == "story"]
    assert told["d_steps"] == 0
    assert "d_loss" not in told
    assert told["g_steps"] == 1


@pytest.mark.parametrize(
    "rules",
    [*({"loss": loss} for loss in get_args(Loss)), *({"penalty": p, "strength": 0.5} for p in get_args(Penalty))],
    ids=str,
)
def test_every_rule_plays_and_is_told_in_finite_numbers(rules: dict[str, Any]):
    game = Game(Settings(**SMALL, fine=True, **rules))
    for _ in range(2):
        game.engine.iterate()
    numbers = look(game.engine, game.world, 0).numbers
    assert all(math.isfinite(value) for value in numbers.values()), numbers
    assert 0 <= numbers["js"] <= math.log(2)
    assert 0 <= numbers["rank"] <= 1
    assert numbers["unit"] > 0


def test_rules_change_in_the_game_and_another_game_is_refused():
    game = Game(Settings(**SMALL))
    before = weights(game.engine)
    rules = {"loss": "hinge", "penalty": "r1", "no_noise": True, "d_tenfold": True, "g_fivefold": True}
    game.change(Settings(**SMALL, **rules, discriminator_steps=2))
    assert all(torch.equal(t, before[n]) for n, t in weights(game.engine).items())
    assert [p.repeats for p in game.engine.algorithm.phases] == [20, 5]
    game.engine.iterate()
    fakes = look(game.engine, game.world, 0).arrays["fakes"]
    assert torch.equal(fakes, fakes[:1].expand_as(fakes))
    other: dict[str, Any] = {"data": "grid", "points": ((0, 0),), "spread": 0.1, "seed": 1, "batch_size": 16}
    other |= {"width": 32, "fine": True, "start": "trained", "run": "x"}
    assert set(other) == set(FIXED)
    for name, value in other.items():
        with pytest.raises(UserError, match=name):
            game.change(Settings(**{**SMALL, name: value}))


def test_a_table_tells_what_it_refuses_and_plays_on():
    seat = Seat(Settings(**SMALL))
    seat.play(Step(num=2), Change(settings=Settings(data="grid")), Pause())
    assert [told["type"] for told in seat.texts] == ["error"]
    assert "start another" in seat.texts[0]["error"]


def test_pictures_wait_for_the_browser():
    seat = Seat(Settings(**SMALL))
    seat.table._voice = Voice(lambda kind, payload: seat.pictures.append({"size": len(payload)}))  # acknowledges none
    seat.commands.put(Run())
    leave = threading.Timer(1.0, lambda: seat.commands.put(Start()))
    leave.start()
    with pytest.raises(Another):
        seat.table.play(run=True)
    assert len(seat.pictures) == table.MOST_UNSEEN


def test_where_numbers_are_not_finite_the_game_ends_with_its_reason():
    seat = Scripted(Settings(**SMALL), [Step(num=400)])
    with torch.no_grad():
        for parameter in seat.game.engine.networks["generator"].parameters():
            parameter.fill_(math.nan)
    seat.play()
    ended = [t for t in seat.texts if t["type"] == "ended"]
    assert len(ended) == 1
    assert "non-finite" in ended[0]["reason"]
    assert seat.pictures[0]["loss_g"] is None


def test_no_noise_is_called_a_full_collapse():
    seat = Seat(Settings(width=16, batch_size=512, seed=101, no_noise=True), goal=700)
    seat.table._voice = Voice(lambda kind, payload: None)  # drawing takes longer than playing
    seat.table.play(run=True)
    health = seat.game.health()
    assert health["state"] == "failing", health
    assert "full-collapse" in [one["kind"] for one in health["found"]]


def test_unusual_rules_are_told_until_they_are_put_right():
    seat = Seat(Settings(**SMALL), goal=200)
    seat.table.play(run=True)
    assert seat.game.health()["unusual"] == []
    seat.game.change(Settings(**SMALL, d_tenfold=True))
    assert seat.game.health()["unusual"] == ["the discriminator takes 10 steps and the generator 1, usual are 1 and 1"]
    seat.game.change(Settings(**SMALL))
    assert seat.game.health()["unusual"] == []


def test_perfect_samples_are_close_and_one_mode_is_far():
    for data in ("ring", "grid", "drawing"):
        world = World(Settings(data=data).config().data.load("train"), seed=0)
        alone = world.quality(world.spots[:1] + 0.01 * torch.randn(1024, 2))
        assert world.perfect.js < 0.02
        assert world.perfect.kl < 0.1
        assert alone.js > 0.3
        assert alone.kl > 2
        assert alone.covered < world.perfect.covered == len(world.centres)
        assert math.isfinite(world.quality(torch.full((10, 2), 50.0)).kl)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "1", '"start"', "{}", '{"type":"x"}', '{"type":["start"]}', '{"type":"start","more":1}',
        '{"type":"start","settings":{"seed":-1}}', '{"type":"start","settings":{"spread":NaN}}',
        '{"type":"step","num":0}',
        '{"type":"speed","num":1e9}', '{"type":"change"}', '{"type":"start","settings":{"points":[[0,3]]}}',
        '{"type":"start","settings":{"points":[[0]]}}', '{"type":"start","settings":{"loss":"__class__"}}',
        json.dumps({"type": "start", "settings": {"points": [[0, 0]] * 2001}}), "[" * 100_000, "x" * 300_000,
        '{"type":"start","settings":{"batch_size":1e400}}', '{"type":"run","run":true}',
    ],
)  # fmt: skip
def test_a_hostile_message_is_answered_with_one_line(text: str):
    with pytest.raises(UserError) as refused:
        read_command(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400


def test_settings_say_what_is_wrong_with_them():
    with pytest.raises(UserError, match="'generator_rate'"):
        read_settings({"generator_rate": 3})


def test_what_travels_arrives():
    arrays = {"a": torch.arange(6.0).view(2, 3), "b": torch.tensor([math.nan, math.inf])}
    header, got = wire.unpack(wire.pack({"type": "picture", "x": math.nan, "list": [math.inf, 1]}, arrays))
    assert (header["x"], header["list"]) == (None, [None, 1])
    assert np.array_equal(got["a"], arrays["a"].numpy())
    assert np.array_equal(got["b"], arrays["b"].numpy(), equal_nan=True)


def test_trained_states_are_kept_found_and_bounded(tmp_path: Path):
    cache, settings = Cache(tmp_path), Settings(**SMALL, start="trained")
    assert cache.find(settings) is None
    game = Game(settings.trained())
    cache.keep(settings, game.weights())
    found = cache.find(settings)
    assert found is not None
    begun = Game(settings, found)
    assert all(torch.equal(t, weights(game.engine)[n]) for n, t in weights(begun.engine).items())
    assert cache.find(settings.model_copy(update={"loss": "hinge"})) is not None  # rules do not matter, data does
    assert cache.find(settings.model_copy(update={"spread": 0.1})) is None
    (file,) = tmp_path.glob("*.safetensors")
    file.write_bytes(b"damaged")
    assert cache.find(settings) is None
    for number in range(MOST_KEPT + 3):
        save_file({"x": torch.zeros(1)}, tmp_path / f"{number}.safetensors")
    cache.keep(settings, game.weights())
    assert len(list(tmp_path.glob("*.safetensors"))) == MOST_KEPT


def test_a_goal_is_reached_though_nobody_looks():
    seat = Seat(Settings(**SMALL), goal=40)
    seat.table._voice = Voice(lambda kind, payload: seat.pictures.append({}))  # acknowledges none
    seat.table.play(run=True)
    assert seat.game.engine.iteration == 40
    assert len(seat.pictures) == table.MOST_UNSEEN + 1


def test_a_goal_ends_the_game_with_its_last_picture():
    seat = Seat(Settings(**SMALL), goal=5)
    seat.table.play(run=True)
    assert seat.game.engine.iteration == 5
    assert seat.pictures[-1]["iteration"] == 5


# -- over the WebSocket ---------------------------------------------------------------------------------------------


class Visitor:
    """A browser's side of the socket, without drawing."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    def say(self, **message: Any) -> None:
        self.socket.send_text(json.dumps(message))

    def hear(self, type: str) -> dict[str, Any]:
        """The next message of a type; pictures on the way are acknowledged."""
        while True:
            message = self.socket.receive()
            if message["type"] == "websocket.close":
                raise WebSocketDisconnect(message.get("code", 1000))
            text = message.get("text")
            found = json.loads(text) if text is not None else wire.unpack(message["bytes"])[0]
            if found["type"] == "picture":
                self.say(type="ack")
            if found["type"] == type:
                return found


@pytest.fixture
def visitor(client: TestClient, quick_players: None) -> Iterator[Visitor]:
    with client.websocket_connect("/live/playground") as socket:
        yield Visitor(socket)


def test_a_visit_from_coming_to_going(visitor: Visitor, studio: Studio):
    visitor.say(type="start", settings=SMALL)
    world = visitor.hear("world")
    assert world["num_modes"] == 8
    assert world["settings"]["width"] == 16
    assert visitor.hear("picture")["iteration"] == 0
    visitor.say(type="step", num=3)
    picture = visitor.hear("picture")
    while picture["iteration"] < 3:
        picture = visitor.hear("picture")
    assert picture["running"] is False
    visitor.say(type="nonsense")
    assert "one of start" in visitor.hear("error")["error"]
    visitor.socket.send_bytes(b"\0\xff")
    assert "not JSON" in visitor.hear("error")["error"]
    visitor.say(type="change", settings={**SMALL, "data": "grid"})
    assert "start another" in visitor.hear("error")["error"]
    visitor.say(type="change", settings={**SMALL, "loss": "hinge"})
    visitor.say(type="slow")
    assert visitor.hear("story")["iteration"] == 3
    visitor.say(type="speed", num=2)
    visitor.say(type="run")
    first, later = visitor.hear("picture"), visitor.hear("picture")
    while later["iteration"] < 12:
        later = visitor.hear("picture")
    assert later["iteration"] > first["iteration"]
    visitor.say(type="start", settings={**SMALL, "data": "drawing", "points": [[0, 0], [0.5, 0.5]]}, run=True)
    assert visitor.hear("world")["regions"] is True
    assert studio.service(players.Players).num_playing == 1
    visitor.socket.close()
    deadline = time.monotonic() + 10
    while studio.service(players.Players).num_playing and time.monotonic() < deadline:
        time.sleep(0.05)
    assert studio.service(players.Players).num_playing == 0


def test_there_is_a_limit_to_games(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(players, "MOST_GAMES", 0)
    with client.websocket_connect("/live/playground") as socket:
        assert "as many as there may be" in Visitor(socket).hear("error")["error"]
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


def test_a_game_that_nobody_touches_is_put_to_sleep(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "IDLE_SECONDS", 0.2)
    with client.websocket_connect("/live/playground") as socket:
        assert "nothing was asked" in Visitor(socket).hear("asleep")["reason"]


def test_a_process_ends_with_its_input_and_when_it_is_told(tmp_path: Path):
    first = players.Player(tmp_path, tmp_path)
    first._process.stdin.close()  # type: ignore[union-attr]
    first._process.wait(120)
    second = players.Player(tmp_path, tmp_path)
    second.end()
    assert not first.is_alive
    assert not second.is_alive
    second.say({"type": "run"})  # to nobody
    assert second.hear() is None
    first.end()


def test_closing_the_studio_ends_every_process(studio: Studio):
    service = studio.service(players.Players)
    service.warm()
    taken = service.take()
    service.warm()
    studio.close()
    assert not taken.is_alive
    with pytest.raises(UserError):
        service.take()


def test_what_can_be_set_is_told_and_a_game_becomes_a_config(client: TestClient, studio: Studio):
    told = client.get("/api/playground").json()
    assert Settings(**told["defaults"]) == Settings()
    assert told["most_updates_per_second"] >= 20
    settings = Settings(data="drawing", points=((0.0, 0.5), (0.25, -0.5)), loss="hinge", penalty="r1")
    reply = client.post("/api/playground/config", json={"settings": settings.model_dump()})
    written = RunConfig.parse(tomllib.loads(reply.json()["toml"]))
    same = {"images": written.images, "tick_images": written.tick_images}
    assert written == settings.config().override(same)
    assert client.post("/api/playground/config", json={"settings": {"seed": "x"}}).status_code == 400
