"""What is done about a failing run: nothing, an end, or a way back to a healthy state with something changed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from ganwright.algorithms.phase import Algorithm
from ganwright.core.errors import UserError
from ganwright.core.events import Event, read_events
from ganwright.core.wording import number
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.health.gain import gains
from ganwright.health.ladder import before, thinned
from ganwright.health.remedies import REMEDIES, SETTINGS, ladder, put_right
from ganwright.training import Callback, Engine, TrainingFailed
from ganwright.training.checkpoint import Checkpoint, checkpoints
from ganwright.training.config import TrainingConfig

EARLY_SHARE = 0.25
"""Of a run whose settings were off from its start no state is healthy: so early, it begins again from that start."""

LEAST_LEFT_SHARE = 0.4
"""A run goes back only if what is left of it is at least this share of the way back, so that it can end ahead: from its
start until 71% of it, some looks after detectors give up on samples that were never good (`late_share`)."""


@dataclass(frozen=True)
class Fork:
    """A new run that takes over from one that could not be recovered.

    out: its folder. recipe: what its config is called. images: its length. changes: dotted options in which its config
    differs from that of the run.
    """

    out: Path
    recipe: str
    images: int
    changes: dict[str, Any]


class Forked(TrainingFailed):
    """A run that ended because another takes over. fork: that one."""

    def __init__(self, line: str, fork: Fork) -> None:
        super().__init__(line)
        self.fork = fork


@dataclass(frozen=True)
class Attempt:
    """One step back. changes: dotted options and their values, in force from then on."""

    kind: str
    remedy: str
    changes: dict[str, Any]
    back_to_images: int
    from_images: int


class Recovery(Callback):
    """Acts on failing diagnoses as the config's `on_failure` says; stands behind the watcher among the callbacks.

    warn: nothing. stop: the run ends with TrainingFailed. recover: at most `recoveries` times the run goes back whole
    to the newest checkpoint from before the failure began, and the next remedy for that ailment is applied; remedies
    stay in force, and none comes twice. Where settings are suspect (remedies/settings.py) and nothing was changed yet,
    a diagnosis of severity watch is enough to put them right: a first sign and a likely cause are worth acting on. The
    run then draws once more what it drew after that checkpoint, as a run with usual settings would have, so that from
    its start on it is that run (but for schedules and the first averages, which follow the clock), less the images
    spent. Near its end, where what is left is less than 0.4 of the way back, a run is left alone, unless its numbers
    are not finite. Each step is an event `recovery`: `kind`, `back_to_images`, `from_images`, `remedy`, `about`,
    `changes`, `attempt`. After the last one a fork takes over where one is possible (event `fork`, then Forked); else
    the run ends with TrainingFailed. The end of a run that went back writes an event `recovered` that sums up.

    build: makes the phases of a config around the networks of the run. offer_fork: images left -> the fork, or None.
    recipe: the config of the run's recipe as it comes, whose settings are the usual ones; None where there is none.
    What is in force is part of the checkpoints, so that a resumed run goes on with it, whatever `on_failure` is then.
    """

    name = "recovery"

    def __init__(
        self,
        engine: Engine,
        build: Callable[[TrainingConfig], Algorithm],
        offer_fork: Callable[[int], Fork | None] = lambda images: None,
        recipe: TrainingConfig | None = None,
    ) -> None:
        self._engine, self._build, self._offer_fork, self._recipe = engine, build, offer_fork, recipe
        self._failing: dict[str, Event] = {}
        self.attempts: list[Attempt] = []
        self._was_off = put_right(engine.config, recipe) is not None
        self._keep([])

    @property
    def active(self) -> bool:
        """True where the run is to recover."""
        return self._engine.config.on_failure == "recover"

    # -- listening -----------------------------------------------------------------------------------------------

    def on_event(self, event: Event) -> None:
        """Act at once on what is failing; note what is healthy when it is saved."""
        if event["type"] == "finished":
            self._sum_up()
        elif event.get("final"):
            return  # the run ends; one that goes on would not know of it
        elif event["type"] == "checkpoint":
            self._saved(event["num_images"])
        elif event["type"] == "diagnosis":
            self._note(event)
            if event["kind"] in self._failing:
                self._act(event)
        elif event["type"] in ("signals", "nonfinite") and self._failing:  # it was failing before anyone was to act
            self._act(next(iter(self._failing.values())))

    def _note(self, event: Event) -> None:
        self._failing.pop(event["kind"], None)
        if event["state"] != "gone" and (event["severity"] == "failing" or self._suspicious()):
            self._failing[event["kind"]] = event

    def _suspicious(self) -> bool:
        """True where a recovery would put settings right first."""
        return self.active and self._changes(SETTINGS) is not None

    def _saved(self, num_images: int) -> None:
        """Keep the checkpoint if it is a healthy one; one saved at a step back is the same as what it went back to."""
        went_back = bool(self.attempts) and self.attempts[-1].from_images == num_images
        if self.active and not self._failing and not went_back:
            self._keep(thinned([*(n for n in self.kept if n < num_images), num_images]))

    def _keep(self, kept: list[int]) -> None:
        self.kept = kept
        self._engine.controls.kept = set(kept)

    # -- acting --------------------------------------------------------------------------------------------------

    def _act(self, found: Event) -> None:
        if self._engine.config.on_failure == "stop":
            raise TrainingFailed(f"{_told(found)}; {self._left()}; {_lowered(found['advice'])}")
        if self.active:
            back_to = self._way_back(found["onset_images"])
            if found["kind"] != "non-finite" and not self._worth_while(back_to):
                return
            rung = self._next_rung(found["kind"]) if len(self.attempts) < self._engine.config.recoveries else None
            usual = rung is not None and rung[0] == SETTINGS
            if found["severity"] == "watch" and not (usual and self._places(found["onset_images"])):
                return  # a first sign ends no run
            back_to = self._go_back(found["onset_images"], again=usual) if rung is not None else None
            if rung is None or back_to is None:
                self._give_up(found)
            else:
                self._go_on(found["kind"], back_to, *rung)

    def _next_rung(self, kind: str) -> tuple[str, dict[str, Any], TrainingConfig, Algorithm] | None:
        """The first remedy of the ladder that was not tried, applies, and is not refused; None at the ladder's end."""
        config, tried = self._engine.config, {attempt.remedy for attempt in self.attempts}
        for name in ladder(kind):
            changes = None if name in tried else self._changes(name)
            if not changes:
                continue
            try:
                changed = config.override(changes, f"remedy '{name}'")
                algorithm = self._build(changed)
                algorithm.check_batch(changed.batch_size // changed.accumulation)
            except UserError:
                continue  # the rules know why
            return name, changes, changed, algorithm
        return None

    def _changes(self, remedy: str) -> dict[str, Any] | None:
        """What a remedy would change now; None where it does not apply. What remedies made is no suspect."""
        config = self._engine.config
        if remedy != SETTINGS:
            return REMEDIES[remedy].changes(config)
        return None if self.attempts else put_right(config, self._recipe)

    def _places(self, onset: int) -> list[int]:
        """Images of the states to go back to, the best first."""
        there = {c.num_images for c in self._checkpoints()}
        kept = [n for n in self.kept if n in there]
        if self._was_off and not self.attempts and self._engine.num_images <= EARLY_SHARE * self._engine.config.images:
            kept = kept[:1]
        return list(before(kept, onset, self._engine.config.look_images, [a.back_to_images for a in self.attempts]))

    def _way_back(self, onset: int) -> int:
        """Images of the state that it would go back to; those of now where there is none."""
        return next(iter(self._places(onset)), self._engine.num_images)

    def _worth_while(self, back_to: int) -> bool:
        now = self._engine.num_images
        left = self._engine.config.images - now
        return left >= max(1, LEAST_LEFT_SHARE * (now - back_to))

    def _go_back(self, onset: int, again: bool) -> int | None:
        """Restore the state from before the onset, and return its images; None where there is none."""
        there = {c.num_images: c for c in self._checkpoints()}
        for num in self._places(onset):
            try:
                self._engine.controls.roll_back(there[num], again)
            except UserError:  # damaged
                continue
            return num
        return None

    def _go_on(
        self, kind: str, back_to: int, remedy: str, changes: dict[str, Any], config: TrainingConfig, game: Algorithm
    ) -> None:
        now = self._engine.num_images
        self._take_over(config, game)
        self.attempts.append(Attempt(kind, remedy, changes, back_to, now))
        self._failing.clear()
        self._keep([n for n in self.kept if n <= back_to])
        told = {"kind": kind, "back_to_images": back_to, "from_images": now, "remedy": remedy, "changes": changes}
        self._engine.emit("recovery", **told, about=REMEDIES[remedy].about, attempt=len(self.attempts))

    def _take_over(self, config: TrainingConfig, game: Algorithm) -> None:
        """From now on train by this config, and sample by it: checkpoints carry it."""
        self._engine.controls.change(config, game)
        if "config" in self._engine.record:
            self._engine.record = {**self._engine.record, "config": config.plain()}

    def _sum_up(self) -> None:
        if self.attempts:
            events = read_events(self._engine.events.path)
            self._engine.emit("recovered", steps=gains(events), lines=summary(events), final=True)

    def _give_up(self, found: Event) -> None:
        tried = ", ".join(attempt.remedy for attempt in self.attempts)
        enough = len(self.attempts) >= self._engine.config.recoveries
        why = "it may go back no more often" if enough else "no other remedy or earlier state is left"
        done = f"; {len(self.attempts)} steps back ({tried}), and {why}" if tried else ""
        self._sum_up()
        line = f"{_told(found)}{done}; {self._left()}"
        config = self._engine.config
        fork = self._offer_fork(config.images - self._engine.num_images) if config.recoveries else None
        if fork is None:
            raise TrainingFailed(f"{line}; {_lowered(found['advice'])}")
        told = {"out": str(fork.out), "recipe": fork.recipe, "images": fork.images, "changes": fork.changes}
        self._engine.emit("fork", kind=found["kind"], **told)
        raise Forked(f"{line}; its fork {fork.out} (recipe '{fork.recipe}') takes over", fork)

    def _left(self) -> str:
        """What is on disk."""
        there = [c.num_images for c in self._checkpoints()]
        healthy = [n for n in self.kept if n in there]
        if healthy:
            return f"the newest healthy checkpoint is that of {healthy[-1]:,} images"
        return f"the checkpoint of {there[-1]:,} images is intact" if there else "no checkpoint was saved yet"

    def _checkpoints(self) -> list[Checkpoint]:
        return checkpoints(self._engine.folder / "checkpoints")

    # -- in checkpoints ------------------------------------------------------------------------------------------

    def memo(self) -> dict[str, Any]:
        """What is kept, and every step back; nothing for a run that neither recovers nor ever did."""
        if not self.kept and not self.attempts:
            return {}
        return {"kept": self.kept, "attempts": [asdict(attempt) for attempt in self.attempts]}

    def load_memo(self, memo: dict[str, Any]) -> None:
        """Make the changes again that were in force."""
        self.attempts = [Attempt(**attempt) for attempt in memo.get("attempts", [])]
        if self.attempts:
            config = self._engine.config
            for attempt in self.attempts:
                config = config.override(attempt.changes, f"remedy '{attempt.remedy}'")
            self._take_over(config, self._build(config))
        there = [c.num_images for c in self._checkpoints()] if self.active else []
        self._keep(memo.get("kept", there))

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Read again from the run's events what is failing at its checkpoint."""
        self._failing = {}
        for event in read_events(self._engine.events.path):
            if event["iteration"] > self._engine.iteration or event.get("final"):
                continue
            if event["type"] == "diagnosis":
                self._note(event)
            elif event["type"] == "recovery":
                self._failing.clear()


def summary(events: list[Event]) -> list[str]:
    """For each step back two sentences: what failed and what was done; whether it helped, and what it gained."""
    return [_sentences(step) for step in gains(events)]


def _sentences(step: dict[str, Any]) -> str:
    about = REMEDIES[step["remedy"]].about if step["remedy"] in REMEDIES else "its options were changed"
    title = DIAGNOSES[step["kind"]].title if step["kind"] in DIAGNOSES else step["kind"]
    did = (
        f"{title}: at {step['from_images']:,} images the run went back to {step['back_to_images']:,} and took the "
        f"remedy {step['remedy']} ({about})."
    )
    compared = ", ".join(f"{name} {number(b)} -> {number(a)}" for name, (b, a) in step["compared"].items())
    if step["failed_again_images"] is not None:
        again = f"It failed again at {step['failed_again_images']:,} images"
    else:
        again = "It did not fail again"
    return f"{did} {again}{f'; from the failure to the last look after it: {compared}' if compared else ''}."


def _told(found: Event) -> str:
    """As in "Full mode collapse since 32,000 images (distinct samples 0.03)"."""
    evidence = ", ".join(f"{name} {number(value)}" for name, value in found["evidence"].items())
    return f"{found['title']} since {found['onset_images']:,} images{f' ({evidence})' if evidence else ''}"


def _lowered(text: str) -> str:
    return (text[:1].lower() + text[1:]).rstrip(".")
