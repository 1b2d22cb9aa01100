"""How divergences see two equal shapes drift apart (parallel lines: Arjovsky, Chintala and Bottou 2017, example 1).

Each function takes separations (...), at least 0, in any unit, and returns what every divergence makes of them. Only
the Wasserstein distance keeps growing, and keeps a slope, once the shapes no longer meet.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.theory.densities import as_double
from ganwright.theory.gaussians import normal_js, normal_kl, normal_total_variation


class Separation(NamedTuple):
    """Divergences (...) in float64 at each separation; by symmetry both directions of KL are equal.

    kl: nats, from 0 to infinity. js: nats, from 0 to ln 2. total_variation: 0 to 1. wasserstein: in the separation's
    unit.
    """

    kl: Tensor
    js: Tensor
    total_variation: Tensor
    wasserstein: Tensor


def parallel_lines(separation: float | Tensor) -> Separation:
    """Two deltas, or two parallel segments of the plane (the uniform distributions on {0} x [0, 1] and {s} x [0, 1]).

    They share nothing unless they coincide: KL = infinity, JS = ln 2 and total variation 1 for every s > 0, and W1 = s.
    """
    separation = _checked(separation)
    apart = (separation > 0).double()
    kl = torch.where(separation > 0, torch.full_like(separation, torch.inf), 0.0)
    return Separation(kl, apart * math.log(2), apart, separation)


def shifted_uniforms(separation: float | Tensor, width: float = 1.0) -> Separation:
    """Uniform distributions on [0, width] and [s, s + width]; width above 0, in the unit of s.

    Outside of the overlap, a share u = min(1, s / width) of each, only one has mass: JS = u ln 2, total variation u,
    KL = infinity for every s > 0, and W1 = s.
    """
    separation = _checked(separation)
    if not width > 0:
        raise UserError(f"width must be above 0, not {width:g}")
    alone = (separation / width).clamp(max=1.0)
    kl = torch.where(separation > 0, torch.full_like(separation, torch.inf), 0.0)
    return Separation(kl, alone * math.log(2), alone, separation)


def shifted_normals(separation: float | Tensor, std: float = 1.0) -> Separation:
    """N(0, std^2) and N(s, std^2): KL = s^2 / (2 std^2), total variation erf(s / (2 sqrt(2) std)), W1 = s.

    JS is integrated (`gaussians.normal_js`). Its slope falls like exp(-s^2 / (8 std^2)): the gradient vanishes where
    the shapes hardly meet. std above 0, in the unit of s.
    """
    separation = _checked(separation)
    zero = torch.zeros_like(separation)
    return Separation(
        normal_kl(zero, std, separation, std),
        normal_js(zero, std, separation, std),
        normal_total_variation(zero, separation, std),
        separation,
    )


def _checked(separation: float | Tensor) -> Tensor:
    separation = as_double(separation)
    if not bool((separation >= 0).all()):
        raise UserError("a separation must be a number of at least 0")
    return separation
