"""All that is known of one run, beside its curves."""

import shlex
from pathlib import Path
from typing import Any

from ganwright.core.errors import UserError
from ganwright.core.options import options_of
from ganwright.core.wording import protocol_lines, title_of
from ganwright.metrics import METRICS
from ganwright.runs.course import Course
from ganwright.runs.folder import RunFolder
from ganwright.runs.following import Following
from ganwright.runs.report_facts import PanelFiles, RunFacts
from ganwright.runs.report_sections import CITATION
from ganwright.studio.playground.starts import in_the_plane, problem_of
from ganwright.studio.state import Studio


def details(studio: Studio, folder: Path, following: Following) -> dict[str, Any]:
    """What the page of a run shows around its row."""
    with following.lock:
        newest = [log] if (log := following.last_log) else []
        events = [*following.events, *newest]
        num_log, num_events = following.num_log, following.num_events
    facts = RunFacts(folder, events)
    address = f"/api/runs/{studio.run_id(folder)}/file"
    forked = str(facts.started.get("forked_from") or "")
    evaluation = facts.last_evaluation
    return {
        "path": str(folder),
        "command": str(facts.started.get("command") or ""),
        "repeat": shlex.join(["ganwright", "train", "--config", f"{folder}/run.toml", "--out", f"{folder}-again"]),
        "citation": "\n\n".join(filter(None, [str(facts.started.get("citation") or "").strip(), CITATION])),
        "forked_from": _id_or_path(studio, forked),
        "options": _options(folder, facts),
        "environment": facts.part("environment"),
        "data_facts": facts.part("data"),
        "parameters": facts.part("parameters"),
        "panels": [panel_of(address, folder, panel) for panel in facts.panels],
        "real_panel": _address(address, folder, facts.real_panel),
        "figures": [figure_of(figure) for figure in facts.figures],
        "evaluated_images": evaluation.get("num_images"),
        "protocol": protocol_lines(facts.figures),
        "pictures": {name: _address(address, folder, file) for name, file in facts.evaluation_pictures.items()},
        "health_course": course_of(facts.course),
        "on_failure": str(facts.config.get("on_failure") or "warn"),
        "checkpoints": _checkpoints(folder),
        "playable": in_the_plane(facts.config) and problem_of(folder) is None,
        "problems": facts.problems,
        "resumed": [e["num_images"] for e in facts.events("resumed")],
        "num_log": num_log,
        "num_events": num_events,
    }


def no_details(folder: Path) -> dict[str, Any]:
    """The same of a run that has not begun."""
    lists = "options panels figures protocol checkpoints problems resumed"
    tables = "environment data_facts parameters pictures"
    return {
        "path": str(folder),
        **{name: [] for name in lists.split()},
        **{name: {} for name in tables.split()},
        **dict.fromkeys(("command", "repeat", "citation", "forked_from"), ""),
        **dict.fromkeys(("real_panel", "evaluated_images", "health_course")),
        **dict.fromkeys(("num_log", "num_events"), 0),
        "on_failure": "warn",
        "playable": False,
    }


def panel_of(address: str, folder: Path, panel: PanelFiles) -> dict[str, Any]:
    """A moment's panels by their addresses."""
    return {
        "num_images": panel.num_images,
        "fixed": _address(address, folder, panel.fixed),
        "fresh": _address(address, folder, panel.fresh),
    }


def figure_of(figure: dict[str, Any]) -> dict[str, Any]:
    """A figure with what it means."""
    row = METRICS.get(figure["name"])
    about = {"better": row.better, "description": row.description} if row else {"better": "none", "description": ""}
    return {**figure, "title": title_of(figure["name"]), **about}


def course_of(course: Course) -> dict[str, Any] | None:
    """How a run's health went; None where nobody looked."""
    if not course.watched:
        return None
    recoveries = [{**r.plain(), "text": r.text(course.most)} for r in course.recoveries]
    return {
        "verdict": course.verdict,
        "sentence": course.sentence(),
        "lines": course.lines(),
        "gained": course.gained,
        "episodes": [
            {
                **episode.plain(),
                "stages": [{**vars(stage), "text": stage.text} for stage in episode.stages],
                "steps": [i for i, r in enumerate(course.recoveries) if r.kind == episode.kind],
            }
            for episode in course.episodes
        ],
        "recoveries": recoveries,
        "fork": {**vars(course.fork), "text": course.fork.text()} if course.fork else None,
    }


def _options(folder: Path, facts: RunFacts) -> list[dict[str, Any]]:
    """Every option with its meaning, or without where this version does not know the config."""
    try:
        known = {o.name: o.meaning for o in options_of(RunFolder(folder).config())}
    except UserError:
        known = {}
    return [
        {
            "name": name,
            "value": value,
            "changed": name in facts.changed,
            "group": name.split(".")[0] if "." in name else "run",
            "meaning": known.get(name, ""),
        }
        for name, value in facts.options.items()
    ]


def _checkpoints(folder: Path) -> list[dict[str, Any]]:
    found = RunFolder(folder).checkpoints()
    best = None
    if found:
        try:
            best = (found[-1].state()["best"] or {}).get("num_images")
        except (UserError, KeyError, TypeError, AttributeError):
            best = None
    files = [(c.num_images, c.path.with_suffix(".safetensors")) for c in found]
    return [{"num_images": n, "bytes": f.stat().st_size, "best": n == best} for n, f in files if f.exists()]


def _address(address: str, folder: Path, file: Path | None) -> str | None:
    return f"{address}/{file.relative_to(folder).as_posix()}" if file else None


def _id_or_path(studio: Studio, path: str) -> str:
    """The id of a run of this studio; the path of another."""
    folder = Path(path)
    inside = path and folder.is_relative_to(studio.runs_dir)
    return studio.run_id(folder) if inside and (folder / "run.toml").is_file() else path
