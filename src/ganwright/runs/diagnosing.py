"""Diagnoses after the fact: of a run, of another program's log, and of folders of samples."""

from collections.abc import Callable, Mapping
from pathlib import Path

from ganwright.core.errors import UserError
from ganwright.core.events import Event, read_events
from ganwright.data import parse_data
from ganwright.data.dataset import DataConfig
from ganwright.health import replay
from ganwright.health.detectors.losses_only import D_LOSS, G_LOSS
from ganwright.health.foreign import pictures
from ganwright.health.foreign.log import ForeignLog, read_log
from ganwright.health.history import History
from ganwright.runs.checkup import Checkup, Origin
from ganwright.runs.course import Course
from ganwright.runs.judging import both_splits
from ganwright.runs.report_facts import RunFacts

_FROM_SAMPLES = ("diversity", "vendi", "distinct", "duplicates", "movement")
_FROM_REAL = ("coverage", "left_out", "distance", "drift")


def diagnose(
    source: str | Path | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    images_per_step: int | None = None,
    samples: str | Path | None = None,
    grid: tuple[int, int] | None = None,
    real: str | DataConfig | None = None,
    data_dir: str | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Checkup:
    """Tell whether a training goes or went well, since when not, why, and what to do.

    source: a run folder (or its events.jsonl), whose events are asked about moment by moment; or the log of any other
        program: CSV, JSON lines, printed lines, an event file of TensorBoard or a folder of these. None: samples alone.
    The others go with logs of other programs:
    columns: role -> name of a column, for names that are not guessed. Roles are those of
        `health.foreign.columns.ROLES`: d_loss, g_loss, step, d_real, d_fake ...
    images_per_step: images in one step, to tell times in images; None: as the log counts.
    samples: a folder of pictures with a sub folder for each step, or with the step in each file's name.
    grid: rows and columns of samples in each picture; None: each picture is one sample.
    real: the data that the samples are to resemble, as `parse_data` reads it; None: samples are told relative to the
        run's own best. data_dir: where files of known data sets lie.
    progress: called with steps of samples read, and all of them.

    Raises UserError for what cannot be read, with the columns that are there.
    """
    if source is None and samples is None:
        raise UserError("name a run folder, a log, or --samples FOLDER")
    if images_per_step is not None and images_per_step < 1:
        raise UserError(f"images per step are {images_per_step}; 1 or more are needed")
    if grid is not None and min(grid) < 1:
        raise UserError(f"a grid of {grid[0]}x{grid[1]} holds nothing; rows and columns are 1 or more")
    if samples is None and (real is not None or grid is not None):
        raise UserError("--real and --grid say how --samples FOLDER is read; name that folder too")
    run = None if source is None else _run_of(Path(source))
    if run is not None:
        if columns or images_per_step is not None or samples is not None:
            raise UserError(f"{run} is a run of ganwright, which needs no --columns, --images-per-step or --samples")
        return _of_run(run)
    log = None if source is None else read_log(Path(source), columns or {}, images_per_step)
    seen = None
    if samples is not None:
        config = parse_data(real) if isinstance(real, str) else real
        data, other = (None, None) if config is None else both_splits(config, "train", data_dir)
        scale = log.scale if log is not None else images_per_step or 1
        seen = pictures.measure(Path(samples), data, other, grid, scale, progress)
    if log is not None:
        origin = Origin("log", str(source), f"{log.num_rows:,} rows", log.unit)
    else:
        origin = Origin("samples", str(samples), "samples alone", "images" if images_per_step else "steps")
    return _of_log(log, seen, origin, real is not None)


def _run_of(source: Path) -> Path | None:
    """The run folder that is meant; None where it is something else."""
    folder = source.parent if source.name == "events.jsonl" else source
    if folder.is_dir() and (folder / "run.toml").is_file():
        return folder
    return source if source.is_dir() and (source / "events.jsonl").is_file() else None


def _of_run(folder: Path) -> Checkup:
    facts = RunFacts(folder)
    log = folder / "events.jsonl"
    try:
        events = [e for e in read_events(log) if _is_sound(e)]
    except OSError as error:
        raise UserError(f"cannot read {log}: {error.strerror}") from error
    if not any(e["type"] in ("log", "signals", "nonfinite") for e in events):
        raise UserError(f"{folder} has logged nothing yet, so there is nothing to diagnose")
    watched = any(e["type"] == "signals" for e in events)
    told, history, num_asked = replay.replay(events, facts.goal_images, at_logs=not watched)
    notes = () if watched else (_unwatched(history),)
    missing = {
        kind: _needs(names, _of_runs if watched else _unrecorded) for kind, names in replay.silent(history).items()
    }
    origin = Origin("run", str(folder), f"{facts.recipe} on {facts.data}", "images", facts.state.sentence)
    return Checkup(origin, Course.of(told), history, num_asked, missing, notes)


def _unwatched(history: History) -> str:
    """One line on what can be said of a run without signals."""
    if len(history.scalar(G_LOSS)) and len(history.scalar(D_LOSS)):
        return "it was trained without signals, so only its losses speak, and of flagrant failures only"
    return "it is no game of two networks, so all that can be told is whether its numbers are finite"


def _of_log(log: ForeignLog | None, seen: pictures.Samples | None, origin: Origin, has_real: bool) -> Checkup:
    events = _together(log.events if log else (), seen.events if seen else ())
    told, history, num_asked = replay.replay(events, at_logs=log is not None)
    notes = [*(log.notes if log else ()), *(seen.notes if seen else ())]
    if seen is None:
        notes.append("losses say nothing of the samples: --samples FOLDER lets them be looked at")
    missing = {
        kind: _needs(names, lambda name: _of_logs(name, seen is not None, has_real))
        for kind, names in replay.silent(history).items()
    }
    columns = {} if log is None else dict(log.columns)
    return Checkup(origin, Course.of(told), history, num_asked, missing, tuple(notes), columns)


def _together(of_log: tuple[Event, ...], of_samples: tuple[Event, ...]) -> list[Event]:
    """In order of time. Where there are samples, looks are theirs, with what the log told last before each."""
    if not of_samples:
        return list(of_log)
    looks = [e for e in of_log if e["type"] == "signals"]
    merged: list[Event] = [e for e in of_log if e["type"] != "signals"]
    for shot in of_samples:
        before = [e for e in looks if e["num_images"] <= shot["num_images"]]
        merged.append({**shot, "values": {**(before[-1]["values"] if before else {}), **shot["values"]}})
    return sorted(merged, key=lambda e: (e["num_images"], e["type"] == "signals"))


def _needs(names: tuple[str, ...], said: Callable[[str], str]) -> str:
    """What is missing, as in "needs held-out items"."""
    told = list(dict.fromkeys(said(name) for name in names))
    return "needs " + " and ".join(t for t in told if not any(t != other and t in other for other in told))


def _of_runs(name: str) -> str:
    return " and ".join(replay.needs_of(name)) or "signals that this run has not measured yet"


def _unrecorded(name: str) -> str:
    return "signals, which were not recorded"


def _of_logs(name: str, has_samples: bool, has_real: bool) -> str:
    if name.startswith(_FROM_SAMPLES) and not has_samples:
        return "--samples FOLDER"
    if name.startswith(_FROM_REAL) and not has_real:
        return "--real DATA" if has_samples else "--samples FOLDER with --real DATA"
    if name.startswith("nearest"):
        return "--real DATA with held-out items" if has_samples else "--samples FOLDER with --real DATA"
    return "signals that only a run of ganwright measures"


def _is_sound(event: Event) -> bool:
    """Whether an event has the fields that a history reads."""
    match event["type"]:
        case "signals":
            return isinstance(event.get("values"), dict)
        case "log":
            return isinstance(event.get("scalars"), dict)
        case "settings":
            return all(isinstance(event.get(name), list) for name in ("unusual", "explains"))
        case "nonfinite":
            return "what" in event
        case "recovery":
            return isinstance(event.get("back_to_images"), int)
    return True
