"""Asks the detectors whenever something was measured, and writes what they say. It changes nothing."""

from typing import Any

from torch import Tensor

from ganwright.core.events import Event, read_events
from ganwright.health.detect import diagnose
from ganwright.health.diagnosis import Diagnosis, Finding
from ganwright.health.history import History
from ganwright.training import Callback, Engine


class Watcher(Callback):
    """Writes an event `diagnosis` when an ailment is found, when its severity changes, and when it is gone.

    Fields: those of `Diagnosis.plain`, and `state`: "found", "changed" or "gone". What it knows comes from the run's
    events, so that a resumed run says the same.
    """

    name = "watcher"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.history = History(total_images=engine.config.images)
        self.open: dict[str, Diagnosis] = {}

    def on_event(self, event: Event) -> None:
        """Take the event in; after signals, and where a number is not finite, ask the detectors."""
        taken = self.history.add(event)
        if event["type"] == "recovery":
            self._close(list(self.open), {})
        elif taken and event["type"] in ("signals", "nonfinite"):
            self._ask({"final": True} if event.get("final") else {})

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
        self.history, self.open = History(total_images=self._engine.config.images), {}
        for event in read_events(self._engine.events.path):
            if event["iteration"] > self._engine.iteration or event.get("final"):
                continue
            self.history.add(event)
            if event["type"] == "diagnosis":
                self.open.pop(event["kind"], None)
                if event["state"] != "gone":
                    finding = Finding(event["severity"], event["onset_images"], event["evidence"])
                    self.open[event["kind"]] = Diagnosis(event["kind"], event["num_images"], finding)
