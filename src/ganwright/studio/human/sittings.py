"""Tests under way. What is real is known here only: a browser sees random names and files of one size.

A picture is written as an uncompressed PNG without metadata, so that neither the bytes nor the time they take tell what
it shows; all are drawn and written before the first is asked for. For that reason the fakes of a test lack the mark of
generated media that every downloaded picture has.
"""

import io
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from ganwright.core.pictures import grid
from ganwright.data.dataset import Dataset
from ganwright.runs.human import Answer, Trial, keep_result, real_items
from ganwright.runs.run import Run
from ganwright.studio.opened import Kept
from ganwright.studio.replies import Conflict, NotFound, UserError
from ganwright.studio.state import Studio

MOST_SITTINGS = 32
MOST_BYTES = 256_000_000
"""Of pictures that all tests under way hold; the oldest give way."""

IDLE_SECONDS = 6 * 3600.0
LEAST_ANSWERS = 2


@dataclass(eq=False)
class Sitting:
    """One test that somebody takes.

    names: random names of the pictures of each question. files: PNG by name. result: once it is finished.
    """

    name: str
    run: Run
    trial: Trial
    exposure_seconds: float | None
    names: tuple[tuple[str, ...], ...]
    files: dict[str, bytes]
    used: float
    answers: dict[int, Answer] = field(default_factory=dict)
    result: dict[str, Any] | None = None

    @property
    def num_bytes(self) -> int:
        """What its pictures take."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True, eq=False)
class Tested:
    """A run with its networks loaded, and the real pictures that its tests show, of which split."""

    run: Run
    items: Dataset
    split: str


class Sittings:
    """The studio's service of tests under way; bounded in number, size and age.

    runs: those that are tested, with their real pictures.
    """

    def __init__(self, studio: Studio) -> None:
        place = None if studio.data_dir is None else str(studio.data_dir)
        self.runs = Kept(lambda run: Tested(run, *real_items(run, place)))
        self._there: OrderedDict[str, Sitting] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, run: Run, trial: Trial, exposure_seconds: float | None) -> Sitting:
        """Start a test."""
        drawn = [png_of(picture) for picture in trial.pictures]
        tokens = [secrets.token_urlsafe(12) for _ in drawn]
        rest = iter(tokens)
        names = tuple(tuple(next(rest) for _ in question) for question in trial.questions)
        sitting = Sitting(
            secrets.token_urlsafe(12),
            run,
            trial,
            exposure_seconds,
            names,
            dict(zip(tokens, drawn, strict=True)),
            time.monotonic(),
        )
        with self._lock:
            self._there[sitting.name] = sitting
            self._make_room()
        return sitting

    def of(self, name: str) -> Sitting:
        """The test of a name. Raises NotFound where there is none (any more)."""
        with self._lock:
            sitting = self._there.get(name)
            if sitting is None:
                raise NotFound("this test is over or was forgotten; begin a new one")
            sitting.used = time.monotonic()
            self._there.move_to_end(name)
            return sitting

    def answer(self, sitting: Sitting, answer: Answer) -> int:
        """Note an answer; each question has one. Returns how many questions are left."""
        with self._lock:
            if sitting.result is not None:
                raise Conflict("this test is finished; begin a new one")
            if not 0 <= answer.question < len(sitting.names):
                raise NotFound(f"there is no question {answer.question}; this test has {len(sitting.names)}")
            if answer.question in sitting.answers:
                raise Conflict(f"question {answer.question} was answered already")
            pairs = sitting.trial.mode == "pairs"
            if (answer.picked is None) is pairs or (answer.real is None) is not pairs:
                raise UserError("of a pair say which is 'picked' as real, of a single picture whether it is 'real'")
            sitting.answers[answer.question] = answer
            return len(sitting.names) - len(sitting.answers)

    def finish(self, sitting: Sitting) -> dict[str, Any]:
        """Judge, keep with the run, and tell what was what; a second call gives the same."""
        with self._lock:
            if sitting.result is None:
                if len(sitting.answers) < LEAST_ANSWERS:
                    raise Conflict(f"answer {LEAST_ANSWERS} questions or more before you end the test")
                answers = sorted(sitting.answers.values(), key=lambda answer: answer.question)
                sitting.result = keep_result(
                    sitting.run, sitting.trial, answers, exposure_seconds=sitting.exposure_seconds
                )
            return sitting.result

    def _make_room(self) -> None:
        oldest = time.monotonic() - IDLE_SECONDS
        for sitting in list(self._there.values())[:-1]:
            total = sum(s.num_bytes for s in self._there.values())
            if sitting.used < oldest or total > MOST_BYTES or len(self._there) > MOST_SITTINGS:
                del self._there[sitting.name]


def png_of(picture: Tensor) -> bytes:
    """A picture (C, H, W), uint8, as a PNG whose length depends on its shape only."""
    target = io.BytesIO()
    grid(picture[None], scale=1).save(target, format="PNG", compress_level=0)
    return target.getvalue()
