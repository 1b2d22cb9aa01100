"""Where the files of a published data set come from: folders the user names, then the cache, then its mirrors.

Every downloaded file is checked against a known hash before it is kept.
"""

import errno
import gzip
import logging
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pooch

from ganwright.core.errors import UserError
from ganwright.core.files import expanded
from ganwright.data.progress import DownloadProgress, shown

CONNECT_SECONDS, READ_SECONDS = 4.0, 20.0
_DISK_ERRORS = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.ENOTDIR}


@dataclass(frozen=True)
class Remote:
    """A published file.

    name: under which it is kept.
    md5: 32 hex digits, of the file as it is served.
    urls: mirrors, tried in turn.
    """

    name: str
    md5: str
    urls: tuple[str, ...]


def cache_folder() -> Path:
    """The user's cache folder for ganwright; XDG_CACHE_HOME moves it."""
    return Path(pooch.os_cache("ganwright"))


def named_folders(name: str, data_dir: str | None) -> list[Path]:
    """DIR/`name` for `data_dir` and for GANWRIGHT_DATA, as far as they are set, in this order."""
    roots = [data_dir, os.environ.get("GANWRIGHT_DATA")]
    return [expanded(root) / name for root in roots if root]


def find_path(path: str, data_dir: str | None) -> Path:
    """Where `path` is: as it stands, or else below `data_dir` or GANWRIGHT_DATA. As it stands where it is nowhere."""
    stated = expanded(path)
    places = [stated, *named_folders(path, data_dir)]
    return next((place for place in places if place.exists()), stated)


def find_local(name: str, data_dir: str | None, wanted: Mapping[str, tuple[str, ...]]) -> dict[str, Path] | None:
    """Find files that the user has put somewhere.

    wanted: part -> names under which that part's file may lie, each also with ".gz".
    Returns part -> path from the first folder that holds any of them, or None.
    Raises UserError where that folder lacks a part.
    """
    for folder in named_folders(name, data_dir):
        found = {part: path for part, names in wanted.items() if (path := _first(folder, names))}
        if missing := [names[0] for part, names in wanted.items() if part not in found]:
            if found:
                files = " and ".join(missing)
                raise UserError(f"{folder} lacks {files} (or the same with .gz); put it beside the others")
            continue
        return found
    return None


def _first(folder: Path, names: tuple[str, ...]) -> Path | None:
    paths = [folder / (name + ending) for name in names for ending in ("", ".gz")]
    return next((path for path in paths if path.is_file()), None)


def fetch(
    name: str, remotes: Mapping[str, Remote], data_dir: str | None = None, instead: str | None = None
) -> dict[str, Path]:
    """Return the cached files of a data set, downloading those that are not there yet.

    name: of the data set and of its folder in the cache; data_dir is only named in the error.
    instead: the files to put into a folder by hand; None: those that are downloaded.
    Raises UserError with one line: what went wrong at which mirror, and which files to put where instead.
    """
    found = {}
    for part, remote in remotes.items():
        problems = []
        for url in remote.urls:
            try:
                found[part] = _retrieve(url, remote, cache_folder() / name)
                break
            except Exception as error:
                problems.append(_problem(url, error))
        else:
            files = instead or " and ".join(r.name for r in remotes.values())
            searched = " or ".join(str(f) for f in named_folders(name, data_dir))
            raise UserError(
                f"{name}: {f'nothing in {searched}; ' if searched else ''}cannot download {remote.name} "
                f"({'; '.join(problems)}); put {files} into DIR/{name}/ and name DIR with --data-dir or GANWRIGHT_DATA"
            )
    return found


def _retrieve(url: str, remote: Remote, folder: Path) -> Path:
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with shown(f"downloading {remote.name}", in_bytes=True) as hook:
            downloader: Any = pooch.HTTPDownloader(
                progressbar=cast(Any, DownloadProgress(hook)),
                chunk_size=2**16,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                headers={"Accept-Encoding": "identity"},  # or a .gz could arrive unpacked, with another hash
            )
            path = pooch.retrieve(url, f"md5:{remote.md5}", fname=remote.name, path=folder, downloader=downloader)
    finally:
        logger.setLevel(level)
    return Path(path)


def _problem(url: str, error: Exception) -> str:
    """What went wrong, in few words. Raises UserError where the cache cannot be written: no other mirror would help."""
    host = urlsplit(url).netloc
    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        raise UserError(
            f"cannot write the cache {cache_folder()}: {error.strerror}; "
            "free some space or choose another folder with XDG_CACHE_HOME"
        ) from error
    if isinstance(error, ValueError) and "known hash" in str(error):
        hashes = re.findall(r"\b[0-9a-f]{32}\b", str(error))
        return f"{host} sent a file with the wrong checksum, md5 {hashes[-1] if hashes else 'unknown'}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"{host} answered {status}"
    return f"{host} could not be reached"


def read_plain(path: Path) -> bytes:
    """Read a file, unpacking it where it is gzip. Raises UserError naming a file that is damaged or cut short."""
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path} is damaged or cut short ({error}); get it again") from error
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
