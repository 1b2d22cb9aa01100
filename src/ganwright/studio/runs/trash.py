"""Runs that were deleted: they lie in .studio/trash for a while, and come back when asked."""

import json
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ganwright.core.errors import UserError
from ganwright.core.files import write_json
from ganwright.studio.replies import Conflict, NotFound
from ganwright.studio.state import Studio

KEPT_SECONDS = 30 * 86_400
"""What was deleted that long ago is removed for good."""

_TOKEN = re.compile(r"[0-9]{10}-[0-9a-f]{8}")
_NOTE = "trash.json"
_GOING = ".going-"


class Trash:
    """The trash of a studio."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.folder = studio.own_dir / "trash"
        self.purge()

    def take(self, folder: Path) -> dict[str, Any]:
        """Move a run folder here. Raises UserError where that cannot be."""
        token = f"{int(time.time()):010d}-{secrets.token_hex(4)}"
        place = self.folder / token
        name = folder.relative_to(self.studio.runs_dir).as_posix()
        note = {"token": token, "name": name, "deleted_at": time.time()}
        write_json(place / _NOTE, note)
        try:
            folder.rename(place / "run")
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            raise UserError(f"{name} cannot be moved: {error.strerror}") from error
        return {"trash": token, "name": name}

    def give_back(self, token: str) -> Path:
        """Move a run back to where it was. Raises UserError where another has taken its place."""
        place = self._place(token)
        name = self._note(place)["name"]
        folder = self.studio.runs_dir / name
        inside = folder.parent.resolve().is_relative_to(self.studio.runs_dir.resolve())
        if not inside or folder.exists():
            raise Conflict(f"there is another '{name}' now; rename or delete that one first")
        above = [parent for parent in folder.parents if parent.is_relative_to(self.studio.runs_dir)]
        if any((parent / "run.toml").exists() for parent in above):
            raise Conflict(f"a run has taken the place of the folder that '{name}' was in; rename or delete it first")
        folder.parent.mkdir(parents=True, exist_ok=True)
        (place / "run").rename(folder)
        shutil.rmtree(place, ignore_errors=True)
        return folder

    def remove(self, token: str) -> None:
        """Delete a run for good."""
        self._clear(self._place(token))

    def listed(self) -> list[dict[str, Any]]:
        """What is here, the newest first."""
        places = sorted(self.folder.iterdir(), reverse=True) if self.folder.is_dir() else []
        notes = []
        for place in places:
            if _TOKEN.fullmatch(place.name) and (place / "run").is_dir():
                files = [f.stat().st_size for f in (place / "run").rglob("*") if f.is_file() and not f.is_symlink()]
                notes.append({**self._note(place), "bytes": sum(files)})
        return notes

    def count(self) -> int:
        """How many runs are here."""
        places = self.folder.iterdir() if self.folder.is_dir() else ()
        return sum(bool(_TOKEN.fullmatch(place.name)) and (place / "run").is_dir() for place in places)

    def purge(self) -> None:
        """Delete for good what has been here long enough, and what was being deleted when a server was killed."""
        for place in list(self.folder.iterdir()) if self.folder.is_dir() else ():
            if _TOKEN.fullmatch(place.name) and int(place.name[:10]) < time.time() - KEPT_SECONDS:
                with suppress(OSError):
                    self._clear(place)
            elif place.name.startswith(_GOING):
                shutil.rmtree(place, ignore_errors=True)

    def _clear(self, place: Path) -> None:
        """Delete a place. It is renamed first: nobody can bring back the half of a run."""
        going = place.with_name(f"{_GOING}{place.name}")
        place.rename(going)
        shutil.rmtree(going, ignore_errors=True)

    def _place(self, token: str) -> Path:
        place = self.folder / token
        if not _TOKEN.fullmatch(token) or not (place / "run").is_dir():
            raise NotFound(f"there is nothing like '{token[:50]}' in the trash; it may be back, or gone for good")
        return place

    def _note(self, place: Path) -> dict[str, Any]:
        try:
            note = json.loads((place / _NOTE).read_text(encoding="utf-8"))
            return {"token": place.name, "name": str(note["name"]), "deleted_at": float(note["deleted_at"])}
        except (OSError, ValueError, KeyError, TypeError):
            return {"token": place.name, "name": f"run-{place.name}", "deleted_at": float(place.name[:10])}
