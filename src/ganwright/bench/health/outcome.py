"""The truth about a run: what its samples are worth, measured without a look at any signal.

Points are counted against the mixture's known centres. Images are looked at by the classifier that ships for the data:
Frechet distance to held-out items, and the classes that it recognises; copies of training items are found in pixels.
What is judged is the averaged generator, as one samples from it; at every fifth point the live one too.
"""

import math
from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

from ganwright.algorithms.phase import Networks
from ganwright.bench.health.cells import OUTCOMES, Cell
from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.data.dataset import Dataset, to_float
from ganwright.data.mixtures import Mixture
from ganwright.metrics.classifiers import shipped
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.frechet import frechet_distance
from ganwright.metrics.modes import ModeSums
from ganwright.training import Callback, Engine

SURE = 0.7
"""A sample counts as recognised where the classifier gives its class this probability, as it does 97% of real digits.

What lies between classes is put into one of them all the same: a generator that has never seen an odd digit makes
blends of even ones that pass for odd, a quarter of whatever it makes, and hardly one of them is recognised.
"""

CLASS_SHARE = 0.02
"""A class counts as present where it has this share of the recognised samples: a fifth of an even one."""

COPY = 0.5
"""A sample is a copy where its nearest training item is this much nearer than held-out items' usually is."""

LIVE_EVERY = 5
_NUM_REFERENCE = 2_000
_NUM_SEARCHED = 4_000
_NUM_COPIES = 250

Figures = dict[str, float]


class Judge(Protocol):
    """Says what samples are worth."""

    def __call__(self, samples: Tensor) -> Figures:
        """Figures of finite samples (N, *shape)."""
        ...


class PointJudge:
    """Modes with a sample of high quality, and the share of these."""

    def __init__(self, mixture: Mixture) -> None:
        self._mixture = mixture

    def __call__(self, samples: Tensor) -> Figures:
        sums = ModeSums(self._mixture.centres, self._mixture.std)
        sums.add(samples)
        found = sums.found()
        return {"modes": found.modes_covered, "high_quality": found.high_quality_share}


class ImageJudge:
    """Frechet distance in a classifier's features, classes present, share of samples recognised and of copies.

    eyes: of the classifier. features: (N, D) of held-out items. train, held_out: images, uint8.
    """

    def __init__(self, eyes: ClassifierFeatures, features: Tensor, train: Tensor, held_out: Tensor) -> None:
        self._eyes, self._features = eyes, features
        self._train = to_float(train[:_NUM_SEARCHED]).flatten(1)
        usual = torch.cdist(to_float(held_out[:_NUM_COPIES]).flatten(1), self._train).min(1).values.median()
        self._near = COPY * float(usual)

    def __call__(self, samples: Tensor) -> Figures:
        features, probabilities = self._eyes.classify(samples)
        sure = probabilities[probabilities.amax(1) >= SURE]
        counts = torch.bincount(sure.argmax(1), minlength=probabilities.shape[1])
        nearest = torch.cdist(samples[:_NUM_COPIES].flatten(1), self._train).min(1).values
        return {
            "fid": frechet_distance(self._features, features),
            "classes": float((counts >= max(1, CLASS_SHARE * len(sure))).sum()),
            "recognised": len(sure) / len(samples),
            "copies": float((nearest < self._near).float().mean()),
        }


def judge_of(cell: Cell, data: Dataset, data_dir: str | None) -> Judge:
    """The judge of a cell's samples; `data` is what the run trains on. Raises UserError without a classifier."""
    if isinstance(data, Mixture):
        return PointJudge(data)
    held_out = _held_out(cell.data.model_dump_json(), cell, data_dir)
    return ImageJudge(*held_out[:2], data.items, held_out[2])


_KEPT: dict[tuple[str, str | None], tuple[ClassifierFeatures, Tensor, Tensor]] = {}


def _held_out(key: str, cell: Cell, data_dir: str | None) -> tuple[ClassifierFeatures, Tensor, Tensor]:
    """The eyes, the features of held-out items, and these; made once a process."""
    if (key, data_dir) not in _KEPT:
        fitted = shipped(cell.data.tag)
        if fitted is None:
            raise UserError(f"no classifier ships for {cell.data.name}, so its samples cannot be judged")
        eyes, items = ClassifierFeatures(fitted), cell.data.load("test", data_dir).items[:_NUM_REFERENCE]
        _KEPT[key, data_dir] = eyes, eyes(items), items
    return _KEPT[key, data_dir]


class Outcomes(Callback):
    """Writes an event `outcome` 25 times in a run: `values` of the averaged generator, now and then `live` ones.

    The training never notices: latents come from keys of their own, and no mode stays changed.
    """

    def __init__(self, engine: Engine, judge: Judge, num_samples: int) -> None:
        self._engine, self._judge, self._num = engine, judge, num_samples
        self._interval = max(1, engine.config.images // OUTCOMES)
        self._done = 0

    def on_iteration(self, num_images: int) -> None:
        if num_images // self._interval <= self._done:
            return
        self._done = num_images // self._interval
        live = {"live": self._figures(self._engine.networks)} if self._done % LIVE_EVERY == 0 else {}
        self._engine.emit("outcome", values=self._figures(self._engine.averaged()), **live)

    def _figures(self, networks: Networks) -> Figures:
        algorithm, seed = self._engine.algorithm, self._engine.config.seed
        assert algorithm.sample is not None
        assert algorithm.latents is not None
        latents = algorithm.latents(Draws((seed, "outcome", self._done), torch.device("cpu")), self._num)
        generator = networks["generator"]
        was = generator.training
        generator.eval()
        with torch.no_grad(), torch.random.fork_rng([]):
            samples = algorithm.sample(networks, latents, None).float()
        generator.train(was)
        finite = bool(samples.isfinite().all())
        return {"finite": float(finite), **(self._judge(samples) if finite else {})}


def is_finite(values: Mapping[str, float]) -> bool:
    """True where all samples of the point were finite, and so are its figures."""
    return bool(values.get("finite", 0.0)) and all(math.isfinite(v) for v in values.values())
