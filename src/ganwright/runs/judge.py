"""Judging while training: the engine's hook that evaluates the averaged generator."""

from typing import Any

import torch

from ganwright.core.errors import UserError, nearest
from ganwright.core.seeding import Draws
from ganwright.metrics import METRICS
from ganwright.metrics.base import Needs
from ganwright.metrics.evaluate import available, evaluate
from ganwright.metrics.evaluation import Evaluation
from ganwright.metrics.selection import choose
from ganwright.runs.eyes import eyes_for
from ganwright.runs.goals import goal_of
from ganwright.runs.judging import both_splits
from ganwright.runs.plan import Plan
from ganwright.training import Engine
from ganwright.training.config import TrainingConfig


def check_judged_by(config: TrainingConfig) -> None:
    """Raise UserError for metrics and goals that there are not, and for a `best_by` that has no better side."""
    row = METRICS.get(config.best_by)
    if row is None:
        raise UserError(f"best_by: there is no metric '{config.best_by}'; {nearest(config.best_by, METRICS)}")
    if row.better == "none":
        directed = ", ".join(name for name, metric in METRICS.items() if metric.better != "none")
        raise UserError(f"best_by: '{config.best_by}' has no better side; take one of {directed}")
    anywhere: set[Needs] = {metric.needs for metric in METRICS.values()}
    choose(METRICS, config.evaluate_metrics, anywhere, config.evaluate_samples)
    goal_of(config)


class Judge:
    """Evaluates against the plan's data as `evaluate_*`, `best_by` and `until` of its config say.

    measured: names of the metrics that it gives.

    Raises UserError, before anything is trained, for metrics that are not known and for one that has no better side.
    """

    def __init__(self, plan: Plan) -> None:
        config = plan.config
        self.data, self.seed, self.num_samples = plan.dataset, config.seed, config.evaluate_samples
        self.best_by, self.metrics = config.best_by, list(config.evaluate_metrics)
        check_judged_by(config)
        row = METRICS[self.best_by]
        self.better = row.better
        _, self.other = both_splits(config.data, "train", plan.data_dir)
        self.features = eyes_for(config.data, plan.dataset, config.evaluate_features, data_dir=plan.data_dir)
        here = available(self.data, self.features, self.other)
        goal = goal_of(config)
        if goal is not None:
            self.metrics.append(goal.metric)
        choose(METRICS, self.metrics, here, self.num_samples)
        if row.needs in here and self.best_by not in self.metrics:
            self.metrics.append(self.best_by)
        self.measured = list(choose(METRICS, self.metrics, here, self.num_samples)[0])

    def __call__(self, engine: Engine) -> dict[str, Any]:
        """Return the fields of a `metrics` event, and as `best` what the engine is to keep small."""
        algorithm, networks = engine.algorithm, engine.averaged()
        assert algorithm.sample is not None
        assert algorithm.latents is not None
        sample, latents = algorithm.sample, algorithm.latents
        made = 0

        def samples(num: int) -> torch.Tensor:
            nonlocal made
            draws = Draws((self.seed, "judge", made), engine.device)
            made += num
            labels = None
            if algorithm.num_classes and self.data.labels is not None:
                chosen = draws.integers("labels", len(self.data), num).to(self.data.labels.device)
                labels = self.data.labels[chosen].to(engine.device)
            with torch.no_grad():
                return sample(networks, latents(draws, num), labels).float().cpu()

        verdict = evaluate(
            samples, self.data, self.features, self.num_samples, self.seed, metrics=self.metrics, other=self.other
        )
        return {**verdict.plain(), "best_by": self.best_by, "best": self._cost(verdict)}

    def _cost(self, verdict: Evaluation) -> float | None:
        """What is small where the checkpoint is good."""
        if self.best_by not in verdict:
            return None
        figure = verdict[self.best_by]
        if self.better == "near real":
            return None if figure.real is None else abs(figure.value - figure.real)
        return -figure.value if self.better == "higher" else figure.value
