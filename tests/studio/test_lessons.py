"""The page Lessons: chapters as they stand, what a tiny one came to, a real one started, stopped and gone on with."""

import dataclasses
import os
import time
from collections.abc import Sequence

import pytest
from starlette.testclient import TestClient

from ganwright.core.processes import started_at
from ganwright.lessons import LESSONS, Lesson
from ganwright.lessons.base import Claim, Curves, Panels, Runs, Stage, Training
from ganwright.lessons.page import write_page
from ganwright.lessons.runner import folder_of, run_lesson
from ganwright.studio import Studio
from ganwright.studio.lessons import chapters
from ganwright.studio.lessons.running import Child, Children


def claims(runs: Runs) -> Sequence[Claim]:
    """One that holds and one that cannot."""
    return [
        Claim(runs["one"]["real_probability"].last >= 0, "Probabilities are at least 0."),
        Claim(runs["one"]["real_probability"].last > 1, "One is above 1."),
    ]


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Lesson:
    """In the place of the first lesson: one of a second."""
    options = {"tick_images": 128, "log_images": 64, "generator.hidden": [16], "discriminator.hidden": [16]}
    lesson = Lesson(
        name="first-gan",
        title="Tiny",
        question="Does it run?",
        explanation="First.\n\n    a < b\n\nLast, over\ntwo lines.",
        stages={"digits": Stage("digits", "mlp", images=384, options=options)},
        runs={"one": Training("the one")},
        measures=("real_probability", "fake_probability"),
        figures=(Curves("Curve", "c", measures=("real_probability",)), Panels("Panel", "p", moments=2)),
        claims=claims,
    )
    monkeypatch.setitem(chapters.LESSONS, "first-gan", lesson)
    return lesson


def ask(client: TestClient, path: str = "", status: int = 200, **query) -> dict:
    answer = client.get(f"/api/lessons{path}", params=query)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_all_lessons_are_chapters_in_order(client: TestClient) -> None:
    rows = ask(client)["lessons"]
    assert [row["name"] for row in rows] == list(LESSONS)
    assert {row["state"] for row in rows} == {"new"}
    assert rows[0]["holds"] is None


def test_a_chapter_before_it_is_run(client: TestClient) -> None:
    found = ask(client, "/saturating", seed=3)
    assert found["state"] == "new"
    assert found["claims"] == found["numbers"] == []
    assert {block["kind"] for block in found["explanation"]} == {"text", "equation"}
    assert found["previous"]["name"] == "mlp-vs-dcgan"
    assert [stage["data"] for stage in found["stages"]] == ["digits", "mnist"]
    assert found["command"] == "ganwright lesson saturating --seed 3"
    assert all(run["id"] is None and run["num_images"] == 0 for run in found["runs"])
    assert found["asked"]["choices"][found["asked"]["right"]] == "Its derivative with respect to D's logit"
    assert ask(client, "/saturating", data="mnist")["command"].endswith("--data mnist")


def test_a_lesson_that_ran_shows_what_came_of_it(client: TestClient, studio: Studio, tiny: Lesson) -> None:
    out = studio.runs_dir / folder_of(tiny, tiny.stages["digits"], 5).parent.name
    outcome = run_lesson(tiny, seed=5, out=out)
    assert ask(client, "/first-gan", seed=5)["state"] == "stopped"  # its page is not drawn
    write_page(outcome)
    found = ask(client, "/first-gan", seed=5)
    assert found["state"] == "done"
    assert found["holds"] is False
    assert [claim["holds"] for claim in found["claims"]] == [True, False]
    assert found["numbers"][0]["values"] == [
        [outcome.records["one"]["real_probability"].first, outcome.records["one"]["real_probability"].last]
    ]
    assert found["runs"][0]["id"] == "lesson-first-gan~2seed-5~2one"
    assert found["explanation"][1] == {"kind": "equation", "text": "a < b"}
    for number in range(2):
        picture = client.get("/api/lessons/first-gan/figure", params={"seed": 5, "number": number})
        assert picture.headers["content-type"] == "image/png"
    page = client.get("/api/lessons/first-gan/page", params={"seed": 5})
    assert "attachment" in page.headers["content-disposition"]
    assert "Does it run?" in page.text
    assert client.get(f"/api/runs/{found['runs'][0]['id']}").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "query", "told"),
    [
        ("/nope", 404, {}, "no lesson"),
        ("/first-gan", 400, {"data": "nope"}, "no version for"),
        ("/counterfeiter", 400, {"data": "mnist"}, "no image version"),
        ("/first-gan", 400, {"seed": -1}, "seed"),
        ("/first-gan/figure", 404, {"number": 0}, "run it first"),
        ("/first-gan/figure", 400, {"number": -1}, "number"),
        ("/first-gan/page", 404, {}, "run it first"),
    ],
)
def test_what_cannot_be_is_told(client: TestClient, path: str, status: int, query: dict, told: str) -> None:
    assert told in ask(client, path, status, **query)["error"]


def wait_for(client: TestClient, states: set[str], seconds: float = 120) -> dict:
    end = time.monotonic() + seconds
    while (found := ask(client, "/first-gan", seed=7))["state"] not in states:
        assert time.monotonic() < end, found
        time.sleep(0.2)
    return found


def test_a_lesson_is_started_stopped_and_gone_on_with(client: TestClient, studio: Studio) -> None:
    assert client.post("/api/lessons/first-gan/stop", json={}).status_code == 409
    started = client.post("/api/lessons/first-gan/start", json={"seed": 7})
    assert started.status_code == 201
    assert started.json()["state"] == "running"
    other = client.post("/api/lessons/vit/start", json={})
    assert other.status_code == 409
    assert "under way" in other.json()["error"]
    end = time.monotonic() + 120
    while ask(client, "/first-gan", seed=7)["progress"] == 0:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert ask(client)["lessons"][1]["other_running"] == "first-gan"
    again = Children(studio)  # a server that is started anew finds it
    assert again.running() is not None
    assert client.post("/api/lessons/first-gan/stop", json={}).json() == {"stopping": True}
    stopped = wait_for(client, {"stopped"})
    assert 0 < stopped["progress"] < 1
    assert "goes on" in " ".join(stopped["log"])
    client.post("/api/lessons/first-gan/start", json={"seed": 7})
    assert wait_for(client, {"running"})["progress"] >= stopped["progress"]
    client.post("/api/lessons/first-gan/stop", json={})
    client.post("/api/lessons/first-gan/stop", json={})  # at once
    wait_for(client, {"stopped"}, 20)
    assert again.running() is None


def test_a_process_that_only_has_the_number_is_not_taken_for_the_lesson() -> None:
    began = started_at(os.getpid())
    assert began is not None
    child = Child("first-gan", "digits", 0, "place", os.getpid(), began)
    assert child.is_alive
    assert not dataclasses.replace(child, began=began - 60).is_alive
