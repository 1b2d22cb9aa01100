"""Pictures that a browser sends as a zip: taken to the disk, looked over before unpacking, unpacked with limits."""

import io
import json
import os
import re
import secrets
import shutil
import stat
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ganwright.core.errors import UserError
from ganwright.core.images import MAX_PIXELS, read_header
from ganwright.data.pictures import SPLITS, SUFFIXES
from ganwright.studio.replies import Conflict, NotFound, TooLarge, json_reply, problem
from ganwright.studio.state import Studio, studio_of

MOST_BYTES = 2 * 10**9
"""Of the zip, and of all that is in it."""

MOST_FILES = 200_000
MOST_FILE_BYTES = 64_000_000
MOST_PIXELS = MAX_PIXELS
MOST_RATIO = 100
"""Bytes of a file over its bytes in the zip; pictures shrink little, and bombs thousandfold. Small files are let be."""

MOST_DIRECTORY_BYTES = 200 * MOST_FILES
"""Of the zip's own list of its files, which is read whole before they can be counted."""

MOST_UPLOADS = 50
MOST_AT_ONCE = 4
SPARE_BYTES = 500_000_000
"""Left free on the disk, by what comes and by what is unpacked."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}")
_SMALL = 1_000_000
_CHUNK = 1 << 20
_LOOK_BYTES = 1 << 26
"""After so many, the room on the disk is looked at again."""

_MOST_TOLD = 20
_ARCHIVES = {".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar"}


class Uploads:
    """The uploads of a studio, in .studio/uploads/NAME."""

    def __init__(self, studio: Studio) -> None:
        self.folder = studio.own_dir / "uploads"
        for left in self.folder.glob(".coming-*"):  # of a server that was killed
            shutil.rmtree(left, ignore_errors=True)

    def place(self, name: str) -> Path:
        """Where an upload of that name is or will be. Raises UserError for a name that is none."""
        if not _NAME.fullmatch(name) or name.endswith((".", " ")):
            raise UserError(f"'{name[:100]}' is no name for an upload; use letters, digits, - and _")
        return self.folder / name

    def listed(self) -> list[dict[str, Any]]:
        """What was uploaded, by name."""
        there = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return [_described(place) for place in there if place.is_dir() and not place.name.startswith(".")]

    def remove(self, name: str) -> None:
        """Delete an upload."""
        place = self.place(name)
        if not place.is_dir():
            raise NotFound(f"there is no upload '{name}'")
        shutil.rmtree(place, ignore_errors=True)
        place.with_name(f".{name}.json").unlink(missing_ok=True)

    def begin(self, name: str, declared: int | None) -> Path:
        """A folder for what comes. declared: bytes that were announced. Raises UserError where there is no room."""
        place = self.place(name)
        if place.exists():
            raise Conflict(f"there is an upload '{name}' already; choose another name")
        if len(self.listed()) >= MOST_UPLOADS:
            raise TooLarge(f"{MOST_UPLOADS} uploads are kept; delete one first")
        if (declared or 0) > MOST_BYTES:
            raise TooLarge(f"the zip has {declared:,} bytes; the most is {MOST_BYTES:,}")
        self.folder.mkdir(parents=True, exist_ok=True)
        if len(list(self.folder.glob(".coming-*"))) >= MOST_AT_ONCE:
            raise Conflict(f"{MOST_AT_ONCE} uploads are on their way; wait for one of them")
        _check_room(self.folder, 2 * (declared or 0))
        coming = self.folder / f".coming-{secrets.token_hex(6)}"
        coming.mkdir()
        return coming

    def finish(self, coming: Path, name: str) -> dict[str, Any]:
        """Unpack what has come, and put it in its place."""
        place = self.place(name)
        pictures = coming / "pictures"
        num, num_bytes, left_out = unpack(coming / "zip", pictures)
        pictures = _inner(pictures)
        note = {"files": num, "bytes": num_bytes, "created_at": time.time()}
        try:
            pictures.rename(place)
        except OSError as error:
            raise Conflict(f"there is an upload '{name}' already; choose another name") from error
        place.with_name(f".{name}.json").write_text(json.dumps(note), encoding="utf-8")
        return {"name": name, "source": f"folder:{place}", "files": num, "bytes": num_bytes, "left_out": left_out}


def _inner(pictures: Path) -> Path:
    """Where the pictures begin: a zip of one folder begins with its name, which would hide the classes below it."""
    inside = list(pictures.iterdir())
    while len(inside) == 1 and inside[0].is_dir() and inside[0].name.lower() not in SPLITS:
        pictures = inside[0]
        inside = list(pictures.iterdir())
    return pictures


def unpack(archive: Path, target: Path) -> tuple[int, int, list[str]]:
    """Unpack the pictures of a zip into a new folder.

    Returns how many, their bytes, and lines on what was left out. Nothing is written outside of the folder: names are
    checked, links are never made, and bytes are counted as they come, whatever the zip says of them.
    Raises UserError for what is no zip, holds no picture, or goes beyond a limit.
    """
    left_out: list[str] = []
    num = total = skipped = seen = 0
    target.mkdir(parents=True)
    try:
        with _Frugal(io.FileIO(archive)) as file, zipfile.ZipFile(file) as packed:
            entries = packed.infolist()
            if len(entries) > MOST_FILES:
                raise TooLarge(f"the zip holds {len(entries):,} files; the most is {MOST_FILES:,}")
            if (declared := sum(e.file_size for e in entries)) > MOST_BYTES:
                raise TooLarge(f"the zip unpacks to {declared:,} bytes; the most is {MOST_BYTES:,}")
            for entry in entries:
                if entry.is_dir() or _is_litter(entry.filename):
                    continue
                why, path = _refused(entry)
                if not why and path is not None:
                    if total >= seen:
                        _check_room(target)
                        seen = total + _LOOK_BYTES
                    place = target.joinpath(*path.parts)
                    room = min(MOST_FILE_BYTES, MOST_BYTES - total)
                    why = _write(packed, entry, place, room)
                    total += 0 if why else place.stat().st_size
                if why:
                    skipped += 1
                    if len(left_out) < _MOST_TOLD:
                        left_out.append(f"{entry.filename[:200]!r}: {why}")
                else:
                    num += 1
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError("the file is no zip that can be read; pack a folder of pictures as .zip") from error
    if not num:
        said = f"; the first file left out is {left_out[0]}" if left_out else ""
        raise UserError(f"the zip holds no pictures{said}")
    if skipped > len(left_out):
        left_out.append(f"and {skipped - len(left_out):,} more")
    return num, total, left_out


class _Frugal(io.BufferedReader):
    """A zip's file, of which little is read at once: its list of files would be taken to memory whatever its size."""

    def read(self, size: int | None = -1, /) -> bytes:
        """As any file does. Raises TooLarge."""
        if size is not None and size > MOST_DIRECTORY_BYTES:
            raise TooLarge(f"the zip's list of files has {size:,} bytes; the most is {MOST_DIRECTORY_BYTES:,}")
        return super().read(size)


def _check_room(folder: Path, coming: int = 0) -> None:
    """Raise TooLarge where the disk would be left with less than is to be spared."""
    if shutil.disk_usage(folder).free < SPARE_BYTES + coming:
        raise TooLarge("there is too little room on the disk")


def _refused(entry: zipfile.ZipInfo) -> tuple[str, PurePosixPath | None]:
    """Why an entry is left out, or where it goes."""
    name = entry.filename.replace("\\", "/")
    path = PurePosixPath(name)
    parts = path.parts
    if path.is_absolute() or ".." in parts or re.match(r"[A-Za-z]:", name) or not name.isprintable():
        return "its name leads out of the folder", None
    if any(len(p.encode(errors="replace")) > 200 for p in parts) or len(parts) > 12 or len(name) > 1_000:
        return "its name is too long", None
    if stat.S_ISLNK(entry.external_attr >> 16) or (entry.external_attr >> 16 and _is_special(entry)):
        return "it is a link or a device", None
    if path.suffix.lower() in _ARCHIVES:
        return "it is an archive; unpack it first", None
    if path.suffix.lower() not in SUFFIXES:
        return "it is no picture", None
    if entry.flag_bits & 0x1:
        return "it is encrypted", None
    if entry.file_size > MOST_FILE_BYTES:
        return f"it is larger than {MOST_FILE_BYTES:,} bytes", None
    if entry.file_size > _SMALL and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        return "it unpacks to far more than pictures do", None
    return "", path


def _is_special(entry: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind not in (0, stat.S_IFREG)


def _is_litter(name: str) -> bool:
    """Files that file managers leave."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return any(p == "__MACOSX" or p.startswith(".") for p in parts if p not in (".", "..")) or not parts


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path, room: int) -> str:
    """Write one picture; returns why it was not kept, or nothing. Raises TooLarge where all has become too much."""
    if file.exists():
        return "there is another file of that name"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(entry) as source, file.open("xb") as target:
            fits = _copy(source, target, room)
    except (RuntimeError, OSError, zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        with suppress(OSError):  # where a picture was unpacked before, there can be no folder of its name
            file.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno == 28:
            raise TooLarge("there is no room left on the disk") from error
        return "it cannot be unpacked"
    except Exception as error:  # zlib.error and its like, of each way of packing
        file.unlink(missing_ok=True)
        return f"it cannot be unpacked ({type(error).__name__})"
    if not fits:
        file.unlink(missing_ok=True)
        if room < MOST_FILE_BYTES:
            raise TooLarge(f"the zip unpacks to more than {MOST_BYTES:,} bytes")
        return f"it is larger than {MOST_FILE_BYTES:,} bytes"
    try:
        read_header(file)
    except UserError as error:
        file.unlink(missing_ok=True)
        return str(error).partition(": ")[2] or "it is no picture"
    return ""


def _copy(source: Any, target: BinaryIO, room: int) -> bool:
    """Copy what is really there, at most `room` bytes; False where there is more."""
    while chunk := source.read(min(_CHUNK, room + 1)):
        room -= len(chunk)
        if room < 0:
            return False
        target.write(chunk)
    return True


def _described(place: Path) -> dict[str, Any]:
    try:
        note = json.loads(place.with_name(f".{place.name}.json").read_text(encoding="utf-8"))
        known = {"files": int(note["files"]), "bytes": int(note["bytes"]), "created_at": float(note["created_at"])}
    except (OSError, ValueError, KeyError, TypeError):
        sizes = list(_sizes(place))
        known = {"files": len(sizes), "bytes": sum(sizes), "created_at": place.stat().st_mtime}
    return {"name": place.name, "source": f"folder:{place}", **known}


def _sizes(place: Path) -> Iterator[int]:
    for folder, _, names in os.walk(place):
        for name in names:
            yield (Path(folder) / name).lstat().st_size


async def put(request: Request) -> Response:
    """Take a zip, as it comes, and unpack it."""
    uploads = await run_in_threadpool(studio_of(request).service, Uploads)
    name = request.path_params["name"]
    kind = request.headers.get("content-type", "").split(";")[0].strip()
    coming: Path | None = None
    try:
        if kind not in ("application/zip", "application/x-zip-compressed", "application/octet-stream"):
            raise UserError("send a zip of pictures, with the header Content-Type: application/zip")
        length = request.headers.get("content-length", "")
        coming = await run_in_threadpool(uploads.begin, name, int(length) if length.isdecimal() else None)
        await _receive(request, coming / "zip")
        return json_reply(await run_in_threadpool(uploads.finish, coming, name), 201)
    except UserError as error:
        return problem(error)
    except OSError as error:
        return problem(UserError(f"the upload cannot be kept: {error.strerror or error}"))
    finally:
        if coming is not None:
            await run_in_threadpool(shutil.rmtree, coming, True)


async def _receive(request: Request, file: Path) -> None:
    num = seen = 0
    with file.open("wb") as target:
        async for chunk in request.stream():
            num += len(chunk)
            if num > MOST_BYTES:
                raise TooLarge(f"the zip has more than {MOST_BYTES:,} bytes")
            if num >= seen:
                _check_room(file.parent)
                seen = num + _LOOK_BYTES
            await run_in_threadpool(target.write, chunk)
