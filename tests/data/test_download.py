"""Mirrors are tried in turn, files are checked and cached, and an offline machine is told what to do within seconds."""

import functools
import gzip
import hashlib
import http.server
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ganwright.core.errors import UserError
from ganwright.data import progress
from ganwright.data.download import Remote, fetch, find_local
from ganwright.data.idx import MnistConfig
from ganwright.data.progress import DownloadProgress, shown

from .writers import write_mnist

DEAD = "http://127.0.0.1:9/"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves files and notes which were asked for."""

    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """The address of a server, the folder it serves, and the paths it was asked for."""
    folder = tmp_path / "served"
    folder.mkdir()
    handler = type("Own", (Handler,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder))) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}/", folder, handler.asked
        httpd.shutdown()
        thread.join()


def remote(data: bytes, *mirrors: str) -> dict[str, Remote]:
    return {"images": Remote("file.gz", hashlib.md5(data).hexdigest(), tuple(m + "file.gz" for m in mirrors))}


def test_the_second_mirror_helps_out_and_the_cache_is_used(server, cache: Path):
    address, folder, asked = server
    data = gzip.compress(bytes(200_000))
    (folder / "file.gz").write_bytes(data)
    path = fetch("toy", remote(data, DEAD, address), None)["images"]
    assert path == cache / "toy" / "file.gz"
    assert path.read_bytes() == data
    assert fetch("toy", remote(data, DEAD, address))["images"] == path
    assert asked == ["/file.gz"]


def test_a_wrong_file_is_not_kept_and_the_next_mirror_is_tried(server, cache: Path):
    address, folder, asked = server
    (folder / "bad").mkdir()
    (folder / "bad" / "file.gz").write_bytes(b"not what was asked for")
    (folder / "file.gz").write_bytes(b"good")
    path = fetch("toy", remote(b"good", address + "bad/", address))["images"]
    assert path.read_bytes() == b"good"
    assert asked == ["/bad/file.gz", "/file.gz"]
    assert [p.name for p in (cache / "toy").iterdir()] == ["file.gz"]


def test_wrong_checksums_everywhere_are_one_line(server, cache: Path):
    address, folder, _ = server
    (folder / "file.gz").write_bytes(b"corrupted")
    wrong = hashlib.md5(b"corrupted").hexdigest()
    with pytest.raises(UserError, match=f"sent a file with the wrong checksum, md5 {wrong}; .* answered 404") as caught:
        fetch("toy", remote(b"good", address, address + "none/"))
    assert "put file.gz into DIR/toy/ and name DIR with --data-dir or GANWRIGHT_DATA" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list((cache / "toy").iterdir()) == []


def test_a_damaged_file_in_the_cache_is_replaced(server, cache: Path):
    address, folder, _ = server
    (folder / "file.gz").write_bytes(b"good")
    (cache / "toy").mkdir(parents=True)
    (cache / "toy" / "file.gz").write_bytes(b"go")
    assert fetch("toy", remote(b"good", address))["images"].read_bytes() == b"good"


def test_mnist_is_downloaded_whole(server, monkeypatch: pytest.MonkeyPatch):
    address, folder, asked = server
    write_mnist(folder)
    md5s = {p.name: hashlib.md5(p.read_bytes()).hexdigest() for p in folder.iterdir()}
    monkeypatch.setattr(MnistConfig, "mirrors", (DEAD, address))
    monkeypatch.setattr(MnistConfig, "md5s", md5s)
    assert len(MnistConfig().build()) == 30
    assert asked == ["/train-images-idx3-ubyte.gz", "/train-labels-idx1-ubyte.gz"]
    assert len(MnistConfig().build()) == 30
    assert len(asked) == 2


def test_an_offline_machine_is_told_what_to_do_within_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(MnistConfig, "mirrors", (DEAD, DEAD))
    monkeypatch.setenv("GANWRIGHT_DATA", str(tmp_path / "env"))
    start = time.monotonic()
    with pytest.raises(UserError) as caught:
        MnistConfig().build("train", str(tmp_path / "option"))
    assert time.monotonic() - start < 3
    assert str(caught.value) == (
        f"mnist: nothing in {tmp_path}/option/mnist or {tmp_path}/env/mnist; "
        "cannot download train-images-idx3-ubyte.gz (127.0.0.1:9 could not be reached; 127.0.0.1:9 could not be "
        "reached); put train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz into DIR/mnist/ "
        "and name DIR with --data-dir or GANWRIGHT_DATA"
    )


def test_a_cache_that_cannot_be_written(server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    address, folder, _ = server
    (folder / "file.gz").write_bytes(b"good")
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"cannot write the cache .*XDG_CACHE_HOME"):
        fetch("toy", remote(b"good", address))


@pytest.mark.skipif(os.name == "nt", reason="file modes")
def test_local_files_are_found_part_by_part(tmp_path: Path):
    wanted = {"a": ("x-1", "x.1"), "b": ("y-1", "y.1")}
    assert find_local("toy", str(tmp_path), wanted) is None
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "x.1.gz").touch()
    (tmp_path / "toy" / "y-1").touch()
    found = find_local("toy", str(tmp_path), wanted)
    assert found is not None
    assert {k: p.name for k, p in found.items()} == {"a": "x.1.gz", "b": "y-1"}


def test_progress_reaches_the_total_and_a_short_task_shows_nothing(capsys: pytest.CaptureFixture[str]):
    seen = []
    counter = DownloadProgress(lambda done, total: seen.append((done, total)))
    counter.total = 100
    for _ in range(3):
        counter.update(64)
    counter.reset()
    counter.update(100)
    counter.close()
    assert seen == [(64, 100), (100, 100), (100, 100), (100, 100)]
    with shown("short") as hook:
        hook(1, 2)
    assert capsys.readouterr().err == ""


def test_a_long_task_says_so_once(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(progress, "AFTER_SECONDS", -1)
    with shown("decoding") as hook:
        for done in range(5):
            hook(done, 5)
    assert capsys.readouterr().err == "decoding ...\n"
