"""Log-likelihood of held-out real items under Parzen windows at the samples (Breuleux et al. 2009; Goodfellow 2014).

    log p(x) = log 1/M sum_j N(x; s_j, h^2 I)

The field reported it before FID, so it stands here to read and repeat old tables. It is not to be trusted in many
dimensions: the estimate stays far from the likelihood for any number of samples that can be drawn, it prefers k-means
centroids to true samples, and its order of models is not the likelihood's (Theis, van den Oord and Bethge 2016,
section 3.2 and table 1). In a few dimensions it is sound.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate, Pair
from ganwright.metrics.errors import settled_order
from ganwright.metrics.neighbours import check_same, checked

MOST_VALIDATION = 1000
LEAST_ITEMS = 10
STEPS = tuple(10 ** (k / 8) for k in range(-24, 5))
"""Bandwidths tried, in units of the real items' spread: a thousandth to three times it, 8 a decade."""
_PAIRS = 1 << 22


@dataclass(frozen=True)
class Parzen:
    """What was found.

    log_likelihood: mean over the test items, in nats. error: std over them / sqrt(their number); the samples and the
    bandwidth are taken as given. bandwidth: h, the best on the validation items. tried: each bandwidth with the mean
    log-likelihood of the validation items. at_edge: the best was the least or greatest tried.
    """

    log_likelihood: float
    error: float
    bandwidth: float
    tried: tuple[tuple[float, float], ...]
    at_edge: bool
    num_validation: int
    num_test: int


def parzen(
    real: Tensor,
    fake: Tensor,
    *,
    bandwidths: Sequence[float] | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Parzen:
    """Mean log-likelihood of real items (N, ...) under windows at the samples (M, ...); points, or pixels in [0, 1].

    Half of the real items, at most 1,000, choose the bandwidth; the rest is judged. Which is which follows from the
    items and the seed, not from their order.
    bandwidths: h to try, in the items' unit; None: a thousandth to three times the root mean variance of their values.
    progress: told of pairs of items done and in all.
    Raises UserError for non-finite values, fewer than 10 real items, no samples, constant real items and bandwidths
    that are not above 0.
    """
    if min(real.ndim, fake.ndim) < 2:
        raise UserError(f"items must be (N, ...), one a row, not {tuple(real.shape)} and {tuple(fake.shape)}")
    rows, centres = checked(real.flatten(1), "real items").double(), checked(fake.flatten(1), "samples").double()
    check_same(rows, centres, "real items", "samples")
    if len(rows) < LEAST_ITEMS:
        raise UserError(f"Parzen windows need {LEAST_ITEMS} real items to be judged by, not {len(rows)}")
    order = settled_order(rows, seed, "Parzen validation")
    rows = rows[order]
    mean = rows.mean(0)
    rows, centres = rows - mean, centres - mean
    spread = math.sqrt(float(rows.square().mean()))
    if bandwidths is None and spread <= float(mean.abs().max()) * torch.finfo(torch.float32).eps:
        raise UserError("the real items are all the same, so no bandwidth suits; check the data")
    widths = [step * spread for step in STEPS] if bandwidths is None else sorted(set(bandwidths))
    if not widths or not all(0 < h < math.inf for h in widths):
        raise UserError(f"bandwidths must be above 0 and finite, not {list(bandwidths or ())}")
    num = min(len(rows) // 2, MOST_VALIDATION)
    in_all = len(rows) * len(centres)

    def tell(done: int) -> None:
        if progress is not None:
            progress(done * len(centres), in_all)

    found = _log_likelihoods(rows[:num], centres, widths, tell).mean(1)
    best = int(found.argmax())
    judged = _log_likelihoods(rows[num:], centres, [widths[best]], lambda done: tell(num + done))[0]
    return Parzen(
        float(judged.mean()),
        float(judged.std()) / math.sqrt(len(judged)),
        widths[best],
        tuple(zip(widths, found.tolist(), strict=True)),
        len(widths) > 1 and best in (0, len(widths) - 1),
        num,
        len(judged),
    )


def parzen_of(pair: Pair, real_items: Tensor | None = None, fake_items: Tensor | None = None) -> Estimate:
    """The log-likelihood of items, images with pixels in [0, 1]; of the kept ones where none are given.

    details: "bandwidth", "at_edge", "tried" (bandwidth, mean log-likelihood of the validation items).
    """
    real, fake = (
        items.float() / 255 if items.dtype == torch.uint8 else items
        for items in (
            pair.real.kept if real_items is None else real_items,
            pair.fake.kept if fake_items is None else fake_items,
        )
    )
    found = parzen(real, fake, seed=pair.real.seed, progress=pair.progress)
    details = {"bandwidth": found.bandwidth, "at_edge": found.at_edge, "tried": [list(t) for t in found.tried]}
    protocol = {
        "windows": len(fake),
        "n_validation": found.num_validation,
        "n_test": found.num_test,
        "values": "[0, 1]" if real.ndim == 4 else "as they are",
    }
    return Estimate(found.log_likelihood, found.error, f"{found.num_test} test items", details, protocol=protocol)


def _log_likelihoods(rows: Tensor, centres: Tensor, widths: Sequence[float], tell: Callable[[int], None]) -> Tensor:
    """(bandwidths, items): log p(x) of each row for each bandwidth."""
    norms = centres.square().sum(1)
    found, done = [], 0
    for part in rows.split(max(1, _PAIRS // len(centres))):
        squared = torch.addmm(norms[None], part, centres.T, alpha=-2).add_(part.square().sum(1)[:, None]).clamp_(min=0)
        found.append(torch.stack([torch.logsumexp(squared / (-2 * h * h), 1) for h in widths]))
        done += len(part)
        tell(done)
    logs = torch.tensor([math.log(2 * math.pi * h * h) for h in widths], dtype=torch.float64)[:, None]
    return torch.cat(found, 1) - math.log(len(centres)) - rows.shape[1] / 2 * logs
