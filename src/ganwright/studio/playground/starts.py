"""The runs of a studio's folder that a game can go on from: `GET /api/playground/starts`, and one of them in full."""

import threading
from pathlib import Path
from typing import Any

from ganwright.core.errors import UserError
from ganwright.data import DATA
from ganwright.data.drawing import DrawingConfig
from ganwright.data.mixtures import MixtureConfig
from ganwright.runs.run import Run, load
from ganwright.studio.playground.origin import IN_THE_PLANE, Origin, unfit
from ganwright.studio.playground.rules import rules_of
from ganwright.studio.runs.watch import MOST_RUNS, Listing, find_runs, read_toml
from ganwright.studio.state import Studio

Row = dict[str, Any]
Known = tuple[tuple[int, int], Row | None]
"""When its checkpoints and its config were changed, and what was found then: None for a run of other data."""


class Starts:
    """Knows which runs can be played; a service. Runs that did not change are not looked at again."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._known: dict[Path, Known] = {}
        self._listings: dict[Path, Listing] = {}
        self._lock = threading.Lock()

    def rows(self) -> list[Row]:
        """Every run in the plane, the one that was saved last first: {id, name, num_images, problem}.

        problem: why it cannot be played, or None.
        """
        with self._lock:
            folders = find_runs(self._studio.runs_dir, self._listings)[:MOST_RUNS]
            known = {folder: self._known.get(folder) for folder in folders}
            self._known = {folder: self._looked(folder, old) for folder, old in known.items()}
            there = sorted(self._known.values(), key=lambda known: known[0], reverse=True)
        return [row for _, row in there if row is not None]

    def _looked(self, folder: Path, known: Known | None) -> Known:
        stamp = (_changed(folder / "checkpoints"), _changed(folder / "run.toml"))
        if known is not None and known[0] == stamp:
            return known
        if not in_the_plane(read_toml(folder / "run.toml")[0]):
            return stamp, None
        there = Run(folder).folder.checkpoints()
        row = {
            "id": self._studio.run_id(folder),
            "name": folder.relative_to(self._studio.runs_dir).as_posix(),
            "num_images": there[-1].num_images if there else 0,
            "problem": problem_of(folder),
        }
        return stamp, row


def in_the_plane(config: dict[str, Any]) -> bool:
    """True where a run.toml, as plain data, has points in the plane from a distribution."""
    data = config.get("data")
    kind = data.get("kind") if isinstance(data, dict) else None
    return isinstance(kind, str) and issubclass(DATA.get(kind, object), IN_THE_PLANE)


def problem_of(folder: Path) -> str | None:
    """Why a run cannot be played, or None."""
    try:
        return unfit(Run(folder))
    except UserError as error:
        return " ".join(str(error).split())


def told(id: str, folder: Path) -> dict[str, Any]:
    """A run as the start of a game: its rules, what it is in words, and what of it is otherwise in a game.

    Raises UserError with the reason where it cannot be played.
    """
    origin = Origin.of(load(folder))
    rules, notes = rules_of(origin.config)
    makes, judges = origin.players
    if origin.scheduled:
        notes.insert(0, f"What followed a schedule stays at its last value: {', '.join(origin.scheduled)}.")
    notes.append("What is drawn is G as it is, not the average of its weights that a run's samples are made with.")
    if makes.latent_size > 2:
        notes.append(f"Its noise has {makes.latent_size} numbers: the first two are drawn, and vary in G's grid.")
    return {
        "id": id,
        "num_images": origin.checkpoint.num_images,
        "rules": rules.model_dump(),
        "fine": bool(judges.octaves),
        "facts": _facts(origin),
        "notes": notes,
    }


def _facts(origin: Origin) -> list[tuple[str, str]]:
    """What belongs to the run and cannot be changed in the game: names and words."""
    config, (makes, judges) = origin.config, origin.players
    assert isinstance(config.data, MixtureConfig | DrawingConfig)
    return [
        ("Data", f"{config.data.name}, spread {config.data.std:g}"),
        ("Batch", f"{config.batch_size} points"),
        ("G", f"{makes.latent_size} numbers to layers of {_widths(makes.hidden)}"),
        ("D", f"layers of {_widths(judges.hidden)}"),
        ("Optimisers", " and ".join(dict.fromkeys(o.tag for o in config.optimisers.values()))),
        ("Seed", str(config.seed)),
    ]


def _widths(hidden: tuple[int, ...]) -> str:
    return ", ".join(map(str, hidden)) or "none"


def _changed(path: Path) -> int:
    """When it was changed, in nanoseconds; 0 where it is not there."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
