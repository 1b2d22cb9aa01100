"""Losses of an auxiliary classifier in the discriminator (AC-GAN), pure functions of class logits.

Log P(class c | item) is the log-softmax of an item's class logits at c.
"""

from torch import Tensor
from torch.nn import functional as F


def auxiliary_discriminator(real: Tensor, fake: Tensor, labels: Tensor, fake_labels: Tensor | None = None) -> Tensor:
    """L = -E[log P(class c | x)] - E[log P(class c | G(z, c))] (Odena, Olah and Shlens 2017, equation 3, negated).

    real, fake: class logits (N, classes). labels, fake_labels: (N,), int64; None: the fakes share those of the real
    items. 0 where every class is told with certainty, 2 ln(classes) where nothing is known. It is added to the loss on
    real against fake.
    """
    return F.cross_entropy(real, labels) + F.cross_entropy(fake, labels if fake_labels is None else fake_labels)


def auxiliary_generator(fake: Tensor, labels: Tensor) -> Tensor:
    """L = -E[log P(class c | G(z, c))], the generator's part of the same equation.

    fake: class logits (N, classes); labels: (N,), int64, what the fakes were asked to be.
    """
    return F.cross_entropy(fake, labels)
