"""Whatever a client sends, to any address: never a bug, always an answer in one line."""

import json
import logging
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from ganwright.studio import Studio, build
from ganwright.studio.app import PARTS
from ganwright.studio.data import audits
from ganwright.studio.jobs import estimates, job
from ganwright.studio.playground import players

ROUTES = [route for part in PARTS.values() for route in part if isinstance(route, Route)]
ASKED = [(method, route) for route in ROUTES for method in sorted((route.methods or set()) - {"HEAD"})]
SOCKETS = [route for part in PARTS.values() for route in part if isinstance(route, WebSocketRoute)]

WORDS = [
    "",
    "..",
    "../../etc/passwd",
    "..~2..",
    "~2",
    "~0~1",
    "digits-tiny",
    "digits",
    "ring8",
    "dcgan",
    "generator",
    "fixed",
    "losses",
    "folder:/etc",
    "python:os:system",
    "a" * 400,
    "x," * 900,
    "\0",
    "\n",
    "é\u2028\U0001f600",
    "<script>alert(1)</script>",
    "'; drop table runs; --",
    "%2e%2e%2f",
    "-1",
    "0",
    "1",
    "7.5",
    "1e400",
    "nan",
    "-inf",
    "99999999999999999999999",
    "true",
    "null",
    "[]",
    "{}",
]
texts = st.sampled_from(WORDS) | st.text(max_size=40).filter(lambda t: t.isascii() or t.encode(errors="ignore"))
numbers = st.sampled_from([0, 1, -1, 2, 7, 10**6, 2**31, 2**63, 10**30, 0.5, -0.0, 1e308, float("nan"), float("inf")])
leaves = texts | numbers | st.booleans() | st.none()
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3), max_leaves=8
)
HEADERS = {"Content-Type": "application/json"}
ALLOWED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, trained: Path, forked: Any) -> Iterator[Studio]:
    """A studio with a run, whose jobs and estimates run nothing."""
    with pytest.MonkeyPatch.context() as patch:
        nothing = (sys.executable, "-S", "-c", "pass")
        for module in (job, estimates):
            patch.setattr(module, "PROGRAM", nothing)
        patch.setattr(players, "subprocess", forked)
        for module in (audits, estimates):
            patch.setattr(module, "WAIT_SECONDS", 0.0)
        yield Studio(tmp_path_factory.mktemp("hostile") / "runs", hosts=frozenset({"testserver"}))


@pytest.fixture(scope="module")
def client(place: Studio) -> Iterator[TestClient]:
    with TestClient(build(place)) as client:
        yield client


@pytest.fixture
def attacked(place: Studio, client: TestClient, trained: Path, caplog: pytest.LogCaptureFixture) -> TestClient:
    """The client, with the run in its place."""
    if not (place.runs_dir / trained.name).is_dir():
        shutil.copytree(trained, place.runs_dir / trained.name)
    caplog.set_level(logging.ERROR, "ganwright.studio")
    return client


def fields_of(route: Route) -> list[str]:
    takes = getattr(route.endpoint, "takes", None)
    known = [f.alias or name for name, f in takes.model_fields.items()] if takes else ["size", "images", "kind", "view"]
    return [*known, "surprise"]


def address(route: Route | WebSocketRoute, draw: Any) -> str:
    path = route.path_format
    for name in route.param_convertors:
        path = path.replace(f"{{{name}}}", quote(draw(texts) or "x", safe=""))
    return path


def assert_sound(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert answer.status_code < 500, answer.text
    assert caplog.records == []
    if answer.status_code >= 400:
        told = answer.json()["error"]
        assert told
        assert "\n" not in told
        assert "Traceback" not in told
    elif "json" in answer.headers.get("content-type", ""):
        json.loads(answer.text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize(("method", "route"), ASKED, ids=[f"{m} {r.path}" for m, r in ASKED])
def test_no_request_finds_a_bug(
    attacked: TestClient, caplog: pytest.LogCaptureFixture, method: str, route: Route
) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=ALLOWED)
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        path = address(route, data.draw)
        names = st.sampled_from(fields_of(route))
        if method in ("GET", "DELETE"):
            query = data.draw(st.dictionaries(names, texts, max_size=5))
            answer = attacked.request(method, path, params=query)
        else:
            body = data.draw(
                st.dictionaries(names, values, max_size=6).map(json.dumps) | values.map(json.dumps) | texts
            )
            kind = data.draw(st.sampled_from(["application/json"] * 6 + ["application/zip", "text/plain", "é"]))
            sent = {b"Content-Type": kind.encode()}
            answer = attacked.request(method, path, content=body.encode("utf-8", "replace"), headers=sent)
        assert_sound(answer, caplog)

    ask()


@pytest.mark.parametrize("route", SOCKETS, ids=[r.path for r in SOCKETS])
def test_no_message_finds_a_bug(attacked: TestClient, caplog: pytest.LogCaptureFixture, route: WebSocketRoute) -> None:
    @settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=ALLOWED)
    @given(st.data())
    def talk(data: st.DataObject) -> None:
        messages = data.draw(st.lists(values.map(json.dumps) | texts | st.binary(max_size=20), max_size=4))
        try:
            with attacked.websocket_connect(address(route, data.draw)) as socket:
                for message in messages:
                    if isinstance(message, bytes):
                        socket.send_bytes(message)
                    else:
                        socket.send_text(message)
        except WebSocketDisconnect:
            pass
        assert caplog.records == []

    talk()


@pytest.mark.parametrize("path", ["/api/jobs", "/api/plan", "/api/estimate", "/api/data/audit"])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[" * 100_000, b'"' + b"x" * 2_000_000 + b'"', b"\xff\xfe", b"NaN", b"null", b'{"data": NaN}'],
    ids=["empty", "torn", "deep", "long", "no text", "NaN", "null", "NaN inside"],
)
def test_bodies_that_are_no_json(
    attacked: TestClient, caplog: pytest.LogCaptureFixture, path: str, body: bytes
) -> None:
    answer = attacked.post(path, content=body, headers=HEADERS)
    assert answer.status_code in (200, 400, 413)
    assert_sound(answer, caplog)
