"""What happens beneath the runs while they are shown: files that go, servers that are killed, logs that grow."""

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from starlette.testclient import TestClient

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.runs.following import Columns, Following
from ganwright.runs.run import Run
from ganwright.studio import Studio, opened
from ganwright.studio.architectures.judges import Judges
from ganwright.studio.runs import files, live, side_by_side, trash
from ganwright.studio.runs.watch import Watch

RUN = "/api/runs/digits-tiny"


def test_a_run_does_not_come_back_inside_of_another(client: TestClient, studio: Studio) -> None:
    (studio.runs_dir / "group").mkdir()
    (studio.runs_dir / "digits-tiny").rename(studio.runs_dir / "group" / "one")
    token = client.delete("/api/runs/group~2one").json()["trash"]
    (studio.runs_dir / "group" / "run.toml").write_text("")
    assert client.post(f"/api/trash/{token}/undo", json={}).status_code == 409
    assert client.get("/api/trash").json()["trash"][0]["name"] == "group/one"


def test_half_of_a_run_does_not_come_back(client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    token = client.delete(RUN).json()["trash"]
    with monkeypatch.context() as killed:
        killed.setattr(trash.shutil, "rmtree", lambda *_, **__: None)
        assert client.delete(f"/api/trash/{token}").json() == {"gone": True}
    assert client.get("/api/trash").json() == {"trash": []}
    assert client.get("/api/runs").json()["trash"] == 0
    assert client.post(f"/api/trash/{token}/undo", json={}).status_code == 404
    trash.Trash(studio)
    assert list((studio.own_dir / "trash").iterdir()) == []


def test_a_log_that_is_gone_does_not_end_the_list(client: TestClient, studio: Studio) -> None:
    assert client.get("/api/runs").json()["runs"][0]["num_images"] > 0
    (studio.runs_dir / "digits-tiny" / "events.jsonl").unlink()
    studio.service(Watch).forget()
    assert client.get(RUN).json()["state"] == "empty"
    (row,) = client.get("/api/runs").json()["runs"]
    assert (row["id"], row["num_images"]) == ("digits-tiny", 0)


def test_a_folder_that_cannot_be_understood_does_not_end_the_list(
    client: TestClient, studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    odd = studio.runs_dir / "odd"
    odd.mkdir()
    (odd / "run.toml").write_text("images = 64")
    told = '{"type": "metrics", "iteration": 1, "num_images": 64, "figures": [{"name": "fid", "value": %s}]}\n'
    (odd / "events.jsonl").write_text(told % 10**400)
    rows = {row["id"]: row for row in client.get("/api/runs").json()["runs"]}
    assert set(rows) == {"digits-tiny", "odd"}
    assert set(rows["odd"]) == set(rows["digits-tiny"])
    assert "bug in ganwright" in rows["odd"]["problem"]
    assert rows["digits-tiny"]["problem"] is None
    assert "OverflowError" in caplog.text


def test_a_checkpoint_that_is_replaced_meanwhile_gets_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = SimpleNamespace(checkpoint=SimpleNamespace(path=tmp_path / "000000000064"))
    monkeypatch.setattr(opened, "load", lambda folder: run)
    with pytest.raises(UserError, match="has just been replaced"):
        opened.Kept(id).of(tmp_path)


def test_scores_to_compare_with_are_of_the_same_weights(studio: Studio) -> None:
    judges, known = Judges(studio), {"real": [1.0], "fake": [0.0]}
    judges._context["weights"] = known
    checkpoint = SimpleNamespace(path="place", state=lambda: {"sha256": "weights"})
    assert judges._scores(cast(Run, SimpleNamespace(checkpoint=checkpoint)), torch.nn.Identity()) is known


def test_pictures_that_go_meanwhile_get_a_line(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "is_png", lambda path: True)
    for path in ("picture?images=7", "file/samples/none.png"):
        answer = client.get(f"{RUN}/{path}")
        assert (answer.status_code, "No such file" in answer.json()["error"]) == (404, True)


def test_a_log_is_not_read_in_the_event_loop(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    look, where = Following.look, []

    def told(following: Following) -> None:
        where.append(asyncio._get_running_loop())
        look(following)

    monkeypatch.setattr(Following, "look", told)
    with client.websocket_connect("/live/runs/digits-tiny") as socket:
        assert socket.receive_json()["type"] == "row"
    assert where
    assert set(where) == {None}


def test_a_bug_in_news_is_told_to_those_who_wait(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = [OSError("just now"), OSError("just now"), KeyError("odd")]

    def look(self: object) -> list[object]:
        raise looks.pop(0)

    monkeypatch.setattr(live, "SECONDS", 0.01)
    monkeypatch.setattr(live._Run, "look", look)
    with client.websocket_connect("/live/runs/digits-tiny") as socket:
        assert socket.receive_json()["type"] == "row"
        assert "bug in ganwright (KeyError)" in socket.receive_json()["error"]
    assert "odd" in caplog.text


def test_runs_that_go_on_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    writer.write("log", 1, 64, scalars={"loss": 1.0})
    following = Following(tmp_path)
    following.look()
    values, threads = Columns.values, []

    def meanwhile() -> None:
        following.look()
        assert following.log

    def slow(columns: Columns, *given: Any) -> Any:
        found = values(columns, *given)
        if not threads:
            writer.write("log", 2, 128, scalars={"loss": 0.5})
            threads.append(threading.Thread(target=meanwhile))
            threads[0].start()
            threads[0].join(0.3)
        return found

    monkeypatch.setattr(Columns, "values", slow)
    (chart,) = side_by_side.shared_charts({"a": following}, 100)
    threads[0].join()
    assert chart["lines"][0]["x"] == [64]
