"""A lesson as a chapter: its text, how far its runs are, what came of them."""

from collections import OrderedDict
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ganwright.core.errors import UserError, nearest
from ganwright.lessons import LESSONS, Lesson
from ganwright.lessons.base import Figure, Maps, Panels, Stage
from ganwright.lessons.probes import PROBES
from ganwright.lessons.questions import QUESTIONS
from ganwright.lessons.runner import Outcome, folder_of, length_of, options_of, read_outcome, scalars, stage_of
from ganwright.studio.jobs.job import ACTIVE, Job, log_lines
from ganwright.studio.jobs.queue import Jobs
from ganwright.studio.jobs.routes import plain
from ganwright.studio.replies import NotFound, Query
from ganwright.studio.runs.watch import Watch
from ganwright.studio.state import Studio

MOST_OUTCOMES = 32
_LOG_LINES = 20


class Asked(Query):
    """seed: of all its runs. data: one of its stages; None: its first."""

    seed: int = Field(default=0, ge=0, le=10_000)
    data: str | None = Field(default=None, max_length=100)


class Drawn(Asked):
    """number: of the figure, from 0. kind: gif: an animation, where it is one."""

    number: int = Field(ge=0, le=100)
    kind: Literal["png", "gif"] = "png"


class Chapters:
    """The studio's service of lessons and what they came to, which is read from their logs once."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._outcomes: OrderedDict[Path, tuple[Any, Outcome]] = OrderedDict()

    def contents(self, query: Asked) -> dict[str, Any]:
        """All lessons in order, each with how it stands on its first stage."""
        rows = []
        for number, lesson in enumerate(LESSONS.values(), 1):
            stage = stage_of(lesson, None)
            rows.append(
                {
                    "name": lesson.name,
                    "number": number,
                    "title": lesson.title,
                    "question": lesson.question,
                    "num_runs": len(lesson.runs),
                    **self._standing(lesson, stage, query.seed),
                }
            )
        return {"lessons": rows}

    def chapter(self, name: str, query: Asked) -> dict[str, Any]:
        """All of one lesson."""
        lesson = lesson_of(name)
        stage = stage_of(lesson, query.data)
        standing = self._standing(lesson, stage, query.seed)
        outcome = self.outcome(lesson, stage, query.seed)
        names = list(LESSONS)
        place = names.index(name)
        folder = self.folder(lesson, stage, query.seed)
        jobs = self.studio.service(Jobs)
        job = jobs.of(folder)
        return {
            "name": name,
            "number": place + 1,
            "num_lessons": len(names),
            "previous": _link(names, place - 1),
            "next": _link(names, place + 1),
            "title": lesson.title,
            "question": lesson.question,
            "explanation": blocks_of(lesson.explanation),
            "no_images": lesson.no_images,
            "stages": [
                {"data": s.data, "images": s.images, "recipe": s.recipe, "is_first": i == 0}
                for i, s in enumerate(lesson.stages.values())
            ],
            "data": stage.data,
            "seed": query.seed,
            **standing,
            "runs": [
                {
                    "name": run,
                    "title": training.title,
                    "id": self.studio.run_id(folder / run) if (folder / run / "run.toml").is_file() else None,
                    "images": length_of(stage, training),
                    "num_images": self._images_seen(folder / run),
                }
                for run, training in lesson.runs.items()
            ],
            "figures": [
                {"title": figure.title, "caption": figure.caption, **_drawn(figure, folder, number)}
                for number, figure in enumerate(lesson.figures)
            ],
            "claims": [] if outcome is None else [{"holds": c.holds, "sentence": c.sentence} for c in outcome.claims],
            "numbers": [] if outcome is None else _numbers(outcome),
            "failures": {} if outcome is None else {n: r.failure for n, r in outcome.records.items() if r.failure},
            "asked": _asked(name),
            "has_page": outcome is not None and outcome.page.is_file(),
            "command": _command(lesson, stage, query.seed),
            "job": None if job is None else plain(self.studio, job),
            "log": [] if job is None else log_lines(jobs.folder / job.id, _LOG_LINES),
        }

    def start(self, name: str, query: Asked) -> Job:
        """Queue it, or go on with it. Raises Conflict where it is queued or runs already."""
        lesson = lesson_of(name)
        stage = stage_of(lesson, query.data)
        folder, jobs = self.folder(lesson, stage, query.seed), self.studio.service(Jobs)
        last = jobs.of(folder)
        if last is not None and last.state == "paused":
            return jobs.resume(last.id)
        given = ["lesson", name, f"--data={stage.data}", f"--seed={query.seed}", f"--out={folder.parent}"]
        given += [f"--data-dir={self.studio.data_dir}"] if self.studio.data_dir else []
        devices = [options_of(stage, training).get("device", "auto") for training in lesson.runs.values()]
        images = sum(length_of(stage, training) for training in lesson.runs.values())
        page = f"/lessons/{name}?seed={query.seed}&data={stage.data}"
        return jobs.queue("lesson", folder, given, devices[0], {"data": stage.data, "images": images, "page": page})

    def file(self, name: str, query: Asked, figure: Drawn | None) -> Path:
        """The page, or one of the figures. Raises NotFound where it is not drawn."""
        lesson = lesson_of(name)
        folder = self.folder(lesson, stage_of(lesson, query.data), query.seed)
        found = folder / "lesson.html" if figure is None else _figure(folder, figure.number, figure.kind)
        if found is None or not found.is_file():
            raise NotFound(f"lesson {name} has not drawn that; run it first")
        return found

    def folder(self, lesson: Lesson, stage: Stage, seed: int) -> Path:
        """Of a lesson's runs on one stage and seed, below the runs folder."""
        return folder_of(lesson, stage, seed, self._out(lesson, stage))

    def outcome(self, lesson: Lesson, stage: Stage, seed: int) -> Outcome | None:
        """What it came to; None where it has not run to its end. Read again where a log has changed."""
        folder = self.folder(lesson, stage, seed)
        stamp = tuple(_stamp(folder / name / "events.jsonl") for name in lesson.runs)
        if None in stamp:
            return None
        kept = self._outcomes.get(folder)
        if kept is None or kept[0] != stamp:
            try:
                found = read_outcome(lesson, data=stage.data, seed=seed, out=self._out(lesson, stage))
            except UserError:
                found = None  # a log that is cut short or was trained otherwise
            if found is None:
                return None
            kept = self._outcomes[folder] = (stamp, found)
            while len(self._outcomes) > MOST_OUTCOMES:
                self._outcomes.popitem(last=False)
        return kept[1]

    def _out(self, lesson: Lesson, stage: Stage) -> Path:
        return self.studio.runs_dir / folder_of(lesson, stage, 0).parent.name

    def _standing(self, lesson: Lesson, stage: Stage, seed: int) -> dict[str, Any]:
        """state: of its job while that waits or runs, or "drawing"; else "done", "failed", "stopped" or "new"."""
        folder = self.folder(lesson, stage, seed)
        lengths = {name: length_of(stage, training) for name, training in lesson.runs.items()}
        seen = sum(min(self._images_seen(folder / name), length) for name, length in lengths.items())
        outcome = self.outcome(lesson, stage, seed)
        job = self.studio.service(Jobs).of(folder)
        if job is not None and job.state in ("queued", *ACTIVE):
            state = "drawing" if job.state == "running" and outcome is not None else job.state
        elif outcome is not None and outcome.page.is_file():
            state = "done"
        elif job is not None and job.state == "failed":
            state = "failed"
        else:
            state = "stopped" if seen else "new"
        return {
            "state": state,
            "progress": 1.0 if state == "done" else seen / sum(lengths.values()),
            "holds": None if outcome is None else outcome.holds,
        }

    def _images_seen(self, run: Path) -> int:
        """How far one of its runs is; 0 where it has not begun."""
        return self.studio.service(Watch).row(run)["num_images"] if (run / "run.toml").is_file() else 0


def lesson_of(name: str) -> Lesson:
    """A lesson by its name. Raises NotFound."""
    if name not in LESSONS:
        raise NotFound(f"there is no lesson '{name[:50]}'; {nearest(name[:50], LESSONS)}")
    return LESSONS[name]


def blocks_of(text: str) -> list[dict[str, str]]:
    """An explanation's paragraphs and equations, in order."""
    found = []
    for block in filter(str.strip, text.strip("\n").split("\n\n")):
        if block.startswith("    "):
            lines = "\n".join(line.removeprefix("    ") for line in block.splitlines())
            found.append({"kind": "equation", "text": lines})
        else:
            found.append({"kind": "text", "text": " ".join(block.split())})
    return found


def _asked(name: str) -> dict[str, Any]:
    question = QUESTIONS[name]
    return {
        "text": question.text,
        "choices": list(question.choices),
        "right": question.right,
        "explanation": question.explanation,
    }


def _link(names: list[str], place: int) -> dict[str, str] | None:
    return {"name": names[place], "title": LESSONS[names[place]].title} if 0 <= place < len(names) else None


def _numbers(outcome: Outcome) -> list[dict[str, Any]]:
    """Every measure that is one number, first and last, run by run; null where a run was not asked for it."""
    measures = dict.fromkeys(m for record in outcome.records.values() for m in scalars(outcome.lesson, record))
    return [
        {
            "name": measure,
            "title": PROBES[measure].title,
            "description": PROBES[measure].description,
            "values": [
                [record[measure].first, record[measure].last] if measure in record else None
                for record in outcome.records.values()
            ],
        }
        for measure in measures
    ]


def _drawn(figure: Figure, folder: Path, number: int) -> dict[str, Any]:
    """is_chart: lines and marks, which may be shown in other inks; pictures may not."""
    picture = _figure(folder, number, "png")
    stamp = None if picture is None else int(picture.stat().st_mtime)
    return {
        "number": number,
        "drawn": stamp,
        "is_animation": _figure(folder, number, "gif") is not None,
        "is_chart": not isinstance(figure, (Maps, Panels)),
    }


def _figure(folder: Path, number: int, kind: str) -> Path | None:
    """The runner names them N-title.png, N from 1."""
    return next(iter(sorted((folder / "figures").glob(f"{number + 1}-*.{kind}"))), None)


def _command(lesson: Lesson, stage: Stage, seed: int) -> str:
    words = ["ganwright", "lesson", lesson.name, "--seed", str(seed)]
    return " ".join(words if stage is stage_of(lesson, None) else [*words, "--data", stage.data])


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
