"""The list of runs, one run, its curves, files, log, several side by side, the trash: as browsers get them."""

import io
import json
import os
import shutil
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from ganwright.core.events import EventWriter, read_events
from ganwright.core.pictures import read_mark
from ganwright.runs.report_charts import charts_of
from ganwright.runs.report_facts import RunFacts
from ganwright.studio import Studio
from ganwright.studio.runs import watch

RUN = "/api/runs/digits-tiny"


def test_the_list_says_what_the_folder_says(client: TestClient, studio: Studio) -> None:
    (row,) = client.get("/api/runs").json()["runs"]
    facts = RunFacts(studio.runs_dir / "digits-tiny")
    assert (row["id"], row["name"], row["recipe"], row["data"]) == ("digits-tiny", "digits-tiny", "dcgan", "digits")
    assert (row["state"], row["sentence"], row["progress"]) == ("finished", "Finished.", 1.0)
    assert (row["num_images"], row["images"]) == (facts.num_images, facts.goal_images)
    assert row["health"]["verdict"] == facts.course.verdict
    assert row["seconds"] == pytest.approx(facts.seconds)
    assert (row["seconds_left"], row["fid"], row["problem"], row["job"]) == (None, None, None, None)
    assert client.get(row["picture"]).headers["content-type"] == "image/png"


def test_nested_runs_are_found_and_hidden_or_broken_ones_do_not_harm(client: TestClient, studio: Studio) -> None:
    source = studio.runs_dir / "digits-tiny"
    shutil.copytree(source, studio.runs_dir / "sub~folder" / "deep" / "one")
    shutil.copytree(source, studio.runs_dir / ".hidden" / "two")
    broken = studio.runs_dir / "broken"
    broken.mkdir()
    (broken / "run.toml").write_text("no toml at all [")
    (broken / "events.jsonl").write_bytes(b"\xff\x00{}\n[]\nnull\n" + b'{"type":"log","iteration":1,"num_images":5}\n')
    rows = {row["id"]: row for row in client.get("/api/runs").json()["runs"]}
    assert set(rows) == {"digits-tiny", "sub~0folder~2deep~2one", "broken"}
    assert "run.toml cannot be read" in rows["broken"]["problem"]
    assert client.get("/api/runs/sub~0folder~2deep~2one").json()["name"] == "sub~folder/deep/one"
    assert client.get("/api/runs/broken").status_code == 200
    assert client.get("/api/runs/broken/charts").status_code == 200


def test_states_follow_log_and_lock(client: TestClient, studio: Studio) -> None:
    folder = studio.runs_dir / "digits-tiny"
    log = folder / "events.jsonl"
    events = read_events(log)

    def state_after(*endings: str, lock: str | None = None, old: bool = False) -> str:
        log.unlink()
        writer = EventWriter(log)
        for event in events[:5]:
            writer.write(**{k: v for k, v in event.items() if k != "time"})
        for ending in endings:
            writer.write(ending, 99, 6336)
        (folder / "lock").unlink(missing_ok=True)
        if lock is not None:
            (folder / "lock").write_text(lock)
        if old:
            os.utime(log, (1e9, 1e9))
        return client.get(RUN).json()["state"]

    assert state_after("interrupted") == "paused"
    assert state_after("failed") == "failed"
    assert state_after("failed", "resumed", lock=str(os.getpid())) == "running"
    assert state_after(old=True) == "killed"
    assert state_after(lock="999999999", old=True) == "killed"
    assert state_after() == "running"  # a log that is copied here from a machine where it goes on
    assert state_after("finished") == "finished"


def test_one_run_tells_all_around_it(client: TestClient, studio: Studio) -> None:
    told = client.get(RUN).json()
    facts = RunFacts(studio.runs_dir / "digits-tiny")
    assert {o["name"]: o["value"] for o in told["options"]} == facts.options
    assert next(o for o in told["options"] if o["name"] == "batch_size")["meaning"].startswith("Real images per step")
    assert {o["name"] for o in told["options"] if o["changed"]} == facts.changed
    assert [p["num_images"] for p in told["panels"]] == [p.num_images for p in facts.panels]
    assert told["health_course"]["verdict"] == facts.course.verdict
    assert told["checkpoints"][-1]["num_images"] == 2_048
    assert told["num_log"] == len(facts.log_images)
    assert told["num_events"] == len(read_events(studio.runs_dir / "digits-tiny" / "events.jsonl"))
    for address in (told["panels"][-1]["fixed"], told["panels"][-1]["fresh"], told["real_panel"]):
        assert client.get(address).content[:4] == b"\x89PNG"


def test_curves_are_those_of_the_report(client: TestClient, studio: Studio) -> None:
    told = {c["id"]: c for c in client.get(f"{RUN}/charts").json()["charts"]}
    facts = RunFacts(studio.runs_dir / "digits-tiny")
    for chart in charts_of(facts):
        shown = told[chart.id]
        assert (shown["title"], shown["unit"], shown["x"]) == (chart.title, chart.unit, facts.log_images)
        for series, own in zip(shown["series"], chart.series, strict=True):
            assert (series["label"], series["colour"]) == (own.label, own.colour)
            assert series["values"] == pytest.approx([v if v is None else float(f"{v:.6g}") for v in own.values])
    assert {"health-ranks", "health-diversity"} <= set(told)
    only = client.get(f"{RUN}/charts", params={"ids": "losses", "from": 500, "to": 1500}).json()["charts"]
    assert [c["id"] for c in only] == ["losses"]
    assert only[0]["x"] == [n for n in facts.log_images if 500 <= n <= 1500]


def test_long_curves_are_thinned_and_keep_their_peaks(client: TestClient, studio: Studio) -> None:
    writer = EventWriter(studio.runs_dir / "digits-tiny" / "events.jsonl")
    for i in range(3_000):
        value = 1e6 if i == 1_717 else float("nan") if i == 99 else float(i % 7)
        writer.write("log", 100 + i, 64 * (100 + i), scalars={"generator/loss": value, "discriminator/loss": 0.0})
    told = client.get(f"{RUN}/charts", params={"ids": "losses", "points": 100}).json()["charts"][0]
    assert len(told["x"]) < 300
    assert told["thinned"]
    generator = next(s for s in told["series"] if s["label"] == "generator")
    assert max(v for v in generator["values"] if v is not None) == 1e6
    assert told["bad"] == [64 * 199]
    series = client.get(f"{RUN}/series", params={"names": "generator/loss", "points": 50}).json()
    assert 1e6 in series["series"]["generator/loss"]
    assert len(series["x"]) < 60


def test_series_by_name(client: TestClient) -> None:
    told = client.get(f"{RUN}/series", params={"names": "generator/loss,images_per_second"}).json()
    assert len(told["x"]) == len(told["series"]["generator/loss"]) == told["num_log"]
    signals = client.get(f"{RUN}/series", params={"names": "signal/diversity_live"}).json()
    assert signals["x"][0] > 0
    for names in ("generator/los", "", "generator/loss,signal/diversity_live", "signal/none"):
        assert client.get(f"{RUN}/series", params={"names": names}).status_code == 400


def test_the_log_by_pages(client: TestClient, studio: Studio) -> None:
    whole = read_events(studio.runs_dir / "digits-tiny" / "events.jsonl")
    told = client.get(f"{RUN}/events", params={"limit": 3, "newest": True}).json()
    assert told["total"] == len(whole)
    assert [e["type"] for e in told["events"]] == [e["type"] for e in whole[:-4:-1]]
    assert sum(told["types"].values()) == len(whole)
    logs = client.get(f"{RUN}/events", params={"type": "log", "offset": 1, "limit": 1}).json()
    assert logs["events"][0]["num_images"] == [e["num_images"] for e in whole if e["type"] == "log"][1]


def test_small_pictures_keep_their_mark_and_their_tag(client: TestClient, studio: Studio) -> None:
    address = client.get("/api/runs").json()["runs"][0]["picture"]
    small = client.get(address.replace("size=192", "size=64"))
    with Image.open(io.BytesIO(small.content)) as image:
        assert image.width == 64
    file = studio.runs_dir / "small.png"
    file.write_bytes(small.content)
    assert "digital_source_type" in read_mark(file)
    file.write_bytes(client.get(f"{RUN}/picture?kind=real&size=64").content)
    assert "digital_source_type" not in read_mark(file)
    assert client.get(address, headers={"If-None-Match": client.get(address).headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    "place",
    [
        "run.toml",
        "events.jsonl",
        "samples/../run.toml",
        "..%2f..%2fsecret.png",
        "samples/%2e%2e/%2e%2e/secret.png",
        "samples/link.png",
        "samples/folder/secret.png",
        "samples/none.png",
        "samples/text.png",
        "samples/" + "x" * 3000 + ".png",
        "/etc/passwd",
        "samples\\..\\..\\secret.png",
    ],
)
def test_nothing_but_the_pictures_of_the_run_is_given(client: TestClient, studio: Studio, place: str) -> None:
    folder = studio.runs_dir / "digits-tiny"
    secret = studio.runs_dir / "secret.png"
    shutil.copy(folder / "samples" / "real.png", secret)
    shutil.copy(secret, studio.runs_dir.parent / "secret.png")
    (folder / "samples" / "link.png").symlink_to(studio.runs_dir.parent / "secret.png")
    (folder / "samples" / "folder").symlink_to(studio.runs_dir)
    (folder / "samples" / "text.png").write_text("no picture")
    answer = client.get(f"{RUN}/file/{place}")
    assert answer.status_code in (404, 414)
    assert "error" in answer.json()


def test_runs_outside_of_the_folder_are_no_runs(client: TestClient, studio: Studio, trained: Path) -> None:
    (studio.runs_dir / "outside").symlink_to(trained)
    for id in (
        "%2e%2e",
        "..~2trained",
        "outside",
        "~2etc",
        "digits-tiny~2..~2digits-tiny",
        ".studio",
        "%00",
        "a" * 300,
    ):
        answer = client.get(f"/api/runs/{id}")
        assert answer.status_code == 404, id
    assert [row["id"] for row in client.get("/api/runs").json()["runs"]] == ["digits-tiny"]


def test_the_report_is_made_now_and_kept_apart(client: TestClient) -> None:
    answer = client.get(f"{RUN}/report")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "<h1>dcgan" in answer.text
    shown = client.get(f"{RUN}/report?view=true")
    assert "sandbox allow-scripts;" in shown.headers["content-security-policy"]
    assert "content-disposition" not in shown.headers


def test_what_was_deleted_comes_back(client: TestClient, studio: Studio) -> None:
    before = sorted(p.name for p in (studio.runs_dir / "digits-tiny").iterdir())
    gone = client.delete(RUN).json()
    assert client.get("/api/runs").json()["trash"] == 1
    assert client.get(RUN).status_code == 404
    (listed,) = client.get("/api/trash").json()["trash"]
    assert (listed["token"], listed["name"]) == (gone["trash"], "digits-tiny")
    assert listed["bytes"] > 1000
    undo = f"/api/trash/{gone['trash']}/undo"
    assert client.post(undo, json={}).json() == {"run": "digits-tiny"}
    assert sorted(p.name for p in (studio.runs_dir / "digits-tiny").iterdir()) == before
    assert client.post(undo, json={}).status_code == 404


def test_a_run_does_not_come_back_over_another(client: TestClient, studio: Studio) -> None:
    token = client.delete(RUN).json()["trash"]
    (studio.runs_dir / "digits-tiny").mkdir()
    assert client.post(f"/api/trash/{token}/undo", json={}).status_code == 409
    assert client.delete(f"/api/trash/{token}").json() == {"gone": True}
    assert client.get("/api/trash").json() == {"trash": []}
    assert client.delete("/api/trash/%2e%2e").status_code in (404, 405)
    assert client.delete("/api/trash/0000000000-00000000").status_code == 404


def test_a_run_that_is_trained_is_not_deleted(client: TestClient, studio: Studio) -> None:
    (studio.runs_dir / "digits-tiny" / "lock").write_text(str(os.getpid()))
    assert client.delete(RUN).status_code == 409


def test_runs_side_by_side(client: TestClient, studio: Studio) -> None:
    shutil.copytree(studio.runs_dir / "digits-tiny", studio.runs_dir / "other")
    told = client.get("/api/compare", params={"runs": "digits-tiny,other"}).json()
    assert [row["id"] for row in told["runs"]] == ["digits-tiny", "other"]
    chart = next(c for c in told["charts"] if c["id"] == "generator/loss")
    assert [line["run"] for line in chart["lines"]] == ["digits-tiny", "other"]
    assert chart["lines"][0]["values"] == chart["lines"][1]["values"]
    assert told["comparison"] is None
    assert "not evaluated yet" in told["why"]
    for runs in ("digits-tiny", "digits-tiny,digits-tiny", "", ",".join(f"r{i}" for i in range(20))):
        assert client.get("/api/compare", params={"runs": runs}).status_code == 400
    assert client.get("/api/compare", params={"runs": "digits-tiny,none"}).status_code == 404


def test_runs_with_commas_in_their_names_are_compared(client: TestClient, studio: Studio) -> None:
    for name in ("lr=0.1,b=2", "a~1b", "a,b"):
        shutil.copytree(studio.runs_dir / "digits-tiny", studio.runs_dir / "of, commas" / name)
    ids = {row["name"]: row["id"] for row in client.get("/api/runs").json()["runs"]}
    assert ids["of, commas/lr=0.1,b=2"] == "of~1 commas~2lr=0.1~1b=2"
    assert "," not in "".join(ids.values())
    assert len(set(ids.values())) == 4
    told = client.get("/api/compare", params={"runs": ",".join(ids.values())}).json()
    assert [row["name"] for row in told["runs"]] == list(ids)
    assert client.get(f"/api/runs/{ids['of, commas/a,b']}").json()["name"] == "of, commas/a,b"


def test_folders_of_data_beside_runs_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "group/two", "pictures/cats/three", "venv/lib/four", "node_modules/five"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "run.toml").touch()
    for place in (tmp_path, tmp_path / "pictures" / "cats", tmp_path / "one"):  # a run may hold many; so may the root
        for i in range(20):
            (place / f"{i}.png").touch()
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "group" / "link").symlink_to(tmp_path / "one")
    monkeypatch.setattr(watch, "MOST_FILES", 15)
    for place in (tmp_path, *tmp_path.rglob("*")):
        if place.is_dir() and not place.is_symlink():
            os.utime(place, (1e9, 1e9))
    known: dict[Path, watch.Listing] = {}
    wanted = [tmp_path / "group" / "two", tmp_path / "one"]
    assert watch.find_runs(tmp_path, known) == watch.find_runs(tmp_path) == wanted
    read: list[Path] = []
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda place: read.append(place) or scandir(place))
    assert watch.find_runs(tmp_path, known) == wanted
    assert read == []
    (tmp_path / "group" / "six").mkdir()
    (tmp_path / "group" / "six" / "run.toml").touch()
    shutil.rmtree(tmp_path / "one")  # which reads, too
    read.clear()
    assert watch.find_runs(tmp_path, known) == [tmp_path / "group" / "six", tmp_path / "group" / "two"]
    assert set(read) == {tmp_path, tmp_path / "group"}


def test_judged_runs_are_compared_by_their_figures(client: TestClient, studio: Studio) -> None:
    folder = studio.runs_dir / "digits-tiny"
    figure = {"name": "fid", "value": 9.0, "error": 0.5, "real": None, "floor": 1.0, "unit": "", "protocol": {"n": 5}}
    shutil.copytree(folder, studio.runs_dir / "other")
    config = studio.runs_dir / "other" / "run.toml"
    config.write_text(config.read_text().replace("seed = 0", "seed = 1"))
    for value, place in ((9.0, folder), (4.0, studio.runs_dir / "other")):
        EventWriter(place / "events.jsonl").write("metrics", 32, 2048, figures=[{**figure, "value": value}])
    told = client.get("/api/compare", params={"runs": "digits-tiny,other"}).json()
    assert told["why"] is None
    assert told["comparison"]["metrics"][0]["name"] == "fid"
    assert any("FID" in line for line in told["lines"])
    rows = {row["id"]: row for row in client.get("/api/runs").json()["runs"]}
    assert rows["other"]["fid"] == {"value": 4.0, "error": 0.5, "floor": 1.0, "num_images": 2048}


def test_the_list_is_told_live(client: TestClient, studio: Studio) -> None:
    with client.websocket_connect("/live/runs") as socket:
        first = json.loads(socket.receive_text())
        assert first["first"]
        assert [row["id"] for row in first["rows"]] == ["digits-tiny"]
        shutil.copytree(studio.runs_dir / "digits-tiny", studio.runs_dir / "new")
        assert [row["id"] for row in _next(socket, "runs")["rows"]] == ["new"]
        shutil.rmtree(studio.runs_dir / "new")
        assert _next(socket, "runs")["gone"] == ["new"]


def test_a_run_is_told_live_to_all_who_watch(client: TestClient, studio: Studio) -> None:
    folder = studio.runs_dir / "digits-tiny"
    writer = EventWriter(folder / "events.jsonl")
    live = "/live/runs/digits-tiny"
    with client.websocket_connect(live) as one, client.websocket_connect(live) as two:
        num_log = client.get(f"{RUN}/charts").json()["num_log"]
        assert _next(one, "row")["row"]["id"] == _next(two, "row")["row"]["id"] == "digits-tiny"
        writer.write("log", 50, 3200, scalars={"generator/loss": 1.5}, images_per_second=9.0)
        for socket in (one, two):
            news = _next(socket, "log")
            assert (news["index"], news["images"]) == (num_log, [3200])
            assert news["series"]["generator/loss"] == [1.5]
        shutil.copy(folder / "samples" / "real.png", folder / "samples" / "fixed-000000003200.png")
        writer.write("samples", 50, 3200, fixed="samples/fixed-000000003200.png")
        panel = _next(one, "panel")["panel"]
        assert (panel["num_images"], panel["fresh"]) == (3200, None)
        assert client.get(panel["fixed"]).status_code == 200
        found = {"kind": "full-collapse", "state": "found", "severity": "failing", "onset_images": 3000}
        writer.write("diagnosis", 50, 3200, **found)
        assert _next(one, "health")["course"]["episodes"][-1]["kind"] == "full-collapse"
        writer.write("resumed", 40, 2560)
        assert _next(two, "rewound")["num_images"] == 2560
        shutil.rmtree(folder)
        assert "no longer there" in _next(one, "error")["error"]


def test_live_news_of_no_run(client: TestClient) -> None:
    with client.websocket_connect("/live/runs/none") as socket:
        assert "there is no run" in json.loads(socket.receive_text())["error"]


def _next(socket, type: str) -> dict:
    while True:
        message = json.loads(socket.receive_text())
        if message["type"] == type:
            return message
