"""One pass over samples and one over data for all metrics that the inputs allow.

The protocol, the same for every figure: n = min(num_samples, half the data set). The reference is n real items drawn
without replacement by the seed; n others, also drawn, give the floor; the first n samples are judged. Samples are
rounded to 8 bits first, as a written picture is.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.data.dataset import Dataset, to_float, to_uint8
from ganwright.data.mixtures import Mixture
from ganwright.metrics import METRICS
from ganwright.metrics.base import Metric, Seen
from ganwright.metrics.evaluation import SAFE_NUM_ITEMS, Evaluation, Figure
from ganwright.metrics.features import ClassifyingExtractor, FeatureExtractor
from ganwright.metrics.modes import ModeSums

Samples = Iterable[Tensor] | Callable[[int], Tensor]
Score = Callable[[Tensor, Tensor | None], Tensor]
NUM_PAIRS = 2000


def evaluate(
    samples: Samples,
    data: Dataset,
    features: FeatureExtractor | None = None,
    num_samples: int = 10_000,
    seed: int = 0,
    score: Score | None = None,
    labels: Tensor | None = None,
    progress: Callable[[int, int], None] | None = None,
    split: str = "train",
    batch_size: int = 256,
) -> Evaluation:
    """Judge samples against data.

    samples: batches of items (N, *shape), uint8 or float in [-1, 1]; or a function that makes that many.
    features: eyes for FID and, if it classifies, for the classes; None leaves these figures out.
    num_samples: samples and real items a side, at most half the data set.
    seed: draws the real items.
    score: discriminator in evaluation mode: float items, wherever they are held, and their labels or None -> logits
        (N,); None: left out.
    labels: the classes the samples were asked for, in order, for the score; None: not conditional.
    progress: called with items done and items in all.
    split: of the data, for the protocol. batch_size: items of data at a time.
    Raises UserError where there are too few samples or data, for samples of another shape and for non-finite ones.
    """
    started = time.perf_counter()
    num = min(num_samples, len(data) // 2)
    if num < 2:
        raise UserError(
            f"evaluation needs 2 samples and 4 items of data, not {num_samples} and {len(data)} of '{data.name}'"
        )
    order = torch.randperm(len(data), generator=generator_for(seed, "evaluate"))
    chosen = {"real": order[:num], "floor": order[num : 2 * num] if features is not None else order[:0]}
    batches: dict[str, Iterator[Tensor]] = {
        "fake": _first(samples, num, batch_size, data),
        "real": (data.items[i.to(data.items.device)] for i in chosen["real"].split(batch_size)),
        "floor": (data.items[i.to(data.items.device)] for i in chosen["floor"].split(batch_size) if len(i)),
    }
    in_all = 2 * num + len(chosen["floor"])
    classes = {"fake": labels, "real": None if labels is None or data.labels is None else data.labels[chosen["real"]]}
    seen = {
        side: Seen(NUM_PAIRS, ModeSums(data.centres, data.std) if isinstance(data, Mixture) else None)
        for side in batches
    }
    done = 0
    with torch.no_grad():
        for side, side_batches in batches.items():
            for items in side_batches:
                start = seen[side].count
                asked = classes.get(side)
                own = None if asked is None else asked[start : start + len(items)]
                _look(seen[side], items, own, features, score if side != "floor" else None)
                done += len(items)
                if progress is not None:
                    progress(done, in_all)
    protocol = {
        "data": data.name,
        "content_hash": data.content_hash[:12],
        "split": split,
        "n_real": num,
        "n_fake": num,
        "seed": seed,
    }
    here = _available(data, features, score)
    figures = tuple(_figure(n, m, seen, protocol, features) for n, m in METRICS.items() if m.needs in here)
    return Evaluation(figures, tuple(_notes(num, num_samples, data, figures)), time.perf_counter() - started)


def _look(
    seen: Seen, items: Tensor, labels: Tensor | None, features: FeatureExtractor | None, score: Score | None
) -> None:
    probabilities = found = None
    if isinstance(features, ClassifyingExtractor):
        found, probabilities = features.classify(items)
    elif features is not None:
        found = features(items)
    scores = None if score is None else score(to_float(items), labels)
    if scores is not None and not bool(scores.isfinite().all()):
        raise UserError("the discriminator's scores are not finite; evaluate an earlier checkpoint")
    seen.add(items, scores, found, probabilities)


def _figure(
    name: str, metric: Metric, seen: dict[str, Seen], protocol: dict[str, Any], features: FeatureExtractor | None
) -> Figure:
    own: dict[str, Any] = {}
    if metric.needs in ("features", "classes") and features is not None:
        own = {"features": features.name, "features_hash": features.hash, "resize": features.resize}
    if metric.over_pairs:
        own = {"pairs_of": len(seen["real"].kept)}
    real = floor = None
    if metric.measure is not None:
        value, real = metric.measure(seen["fake"]), metric.measure(seen["real"])
    elif metric.compare is not None:
        value, floor = metric.compare(seen["real"], seen["fake"]), metric.compare(seen["real"], seen["floor"])
    else:
        raise TypeError(f"metric '{name}' neither measures nor compares")
    return Figure(name, value, real, floor, metric.unit, protocol | own)


def _available(data: Dataset, features: FeatureExtractor | None, score: Score | None) -> set[str]:
    here = {"items", "images" if data.spec.is_image else "points"}
    here |= {"mixture"} if isinstance(data, Mixture) else set()
    here |= {"scores"} if score is not None else set()
    here |= {"features"} if features is not None else set()
    return here | ({"classes"} if isinstance(features, ClassifyingExtractor) else set())


def _notes(num: int, num_samples: int, data: Dataset, figures: tuple[Figure, ...]) -> Iterator[str]:
    if num < num_samples:
        yield f"{num} of the {num_samples} samples asked for: half of the {len(data)} items of '{data.name}'"
    if num < SAFE_NUM_ITEMS and any(f.name == "fid" for f in figures):
        yield f"FID from {num} < {SAFE_NUM_ITEMS} items a side is biased upwards: read it against its floor"


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
