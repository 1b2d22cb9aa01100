"""What all parts of the studio share while the server runs."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from starlette.requests import HTTPConnection

from ganwright.core.errors import UserError
from ganwright.core.limits import Limits
from ganwright.studio.jobs.limits import limits_of

Service = TypeVar("Service")


@dataclass(frozen=True)
class Studio:
    """One running studio.

    runs_dir: folder of run folders; everything that is written lies in it.
    data_dir: folder of data files, as `--data-dir`; None: where data is looked for by default.
    token: what a browser must know; None on localhost, where none is needed.
    hosts: names and addresses under which it may be called beside localhost, lower case; ports do not count.
    data_folders: folders of pictures that may be trained on, beside those of `runs_dir` and `data_dir`.
    limits: what each job may take.
    """

    runs_dir: Path
    data_dir: Path | None = None
    token: str | None = None
    hosts: frozenset[str] = field(default_factory=frozenset)
    data_folders: tuple[Path, ...] = ()
    limits: Limits = field(default_factory=limits_of)
    _services: dict[Callable[..., Any], Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)

    @property
    def own_dir(self) -> Path:
        """Where the studio keeps what is its own: jobs, uploads, what was deleted."""
        return self.runs_dir / ".studio"

    def service(self, make: "Callable[[Studio], Service]") -> Service:
        """The one object of its kind that this studio has: `make(studio)`, called when it is first asked for.

        One with a method `close()` is closed with the server.
        """
        with self._lock:
            if make not in self._services:
                self._services[make] = make(self)
            return self._services[make]

    def close(self) -> None:
        """Close every service, the newest first."""
        with self._lock:
            for service in reversed(list(self._services.values())):
                if callable(close := getattr(service, "close", None)):
                    close()
            self._services.clear()

    def run_folder(self, id: str) -> Path:
        """The run folder of an id (`run_id`). Raises UserError for one that is not a run below `runs_dir`."""
        folder = self.place(id)
        if folder is None or not (folder / "run.toml").is_file():
            raise NoRun(f"there is no run '{id[:100]}' in {self.runs_dir}; the list of runs shows those that are there")
        return folder

    def place(self, id: str) -> Path | None:
        """Where the run of an id is, or would be; None for an id that leads out of `runs_dir` or to a hidden folder."""
        parts = [part.replace("~1", ",").replace("~0", "~") for part in id.split("~2")]
        if len(id) > 1000 or any(len(p.encode(errors="replace")) > 255 for p in parts):
            return None
        if any(not p or p.startswith(".") or not p.isprintable() or set(p) & set("/\\\0") for p in parts):
            return None
        folder = self.runs_dir.joinpath(*parts)
        try:
            inside = folder.resolve().is_relative_to(self.runs_dir.resolve())
        except (OSError, ValueError, RuntimeError):
            return None
        return folder if inside else None

    def run_id(self, folder: Path) -> str:
        """A run folder's name in addresses: its path below `runs_dir`, with ~2 for /, ~1 for the comma and ~0 for ~.

        Ids are listed with commas between them.
        """
        parts = folder.relative_to(self.runs_dir).parts
        return "~2".join(part.replace("~", "~0").replace(",", "~1") for part in parts)


class NoRun(UserError):
    """An id that is no run's: status 404."""


def studio_of(connection: HTTPConnection) -> Studio:
    """The studio that a request or a WebSocket belongs to."""
    return connection.app.state.studio
