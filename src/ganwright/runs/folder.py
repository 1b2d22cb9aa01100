"""A run folder: where its parts lie, who may write to it, and which config it belongs to."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ganwright.core.errors import UserError
from ganwright.core.events import Event, read_events
from ganwright.core.options import differences
from ganwright.core.processes import started_at
from ganwright.recipes.run_config import RunConfig, read_config
from ganwright.training.checkpoint import Checkpoint, checkpoints

FREE_TO_CHANGE = (
    "images",
    "device",
    "keep_checkpoints",
    "signals",
    "on_failure",
    "recoveries",
    "evaluate_images",
    "until",
    "patience_images",
)
"""Options that may differ when a run goes on: they change neither what was trained so far nor how."""

_CLOCK_SLACK = 2.0
"""Seconds by which a process may seem to have begun after it wrote its number."""


@dataclass(frozen=True)
class RunFolder:
    """The parts of a run folder by name."""

    path: Path

    @property
    def config_file(self) -> Path:
        """run.toml: everything needed to repeat the run."""
        return self.path / "run.toml"

    @property
    def events_file(self) -> Path:
        """events.jsonl: the log."""
        return self.path / "events.jsonl"

    @property
    def exists(self) -> bool:
        """True where a run was started here."""
        return self.config_file.is_file()

    def config(self) -> RunConfig:
        """Read run.toml. Raises UserError where there is none or it does not fit this version."""
        if not self.exists:
            raise UserError(f"{self.path} is not a run folder (it has no run.toml); `ganwright train` makes one")
        return RunConfig.parse(read_config(self.config_file), str(self.config_file))

    def events(self) -> list[Event]:
        """The run's events, without those that a resume superseded."""
        return read_events(self.events_file)

    def checkpoints(self) -> list[Checkpoint]:
        """Saved states, oldest first."""
        return checkpoints(self.path / "checkpoints")

    def create(self, config: RunConfig) -> None:
        """Make the folder and write run.toml. Raises UserError where the folder holds something else."""
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{self.path} is a file; choose a folder with --out")
        if self.path.is_dir() and any(p.name != "lock" for p in self.path.iterdir()):
            raise UserError(f"{self.path} is not empty and not a run folder; choose another with --out")
        config.write(self.config_file)

    def check_same(self, config: RunConfig, else_do: str = "start from its weights with --fork NEW") -> None:
        """Refuse to go on with another config than the folder's, showing the difference and what else can be done."""
        changed = [d for d in differences(self.config(), config) if d.split(":")[0] not in FREE_TO_CHANGE]
        if changed:
            shown = "; ".join(changed[:6]) + (f"; and {len(changed) - 6} more" if len(changed) > 6 else "")
            raise UserError(
                f"{self.path} holds a run of another config ({shown}); choose another folder with --out, or {else_do}"
            )

    def trained_by(self) -> int | None:
        """The process that trains here now, on this machine; None where there is none. It takes no lock itself."""
        place = self.path / "lock"
        try:
            process, since = int(place.read_text(encoding="utf-8")), place.stat().st_mtime
        except (OSError, ValueError):
            return None
        began = started_at(process)
        return process if began is not None and began < since + _CLOCK_SLACK else None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes from training here meanwhile; a lock ends with its process, however that ends."""
        place = self.path / "lock"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            file = place.open("a+", encoding="utf-8")
        except OSError as error:
            raise UserError(
                f"cannot write to {self.path}: {error.strerror}; choose another folder with --out"
            ) from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                file.seek(0)
                holder = file.read().strip() or "another process"
                raise UserError(f"{self.path} is being trained by process {holder}; wait for it or stop it") from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            try:
                yield
            finally:
                place.unlink(missing_ok=True)
                if not any(self.path.iterdir()):
                    self.path.rmdir()  # a start that failed leaves nothing
