"""/api/explore and /live/explore: pictures on request, marks on what is kept, lines for whatever is wrong."""

import io
import json
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA, read_mark
from ganwright.data.dataset import to_uint8
from ganwright.runs.run import load
from ganwright.studio import Studio
from ganwright.studio.explore import live, searches, shown
from ganwright.studio.explore.targets import MOST_BYTES

RUN = "digits-tiny"
BASE = f"/api/explore/{RUN}"
LIVE = f"/live/explore/{RUN}"


def frame(data: bytes) -> tuple[dict[str, Any], np.ndarray]:
    length = int.from_bytes(data[:4], "little")
    head = json.loads(data[4 : 4 + length])
    assert length % 4 == 0
    return head, np.frombuffer(data[4 + length :], head["dtype"]).reshape(head["shape"])


def ask(client: TestClient, **wish: Any) -> tuple[dict[str, Any], np.ndarray]:
    with client.websocket_connect(LIVE) as socket:
        assert socket.receive_json()["type"] == "ready"
        socket.send_json(wish)
        return frame(socket.receive_bytes())


def png(width: int = 20, height: int = 12, format: str = "PNG") -> bytes:
    target = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(target, format)
    return target.getvalue()


def test_what_the_generator_can_do_is_told(client: TestClient) -> None:
    told = client.get(BASE).json()
    assert told["kind"] == "images"
    assert told["shape"] == [1, 8, 8]
    assert told["num_layers"] == 0
    assert told["truncation"] == {"kind": "limit", "least": 0.0, "most": 4.0, "neutral": 4.0}
    assert told["directions"]["sefa"]["names"][0] == "Component 1"
    assert told["directions"]["classes"] is None
    assert [layer["shape"] for layer in told["layers"]][-1] == [1, 8, 8]


def test_pictures_come_as_the_run_makes_them(client: TestClient, studio: Studio) -> None:
    head, pictures = ask(client, id=7, what="samples", num=3)
    expected = to_uint8(load(studio.runs_dir / RUN).sample(3)).movedim(1, -1)
    assert (head["type"], head["id"], head["what"]) == ("pictures", 7, "samples")
    assert np.abs(pictures.astype(int) - expected.numpy()).max() <= 1


@pytest.mark.parametrize(
    ("wish", "shape"),
    [
        ({"what": "plane", "positions": [[0.2, 0.9], [1, 1]]}, [2, 8, 8, 1]),
        ({"what": "way", "shares": [0, 0.5, 1], "start": {"number": 3}, "end": {"seed": 9}}, [3, 8, 8, 1]),
        ({"what": "samples", "num": 64, "truncation": 0.5}, [64, 8, 8, 1]),
        ({"what": "effects", "base": "plane", "amount": 2}, [8, 2, 8, 8, 1]),
        ({"what": "samples", "amounts": [1, -2.5], "noise": "none"}, [1, 8, 8, 1]),
    ],
)
def test_every_place_has_its_pictures(client: TestClient, wish: dict[str, Any], shape: list[int]) -> None:
    assert ask(client, **wish)[0]["shape"] == shape


def test_activations_come_with_their_numbers(client: TestClient) -> None:
    layer = client.get(BASE).json()["layers"][0]
    head, maps = ask(client, type="layer", layer=layer["name"], what="plane")
    assert head["type"] == "activations"
    assert head["layer"] == layer["name"]
    assert head["non_finite"] == 0
    assert len(maps) >= 1


def test_only_the_newest_wish_is_fulfilled(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        for id in range(200):
            socket.send_json({"id": id, "what": "samples", "num": 32})
        seen = []
        while not seen or seen[-1] != 199:
            seen.append(frame(socket.receive_bytes())[0]["id"])
    assert seen == sorted(seen)
    assert len(seen) < 150


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "[" * 50_000,
        '{"what": "elsewhere"}',
        '{"type": "other"}',
        '{"what": "mix"}',
        '{"what": "mix", "mixes": [[0, 1]]}',
        '{"what": "samples", "num": 65}',
        '{"what": "samples", "num": 1000000000}',
        '{"what": "plane", "positions": []}',
        '{"what": "plane", "positions": [[NaN, 0]]}',
        '{"what": "plane", "positions": [[2, 0]]}',
        '{"what": "way", "start": {"found": "../../etc/passwd"}}',
        '{"what": "way", "start": {"found": "notthere1"}}',
        '{"truncation": Infinity}',
        '{"truncation": -1}',
        '{"cutoff": 2}',
        '{"label": 3}',
        '{"amounts": [100]}',
        '{"amounts": [1], "by": "classes"}',
        '{"noise": "loud"}',
        '{"noise": -1}',
        '{"seed": -1}',
        '{"number": 1e300}',
        '{"type": "layer"}',
        '{"type": "layer", "layer": "nothing"}',
        '{"unknown": 1}',
        '{"id": "x"}',
    ],
)
def test_wishes_that_cannot_be_get_a_line_and_the_next_one_is_fulfilled(client: TestClient, text: str) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.receive_json()
        socket.send_text(text)
        told = socket.receive_json()
        assert told["type"] == "error"
        assert "\n" not in told["error"]
        socket.send_bytes(b"\x00\x01")
        assert socket.receive_json()["error"] == "messages are JSON text"
        socket.send_json({"id": 1})
        assert frame(socket.receive_bytes())[0]["id"] == 1


@pytest.mark.parametrize("place", ["", "/invert", "/directions"])
def test_a_run_that_there_is_not_gets_a_line(client: TestClient, place: str) -> None:
    with client.websocket_connect(f"/live/explore/none{place}") as socket:
        socket.send_json({"picture": "abcdefgh12"} if place == "/invert" else {})
        while (told := socket.receive_json())["type"] == "progress":
            pass
        assert "there is no run 'none'" in told["error"]
    assert client.get("/api/explore/none").status_code == 404


def test_a_picture_to_keep_carries_the_mark_and_how_it_was_made(client: TestClient, tmp_path: Any) -> None:
    state = json.dumps({"what": "plane", "positions": [[0.25, 0.5]], "truncation": 0.7})
    reply = client.get(f"{BASE}/picture", params={"state": state, "scale": 4})
    assert reply.headers["content-disposition"] == 'attachment; filename="digits-tiny-plane.png"'
    (tmp_path / "kept.png").write_bytes(reply.content)
    mark = read_mark(tmp_path / "kept.png")
    assert mark["digital_source_type"] == TRAINED_ALGORITHMIC_MEDIA
    assert json.loads(mark["state"]) == json.loads(state)
    assert (mark["recipe"], mark["seed"]) == ("dcgan", "0")
    with Image.open(io.BytesIO(reply.content)) as image:
        assert image.size == (32, 32)


@pytest.mark.parametrize(
    "query",
    [{"state": "nonsense"}, {"state": '{"label": 1}'}, {"scale": 0}, {"scale": 99}, {"columns": 0}, {"other": 1},
     {"state": '{"what": "samples", "num": 64}', "scale": 32, "columns": "x"}],
)  # fmt: skip
def test_pictures_that_cannot_be_kept_get_a_line(client: TestClient, query: dict[str, Any]) -> None:
    reply = client.get(f"{BASE}/picture", params=query)
    assert reply.status_code == 400
    assert "\n" not in reply.json()["error"]


def test_the_spectrum_compares_samples_with_real_pictures(client: TestClient) -> None:
    told = client.get(f"{BASE}/spectrum").json()
    assert told["num"] == 1000
    assert told["real"]["frequency"] == told["fake"]["frequency"]
    assert len(told["real"]["decibels"]) == 7  # rings 0 to round(4 * sqrt 2) of 8x8 pixels
    assert client.get(f"{BASE}/points").status_code == 400


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_an_uploaded_picture_becomes_an_item(client: TestClient, format: str) -> None:
    told = client.post(f"{BASE}/targets", content=png(format=format)).json()
    shown = client.get(f"{BASE}/targets/{told['picture']}")
    with Image.open(io.BytesIO(shown.content)) as image:
        assert (image.size, image.mode) == ((8, 8), "L")
        assert "XML:com.adobe.xmp" not in image.info  # it is real


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"no picture", 400),
        (png()[:60], 400),
        (b"%PDF-1.4 ...", 400),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 400),
        (bytes(MOST_BYTES + 1), 413),
    ],
)
def test_uploads_that_are_no_pictures_or_too_large_get_a_line(client: TestClient, data: bytes, status: int) -> None:
    reply = client.post(f"{BASE}/targets", content=data)
    assert reply.status_code == status
    assert "\n" not in reply.json()["error"]


def test_a_picture_of_too_many_pixels_is_refused_by_its_head(client: TestClient) -> None:
    target = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(target, "PNG")
    assert len(target.getvalue()) < 100_000
    reply = client.post(f"{BASE}/targets", content=target.getvalue())
    assert reply.status_code == 400
    assert "pixels" in reply.json()["error"]


def test_a_projection_tells_how_it_goes_and_what_it_found_can_be_shown(client: TestClient, studio: Studio) -> None:
    sample = to_uint8(load(studio.runs_dir / RUN).sample(4))[3, 0]
    target = io.BytesIO()
    Image.fromarray(sample.numpy()).save(target, "PNG")
    name = client.post(f"{BASE}/targets", content=target.getvalue()).json()["picture"]
    pictures, news = 0, []
    with client.websocket_connect(f"{LIVE}/invert") as socket:
        socket.send_json({"picture": name, "steps": 60, "features": "none"})
        while not news or news[-1]["type"] == "progress":
            message = socket.receive()
            if message.get("bytes"):
                pictures += 1
            else:
                news.append(json.loads(message["text"]))
    done = news[-1]
    assert done["type"] == "done"
    assert pictures >= 1
    assert done["pixels"] < 0.15  # it is an item of this very generator
    assert [n["done"] for n in news[:-1]] == sorted(n["done"] for n in news[:-1])
    head, found = ask(client, what="way", start={"found": done["found"]}, shares=[0])
    assert head["shape"] == [1, 8, 8, 1]
    off = (torch.from_numpy(found[0, :, :, 0].copy()).float() - sample.float()) * 2 / 255
    assert float(off.square().mean().sqrt()) == pytest.approx(done["pixels"], abs=0.02)


@pytest.mark.parametrize(
    "text",
    ["nonsense", "{}", '{"picture": "../x"}', '{"picture": "notthere1"}', '{"picture": "notthere1", "steps": 1000000}'],
)
def test_projections_that_cannot_be_get_a_line(client: TestClient, text: str) -> None:
    with client.websocket_connect(f"{LIVE}/invert") as socket:
        socket.send_text(text)
        while (told := socket.receive_json())["type"] == "progress":
            pass
        assert told["type"] == "error"
        assert "\n" not in told["error"]


def test_a_search_that_nobody_waits_for_ends_and_lets_the_next_one_in(client: TestClient) -> None:
    name = client.post(f"{BASE}/targets", content=png()).json()["picture"]
    order = {"picture": name, "steps": 1000, "features": "none"}
    with client.websocket_connect(f"{LIVE}/invert") as first:
        first.send_json(order)
        assert first.receive_json()["type"] == "progress"
        with client.websocket_connect(f"{LIVE}/invert") as second:
            second.send_json(order)
            assert "busy with another search" in second.receive_json()["error"]
    told: dict[str, Any] = {}
    for _ in range(100):
        with client.websocket_connect(f"{LIVE}/invert") as third:
            third.send_json(order | {"steps": 10})
            told = third.receive_json()
            if told["type"] == "progress":
                break
    assert told["type"] == "progress"


def test_points_are_explored_too(client: TestClient, studio: Studio) -> None:
    from ganwright import runs

    runs.train("rpgan-r1r2", "ring8", out=studio.runs_dir / "ring", images=256)
    told = client.get("/api/explore/ring").json()
    assert (told["kind"], told["shape"]) == ("points", [2])
    assert len(client.get("/api/explore/ring/points").json()["points"]) == 2000
    with client.websocket_connect("/live/explore/ring") as socket:
        socket.receive_json()
        socket.send_json({"what": "samples", "num": 1500})
        head, points = frame(socket.receive_bytes())
    assert head["type"] == "points"
    expected = load(studio.runs_dir / "ring").sample(1500).numpy()
    assert np.allclose(points, expected, atol=1e-4)
    assert client.get("/api/explore/ring/spectrum").status_code == 400
    assert client.post("/api/explore/ring/targets", content=png()).status_code == 400
    kept = client.get("/api/explore/ring/picture", params={"state": '{"what": "samples", "num": 200}'})
    assert kept.headers["content-type"] == "image/png"


def test_lines_end_a_socket_whatever_their_letters() -> None:
    class Socket:
        async def send_json(self, told: object) -> None:
            pass

        async def close(self, code: int, reason: str) -> None:
            assert len(reason.encode()) <= 123
            assert reason.startswith("é")

    with pytest.raises(StopIteration):  # it waits for nothing, so that it needs no loop; browsers' tests have one
        live._end(Socket(), "é" * 200).send(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", ["", "/invert"])
def test_a_bug_is_not_taken_for_a_browser_that_has_left(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(live, "_fulfil", broken)
    monkeypatch.setattr(searches, "load", broken)
    with client.websocket_connect(f"/live/explore/digits-tiny{place}") as socket:
        socket.send_json({"picture": "12345678"} if place else {})
        assert socket.receive_json()["type"] in ("ready", "progress")
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_json()
    assert ended.value.code == 1008
    assert "shapes do not fit" in caplog.text


def test_activations_beyond_all_measure_have_a_frame() -> None:
    frame = shown.activations_frame(torch.full((4, 1, 8), 3e38))
    head = json.loads(frame[4 : 4 + int.from_bytes(frame[:4], "little")])
    assert (head["type"], head["rms"]) == ("activations", [None] * 4)
