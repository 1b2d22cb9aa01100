"""Where the studio listens, under which names, and that a folder has one studio."""

import json
import socket
from pathlib import Path

import pytest

from ganwright.cli import main
from ganwright.core.errors import UserError
from ganwright.studio import Studio, server


def test_localhost_needs_no_token_and_other_places_get_one(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert server._named(Studio(tmp_path), host).token is None
    one, two = (server._named(Studio(tmp_path), "0.0.0.0") for _ in range(2))
    assert one.token is not None
    assert two.token is not None
    assert one.token != two.token
    assert len(one.token) >= 30
    assert socket.gethostname().lower() in one.hosts
    assert "0.0.0.0" not in one.hosts
    assert server._named(Studio(tmp_path, token="mine"), "studio.example").token == "mine"


def test_a_token_may_be_asked_for_on_this_machine_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Studio] = []
    monkeypatch.setattr(server, "serve", lambda studio, *_: served.append(studio))
    assert main(["studio", str(tmp_path / "runs"), "--no-open"]) == 0
    assert main(["studio", str(tmp_path / "runs"), "--no-open", "--token"]) == 0
    assert served[0].token is None
    assert len(served[1].token or "") >= 30


def test_a_token_is_not_given_to_a_browser_where_others_would_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    address = "http://127.0.0.1:7860/"
    monkeypatch.setattr(server, "open_browser", lambda address: bool(opened.append(address)) or True)
    monkeypatch.setattr(server, "serve", lambda studio, host, port, ready: ready(address))
    assert main(["studio", str(tmp_path / "runs")]) == 0
    monkeypatch.setattr(server, "serve", lambda studio, host, port, ready: ready(f"{address}?token=secret"))
    assert main(["studio", str(tmp_path / "runs")]) == 0
    assert opened == [address]
    assert "open it yourself" in capsys.readouterr().err


def test_the_address_that_is_printed(tmp_path: Path) -> None:
    plain, guarded = Studio(tmp_path), Studio(tmp_path, token="abc")
    assert server.address_of(plain, "127.0.0.1", 7860) == "http://127.0.0.1:7860/"
    assert server.address_of(plain, "::1", 80) == "http://[::1]:80/"
    assert server.address_of(guarded, "studio.example", 1) == "http://studio.example:1/?token=abc"
    assert "0.0.0.0" not in server.address_of(guarded, "0.0.0.0", 1)


def test_a_port_that_is_taken_gives_way_to_the_next_one_unless_it_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        monkeypatch.setattr(server, "PORT", number)
        with server._listening("127.0.0.1", None) as listener:
            assert number < listener.getsockname()[1] < number + 50
        with pytest.raises(UserError, match=f"port {number}"), server._listening("127.0.0.1", number):
            pass
    with pytest.raises(UserError, match="cannot listen on no such host"), server._listening("no such host", 0):
        pass


def test_a_folder_has_one_studio(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "runs")
    with server._alone(studio), pytest.raises(UserError, match="open in another studio"), server._alone(studio):
        pass
    with server._alone(studio):
        assert (studio.own_dir / "lock").exists()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot write"), server._alone(Studio(tmp_path / "file")):
        pass


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["no-file.txt"], "is a file"),
        (["--port", "70000"], "is no port"),
        (["--data", "nowhere"], "is no folder"),
        (["--max-hours", "0"], "is no time for a job"),
        (["--max-hours", "nan"], "is no time for a job"),
        (["--max-memory", "0.1"], "is no limit here; give 0.5 to"),
        (["--max-memory", "1e6"], "is no limit here"),
    ],
)
def test_mistakes_are_a_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    told: str,
) -> None:
    (tmp_path / "no-file.txt").touch()
    monkeypatch.chdir(tmp_path)
    assert main(["studio", *arguments, "--no-open", "--json"]) == 2
    ended = capfd.readouterr()
    assert ended.err.count("\n") == 1
    assert told in json.loads(ended.out)["error"]
