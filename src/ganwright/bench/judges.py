"""What the samples of one seed are worth: modes of a mixture, or of stacked digits as a classifier sees them."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ganwright.bench.watch import Watch
from ganwright.core.errors import UserError
from ganwright.data.dataset import DataConfig, to_float
from ganwright.data.mixtures import Mixture
from ganwright.data.stacked import StackedConfig
from ganwright.metrics.classifiers import shipped
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.modes import ModeSums, classify_stack, count_classes, perfect
from ganwright.runs.run import Run

GOAL_SHARE = 0.95
GOAL_STDS = (0.5, 1.5)
"""The goal of a seed on a mixture: all modes, this share of high quality, every standard deviation within these."""

Figures = dict[str, Any]
"""The figures of one seed as plain data; those in a judge's `names` are numbers that are averaged over seeds."""

_CHUNK = 250


@dataclass(frozen=True)
class PointJudge:
    """Counts the modes of a mixture of Gaussians.

    num_samples: judged of every run.
    names: of the figures that are averaged over seeds.
    """

    mixture: Mixture
    num_samples: int
    names: tuple[str, ...] = (
        "modes_covered",
        "high_quality_share",
        "reverse_kl",
        "std_ratio_min",
        "std_ratio_mean",
        "std_ratio_max",
    )

    @property
    def num_modes(self) -> int:
        """The mixture's components."""
        return len(self.mixture.centres)

    def judge(self, run: Run, watch: Watch) -> Figures:
        """Count modes, quality and spread."""
        sums = ModeSums(self.mixture.centres, self.mixture.std)
        for points in run.sample_batches(self.num_samples, seed=run.config.seed):
            sums.add(points)
        found = sums.found()
        ratios = [ratio for ratio, count in zip(found.std_ratios, found.counts, strict=True) if count]
        low, high = GOAL_STDS
        return {
            **found.plain(),
            "std_ratio_min": min(ratios, default=None),
            "std_ratio_mean": sum(ratios) / len(ratios) if ratios else None,
            "std_ratio_max": max(ratios, default=None),
            "goal_met": found.modes_covered == found.num_modes
            and found.high_quality_share >= GOAL_SHARE
            and all(low <= ratio <= high for ratio in ratios),
        }

    def nothing(self) -> Figures:
        """No mode, nothing of high quality."""
        none = {"std_ratio_min": None, "std_ratio_mean": None, "std_ratio_max": None, "goal_met": False}
        return {"modes_covered": 0, "high_quality_share": 0.0, "reverse_kl": math.log(self.num_modes), **none}

    def ceiling(self, watch: Watch) -> Figures:
        """Expected of as many samples of the mixture itself, in closed form."""
        best = perfect(self.num_modes, self.num_samples, self.mixture.centres.shape[1])
        return {**best.plain(), "std_ratio_mean": best.std_ratio}

    def protocol(self) -> dict[str, Any]:
        """The mixture and the definitions."""
        return {
            "num_modes": self.num_modes,
            "std": self.mixture.std,
            "samples": self.num_samples,
            "high quality": "within 3 std of the nearest centre",
            "covered": "has a sample of high quality",
            "reverse KL": "of the modes' shares of the samples of high quality from even ones, in nats",
            "std / true": "of the samples of high quality of each covered mode",
        }


@dataclass(frozen=True)
class StackJudge:
    """Counts the combinations of digits by a classifier that looks at each channel alone.

    num_samples, names: as in `PointJudge`.
    Raises UserError where no classifier ships for the digits.
    """

    data: StackedConfig
    num_samples: int
    data_dir: str | None
    names: tuple[str, ...] = ("modes_covered", "reverse_kl")
    num_modes: int = 1000

    @cached_property
    def _eyes(self) -> ClassifierFeatures:
        fitted = shipped(self.data.digits)
        if fitted is None:
            raise UserError(f"no classifier ships for {self.data.digits}, so its stacks cannot be judged")
        return ClassifierFeatures(fitted)

    def judge(self, run: Run, watch: Watch) -> Figures:
        """Count modes. Samples that are not finite are in none."""
        modes: list[Tensor] = []
        done = 0
        with watch.counting(f"judging {run.config.recipe}, seed {run.config.seed}") as report:
            for images in run.sample_batches(self.num_samples, seed=run.config.seed):
                done += len(images)
                modes.append(classify_stack(images[images.flatten(1).isfinite().all(1)], self._eyes))
                report(done, self.num_samples)
        found = torch.cat(modes)
        if not len(found):
            return {**self.nothing(), "num_not_finite": done}
        return {**count_classes(found, self.num_modes).plain(), "num_not_finite": done - len(found)}

    def nothing(self) -> Figures:
        """No mode."""
        return {"modes_covered": 0, "reverse_kl": math.log(self.num_modes)}

    def ceiling(self, watch: Watch) -> Figures:
        """What as many stacks of test digits score, and how many of them the classifier gets right."""
        real = self.data.override({"labelled": True}).build("test", self.data_dir)
        assert real.labels is not None
        num = min(self.num_samples, len(real))
        modes: list[Tensor] = []
        with watch.counting("judging real stacks") as report:
            for start in range(0, num, _CHUNK):
                modes.append(classify_stack(to_float(real.items[start : min(start + _CHUNK, num)]), self._eyes))
                report(sum(map(len, modes)), num)
        found = torch.cat(modes)
        right = float((found == real.labels[:num]).double().mean())
        return {**count_classes(found, self.num_modes).plain(), "judge_accuracy": right}

    def protocol(self) -> dict[str, Any]:
        """The judge and the definitions."""
        return {
            "num_modes": self.num_modes,
            "samples": self.num_samples,
            "judge": f"{self._eyes.name}, {self._eyes.hash}, each channel alone",
            "covered": "has a sample",
            "reverse KL": "of the classes' shares of the samples from even ones, in nats",
        }


Judge = PointJudge | StackJudge


def judge_of(data: DataConfig, num_samples: int, data_dir: str | None) -> Judge:
    """The judge of a data set. Raises UserError where its modes cannot be counted."""
    if isinstance(data, StackedConfig):
        return StackJudge(data, num_samples, data_dir)
    built = data.build("train", data_dir)
    if not isinstance(built, Mixture):
        raise UserError(f"{data.name} has no modes that are known; take a mixture or stacked-mnist")
    return PointJudge(built, num_samples)
