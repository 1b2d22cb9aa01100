"""The generator's losses against what the discriminator says of a fake (Goodfellow et al. 2014, section 3).

With D the probability that a fake is real and l = log D - log(1 - D) its logit:

    loss             value                        d/dD            d/dl
    saturating       log(1 - D) = -softplus(l)    -1 / (1 - D)    -D = -sigmoid(l)
    non-saturating   -log D     = softplus(-l)    -1 / D          -(1 - D) = -sigmoid(-l)

A found-out fake has D near 0. The saturating derivative by D is about -1 there and does not vanish; that by the LOGIT,
which is what reaches the generator through a sigmoid or through a loss on logits, is -D and does. The two are joined by
dD/dl = D (1 - D). Both losses are minimised by the generator. Gradients here are closed forms, not autograd's.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.errors import UserError


class Landscape(NamedTuple):
    """A loss and its derivative with respect to the function's argument, both in its shape."""

    loss: Tensor
    gradient: Tensor


def saturating(probability: Tensor) -> Landscape:
    """log(1 - D) and -1 / (1 - D) at D in [0, 1]: from 0 and -1 at D = 0 to minus infinity at D = 1.

    Raises UserError outside of [0, 1].
    """
    _check(probability)
    return Landscape(torch.log1p(-probability), -1 / (1 - probability))


def non_saturating(probability: Tensor) -> Landscape:
    """-log D and -1 / D at D in [0, 1]: from infinity and minus infinity at D = 0 to 0 and -1 at D = 1.

    Raises UserError outside of [0, 1].
    """
    _check(probability)
    return Landscape(-probability.log(), -1 / probability)


def saturating_of_logit(logit: Tensor) -> Landscape:
    """-softplus(l) and -sigmoid(l) at any logit: the gradient nears 0 where the fake is found out (l far below 0)."""
    return Landscape(-F.softplus(logit), -logit.sigmoid())


def non_saturating_of_logit(logit: Tensor) -> Landscape:
    """softplus(-l) and -sigmoid(-l) at any logit: the gradient nears -1 where the fake is found out (l far below 0)."""
    return Landscape(F.softplus(-logit), -(-logit).sigmoid())


def _check(probability: Tensor) -> None:
    if not bool(((probability >= 0) & (probability <= 1)).all()):
        raise UserError("a probability must be from 0 to 1; for the discriminator's logits use the _of_logit functions")
