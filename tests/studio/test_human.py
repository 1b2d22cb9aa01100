"""/api/human: the truth stays on the server, answers count once, results are kept with the run."""

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from ganwright.runs.human import FILE
from ganwright.studio import Studio

RUN = "digits-tiny"
BASE = f"/api/human/{RUN}"


def begin(client: TestClient, **how: Any) -> dict[str, Any]:
    reply = client.post(BASE, json={"questions": 10, "seed": 1, **how})
    assert reply.status_code == 200, reply.text
    return reply.json()


def names_of(test: dict[str, Any]) -> set[str]:
    return {name for names in test["questions"] for name in names}


def test_what_would_be_shown_is_told(client: TestClient) -> None:
    told = client.get(BASE).json()
    assert told["problem"] is None
    assert told["results"] == []
    assert (told["split"], told["reals"], told["width"], told["channels"]) == ("test", 297, 8, 1)


def test_nothing_that_is_sent_tells_what_is_real(client: TestClient) -> None:
    test = begin(client)
    assert "real" not in json.dumps(test)
    assert len(names_of(test)) == 10
    replies = [client.get(f"{BASE}/{test['test']}/{name}") for (name,) in test["questions"]]
    assert len({len(reply.content) for reply in replies}) == 1  # one size, whatever is shown
    assert len({json.dumps(dict(reply.headers)) for reply in replies}) == 1
    for reply in replies:
        with Image.open(io.BytesIO(reply.content)) as image:
            assert (image.format, image.size, image.mode, image.info) == ("PNG", (8, 8), "L", {})
    assert client.post(f"{BASE}/{test['test']}/answer", json={"question": 0, "seconds": 1, "real": True}).json() == {
        "left": 9
    }
    assert "real" not in client.get(f"{BASE}/{test['test']}").text.replace("said_real", "")


def test_another_test_of_the_same_seed_has_the_same_pictures_under_other_names(client: TestClient) -> None:
    first, second = begin(client), begin(client)
    assert not names_of(first) & names_of(second)
    for (a,), (b,) in zip(first["questions"], second["questions"], strict=True):
        assert client.get(f"{BASE}/{first['test']}/{a}").content == client.get(f"{BASE}/{second['test']}/{b}").content


@pytest.mark.parametrize("mode", ["single", "pairs"])
def test_a_test_is_taken_judged_and_kept(client: TestClient, studio: Studio, mode: str) -> None:
    test = begin(client, mode=mode, exposure_seconds=0.5)
    address = f"{BASE}/{test['test']}"
    for i in range(10):
        said = {"real": True} if mode == "single" else {"picked": 0}
        client.post(f"{address}/answer", json={"question": i, "seconds": 0.7, **said})
    done = client.post(f"{address}/finish", json={}).json()["result"]
    wrong = sum((not s["real"][0]) for s in done["shown"])
    assert done["error"]["all"]["errors"] == wrong
    assert done["error"]["all"]["num"] == 10
    if mode == "single":
        assert wrong == done["error"]["fakes"]["errors"] == 5
        shown = [
            np.asarray(Image.open(io.BytesIO(client.get(f"{address}/{s['pictures'][0]}").content)))
            for s in done["shown"]
        ]
        assert len(shown) == 10
    assert client.post(f"{address}/finish", json={}).json()["result"] == done  # finished once
    kept = (studio.runs_dir / RUN / FILE).read_text().splitlines()
    assert len(kept) == 1
    told = client.get(BASE).json()["results"]
    assert told[0]["error"] == done["error"]
    assert told[0]["exposure_seconds"] == 0.5


def test_answers_count_once_and_only_before_the_end(client: TestClient) -> None:
    address = f"{BASE}/{begin(client)['test']}"
    said = {"question": 0, "seconds": 1.0, "real": False}
    assert client.post(f"{address}/finish", json={}).status_code == 409
    assert client.post(f"{address}/answer", json=said).status_code == 200
    assert client.post(f"{address}/answer", json=said).status_code == 409
    client.post(f"{address}/answer", json=said | {"question": 1})
    assert client.post(f"{address}/finish", json={}).json()["result"]["error"]["all"]["num"] == 2
    assert client.post(f"{address}/answer", json=said | {"question": 2}).status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {"questions": 9},
        {"questions": 1000},
        {"questions": 11, "mode": "single"},
        {"mode": "trios"},
        {"exposure_seconds": 0},
        {"exposure_seconds": "soon"},
        {"seed": -1},
        {"seed": 2**40},
        {"more": 1},
        [],
    ],
)
def test_tests_that_cannot_be_are_refused_with_a_line(client: TestClient, body: Any) -> None:
    reply = client.post(BASE, json=body)
    assert reply.status_code == 400
    assert "\n" not in reply.json()["error"]


@pytest.mark.parametrize(
    "said",
    [
        {"question": 0, "seconds": 1},
        {"question": 0, "seconds": 1, "picked": 0},
        {"question": 0, "seconds": 1, "real": True, "picked": 0},
        {"question": -1, "seconds": 1, "real": True},
        {"question": 99, "seconds": 1, "real": True},
        {"question": 0, "seconds": -1, "real": True},
        {"question": 0, "seconds": 1e9, "real": True},
        {"question": 0, "real": True},
        {},
    ],
)
def test_answers_that_do_not_fit_are_refused_with_a_line(client: TestClient, said: dict[str, Any]) -> None:
    reply = client.post(f"{BASE}/{begin(client)['test']}/answer", json=said)
    assert reply.status_code in (400, 404)
    assert "\n" not in reply.json()["error"]


@pytest.mark.parametrize("place", ["nothing", "nothing/finish", "nothing/answer", "nothing/picture"])
def test_tests_that_there_are_not_are_not_found(client: TestClient, place: str) -> None:
    body = {"question": 0, "seconds": 1, "real": True} if place.endswith("answer") else {}
    asked = (
        client.post(f"{BASE}/{place}", json=body)
        if place.endswith(("finish", "answer"))
        else client.get(f"{BASE}/{place}")
    )
    assert asked.status_code == 404
    assert client.get("/api/human/none").status_code == 404


def test_a_run_without_a_checkpoint_says_why_there_is_no_test(client: TestClient, studio: Studio) -> None:
    for file in (studio.runs_dir / RUN / "checkpoints").iterdir():
        file.unlink()
    assert "no checkpoint yet" in client.get(BASE).json()["problem"]
    assert client.post(BASE, json={}).status_code == 400
