"""The gate: rebinding, other sites, tokens, headers, and bugs that leave a line."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from ganwright.studio import Studio, app, build
from ganwright.studio.guard import HEADERS, cookie_name, cookie_of
from ganwright.studio.replies import MOST_VALUES, Query, endpoint

TOKEN = "a-token-that-nobody-guesses"


async def changed(request: Request) -> Response:
    return Response("changed")


async def broken(request: Request) -> Response:
    raise RuntimeError("secret detail")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A studio with three routes of its own and nothing else."""
    routes = [
        Route("/api/change", changed, methods=["GET", "POST"]),
        Route("/api/broken", broken),
        WebSocketRoute("/live/talk", talk),
    ]
    monkeypatch.setattr(app, "PARTS", {"test": routes})
    return Studio(tmp_path)


@pytest.fixture
def local(plain: Studio) -> Iterator[TestClient]:
    with TestClient(build(plain), base_url="http://localhost:7860") as client:
        yield client


@pytest.fixture
def guarded(plain: Studio) -> Iterator[TestClient]:
    with TestClient(build(replace(plain, token=TOKEN)), base_url="http://192.168.1.5:7860") as client:
        yield client


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.5", ""]
)
def test_a_name_that_is_not_ours_is_refused_before_anything_else(local: TestClient, host: str) -> None:
    answer = local.get("/api/change", headers={"Host": host})
    assert answer.status_code == 421
    assert "is not to be called as" in answer.json()["error"]
    with pytest.raises(WebSocketDisconnect), local.websocket_connect("/live/talk", headers={"Host": host}):
        pass


@pytest.mark.parametrize("host", ["localhost:7860", "127.0.0.1:7860", "[::1]:7860", "LOCALHOST", "localhost:9999"])
def test_this_machine_is_ours_by_any_of_its_names(local: TestClient, host: str) -> None:
    assert local.get("/api/change", headers={"Host": host}).text == "changed"


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://localhost:3000", "null", "", "http://localhost:7860.evil.example", "file://"],
)
def test_pages_of_other_sites_cannot_change_anything_nor_listen(local: TestClient, origin: str) -> None:
    answer = local.post("/api/change", headers={"Origin": origin})
    assert answer.status_code == 403
    with pytest.raises(WebSocketDisconnect), local.websocket_connect("/live/talk", headers={"Origin": origin}):
        pass


def test_our_own_pages_and_programs_can(local: TestClient) -> None:
    ours = {"Origin": "http://localhost:7860"}
    assert local.post("/api/change", headers=ours).text == local.post("/api/change").text == "changed"
    for headers in (ours, {}):
        with local.websocket_connect("/live/talk", headers={"Host": "localhost:7860", **headers}) as socket:
            assert socket.receive_text() == "hello"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_cannot_read_even_blindly(local: TestClient, site: str) -> None:
    assert local.get("/api/change", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert local.post("/api/change", headers={"Sec-Fetch-Site": site}).status_code == 403
    assert local.get("/api/change", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_without_the_token_nothing_is_told(guarded: TestClient) -> None:
    for path in ("/api/change", "/static/app.js"):
        answer = guarded.get(path)
        assert answer.status_code == 401
        assert "token" in answer.json()["error"]
    page = guarded.get("/")
    assert page.status_code == 401
    assert "asks for its token" in page.text
    with pytest.raises(WebSocketDisconnect), guarded.websocket_connect("/live/talk"):
        pass
    for wrong in ("", "wrong", TOKEN[:-1], "ä" * 9, cookie_of(TOKEN)):
        assert guarded.get("/", params={"token": wrong}).status_code == 401
        bearer = {b"Authorization": f"Bearer {wrong}".encode()}
        assert guarded.get("/api/change", headers=bearer).status_code == 401
    assert guarded.post(f"/api/change?token={TOKEN}").status_code == 401


def test_the_token_becomes_a_cookie_and_leaves_the_address(guarded: TestClient) -> None:
    answer = guarded.get(f"/runs?token={TOKEN}&sort=fid", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/runs?sort=fid"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert TOKEN not in cookie
    assert guarded.get("/api/change").text == "changed"
    with guarded.websocket_connect("ws://192.168.1.5:7860/live/talk") as socket:
        assert socket.receive_text() == "hello"


def test_the_way_back_stays_on_this_server(guarded: TestClient) -> None:
    answer = guarded.get(f"//evil.example/?token={TOKEN}", follow_redirects=False)
    assert answer.headers.get("location", "/").startswith("/")
    assert not answer.headers.get("location", "/").startswith(("//", "/\\"))


def test_programs_bring_the_token_in_a_header(guarded: TestClient) -> None:
    assert guarded.get("/api/change", headers={"Authorization": f"Bearer {TOKEN}"}).text == "changed"


def test_the_cookie_of_one_port_is_not_that_of_another() -> None:
    assert cookie_name({"server": ("x", 1)}) != cookie_name({"server": ("x", 2)})


def test_with_a_token_addresses_of_numbers_are_ours_and_names_are_not(guarded: TestClient) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded.get("/api/change", headers=headers | {"Host": "10.0.0.7:1"}).status_code == 200
    assert guarded.get("/api/change", headers=headers | {"Host": "evil.example"}).status_code == 421


def test_every_answer_carries_the_headers_of_safety(local: TestClient) -> None:
    for path in ("/", "/api/change", "/api/none", "/static/none", "/api/broken"):
        answer = local.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["cache-control"] == ("no-store" if path.startswith("/api/") else "no-cache")
        assert "unsafe" not in answer.headers["content-security-policy"]


def test_a_bug_leaves_a_number_and_no_detail(local: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    answer = local.get("/api/broken")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    number = answer.json()["error"].rpartition(" ")[2]
    assert number in caplog.text
    assert "secret detail" in caplog.text


def test_wrong_methods_and_places_are_lines(local: TestClient) -> None:
    assert local.patch("/api/change").json() == {"error": "method not allowed for patch /api/change"}
    assert "nothing at /api/none" in local.get("/api/none").json()["error"]
    assert local.get("/api/change?" + "x" * 20_000).status_code == 414


def test_texts_are_compressed_and_kept_by_their_tag(local: TestClient) -> None:
    path = "/static/vendor/uplot/uPlot.iife.min.js"
    packed = local.get(path)
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(packed.content) / 2
    bare = local.get(path, headers={"Accept-Encoding": "identity"})
    assert bare.content == packed.content
    again = local.get(path, headers={"If-None-Match": packed.headers["etag"]})
    assert again.status_code == 304


class Many(Query):
    """Anything but objects."""

    values: list[int | str]


def counted(studio: Studio, query: Many) -> dict[str, int]:
    return {"num": len(query.values)}


def test_a_body_has_not_so_many_values_that_looking_at_them_stops_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "PARTS", {"test": [Route("/api/many", endpoint(Many)(counted), methods=["POST"])]})
    with TestClient(build(Studio(tmp_path)), base_url="http://localhost:7860") as client:
        answer = client.post("/api/many", json={"values": [{}] * (MOST_VALUES + 2)})
        assert (answer.status_code, "more than 10,000 values" in answer.json()["error"]) == (413, True)
        assert client.post("/api/many", json={"values": [1] * MOST_VALUES}).json() == {"num": MOST_VALUES}
