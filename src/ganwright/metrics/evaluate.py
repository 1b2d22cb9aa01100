"""One pass over samples and one over data for all metrics that the inputs allow.

The protocol, the same for every figure: n items a side. The reference is n real items drawn without replacement by the
seed; n others, also drawn, give the floor (see `reference`); the first n samples are judged. Samples are rounded to 8
bits first, as a written picture is.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.data.dataset import Dataset, Endless, to_float, to_uint8
from ganwright.data.mixtures import Mixture
from ganwright.metrics import METRICS
from ganwright.metrics.base import Estimate, Metric, Needs, Pair, Progress, Scene, Side, Walk
from ganwright.metrics.evaluation import SAFE_NUM_ITEMS, Evaluation, Figure
from ganwright.metrics.features import ClassifyingExtractor, FeatureExtractor
from ganwright.metrics.features.cache import features_of
from ganwright.metrics.reference import Reference, draw_reference
from ganwright.metrics.selection import choose
from ganwright.metrics.spectrum import SpectrumSums

Samples = Iterable[Tensor] | Callable[[int], Tensor]
Score = Callable[[Tensor, Tensor | None], Tensor]
Report = Callable[[int, int, str], None]
"""Called with what is done, what there is in all, and what is being done."""

NUM_PAIRS = 2000
MOST_PAIR_VALUES = 2**25
"""Values of all items kept for pairs, worked on in float64: 2,000 RGB images of 64 x 64, fewer of larger ones."""


def evaluate(
    samples: Samples,
    data: Dataset,
    features: FeatureExtractor | None = None,
    num_samples: int = 10_000,
    seed: int = 0,
    *,
    metrics: Sequence[str] | None = None,
    other: Dataset | None = None,
    split: str = "train",
    score: Score | None = None,
    labels: Tensor | None = None,
    walk: Walk | None = None,
    progress: Report | None = None,
    batch_size: int = 256,
) -> Evaluation:
    """Judge samples against data.

    samples: batches of items (N, *shape), uint8 or float in [-1, 1]; or a function that makes that many.
    features: eyes for FID and all else that is measured on features and, if it classifies, for the classes; None leaves
        these figures out.
    num_samples: samples and real items a side, at most half the data set, or all of it where `other` has as many.
    seed: draws the real items, and whatever metrics draw.
    metrics: names of rows, "default" and "all"; None: the default ones as far as what they need is there.
    other: the data's other split. split: which one `data` is, "train" or "test".
    score: discriminator in evaluation mode: float items, wherever they are held, and their labels or None -> logits
        (N,); None: left out.
    labels: the classes the samples were asked for, in order; None: not conditional.
    walk: makes items along paths through latent space; None where there is no generator.
    progress: called with items done, items in all and what is being done.
    batch_size: items of data at a time.
    Raises UserError where there are too few samples or data, for samples of another shape and for non-finite ones, and
    where a metric that was named cannot be measured.
    """
    started = time.perf_counter()
    reference = draw_reference(data, other, split, num_samples, seed)
    here = available(data, features, other, score=score, labels=labels, walk=walk)
    chosen, notes = choose(METRICS, metrics, here, reference.num)
    if not chosen:
        raise UserError("nothing to measure: " + ("; ".join(notes) or "name a metric, or features"))
    looker = _Looker(data, features, score, seed, chosen, batch_size, progress)
    scene = looker.look(samples, reference, labels, data if split == "train" else other)
    scene.walk = walk
    protocol = {
        "data": data.name,
        "content_hash": data.content_hash[:12],
        "split": split,
        "n_real": reference.num,
        "n_fake": reference.num,
        "seed": seed,
    }
    reader = _Reader(scene, protocol, features, progress)
    figures: list[Figure] = []
    for name, metric in chosen.items():
        try:
            figures.append(reader.figure(name, metric))
        except UserError as error:
            if metrics is not None and name in metrics:
                raise
            notes.append(f"left out: '{name}': {error}")
    notes = [*_notes(reference.num, num_samples, data, figures), *notes]
    return Evaluation(tuple(figures), tuple(notes), time.perf_counter() - started, reader.pictures)


@dataclass
class _Looker:
    """Makes the passes: every item is looked at once."""

    data: Dataset
    features: FeatureExtractor | None
    score: Score | None
    seed: int
    chosen: dict[str, Metric]
    batch_size: int
    progress: Report | None
    done: int = 0
    in_all: int = 0

    def look(self, samples: Samples, drawn: Reference, labels: Tensor | None, training: Dataset | None) -> Scene:
        """Pass over the samples, the real items and those of the floor; for metrics that need it, over the rest."""
        needs_floor = any(metric.compare is not None for metric in self.chosen.values())
        needs_training = any(metric.needs == "train" for metric in self.chosen.values())
        held_out = drawn.held_out if needs_training else None
        sides = {
            "real data": drawn.real,
            "more real data": drawn.floor if needs_floor else None,
            "unseen data": held_out,
        }
        self.in_all = drawn.num + sum(len(rows) for part in sides.values() if part for rows in part[1:])
        self.in_all += len(training) if needs_training and training is not None else 0
        fake = self._side()
        with torch.no_grad():
            for items in _first(samples, drawn.num, self.batch_size, self.data):
                asked = None if labels is None else labels[fake.count : fake.count + len(items)]
                probabilities = found = None
                if isinstance(self.features, ClassifyingExtractor):
                    found, probabilities = self.features.classify(items)
                elif self.features is not None:
                    found = self.features(items)
                fake.add(items, self._scores(items, asked, self.score), found, probabilities, asked)
                self._tell(len(items), "samples")
            seen = {what: self._real(what, part, labels is not None) for what, part in sides.items()}
            rows = None
            if needs_training and training is not None:
                rows = self._features("training data", training, torch.arange(len(training)))[0]
        return Scene(
            seen["real data"],
            fake,
            seen["more real data"],
            rows,
            None if rows is None or training is None else training.items,
            seen["unseen data"] if held_out else None,
            features=self.features,
        )

    def _side(self) -> Side:
        data = self.data
        mixture = (data.centres, data.std) if isinstance(data, Mixture) else None
        spectrum = SpectrumSums() if any(name.startswith("spectrum") for name in self.chosen) else None
        num_pairs = min(NUM_PAIRS, max(20, MOST_PAIR_VALUES // data.spec.num_values))
        return Side(num_pairs, mixture, spectrum, self.seed)

    def _real(self, what: str, part: tuple[Dataset, Tensor] | None, conditional: bool) -> Side:
        """The floor stands in for the samples: where these were asked for no classes, its labels are not told."""
        side = self._side()
        if part is None:
            return side
        dataset, rows = part
        score = self.score if what == "real data" else None
        found, probabilities = self._features(what, dataset, rows)
        for chosen in torch.arange(len(rows)).split(self.batch_size):
            items = dataset.items[rows[chosen].to(dataset.items.device)]
            labels = None if dataset.labels is None else dataset.labels[rows[chosen]]
            scores = self._scores(items, labels if conditional else None, score)
            own = (None if found is None else found[chosen], None if probabilities is None else probabilities[chosen])
            side.add(items, scores, *own, None if what == "more real data" and not conditional else labels)
        if found is None:
            self._tell(len(rows), what)
        return side

    def _features(self, what: str, dataset: Dataset, rows: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Of real items, from the cache as far as they are there."""
        if self.features is None:
            return None, None
        before = self.done

        def tell(done: int, in_all: int) -> None:
            self.done = before
            self._tell(round(done / in_all * len(rows)), what)

        return features_of(dataset, self.features, rows, batch_size=self.batch_size, progress=tell)

    def _scores(self, items: Tensor, labels: Tensor | None, score: Score | None) -> Tensor | None:
        if score is None:
            return None
        scores = score(to_float(items), labels)
        if not bool(scores.isfinite().all()):
            raise UserError("the discriminator's scores are not finite; evaluate an earlier checkpoint")
        return scores

    def _tell(self, num: int, what: str) -> None:
        self.done += num
        if self.progress is not None:
            self.progress(self.done, self.in_all, what)


class _Reader:
    """Reads figures off what was seen."""

    def __init__(
        self, scene: Scene, protocol: dict[str, Any], features: FeatureExtractor | None, progress: Report | None
    ) -> None:
        self.scene, self.protocol, self.features, self._progress = scene, protocol, features, progress
        self.pictures: dict[str, Tensor] = {}
        self._fake, self._floor = Pair(scene.real, scene.fake), Pair(scene.real, scene.floor)

    def figure(self, name: str, metric: Metric) -> Figure:
        """Measure one row."""
        progress = self._told(name)
        self._fake.progress = self._floor.progress = self.scene.progress = progress
        real = floor = None
        if metric.measure is not None:
            found, real = _estimate(metric.measure(self.scene.fake)), _estimate(metric.measure(self.scene.real)).value
        elif metric.compare is not None:
            found = _estimate(metric.compare(self._fake))
            floor = _estimate(metric.compare(self._floor)).value
        elif metric.judge is not None:
            found = _estimate(metric.judge(self.scene))
        else:
            raise TypeError(f"metric '{name}' neither measures nor compares nor judges")
        own: dict[str, Any] = {}
        if metric.needs not in ("images", "points", "items", "scores", "mixture") and self.features is not None:
            own = {"features": self.features.name, "features_hash": self.features.hash, "resize": self.features.resize}
        if metric.over_pairs:
            own = {} if metric.needs == "train" else {"pairs_of": len(self.scene.real.kept)}
        self.pictures |= {f"{name} {key}".replace(" ", "-"): picture for key, picture in found.pictures.items()}
        num = self.protocol["n_fake"]
        depends_on_num = metric.measure is None or metric.needs in ("features", "classes")
        few = f"few: n {num:,}" if num < SAFE_NUM_ITEMS and depends_on_num else ""
        return Figure(
            name=name,
            value=found.value,
            error=found.error,
            error_from=found.error_from,
            real=real,
            floor=floor,
            unit=metric.unit,
            remark=few,
            details=dict(found.details),
            protocol={**self.protocol, **own, **found.protocol},
        )

    def _told(self, name: str) -> Progress | None:
        report = self._progress
        if report is None:
            return None
        return lambda done, in_all: report(done, in_all, name.replace("_", " "))


def _estimate(found: float | Estimate) -> Estimate:
    return found if isinstance(found, Estimate) else Estimate(float(found))


def available(
    data: Dataset,
    features: FeatureExtractor | None,
    other: Dataset | None,
    *,
    score: Score | None = None,
    labels: Tensor | None = None,
    walk: Walk | None = None,
) -> set[Needs]:
    """What is at hand for metrics, of arguments as `evaluate` takes them."""
    here: set[Needs] = {"items", "images" if data.spec.is_image else "points"}
    classifies = isinstance(features, ClassifyingExtractor)
    there: dict[Needs, bool] = {
        "mixture": isinstance(data, Mixture),
        "scores": score is not None,
        "features": features is not None,
        "classes": classifies,
        "labels": features is not None and data.labels is not None and (classifies or labels is not None),
        "train": features is not None and other is not None and not isinstance(data, Endless),
        "generator": features is not None and walk is not None,
    }
    here.update(need for need, present in there.items() if present)
    return here


def _notes(num: int, num_samples: int, data: Dataset, figures: Sequence[Figure]) -> Iterator[str]:
    if num < num_samples:
        share = "half" if num == len(data) // 2 else "all"
        yield f"{num} of the {num_samples} samples asked for: {share} of the {len(data)} items of '{data.name}'"
    if num < SAFE_NUM_ITEMS and any(f.floor is not None for f in figures):
        yield (
            f"FID and other distances from {num} < {SAFE_NUM_ITEMS} items a side are biased: read them against their "
            "floor"
        )


def _first(samples: Samples, num: int, batch_size: int, data: Dataset) -> Iterator[Tensor]:
    """The first `num` samples, checked and brought to the form the data has."""
    left = num
    shape = tuple(data.items.shape[1:])
    for batch in _drawn(samples, num, batch_size):
        batch = batch[:left]
        if tuple(batch.shape[1:]) != shape:
            raise UserError(f"samples of shape {tuple(batch.shape[1:])} do not compare with data of shape {shape}")
        num_bad = int((~batch.isfinite()).sum()) if batch.is_floating_point() else 0
        if num_bad:
            raise UserError(
                f"{num_bad} of {batch.numel()} sample values are not finite; evaluate an earlier checkpoint"
            )
        left -= len(batch)
        yield to_uint8(batch) if data.spec.is_image and batch.is_floating_point() else batch
        if left == 0:
            return
    raise UserError(f"{num - left} samples are too few; this evaluation needs {num}")


def _drawn(samples: Samples, num: int, batch_size: int) -> Iterator[Tensor]:
    if callable(samples):
        for start in range(0, num, batch_size):
            yield samples(min(batch_size, num - start))
    else:
        yield from samples
