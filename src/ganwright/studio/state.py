"""What all parts of the studio share while the server runs."""

from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import HTTPConnection

from ganwright.core.errors import UserError


@dataclass(frozen=True)
class Studio:
    """One running studio.

    runs_dir: folder of run folders; everything that is written lies in it.
    data_dir: folder of data files, as `--data-dir`; None: where data is looked for by default.
    token: what a browser must know; None on localhost, where none is needed.
    hosts: names and addresses with ports under which it may be called.
    """

    runs_dir: Path
    data_dir: Path | None = None
    token: str | None = None
    hosts: frozenset[str] = field(default_factory=frozenset)

    @property
    def own_dir(self) -> Path:
        """Where the studio keeps what is its own: jobs, uploads, what was deleted."""
        return self.runs_dir / ".studio"

    def run_folder(self, id: str) -> Path:
        """The run folder of an id (`run_id`). Raises UserError for one that is not a run below `runs_dir`."""
        parts = [part.replace("~0", "~") for part in id.split("~2")]
        folder = self.runs_dir.joinpath(*parts)
        inside = folder.resolve().is_relative_to(self.runs_dir.resolve())
        if any(p in ("", ".", "..") or "/" in p for p in parts) or not inside or not (folder / "run.toml").is_file():
            raise UserError(f"there is no run '{id}' in {self.runs_dir}; the list of runs shows those that are there")
        return folder

    def run_id(self, folder: Path) -> str:
        """A run folder's name in addresses: its path below `runs_dir`, with ~2 for / and ~0 for ~."""
        return "~2".join(part.replace("~", "~0") for part in folder.relative_to(self.runs_dir).parts)


def studio_of(connection: HTTPConnection) -> Studio:
    """The studio that a request or a WebSocket belongs to."""
    return connection.app.state.studio
