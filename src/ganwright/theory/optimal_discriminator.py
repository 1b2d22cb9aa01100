"""The discriminator that is optimal against a fixed generator, and how far another one is from it.

Cross-entropy with labels r for real and f for fake items is, point by point, (p + q) times the cross-entropy of D
against the target (r p + f q) / (p + q), so that target is the optimal D (Goodfellow et al. 2014, proposition 1, for
r = 1 and f = 0; Salimans et al. 2016, section 3.4, with smoothed labels). p is the data's distribution, q the
generator's: probabilities (..., K), or densities on a grid x (K,) as in `divergences`.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.theory.divergences import js_divergence, total_variation
from ganwright.theory.masses import two_masses


def optimal_probability(p: Tensor, q: Tensor, real_label: float = 1.0, fake_label: float = 0.0) -> Tensor:
    """D* = (r p + f q) / (p + q) at each point, in [0, 1] and float64: the probability that an item is real.

    p, q: densities or probabilities of the same points, any shapes that broadcast, at least 0; NaN where both are 0,
    since every D is optimal there. real_label, fake_label: r and f, in [0, 1].
    1/2 where p = q; with r = 0.9 it is 0.45 there. Raises UserError for labels outside of [0, 1].
    """
    _check_labels(real_label, fake_label)
    p, q = p.double(), q.double()
    return (real_label * p + fake_label * q) / (p + q)


def optimal_logit(log_p: Tensor, log_q: Tensor, real_label: float = 1.0, fake_label: float = 0.0) -> Tensor:
    """The logit of D*, from LOG densities of any shapes that broadcast: log p - log q for labels 1 and 0; float64.

    Exact far out in the tails, where densities underflow. With smoothed labels it stays within the logits of f and r,
    log(r p + f q) - log((1 - r) p + (1 - f) q). NaN where both densities are 0.
    Raises UserError for labels outside of [0, 1].
    """
    _check_labels(real_label, fake_label)
    log_p, log_q = log_p.double(), log_q.double()
    return _log_mix(log_p, log_q, real_label, fake_label) - _log_mix(log_p, log_q, 1 - real_label, 1 - fake_label)


def discriminator_loss(
    logits: Tensor,
    p: Tensor,
    q: Tensor,
    x: Tensor | None = None,
    real_label: float = 1.0,
    fake_label: float = 0.0,
) -> Tensor:
    """The expected cross-entropy (...), in nats, of a discriminator given by its logits (..., K); at least 0.

    What losses.adversarial.cross_entropy_discriminator estimates from a batch. logits may be infinite.
    Raises UserError for what is not a distribution and for labels outside of [0, 1].
    """
    p, q = two_masses(p, q, x)
    real, fake = _targets(p, q, real_label, fake_label)
    logits = _fitting(logits, p)
    return (_product(real, F.softplus(-logits)) + _product(fake, F.softplus(logits))).sum(-1)


def optimal_loss(
    p: Tensor, q: Tensor, x: Tensor | None = None, real_label: float = 1.0, fake_label: float = 0.0
) -> Tensor:
    """The cross-entropy (...) of D*, in nats: the least that any discriminator reaches, from 0.

    2 ln 2 - 2 JS(p, q) for labels 1 and 0: 1.386 where p = q. Raises UserError as `discriminator_loss` does.
    """
    p, q = two_masses(p, q, x)
    real, fake = _targets(p, q, real_label, fake_label)
    both = torch.where(p + q > 0, p + q, 1.0)
    return -(torch.special.xlogy(real, real / both) + torch.special.xlogy(fake, fake / both)).sum(-1)


def value_of_the_game(p: Tensor, q: Tensor, x: Tensor | None = None) -> Tensor:
    """V = E_p[log D*] + E_q[log(1 - D*)] = 2 JS(p, q) - 2 ln 2 (...), from -2 ln 2 (p = q) to 0 (no shared point).

    What the generator of the minimax game minimises while its discriminator is optimal (Goodfellow et al. 2014,
    theorem 1). The discriminator's loss is its negative.
    """
    return 2 * js_divergence(p, q, x) - 2 * math.log(2)


def optimal_accuracy(p: Tensor, q: Tensor, x: Tensor | None = None) -> Tensor:
    """The share (...) of items that D* puts on the right side of 1/2, half of them real: (1 + total variation) / 2.

    From 1/2 (p = q) to 1. No classifier has a higher one.
    """
    return 0.5 * (1 + total_variation(p, q, x))


class DistanceToOptimal(NamedTuple):
    """How far D is from D*, where there are items to judge: averages over the even mix (p + q) / 2.

    mean_absolute: E|D - D*|, from 0 to 1.
    mean_squared: E(D - D*)^2, from 0 to 1.
    excess_loss: cross-entropy above its minimum, in nats: 2 E KL(D* | D) of the two coin tosses, from 0 to infinity.
    """

    mean_absolute: Tensor
    mean_squared: Tensor
    excess_loss: Tensor


def distance_to_optimal(
    p: Tensor,
    q: Tensor,
    x: Tensor | None = None,
    *,
    logits: Tensor | None = None,
    probabilities: Tensor | None = None,
    real_label: float = 1.0,
    fake_label: float = 0.0,
) -> DistanceToOptimal:
    """How far a discriminator is from the one that is optimal for p and q and its labels.

    logits, probabilities: what it says at the K points, (..., K); give one of the two. Far from all items it says
    nothing that counts: every point weighs as much as (p + q) / 2 has mass there.
    Raises UserError for neither or both, for probabilities outside of [0, 1], and for what is not a distribution.
    """
    if (logits is None) == (probabilities is None):
        raise UserError("give the discriminator's logits or its probabilities: one of them, not both")
    if probabilities is not None:
        if not bool(((probabilities >= 0) & (probabilities <= 1)).all()):
            raise UserError("probabilities must be from 0 to 1; what a discriminator puts out are mostly logits")
        logits = torch.logit(probabilities.double())
    assert logits is not None
    masses_p, masses_q = two_masses(p, q, x)
    logits = _fitting(logits, masses_p)
    best = optimal_probability(masses_p, masses_q, real_label, fake_label)
    both = 0.5 * (masses_p + masses_q)
    gap = torch.where(both > 0, logits.sigmoid() - best, 0.0)
    loss = discriminator_loss(logits, p, q, x, real_label, fake_label)
    excess = (loss - optimal_loss(p, q, x, real_label, fake_label)).clamp(min=0.0)
    return DistanceToOptimal((both * gap.abs()).sum(-1), (both * gap.square()).sum(-1), excess)


def _targets(p: Tensor, q: Tensor, real_label: float, fake_label: float) -> tuple[Tensor, Tensor]:
    """(p + q) D* and (p + q) (1 - D*)."""
    _check_labels(real_label, fake_label)
    return real_label * p + fake_label * q, (1 - real_label) * p + (1 - fake_label) * q


def _product(mass: Tensor, loss: Tensor) -> Tensor:
    """mass * loss, 0 where there is no mass, even if the loss is infinite."""
    return torch.where(mass > 0, mass * loss, 0.0)


def _log_mix(log_p: Tensor, log_q: Tensor, weight_p: float, weight_q: float) -> Tensor:
    """log(weight_p p + weight_q q); weights may be 0."""
    log_p, log_q = torch.broadcast_tensors(log_p, log_q)
    if weight_p == 0:
        return log_q + _log(weight_q)
    if weight_q == 0:
        return log_p + _log(weight_p)
    return torch.logaddexp(log_p + math.log(weight_p), log_q + math.log(weight_q))


def _log(weight: float) -> float:
    return math.log(weight) if weight > 0 else -math.inf


def _fitting(logits: Tensor, p: Tensor) -> Tensor:
    if logits.ndim == 0 or logits.shape[-1] != p.shape[-1]:
        raise UserError(
            f"the discriminator's scores have the shape {tuple(logits.shape)}; p and q have {p.shape[-1]} points"
        )
    if bool(logits.isnan().any()):
        raise UserError("the discriminator's scores have NaN among them")
    return logits.double()


def _check_labels(real_label: float, fake_label: float) -> None:
    for name, label in (("real_label", real_label), ("fake_label", fake_label)):
        if not 0 <= label <= 1:
            raise UserError(f"{name} must be from 0 to 1, not {label:g}")
