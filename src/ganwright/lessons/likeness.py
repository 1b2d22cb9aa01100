"""Probes of how like samples and data are: FID of many, precision and recall, and the same under faults on purpose."""

from collections.abc import Callable, Sequence

import torch

from ganwright.lessons.faults import RECALLS, Faults
from ganwright.lessons.probe import Probe, points
from ganwright.metrics.frechet import frechet_distance


def _faulty(title: str, measure: Callable[[Faults], Sequence[float]]) -> Probe:
    return Probe(
        title,
        f"{title} of samples as trained, of few kinds made well, of all kinds made badly, and of real items",
        lambda m: [float(v) for v in measure(m.faults)],
    )


def _curve(index: int, title: str) -> Probe:
    return Probe(
        title,
        "precision at these recalls along the precision-recall curve (Sajjadi et al. 2018), 0 to 1",
        lambda m: points(torch.tensor(m.faults.curves[index])),
    )


def _plane(index: int, title: str) -> Probe:
    return Probe(
        title,
        "places of up to 250 in the plane in which the features of real items vary most: x and y in turns",
        lambda m: points(m.faults.planes[index].flatten()),
    )


LIKENESS: dict[str, Probe] = {
    "num_crowd": Probe(
        "samples for FID",
        "samples, and as many real items, that the next two look at: 5,000, or half of the data where that is less",
        lambda m: float(m.truth.num_crowd),
    ),
    "fid_crowd": Probe(
        "FID of many",
        "Frechet distance in the shipped classifier's features, of as many samples from as many real items",
        lambda m: frechet_distance(m.truth.crowd, m.crowd),
    ),
    "fid_floor": Probe(
        "floor of FID",
        "the same of as many other real items: what a perfect generator would get",
        lambda m: frechet_distance(m.truth.crowd, m.truth.rest),
    ),
    "precision": Probe(
        "precision",
        "share of the samples inside a ball around a real item that reaches to its 5th neighbour, 0 to 1",
        lambda m: m.manifolds.precision,
    ),
    "recall": Probe(
        "recall", "share of the real items inside such a ball around a sample, 0 to 1", lambda m: m.manifolds.recall
    ),
    "density": Probe(
        "density", "balls of real items around a sample, over 5: about 1 for real items", lambda m: m.manifolds.density
    ),
    "coverage": Probe(
        "coverage", "share of the real items with a sample inside their ball, 0 to 1", lambda m: m.manifolds.coverage
    ),
    "real_precision": Probe(
        "precision of real items",
        "the same of other real items: as high as precision gets",
        lambda m: m.truth.real_manifolds.precision,
    ),
    "real_recall": Probe(
        "recall of real items",
        "the same of other real items: as high as recall gets",
        lambda m: m.truth.real_manifolds.recall,
    ),
    "noise_given": Probe(
        "noise",
        "standard deviation of the noise that makes all kinds badly at equal FID, for pixels in [-1, 1]: 0 to 2",
        lambda m: m.faults.noise,
    ),
    "faults_fid": _faulty("FID", lambda f: f.fids),
    "faults_precision": _faulty("precision", lambda f: [found.precision for found in f.manifolds]),
    "faults_recall": _faulty("recall", lambda f: [found.recall for found in f.manifolds]),
    "faults_density": _faulty("density", lambda f: [found.density for found in f.manifolds]),
    "faults_coverage": _faulty("coverage", lambda f: [found.coverage for found in f.manifolds]),
    "curve_recall": Probe("recall", "recalls from 0 to 1", lambda m: list(RECALLS)),
    "curve_trained": _curve(0, "as trained"),
    "curve_few": _curve(1, "few kinds"),
    "curve_badly": _curve(2, "all badly"),
    "curve_real": _curve(3, "real items"),
    "plane_real": _plane(0, "real items"),
    "plane_trained": _plane(1, "as trained"),
    "plane_few": _plane(2, "few kinds"),
    "plane_badly": _plane(3, "all badly"),
}
