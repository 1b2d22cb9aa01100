"""Uploads: pictures come in, and nothing else does; bombs, links, names that lead out, and what is not what it says."""

import io
import stat
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from ganwright.studio import Studio
from ganwright.studio.data import uploads

ZIP = {"Content-Type": "application/zip"}


def png(seed: int = 0, size: int = 12) -> bytes:
    """A small picture of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def zipped(*files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as packed:
        for name, content in files:
            packed.writestr(name, content)
    return target.getvalue()


def send(client: TestClient, content: bytes, name: str = "faces") -> tuple[int, dict[str, Any]]:
    answer = client.put(f"/api/uploads/{name}", content=content, headers=ZIP)
    return answer.status_code, answer.json()


def everything(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.mark.parametrize(
    ("above", "kept"),
    [("faces/", ""), ("my data/faces/", ""), ("train/", "train/"), ("faces/train/", "train/")],
)
def test_the_folder_that_was_packed_does_not_hide_the_classes_in_it(client: TestClient, above: str, kept: str) -> None:
    names = [f"{kind}/{i}.png" for kind in ("cat", "lion") for i in range(2)]
    status, told = send(client, zipped(*((above + name, png(i)) for i, name in enumerate(names))))
    assert (status, told["files"]) == (201, 4)
    assert everything(Path(told["source"].removeprefix("folder:"))) == [kept + name for name in names]
    assert audited(client, told["source"])["audit"]["classes"] == {"cat": 2, "lion": 2}


def test_pictures_are_unpacked_listed_audited_and_deleted(client: TestClient, studio: Studio) -> None:
    files = [(f"{kind}/{i}.png", png(i + 10 * len(kind))) for kind in ("cat", "lion") for i in range(3)]
    status, told = send(client, zipped(*files, ("readme.txt", b"x"), ("__MACOSX/._0.png", b"x"), (".DS_Store", b"x")))
    assert (status, told["files"], told["bytes"]) == (201, 6, sum(len(content) for _, content in files))
    assert told["left_out"] == ["'readme.txt': it is no picture"]
    folder = Path(told["source"].removeprefix("folder:"))
    assert everything(folder) == [name for name, _ in files]
    assert (folder / "cat" / "0.png").read_bytes() == files[0][1]
    (listed,) = client.get("/api/uploads").json()["uploads"]
    assert (listed["name"], listed["files"], listed["source"]) == ("faces", 6, told["source"])
    assert told["source"] in {s["source"] for s in client.get("/api/data").json()["sources"]}
    found = audited(client, told["source"])
    assert (found["state"], found["audit"]["num_items"], found["audit"]["classes"]) == (
        "done",
        {"train": 6},
        {"cat": 3, "lion": 3},
    )
    assert client.post("/api/plan", json={"data": told["source"], "recipe": "dcgan-32"}).json()["errors"] == {}
    assert send(client, zipped(("a.png", png())))[0] == 409
    assert client.delete("/api/uploads/faces").json() == {"gone": True}
    assert client.get("/api/uploads").json() == {"uploads": []}
    assert client.delete("/api/uploads/faces").status_code == 404
    assert everything(studio.own_dir / "uploads") == []


def audited(client: TestClient, source: str) -> dict[str, Any]:
    while (found := client.post("/api/data/audit", json={"source": source}).json())["state"] == "working":
        time.sleep(0.1)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "/evil.png",
        "a/../../evil.png",
        "..\\evil.png",
        "C:\\evil.png",
        "C:evil.png",
        "a\nb.png",
        "x" * 300 + ".png",
    ],
)
def test_names_that_lead_out_are_left_out(client: TestClient, studio: Studio, name: str) -> None:
    status, told = send(client, zipped((name, png(1)), ("good.png", png(2))))
    assert (status, told["files"]) == (201, 1)
    assert "name" in told["left_out"][0]
    assert everything(studio.own_dir / "uploads" / "faces") == ["good.png"]
    assert not list(studio.runs_dir.parent.rglob("evil.png"))


def test_links_and_devices_are_not_made(client: TestClient, studio: Studio) -> None:
    link, device = zipfile.ZipInfo("link.png"), zipfile.ZipInfo("device.png")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    device.external_attr = (stat.S_IFCHR | 0o777) << 16
    status, told = send(client, zipped((link, b"/etc/passwd"), (device, b""), ("good.png", png())))
    assert (status, told["files"]) == (201, 1)
    assert [line.rpartition(": ")[2] for line in told["left_out"]] == ["it is a link or a device"] * 2
    assert everything(studio.own_dir / "uploads" / "faces") == ["good.png"]


def test_what_is_no_picture_is_left_out_whatever_its_name(client: TestClient) -> None:
    bomb = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(bomb, "PNG")
    files = [
        ("text.png", b"hello"),
        ("empty.png", b""),
        ("huge.png", bomb.getvalue()),
        ("nested.zip", zipped(("a.png", png()))),
        ("page.html", b"<script>"),
        ("good.png", png()),
    ]
    status, told = send(client, zipped(*files))
    assert (status, told["files"]) == (201, 1)
    assert len(told["left_out"]) == 5
    assert any("too large to read" in line for line in told["left_out"])
    assert any("archive" in line for line in told["left_out"])


def test_a_file_that_unpacks_to_far_more_is_left_out(client: TestClient) -> None:
    status, told = send(client, zipped(("bomb.png", bytes(20_000_000)), ("good.png", png())))
    assert (status, told["files"]) == (201, 1)
    assert "unpacks to far more" in told["left_out"][0]


def test_bytes_are_counted_as_they_come_whatever_the_zip_says(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_FILE_BYTES", 5_000)
    content = zipped(("liar.png", png(1, 60)), method=zipfile.ZIP_STORED)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        real = packed.infolist()[0].file_size
    assert real > 5_000
    lied = content.replace(real.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    for sent in (content, lied):
        status, told = send(client, sent)
        assert status == 400
        assert "holds no pictures" in told["error"]
    assert everything(studio.own_dir / "uploads") == []


@pytest.mark.parametrize(
    ("limit", "value", "told"),
    [
        ("MOST_FILES", 2, "3 files; the most is 2"),
        ("MOST_BYTES", 1_000, "the most is 1,000"),
        ("SPARE_BYTES", 10**18, "too little room"),
        ("MOST_UPLOADS", 0, "0 uploads are kept"),
    ],
)
def test_limits(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, told: str
) -> None:
    monkeypatch.setattr(uploads, limit, value)
    status, answer = send(client, zipped(*((f"{i}.png", png(i, 24)) for i in range(3))))
    assert status == 413
    assert told in answer["error"]
    assert everything(studio.own_dir / "uploads") == []


def test_more_than_was_announced_is_cut_off(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1_000)

    def parts():
        for _ in range(50):
            yield bytes(100)

    answer = client.put("/api/uploads/faces", content=parts(), headers=ZIP)
    assert answer.status_code == 413
    assert everything(studio.own_dir / "uploads") == []


@pytest.mark.parametrize(
    "content", [b"", b"no zip", zipped()[:10], zipped(("a.png", png()))[:-8], zipped(), zipped(("a.txt", b"x"))]
)
def test_what_is_no_zip_of_pictures_is_refused(client: TestClient, studio: Studio, content: bytes) -> None:
    status, answer = send(client, content)
    assert status == 400
    assert "zip" in answer["error"]
    assert everything(studio.own_dir / "uploads") == []


def test_damaged_and_encrypted_entries(client: TestClient) -> None:
    content = bytearray(zipped(("bad.png", png(1)), ("good.png", png(2)), method=zipfile.ZIP_STORED))
    content[60] ^= 0xFF
    status, told = send(client, bytes(content))
    assert (status, told["files"], len(told["left_out"])) == (201, 1, 1)
    entry = zipfile.ZipInfo("locked.png")
    secret = bytearray(zipped((entry, png(1)), ("good.png", png(2))))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        secret[secret.index(sign) + offset] |= 1
    status, told = send(client, bytes(secret), "other")
    assert (status, told["files"]) == (201, 1)
    assert "encrypted" in told["left_out"][0]


@pytest.mark.parametrize("name", ["..", ".hidden", "a b ", "x" * 100, "é", "a%2fb", "a%00"])
def test_names_of_uploads(client: TestClient, name: str) -> None:
    answer = client.put(f"/api/uploads/{name}", content=zipped(("a.png", png())), headers=ZIP)
    assert answer.status_code in (400, 404, 405)


def test_only_zips_are_taken(client: TestClient) -> None:
    answer = client.put("/api/uploads/faces", content=b"x", headers={"Content-Type": "text/plain"})
    assert "Content-Type: application/zip" in answer.json()["error"]


def test_audits_of_what_may_not_be_seen_or_is_no_data(client: TestClient) -> None:
    assert client.post("/api/data/audit", json={"source": "folder:/etc"}).status_code == 400
    assert client.post("/api/data/audit", json={"source": "digitz"}).status_code == 400
    found = audited(client, "ring8")
    assert (found["state"], found["done"] > 0) == ("done", True)


def test_a_list_of_files_that_would_fill_the_memory_is_not_read(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST_DIRECTORY_BYTES", 10_000)
    made: list[int] = []
    monkeypatch.setattr(zipfile.ZipInfo, "_decodeExtra", lambda *_: made.append(1))
    status, told = send(client, zipped(*((f"{i}.png", b"") for i in range(1_000))))
    assert (status, made) == (413, [])
    assert "list of files has" in told["error"]
    assert everything(studio.own_dir / "uploads") == []


def test_a_picture_and_a_folder_of_one_name(client: TestClient, studio: Studio) -> None:
    status, told = send(client, zipped(("a.png", png(1)), ("a.png/b.png", png(2)), ("c.png", png(3))))
    assert (status, told["files"], told["left_out"]) == (201, 2, ["'a.png/b.png': it cannot be unpacked"])
    assert everything(studio.own_dir / "uploads" / "faces") == ["a.png", "c.png"]


def test_a_disk_that_fills_meanwhile(client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = iter([10**12] * 2)
    usage = type("Usage", (), {"free": property(lambda _: next(looked, 0))})()
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: usage)
    status, told = send(client, zipped(("a.png", png(1))))
    assert (status, told["error"]) == (413, "there is too little room on the disk")
    assert everything(studio.own_dir / "uploads") == []


def test_few_uploads_come_at_once(client: TestClient, studio: Studio) -> None:
    client.get("/api/uploads")  # what a killed server left is cleared away by the first to ask
    for number in range(uploads.MOST_AT_ONCE):
        (studio.own_dir / "uploads" / f".coming-{number}").mkdir(parents=True)
    assert send(client, zipped(("a.png", png(1))))[0] == 409


def test_homes_of_nobody_are_told(client: TestClient) -> None:
    for source in ("~nobody-at-all", "folder:~nobody-at-all/x", "npz:~nobody-at-all"):
        answer = client.post("/api/data/audit", json={"source": source})
        assert (answer.status_code, "does not exist" in answer.json()["error"]) == (400, True)
