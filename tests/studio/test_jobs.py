"""The queue: order, devices, pausing, stopping, going on, jobs that are found again; with a stand-in for training."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import ganwright as gw
from ganwright.core.limits import Limits
from ganwright.core.processes import started_at
from ganwright.studio import Studio, build
from ganwright.studio.jobs import job as jobs
from ganwright.studio.jobs.queue import Jobs

TRAINER = """
import json, os, pathlib, signal, sys, time
given = dict(a.lstrip("-").partition("=")[::2] for a in sys.argv[1:] if a.startswith("--"))
out = pathlib.Path(given.get("fork") or given["out"])
out.mkdir(parents=True, exist_ok=True)
print("trainer says hello", file=sys.stderr, flush=True)
if given.get("seed") == "666":
    print(json.dumps({"error": "it cannot be trained"}))
    sys.exit(2)
if given.get("seed") == "667":
    os.kill(os.getpid(), signal.SIGKILL)
(out / "run.toml").write_text('recipe = "dcgan"\\nimages = %s\\ndevice = "cpu"\\n' % given.get("images", "1000"))
def tell(type, number):
    with (out / "events.jsonl").open("a") as file:
        file.write(json.dumps({"type": type, "iteration": number, "num_images": number, "time": time.time()}) + "\\n")
def end(*_):
    tell("interrupted", 1)
    print(json.dumps({"error": "interrupted by SIGTERM at 1 images, saved"}))
    sys.exit(143)
def stubborn(*_):
    tell("log", 1)
signal.signal(signal.SIGTERM, stubborn if given.get("seed") == "13" else end)
(out / "lock").write_text(str(os.getpid()))
tell("started", 0)
held = bytearray(b"x") * 160_000_000 if given.get("seed") == "99" else None
while not (out / "please-finish").exists():
    time.sleep(0.02)
tell("finished", 1000)
print(json.dumps({"run": str(out)}))
"""
WISH = {"data": "digits", "recipe": "dcgan"}


@pytest.fixture
def trainer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs run a stand-in that trains nothing, but starts, ends and is interrupted like training."""
    script = tmp_path / "trainer.py"
    script.write_text(TRAINER)
    monkeypatch.setattr(jobs, "PROGRAM", (sys.executable, str(script)))


@pytest.fixture
def place(tmp_path: Path, trainer: None) -> Studio:
    return Studio(tmp_path / "runs", hosts=frozenset({"testserver"}))


@pytest.fixture
def client(place: Studio) -> Iterator[TestClient]:
    with TestClient(build(place)) as client:
        yield client
        for job in place.service(Jobs).listed():
            jobs.tell(job, jobs.signal.SIGKILL)


def until(condition: Callable[[], Any]) -> Any:
    """Wait for something to become true."""
    deadline = time.monotonic() + 40
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
    return found


def state(client: TestClient, id: str) -> str:
    return next(job["state"] for job in client.get("/api/jobs").json()["jobs"] if job["id"] == id)


def add(client: TestClient, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/jobs", json={**WISH, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def finish(place: Studio, job: dict[str, Any]) -> None:
    until(lambda: (place.runs_dir / job["name"] / "events.jsonl").exists())
    (place.runs_dir / job["name"] / "please-finish").touch()


def test_one_job_at_a_time_in_order(client: TestClient, place: Studio) -> None:
    one, two, three = add(client), add(client), add(client, name="mine/third")
    assert [j["name"] for j in (one, two, three)] == ["digits-dcgan", "digits-dcgan-2", "mine/third"]
    until(lambda: state(client, one["id"]) == "running")
    listed = client.get("/api/jobs").json()["jobs"]
    assert [(j["id"], j["place"]) for j in listed] == [(one["id"], None), (two["id"], 1), (three["id"], 2)]
    rows = {row["id"]: row for row in client.get("/api/runs").json()["runs"]}
    assert {id: rows[id]["state"] for id in ("digits-dcgan-2", "mine~2third")} == {
        "digits-dcgan-2": "queued",
        "mine~2third": "queued",
    }
    assert client.get("/api/runs/mine~2third").json()["sentence"] == "It waits for its turn."
    moved = client.post(f"/api/jobs/{three['id']}/move", json={"before": two["id"]})
    assert moved.status_code == 200
    finish(place, one)
    until(lambda: state(client, one["id"]) == "finished")
    until(lambda: state(client, three["id"]) == "running")
    assert state(client, two["id"]) == "queued"
    assert client.delete(f"/api/jobs/{two['id']}").json() == {"gone": True}
    assert "digits-dcgan-2" not in {row["id"] for row in client.get("/api/runs").json()["runs"]}


def test_paused_it_gives_way_and_resumed_it_goes_first(client: TestClient, place: Studio) -> None:
    one, two, three = add(client), add(client), add(client)
    until(lambda: (place.runs_dir / one["name"] / "events.jsonl").exists())
    assert client.post(f"/api/jobs/{one['id']}/pause", json={}).json()["state"] == "pausing"
    until(lambda: state(client, one["id"]) == "paused")
    assert client.get(f"/api/runs/{one['run']}").json()["state"] == "paused"
    until(lambda: state(client, two["id"]) == "running")
    assert client.post(f"/api/jobs/{one['id']}/resume", json={}).json()["state"] == "queued"
    until(lambda: (place.runs_dir / two["name"] / "events.jsonl").exists())
    client.post(f"/api/jobs/{two['id']}/stop", json={})
    until(lambda: state(client, one["id"]) == "running")
    assert (state(client, two["id"]), state(client, three["id"])) == ("stopped", "queued")
    assert client.get(f"/api/runs/{two['run']}").json()["state"] == "stopped"
    assert client.delete(f"/api/runs/{one['run']}").status_code == 409
    assert client.delete(f"/api/runs/{two['run']}").status_code == 200


def test_one_that_does_not_listen_is_killed_when_asked_twice(client: TestClient, place: Studio) -> None:
    job = add(client, seed=13)
    until(lambda: (place.runs_dir / job["name"] / "events.jsonl").exists())
    client.post(f"/api/jobs/{job['id']}/stop", json={})
    until(lambda: "log" in (place.runs_dir / job["name"] / "events.jsonl").read_text())
    assert state(client, job["id"]) == "stopping"
    client.post(f"/api/jobs/{job['id']}/stop", json={})
    until(lambda: state(client, job["id"]) == "stopped")


def test_what_went_wrong_is_told(client: TestClient) -> None:
    refused, killed = add(client, seed=666), add(client, seed=667)
    until(lambda: state(client, killed["id"]) == "failed")
    told = {job["id"]: job for job in client.get("/api/jobs").json()["jobs"]}
    assert told[refused["id"]]["error"] == "it cannot be trained"
    assert told[refused["id"]]["log"] == ["trainer says hello"]
    assert "ended without a word" in told[killed["id"]]["error"]
    row = client.get(f"/api/runs/{refused['run']}").json()
    assert (row["state"], row["sentence"]) == ("failed", "It did not begin: it cannot be trained")
    assert client.get(f"/api/jobs/{refused['id']}/log").json() == {"lines": ["trainer says hello"]}
    assert client.delete(f"/api/runs/{refused['run']}").json()["trash"] is None


def test_another_studio_finds_the_jobs_again(client: TestClient, place: Studio) -> None:
    one, two = add(client), add(client)
    until(lambda: (place.runs_dir / one["name"] / "events.jsonl").exists())
    place.close()  # the server ends; what it started goes on
    number = int((place.runs_dir / one["name"] / "lock").read_text())
    assert started_at(number) is not None
    with TestClient(build(Studio(place.runs_dir, hosts=place.hosts))) as other:
        assert [(j["id"], j["state"]) for j in other.get("/api/jobs").json()["jobs"]] == [
            (one["id"], "running"),
            (two["id"], "queued"),
        ]
        finish(place, one)
        until(lambda: state(other, one["id"]) == "finished")
        until(lambda: state(other, two["id"]) == "running")
        finish(place, two)
        until(lambda: state(other, two["id"]) == "finished")


@pytest.mark.parametrize(
    ("limits", "seed", "ended", "said"),
    [
        (Limits(1e15, 5.0), 1, "paused", "its 5.0 s are over: it was saved and paused; resume it for as long again"),
        (Limits(1e15, 5.0, grace_seconds=1.0), 13, "failed", "did not end when it was asked to: it was killed"),
        (Limits(150e6, 1e5), 99, "paused", "of memory, and a job may take 0.15 GB: it was saved and paused"),
    ],
)
def test_limits_hold_while_no_server_runs_and_the_next_one_says_why(
    place: Studio, limits: Limits, seed: int, ended: str, said: str
) -> None:
    first = Studio(place.runs_dir, hosts=place.hosts, limits=limits)
    with TestClient(build(first)) as client:
        job = add(client, seed=seed)
        until((place.runs_dir / job["name"] / "events.jsonl").exists)
    kept = jobs.read(first.own_dir / "jobs" / job["id"])
    assert kept is not None
    until(lambda: not jobs.is_alive(kept))
    with TestClient(build(Studio(place.runs_dir, hosts=place.hosts))) as client:
        until(lambda: state(client, job["id"]) == ended)
        (told,) = client.get("/api/jobs").json()["jobs"]
        assert said in told["error"]
        assert (told["max_seconds"], told["max_memory_bytes"]) == (limits.seconds, limits.memory_bytes)
        row = client.get(f"/api/runs/{job['run']}").json()
        assert said[:20] in row["sentence"][0].lower() + row["sentence"][1:]
        if seed == 1:
            client.post(f"/api/jobs/{job['id']}/resume", json={})
            until(lambda: state(client, job["id"]) == "running")
            (told,) = client.get("/api/jobs").json()["jobs"]
            assert (told["error"], told["max_seconds"]) == (None, 24 * 3600)
            finish(place, job)
            until(lambda: state(client, job["id"]) == "finished")


def test_a_lesson_waits_its_turn_and_is_no_run(client: TestClient, place: Studio) -> None:
    one = add(client)
    until(lambda: state(client, one["id"]) == "running")
    lesson = client.post("/api/lessons/first-gan/start", json={"seed": 3}).json()["job"]
    assert (lesson["state"], lesson["place"], lesson["device"]) == ("queued", 1, "cpu")
    assert lesson["command"].startswith("ganwright lesson first-gan --data=digits --seed=3 --out=")
    assert [row["id"] for row in client.get("/api/runs").json()["runs"]] == [one["run"]]
    finish(place, one)
    out = place.runs_dir / "lesson-first-gan"  # where the stand-in was told to write
    until(lambda: (out / "events.jsonl").exists())
    assert state(client, lesson["id"]) == "running"
    (out / "please-finish").touch()
    until(lambda: state(client, lesson["id"]) == "finished")
    assert client.get("/api/lessons/first-gan", params={"seed": 3}).json()["job"]["id"] == lesson["id"]


def test_a_number_that_belongs_to_another_process_now_is_not_taken_for_the_job(place: Studio) -> None:
    folder = place.own_dir / "jobs"
    old = jobs.Job(
        "x-1", "new", str(place.runs_dir / "a"), ("train",), "cpu", 1.0, 0.0, "running", process=1, began=1.0
    )
    jobs.save(old, folder)
    assert not jobs.is_alive(old)
    queue = Jobs(place)
    until(lambda: queue.find("x-1").state == "failed")
    assert queue.find("x-1").error == "its process was killed"
    queue.close()


def test_files_that_are_no_jobs_do_not_harm(place: Studio) -> None:
    folder = place.own_dir / "jobs"
    for name, text in {"a": "no json", "b": "[]", "c": '{"id": "c"}', "d": json.dumps({"id": "e", "out": 5})}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "job.json").write_text(text)
    queue = Jobs(place)
    assert queue.listed() == []
    queue.close()


def test_a_folder_of_runs_that_came_from_elsewhere_starts_nothing(place: Studio) -> None:
    folder, a_run = place.own_dir / "jobs", str(place.runs_dir / "a")

    def saved(id: str, out: str = a_run, given: tuple[str, ...] = ("train", "digits"), **more: Any) -> None:
        jobs.save(jobs.Job(id, "new", out, given, "cpu", 1.0, 0.0, **more), folder)

    saved("a-1", machine="another")
    saved("a-2", out="/elsewhere/runs/b")
    saved("a-3", given=("export", "x"))
    saved("a-4", given=("train", "digits", "--evaluate-features=python:os:system"))
    queue = Jobs(place)
    (job,) = queue.listed()
    assert (job.id, job.state) == ("a-1", "stopped")
    assert "asked for on another machine, another; resume it" in str(job.error)
    queue.close()


def test_a_run_that_would_load_code_is_not_gone_on_with(client: TestClient, place: Studio) -> None:
    config = gw.recipes.mlp().override({"evaluate_features": "python:os:system", "evaluate_images": 64})
    (place.runs_dir / "foreign").mkdir(parents=True)
    config.write(place.runs_dir / "foreign" / "run.toml")
    for address, wish in (("/api/runs/foreign/resume", {}), ("/api/jobs", {"from_run": "foreign"})):
        answer = client.post(address, json=wish)
        assert answer.status_code == 400, answer.text
        assert "for the command line" in answer.json()["error"]


def test_what_cannot_be_started_fails_alone(client: TestClient, place: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    start = jobs.start

    def torn(job: jobs.Job, *rest: Any) -> Any:
        if "--seed=7" in job.arguments:
            raise ValueError("embedded null byte")
        return start(job, *rest)

    monkeypatch.setattr(jobs, "start", torn)
    bad, good = add(client, seed=7), add(client)
    until(lambda: state(client, bad["id"]) == "failed")
    until(lambda: state(client, good["id"]) == "running")
    finish(place, good)
    until(lambda: state(client, good["id"]) == "finished")


def test_what_cannot_be_done_now_is_a_conflict(client: TestClient, place: Studio) -> None:
    one, two = add(client), add(client)
    until(lambda: (place.runs_dir / one["name"] / "events.jsonl").exists())
    assert client.post(f"/api/jobs/{one['id']}/resume", json={}).status_code == 409
    assert client.post(f"/api/jobs/{one['id']}/move", json={"before": two["id"]}).status_code == 409
    assert client.delete(f"/api/jobs/{one['id']}").status_code == 409
    assert client.post(f"/api/runs/{one['run']}/resume", json={}).status_code == 409
    assert client.post("/api/jobs", json={**WISH, "name": one["name"]}).status_code == 409
    assert client.post("/api/jobs", json={**WISH, "name": two["name"]}).status_code == 409
    assert client.post("/api/jobs", json={**WISH, "name": f"{one['name']}/inside"}).status_code == 409
    assert client.post("/api/jobs/none/stop", json={}).status_code == 404


def test_the_queue_has_an_end(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ganwright.studio.jobs.queue.MOST_QUEUED", 2)
    add(client)
    add(client)
    answer = client.post("/api/jobs", json=WISH)
    assert answer.status_code == 413
    assert "2 jobs wait already" in answer.json()["error"]


def test_jobs_are_told_live(client: TestClient) -> None:
    with client.websocket_connect("/live/runs") as socket:

        def next_jobs() -> list[dict[str, Any]]:
            while True:
                message = json.loads(socket.receive_text())
                if message["type"] == "jobs":
                    return message["jobs"]

        assert next_jobs() == []
        job = add(client)
        assert {j["id"] for j in next_jobs()} == {job["id"]}


def test_a_run_is_shown_and_told_live_before_its_folder_is_there(client: TestClient, place: Studio) -> None:
    one, two = add(client), add(client)
    until(lambda: state(client, one["id"]) == "running")
    address = f"/api/runs/{two['run']}"
    assert client.get(f"{address}/charts").json()["charts"] == []
    assert client.get(f"{address}/events").json()["total"] == 0
    with client.websocket_connect(f"/live/runs/{two['run']}") as socket:
        told = [json.loads(socket.receive_text())]
        assert (told[0]["type"], told[0]["row"]["state"]) == ("row", "queued")
        finish(place, one)
        while told[-1]["type"] != "rewound":
            told.append(json.loads(socket.receive_text()))
        assert [m["row"]["state"] for m in told if m["type"] == "row"][-1] == "running"
        assert client.get(f"{address}/events").json()["total"] > 0
        finish(place, two)
        while told[-1].get("event", {}).get("type") != "finished":  # from here on it is told as every run is
            told.append(json.loads(socket.receive_text()))
            assert told[-1]["type"] != "error"


def test_the_page_of_a_run_that_nobody_will_make_says_so_and_ends(client: TestClient, place: Studio) -> None:
    one, two = add(client), add(client)
    until(lambda: state(client, one["id"]) == "running")
    with client.websocket_connect(f"/live/runs/{two['run']}") as socket:
        assert json.loads(socket.receive_text())["row"]["state"] == "queued"
        client.delete(f"/api/jobs/{two['id']}")
        message = json.loads(socket.receive_text())
        assert "no longer there" in message["error"]
