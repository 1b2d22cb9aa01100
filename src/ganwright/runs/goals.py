"""When a run has come far enough: it stops early at a goal, or when it no longer gets better."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ganwright.core.errors import UserError, nearest
from ganwright.core.events import Event
from ganwright.core.wording import number
from ganwright.metrics import METRICS
from ganwright.runs.plan import Plan
from ganwright.training import Callback, Engine
from ganwright.training.config import TrainingConfig

_GOAL = re.compile(r"\s*([^\s<>=]+)\s*(<=|>=|<|>)\s*(\S+)\s*")
_WRONG_WAY = {"lower": ">", "higher": "<"}


@dataclass(frozen=True)
class Goal:
    """A metric and the value it is to reach, as in "fid<5"."""

    metric: str
    sign: str
    value: float

    @classmethod
    def parse(cls, text: str) -> "Goal":
        """Read NAME<NUMBER, or with <=, > or >=. Raises UserError for what is none, or would hold from the start."""
        found = _GOAL.fullmatch(text)
        if found is None:
            raise UserError(f"until: '{text}' is no goal; write a metric, < or >, and a number, as in \"fid<5\"")
        metric, sign, told = found.groups()
        if metric not in METRICS:
            raise UserError(f"until: there is no metric '{metric}'; {nearest(metric, METRICS)}")
        try:
            value = float(told)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise UserError(f"until: '{told}' is no number, in '{text}'; write one, as in \"{metric}{sign}5\"")
        better = METRICS[metric].better
        if _WRONG_WAY.get(better) == sign[0]:
            right = sign.translate(str.maketrans("<>", "><"))
            raise UserError(
                f"until: of {metric} {better} is better, so '{text}' holds from the start; did you mean "
                f"'{metric}{right}{told}'?"
            )
        return cls(metric, sign, value)

    def reached(self, value: float) -> bool:
        """Whether a value of the metric is as wanted; a value that is not finite never is."""
        if not math.isfinite(value):
            return False
        if self.sign in ("<", "<="):
            return value < self.value or (self.sign == "<=" and value == self.value)
        return value > self.value or (self.sign == ">=" and value == self.value)

    def __str__(self) -> str:
        return f"{self.metric}{self.sign}{number(self.value)}"


def goal_of(config: TrainingConfig) -> Goal | None:
    """The goal of a config. Raises UserError where it is none."""
    return None if config.until is None else Goal.parse(config.until)


def verdict(config: TrainingConfig, judged: Event, best: Mapping[str, Any] | None, since: int = 0) -> str | None:
    """Why a run may stop after an evaluation; None: it goes on.

    judged: the event `metrics`. best: `value` and `num_images` of the best evaluation so far. since: images before
    which no patience is lost, those of the newest step back.
    """
    goal, now = goal_of(config), judged["num_images"]
    if goal is not None:
        for figure in judged["figures"]:
            if figure["name"] == goal.metric and goal.reached(figure["value"]):
                return f"{goal.metric} {number(figure['value'])} at {now:,} images reaches {goal}"
    if config.patience_images is None or best is None:
        return None
    waited = now - max(int(best["num_images"]), since)
    if waited < config.patience_images:
        return None
    when = f"{int(best['num_images']):,} images"
    return f"{config.best_by} has not become better for {waited:,} images: it was best at {when}"


class Goals(Callback):
    """Stops a run, as finished, when an evaluation while training says that it has come far enough."""

    name = "goals"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._since = 0

    def on_event(self, event: Event) -> None:
        """Look at every evaluation."""
        if event["type"] == "recovery":
            self._since = event["num_images"]
        elif event["type"] == "metrics":
            reason = verdict(self._engine.config, event, self._engine.best, self._since)
            if reason is not None:
                self._engine.controls.stop(reason)

    def memo(self) -> dict[str, Any]:
        """Since when patience counts."""
        return {"since": self._since} if self._since else {}

    def load_memo(self, memo: dict[str, Any]) -> None:
        self._since = memo.get("since", 0)


def check_goals(plan: Plan, measured: Iterable[str]) -> None:
    """Raise UserError for a goal that cannot be reached since nothing measures it.

    measured: names of the metrics that evaluations while training give.
    """
    config, there = plan.config, list(measured)
    goal = goal_of(config)
    wanted = [("until", goal.metric)] if goal is not None else []
    wanted += [("patience_images", config.best_by)] if config.patience_images is not None else []
    for option, metric in wanted:
        if metric not in there:
            known = f"these are: {', '.join(there)}" if there else "nothing is"
            raise UserError(f"{option}: '{metric}' is not measured while this run trains; {known}")


def reached(plan: Plan) -> str | None:
    """Why a plan's run does not go on from its newest checkpoint: its last evaluation reached what is asked now."""
    config, saved = plan.config, plan.goes_on_from
    if saved is None or (config.until is None and config.patience_images is None):
        return None
    state = saved.state()
    known = [e for e in plan.folder.events() if e["iteration"] <= state["iteration"]]
    judged = [e for e in known if e["type"] == "metrics" and "best_by" in e]
    since = max((e["num_images"] for e in known if e["type"] == "recovery"), default=0)
    return verdict(config, judged[-1], state["best"], since) if judged else None
