"""Frechet distance within each class, and its mean (intra-class FID; Miyato and Koyama 2018, section 4).

The distance of all items at once does not see that a class's samples are all alike, or look like another class, as
long as the mixture is right. Within a class it does.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate, Pair, Progress, Side
from ganwright.metrics.errors import both, check_rows
from ganwright.metrics.frechet import frechet_distance, frechet_error

LEAST_PER_CLASS = 10


@dataclass(frozen=True)
class ClassDistances:
    """distances: by class, of those with enough items on both sides.

    too_few_fake: classes that real data has enough of, and the samples have not. too_few_real: classes that cannot be
    judged for want of real items.
    mean: the intra-class distance: over `distances`, but infinite where `too_few_fake` names a class. Leaving that out
    of the mean would reward a generator for dropping it.
    """

    distances: Mapping[int, float]
    too_few_fake: tuple[int, ...]
    too_few_real: tuple[int, ...]

    @property
    def mean_of_measured(self) -> float:
        """Mean over the classes that were measured; NaN for none."""
        return sum(self.distances.values()) / len(self.distances) if self.distances else math.nan

    @property
    def mean(self) -> float:
        """Mean over classes; infinite where samples have too few of one."""
        return math.inf if self.too_few_fake else self.mean_of_measured


def frechet_by_class(
    real: Tensor,
    fake: Tensor,
    *,
    real_classes: Tensor,
    fake_classes: Tensor,
    least: int = LEAST_PER_CLASS,
    progress: Progress | None = None,
) -> ClassDistances:
    """Frechet distance within each class between features (N, D) and (M, D).

    real_classes (N,), fake_classes (M,): whole numbers from 0. Classes that neither side has are not mentioned.
    least: items a side for a class to be measured, at least 2. The distance from n items is too large by about
    something over n, so that classes with few look worse: compare at equal numbers.
    Raises UserError for classes that do not fit the features, no class with enough real items, and as
    `frechet_distance`.
    """
    check_rows("the Frechet distance", real, fake, 1)
    for name, rows, classes in (("real", real, real_classes), ("fake", fake, fake_classes)):
        if classes.shape != (len(rows),) or classes.is_floating_point():
            raise UserError(f"{len(rows)} {name} rows need as many whole-number classes, not {tuple(classes.shape)}")
    if least < 2:
        raise UserError(f"a class needs 2 items a side or more for a distance, not {least}")
    distances: dict[int, float] = {}
    too_few_fake: list[int] = []
    too_few_real: list[int] = []
    present = torch.cat([real_classes.cpu(), fake_classes.cpu()]).unique().tolist()
    for index, number in enumerate(present):
        ours, theirs = real[real_classes == number], fake[fake_classes == number]
        if len(ours) < least:
            too_few_real.append(number)
        elif len(theirs) < least:
            too_few_fake.append(number)
        else:
            distances[number] = frechet_distance(ours, theirs)
        if progress is not None:
            progress(index + 1, len(present))
    if not distances and not too_few_fake:
        raise UserError(f"no class has {least} real items, so none can be judged; take more items or ask for fewer")
    return ClassDistances(distances, tuple(too_few_fake), tuple(too_few_real))


def frechet_classes_of(pair: Pair) -> Estimate:
    """The mean over classes; classes and what they have in the details.

    Samples count for the class they were asked for, real items for their label. Without asked classes both sides are
    judged by the classifier, so that its mistakes fall on both alike; a side that lacks labels alone is judged by it.
    """
    asked = pair.fake.labels is not None
    classes = {name: _classes(side, asked) for name, side in (("real", pair.real), ("fake", pair.fake))}
    (real_from, real_classes), (fake_from, fake_classes) = classes["real"], classes["fake"]
    found = frechet_by_class(
        pair.real.rows, pair.fake.rows, real_classes=real_classes, fake_classes=fake_classes, progress=pair.progress
    )
    errors = {
        number: frechet_error(
            pair.real.rows[real_classes == number], pair.fake.rows[fake_classes == number], pair.real.seed
        )[0]
        for number in found.distances
    }
    error = both(*errors.values()) if errors and math.isfinite(found.mean) else None
    return Estimate(
        found.mean,
        None if error is None else error / len(errors),
        "" if error is None else "jackknife over 10 groups of each class",
        details={
            "by_class": {str(number): value for number, value in found.distances.items()},
            "error_by_class": {str(number): value for number, value in errors.items()},
            "too_few_samples": list(found.too_few_fake),
            "too_few_real": list(found.too_few_real),
            "mean_of_measured": found.mean_of_measured if found.distances else None,
        },
        protocol={"least_per_class": LEAST_PER_CLASS, "real_classes": real_from, "fake_classes": fake_from},
    )


def _classes(side: Side, labels: bool) -> tuple[str, Tensor]:
    if labels and side.labels is not None:
        return "labels", side.labels
    return "predicted", side.classes
