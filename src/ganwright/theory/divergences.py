"""KL, Jensen-Shannon and total variation of discrete distributions and of densities on a line, in nats.

Each takes p and q (..., K) whose leading dimensions broadcast, and returns (...) in float64: probabilities of the same
K outcomes, or, with a grid x (K,), densities at its points (see `masses`). Gradients exist where p and q are positive.
All raise UserError for what is not a distribution.
"""

import torch
from torch import Tensor

from ganwright.theory.masses import two_masses


def kl_divergence(p: Tensor, q: Tensor, x: Tensor | None = None) -> Tensor:
    """KL(p | q) = E_p[log p - log q] in nats, from 0 (equal) to infinity (Kullback and Leibler 1951).

    Infinite where p has mass at a point at which q has none; tails that underflow to 0 count as no mass.
    """
    p, q = two_masses(p, q, x)
    return _kl(p, q)


def reverse_kl_divergence(p: Tensor, q: Tensor, x: Tensor | None = None) -> Tensor:
    """KL(q | p): infinite where q puts mass at a point without any of p; blind to what q leaves out."""
    return kl_divergence(q, p, x)


def js_divergence(p: Tensor, q: Tensor, x: Tensor | None = None) -> Tensor:
    """JS(p, q) = 1/2 KL(p | m) + 1/2 KL(q | m), m = (p + q) / 2 (Lin 1991), in nats from 0 to ln 2.

    ln 2 = 0.6931 where p and q share no point. Symmetric, and its root is a metric (Endres and Schindelin 2003).
    """
    p, q = two_masses(p, q, x)
    middle = 0.5 * (p + q)
    return 0.5 * (_kl(p, middle) + _kl(q, middle))


def total_variation(p: Tensor, q: Tensor, x: Tensor | None = None) -> Tensor:
    """1/2 sum |p - q|, the largest difference of probability of any event: from 0 (equal) to 1 (no shared point)."""
    p, q = two_masses(p, q, x)
    return 0.5 * (p - q).abs().sum(-1)


def _kl(p: Tensor, q: Tensor) -> Tensor:
    """Never below 0, which rounding alone could reach."""
    return (-torch.special.entr(p) - torch.special.xlogy(p, q)).sum(-1).clamp(min=0.0)
