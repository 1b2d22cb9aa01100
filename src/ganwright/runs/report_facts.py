"""What a run folder says of itself, read without trusting any part of it to be there or whole."""

import json
import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeGuard

from ganwright.core.errors import UserError
from ganwright.core.events import Event, read_events
from ganwright.runs.course import Course

BESIDE = ("images_per_second", "memory")
"""Numbers that `log` events hold beside their scalars."""

ENDINGS = {"finished", "interrupted", "failed"}
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class PanelFiles:
    """The panels drawn at one moment; a picture that is missing is None."""

    num_images: int
    fixed: Path | None
    fresh: Path | None


@dataclass(frozen=True)
class State:
    """How a run stands. kind: finished, interrupted, failed, open (no ending written) or empty (no events)."""

    kind: str
    sentence: str


class RunFacts:
    """A reader of one run folder. `problems` says in one line each what is missing or broken.

    Raises UserError where there is no such folder.
    """

    def __init__(self, folder: Path, events: Sequence[Event] | None = None) -> None:
        """events: what the log says, where it was read before; None: it is read here."""
        if not folder.is_dir():
            raise UserError(f"there is no run folder {folder}; `ganwright train` makes one")
        self.folder = folder
        self.problems: list[str] = []
        self.config = self._read_config()
        self._log = list(self._read_log() if events is None else events)
        self.panels = self._find_panels()
        real = folder / "samples" / "real.png"
        self.real_panel = real if is_png(real) else None
        if self.real_panel is None:
            self.problems.append("samples/real.png, the panel of real data, is missing or no PNG")

    # -- what was run --------------------------------------------------------------------------------------------

    @cached_property
    def started(self) -> Event:
        """The first `started` event; empty where there is none."""
        return next((e for e in self._log if e["type"] == "started"), {})

    def part(self, name: str) -> dict[str, Any]:
        """A table of the started event, e.g. "environment"; empty where it is missing."""
        value = self.started.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def recipe(self) -> str:
        """Name of the recipe, or "unknown recipe"."""
        return str(self.part("run").get("recipe") or self.config.get("recipe") or "unknown recipe")

    @property
    def data(self) -> str:
        """Name of the data, or "unknown data"."""
        named = self.config.get("data")
        kind = named.get("kind") if isinstance(named, dict) else None
        return str(self.part("run").get("data") or self.part("data").get("name") or kind or "unknown data")

    @cached_property
    def options(self) -> dict[str, Any]:
        """run.toml as dotted options, those of the algorithm without its name in front."""
        flat = dict(flattened(self.config))
        return {n if n == "algorithm.kind" else n.removeprefix("algorithm."): v for n, v in flat.items()}

    @property
    def changed(self) -> set[str]:
        """Names of the options that differ from the recipe's, where the run noted them."""
        names = self.started.get("changed")
        return {str(n) for n in names} if isinstance(names, list) else set()

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen where no recipe was named, `chose`, and why, `because`; empty where one was."""
        told = self.part("auto")
        return {name: str(told[name]) for name in ("chose", "because") if told.get(name)}

    # -- how it went ---------------------------------------------------------------------------------------------

    def events(self, type: str) -> list[Event]:
        """The events of one type in order, without superseded ones."""
        return [e for e in self._log if e["type"] == type]

    @cached_property
    def state(self) -> State:
        """How the run stands."""
        return state_of(self._log)

    @property
    def num_images(self) -> int:
        """Images seen so far."""
        return max((e["num_images"] for e in self._log), default=0)

    @property
    def goal_images(self) -> int | None:
        """Length of the run that was asked for."""
        goal = self.config.get("images")
        return goal if isinstance(goal, int) else None

    @cached_property
    def seconds(self) -> float | None:
        """Seconds the run took, over all its sittings, as it counted them; None where nothing was logged."""
        counted = [e.get("seconds") for e in self.events("finished")] + [
            e.get("training_seconds") for e in self.events("log")[-1:]
        ]
        found = [float(s) for s in counted if is_number(s)]
        if found:
            return found[0]
        times = [e["time"] for e in self._log if is_number(e.get("time"))]
        return max(times) - min(times) if len(times) > 1 else None

    @cached_property
    def images_per_second(self) -> float | None:
        """Median speed of the logged stretches."""
        speeds = sorted(s for e in self.events("log") if is_number(s := e.get("images_per_second")))
        return float(speeds[len(speeds) // 2]) if speeds else None

    @cached_property
    def scalars(self) -> dict[str, list[float | None]]:
        """Each logged scalar over the log events; None where an event lacks it. Speed is "images_per_second"."""
        rows = [_scalars_of(e) for e in self.events("log")]
        names = list(dict.fromkeys(name for row in rows for name in row))
        return {name: [row.get(name) for row in rows] for name in names}

    @cached_property
    def log_images(self) -> list[int]:
        """Images seen at each log event."""
        return [e["num_images"] for e in self.events("log")]

    @cached_property
    def signals(self) -> list[tuple[int, dict[str, float]]]:
        """Images seen and the signals of health of each tick, without those that had no value there."""
        return signals_of(self.events("signals"))

    @cached_property
    def course(self) -> Course:
        """What was found of the run's health, and what was done about it."""
        most = self.config.get("recoveries")
        return Course.of(self._log, most if isinstance(most, int) else None)

    @cached_property
    def figures(self) -> list[dict[str, Any]]:
        """The figures of the last evaluation."""
        return figures_of(self.last_evaluation)

    @property
    def last_evaluation(self) -> Event:
        """The last `metrics` event; empty where the run was not judged."""
        return next(iter(self.events("metrics")[::-1]), {})

    @property
    def evaluation_pictures(self) -> dict[str, Path]:
        """What the last evaluation drew, as far as the files are there."""
        named = self.last_evaluation.get("pictures")
        files = {str(k): self.folder / str(v) for k, v in named.items()} if isinstance(named, dict) else {}
        inside = self.folder.resolve()
        return {k: f for k, f in files.items() if f.is_file() and f.resolve().is_relative_to(inside)}

    def figure_over_time(self, name: str) -> list[tuple[int, float, float | None]]:
        """Images seen, value and floor of one figure over the evaluations of one protocol: that of most moments.

        Of several evaluations of a moment the last one counts.
        """
        return figure_over_time(self.events("metrics"), name)

    # -- reading -------------------------------------------------------------------------------------------------

    def _read_config(self) -> dict[str, Any]:
        try:
            return tomllib.loads((self.folder / "run.toml").read_text(encoding="utf-8"))
        except FileNotFoundError:
            self.problems.append("run.toml, the config, is missing")
        except (OSError, ValueError) as error:  # both decoders' errors are ValueErrors
            self.problems.append(f"run.toml cannot be read: {str(error).splitlines()[0]}")
        return {}

    def _read_log(self) -> Iterator[Event]:
        path = self.folder / "events.jsonl"
        if not path.exists():
            self.problems.append("events.jsonl, the log, is missing")
            return
        try:
            events: list[Any] = read_events(path)
        except OSError as error:
            self.problems.append(f"events.jsonl cannot be read: {str(error).splitlines()[0]}")
            return
        yield from (event for event in events if _is_count(event["num_images"]))
        if not events:
            self.problems.append("events.jsonl holds no event")

    def _find_panels(self) -> list[PanelFiles]:
        named = [(e["num_images"], e.get("fixed"), e.get("fresh")) for e in self.events("samples")]
        if not named:
            there = sorted((self.folder / "samples").glob("fixed-*.png"))
            found = [(re.fullmatch(r"fixed-(\d+)\.png", p.name), p) for p in there]
            named = [
                (int(m[1]), f"samples/{p.name}", f"samples/{p.name.replace('fixed', 'fresh')}") for m, p in found if m
            ]
        panels = [PanelFiles(n, self._picture(fixed), self._picture(fresh)) for n, fixed, fresh in named]
        num_named = sum((fixed is not None) + (fresh is not None) for _, fixed, fresh in named)
        num_missing = num_named - sum((p.fixed is not None) + (p.fresh is not None) for p in panels)
        if num_missing:
            self.problems.append(f"{num_missing} of {num_named} sample panels are missing or no PNG")
        if not panels:
            self.problems.append("there are no sample panels")
        return [p for p in panels if p.fixed or p.fresh]

    def _picture(self, place: Any) -> Path | None:
        """A picture named by the log, if it lies inside of the folder."""
        if not isinstance(place, str):
            return None
        path = self.folder / place
        inside = path.resolve().is_relative_to(self.folder.resolve())
        return path if inside and is_png(path) else None


def state_of(events: Sequence[Event]) -> State:
    """How a run stands, by its events."""
    if not events:
        return State("empty", "No event was logged.")
    marks = [e for e in events if e["type"] in ENDINGS | {"started", "resumed"}]
    last = marks[-1] if marks else events[-1]
    if last["type"] == "finished":
        early = f" early: {last['reason']}" if last.get("reason") else ""
        return State("finished", f"Finished{early}.")
    if last["type"] == "interrupted":
        by = f" by {last['signal']}" if last.get("signal") else ""
        return State("interrupted", f"Interrupted{by}; the same command goes on from here.")
    if last["type"] == "failed":
        return State("failed", f"Failed: {last.get('reason') or 'no reason was logged'}")
    return State("open", "No ending was logged: the run is still going, or it was killed; the same command goes on.")


def figure_over_time(evaluations: Iterable[Event], name: str) -> list[tuple[int, float, float | None]]:
    """Images seen, value and floor of one figure over the `metrics` events of one protocol: that of most moments.

    Of several evaluations of a moment the last one counts.
    """
    by_protocol: dict[str, dict[int, tuple[int, float, float | None]]] = {}
    for event in evaluations:
        for figure in figures_of(event):
            if figure["name"] == name and is_number(figure["value"]):
                key = json.dumps(figure["protocol"], sort_keys=True, default=str)
                images = event["num_images"]
                by_protocol.setdefault(key, {})[images] = (images, figure["value"], figure["floor"])
    longest = max(by_protocol.values(), key=len, default={})
    return [longest[images] for images in sorted(longest)]


def signals_of(events: Iterable[Event]) -> list[tuple[int, dict[str, float]]]:
    """Images seen and the values of each `signals` event, without those that had no value there."""
    told = [(e["num_images"], e.get("values")) for e in events]
    return [
        (num_images, {str(n): v for n, value in named.items() if (v := _float(value)) is not None})
        for num_images, named in told
        if isinstance(named, dict)
    ]


def is_number(value: Any) -> TypeGuard[float]:
    """True for finite numbers; False for anything else, truth values included."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def is_png(path: Path) -> bool:
    """True where a file starts like a PNG."""
    try:
        with path.open("rb") as file:
            return file.read(8) == _PNG
    except OSError:
        return False


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _scalars_of(event: Event) -> dict[str, float]:
    """All numbers of a log event, non-finite ones included."""
    named = event.get("scalars")
    beside = {n: event[n] for n in BESIDE if n in event}
    both = {**(named if isinstance(named, dict) else {}), **beside}
    return {str(n): float(v) for n, v in both.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}


def figures_of(event: Event) -> list[dict[str, Any]]:
    """The figures of a `metrics` event, each with name, value, error, real, floor, unit, remark and protocol."""
    listed = event.get("figures")
    sound = [f for f in listed if isinstance(f, dict) and "name" in f] if isinstance(listed, list) else []
    return [
        {
            "name": str(f["name"]),
            **{key: _float(f.get(key)) for key in ("value", "error", "real", "floor")},
            **{key: str(f.get(key) or "") for key in ("unit", "remark")},
            "protocol": f["protocol"] if isinstance(f.get("protocol"), dict) else {},
        }
        for f in sound
    ]


def _float(value: Any) -> float | None:
    """Numbers, non-finite ones included; None for anything else."""
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def flattened(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of a config by their dotted names; items of a list of tables by their places."""
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            yield from flattened(value, f"{prefix}{name}.")
        elif isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
            yield from flattened({str(i): v for i, v in enumerate(value)}, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
