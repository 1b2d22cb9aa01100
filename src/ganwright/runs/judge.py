"""Judging while training: the engine's hook that evaluates the averaged generator."""

from typing import Any

import torch

from ganwright.core.seeding import Draws
from ganwright.metrics.evaluate import evaluate
from ganwright.runs.classifier import features_for
from ganwright.runs.plan import Plan
from ganwright.training import Engine

NUM_SAMPLES = 5_000


class Judge:
    """Evaluates against the plan's data; FID, where there is a classifier, picks the best checkpoint."""

    def __init__(self, plan: Plan) -> None:
        self.data, self.seed = plan.dataset, plan.config.seed
        self.features = features_for(plan.config.data, plan.dataset, "auto", plan.data_dir)

    def __call__(self, engine: Engine) -> dict[str, Any]:
        """Return the fields of a `metrics` event."""
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

        verdict = evaluate(samples, self.data, self.features, min(NUM_SAMPLES, len(self.data) // 2), self.seed)
        fid = [f.value for f in verdict.figures if f.name == "fid"]
        return {**verdict.plain(), "best": fid[0] if fid else None}
