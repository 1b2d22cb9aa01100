"""Asks the detectors whenever something was measured, and writes what they say. It changes nothing."""

from typing import Any

from torch import Tensor

from ganwright.core.events import Event, read_events
from ganwright.health.detect import diagnose
from ganwright.health.diagnosis import Diagnosis, Finding
from ganwright.health.history import History
from ganwright.health.remedies.settings import suspects
from ganwright.training import Callback, Engine
from ganwright.training.config import TrainingConfig


def settings(config: TrainingConfig, recipe: TrainingConfig | None) -> dict[str, list[str]]:
    """Fields of the event `settings`: what is unusual, a clause for each, and the ailments that it leads to."""
    found = suspects(config, recipe)
    leads = set[str]().union(*(suspect.explains for suspect in found))
    return {"unusual": [suspect.why for suspect in found], "explains": sorted(leads)}


class Watcher(Callback):
    """Writes an event `diagnosis` when an ailment is found, when its severity changes, and when it is gone.

    Fields: those of `Diagnosis.plain`, and `state`: "found", "changed" or "gone". What it knows comes from the run's
    events, so that a resumed run says the same. Where settings are unusual when a run begins or goes on, an event
    `settings` tells: `unusual`, a clause for each; `explains`, the ailments that they lead to.

    recipe: the config of the run's recipe as it comes, whose settings are the usual ones; None where there is none.
    """

    name = "watcher"

    def __init__(self, engine: Engine, recipe: TrainingConfig | None = None) -> None:
        self._engine, self._recipe = engine, recipe
        self._settled = False
        self.history = History(total_images=engine.config.images)
        self.open: dict[str, Diagnosis] = {}

    def on_event(self, event: Event) -> None:
        """Take the event in; after signals, and where a number is not finite, ask the detectors."""
        taken = self.history.add(event)
        if not self._settled and event["type"] != "settings":
            self.look_at_settings()
        if event["type"] == "recovery":
            self._close(list(self.open), {})
        elif taken and event["type"] in ("signals", "nonfinite"):
            self._ask({"final": True} if event.get("final") else {})

    def look_at_settings(self) -> None:
        """Write what is unusual in the config, if that is another than before; what remedies made is not asked."""
        self._settled = True
        if self.history.begun:
            return
        told = settings(self._engine.config, self._recipe)
        written = [e for e in read_events(self._engine.events.path) if e["type"] == "settings"]
        if told["unusual"] == (written[-1].get("unusual") if written else []):
            self.history.settle(told)
        else:
            self._engine.emit("settings", **told)

    def _ask(self, end: dict[str, Any]) -> None:
        found = {d.kind: d for d in diagnose(self.history)}
        self._close([kind for kind in self.open if kind not in found], end)
        before = self._engine.controls.num_roll_backs
        for kind, diagnosis in found.items():
            known = self.open.get(kind)
            if known is None or known.severity != diagnosis.severity:
                self.open[kind] = diagnosis
                state = "found" if known is None else "changed"
                self._engine.emit("diagnosis", state=state, **diagnosis.plain(), **end)
            if self._engine.controls.num_roll_backs != before:
                return  # whoever heard of it has gone back to an earlier state: the rest is no longer true

    def _close(self, kinds: list[str], end: dict[str, Any]) -> None:
        for kind in kinds:
            self._engine.emit("diagnosis", state="gone", **self.open.pop(kind).plain(), **end)

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Read again what the run's events tell up to its checkpoint."""
        self.history, self.open, self._settled = History(total_images=self._engine.config.images), {}, False
        for event in read_events(self._engine.events.path):
            if event["iteration"] > self._engine.iteration or event.get("final"):
                continue
            self.history.add(event)
            if event["type"] == "diagnosis":
                self.open.pop(event["kind"], None)
                if event["state"] != "gone":
                    finding = Finding(event["severity"], event["onset_images"], event["evidence"])
                    unusual = self.history.unusual
                    self.open[event["kind"]] = Diagnosis(event["kind"], event["num_images"], finding, unusual)
