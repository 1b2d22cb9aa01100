"""The page Lessons: chapters as they stand, what a tiny one came to, a real one started, stopped and gone on with."""

import time
from collections.abc import Sequence

import pytest
from starlette.testclient import TestClient

from ganwright.lessons import LESSONS, Lesson
from ganwright.lessons.base import Claim, Curves, Panels, Runs, Stage, Training
from ganwright.lessons.page import write_page
from ganwright.lessons.runner import folder_of, run_lesson
from ganwright.studio import Studio, build
from ganwright.studio.lessons import chapters


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
    assert [figure["is_chart"] for figure in found["figures"]] == [True, False]
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


def start(client: TestClient, name: str = "first-gan", status: int = 201) -> dict:
    answer = client.post(f"/api/lessons/{name}/start", json={"seed": 7})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_lesson_is_a_job_that_waits_stops_and_goes_on(client: TestClient, studio: Studio) -> None:
    assert start(client)["state"] in ("queued", "running")
    wait_for(client, {"running"})
    waits = start(client, "vit")
    assert (waits["state"], waits["job"]["place"]) == ("queued", 1)
    assert "already" in start(client, status=409)["error"]
    end = time.monotonic() + 120
    while ask(client, "/first-gan", seed=7)["progress"] == 0:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert ask(client, seed=7)["lessons"][0]["state"] == "running"
    assert {row["state"] for row in client.get("/api/runs").json()["runs"]} == {"running", "finished"}
    studio.close()  # the server ends; what it started goes on
    with TestClient(build(Studio(studio.runs_dir, hosts=studio.hosts))) as other:
        one, two = other.get("/api/jobs").json()["jobs"]
        assert (one["kind"], one["state"], one["run"]) == ("lesson", "running", None)
        assert one["page"] == "/lessons/first-gan?seed=7&data=digits"
        assert 0 < one["progress"] < 1
        assert other.post(f"/api/jobs/{two['id']}/stop", json={}).json()["state"] == "stopped"
        assert ask(other, "/vit", seed=7)["state"] == "new"
        other.post(f"/api/jobs/{one['id']}/pause", json={})
        stopped = wait_for(other, {"stopped"})
        assert 0 < stopped["progress"] < 1
        assert "goes on" in " ".join(stopped["log"])
        assert start(other)["job"]["id"] == one["id"]
        assert wait_for(other, {"running"})["progress"] >= stopped["progress"]
        for _ in range(2):  # at once
            other.post(f"/api/jobs/{one['id']}/stop", json={})
        assert wait_for(other, {"stopped"}, 20)["job"]["state"] == "stopped"
