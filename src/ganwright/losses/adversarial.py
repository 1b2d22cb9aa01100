"""Adversarial losses: one pair of pure functions on logits each, and the config that carries its options.

C(x) is the logit of a real item, C(G(z)) that of a fake one, D = sigmoid(C). "At the end of the game" means equal
distributions and the discriminator that is optimal for them.
"""

from typing import ClassVar, Literal

from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ganwright.losses.base import LossConfig


def cross_entropy_discriminator(real: Tensor, fake: Tensor, real_label: float = 1.0, fake_label: float = 0.0) -> Tensor:
    """Binary cross-entropy of real against fake (Goodfellow et al. 2014, equation 1, negated).

    L_D = -E[r log D(x) + (1 - r) log(1 - D(x))] - E[f log D(G(z)) + (1 - f) log(1 - D(G(z)))], labels r and f.
    Optimal D = (r p_data + f p_g) / (p_data + p_g): at the end 1/2 with L_D = 2 ln 2, or 0.45 for r = 0.9, f = 0.
    """
    loss = F.softplus(fake).mean() - F.logsigmoid(real).mean()
    if real_label != 1.0:
        loss = loss + (1.0 - real_label) * real.mean()
    if fake_label != 0.0:
        loss = loss - fake_label * fake.mean()
    return loss


def saturating_generator(fake: Tensor) -> Tensor:
    """L_G = E[log(1 - D(G(z)))] (Goodfellow et al. 2014, equation 1). At the end -ln 2.

    Its derivative with respect to a logit is -D, which vanishes where the discriminator is sure of a fake.
    """
    return -F.softplus(fake).mean()


def non_saturating_generator(fake: Tensor) -> Tensor:
    """L_G = -E[log D(G(z))] (Goodfellow et al. 2014, section 3). At the end ln 2.

    Its derivative with respect to a logit is -(1 - D), which is largest where the discriminator is sure of a fake.
    """
    return -F.logsigmoid(fake).mean()


def least_squares_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """L_D = 1/2 E[(C(x) - 1)^2] + 1/2 E[C(G(z))^2] (Mao et al. 2017, equation 9).

    Optimal C = p_data / (p_data + p_g): at the end 1/2, with L_D = 1/4.
    """
    return 0.5 * ((real - 1.0).square().mean() + fake.square().mean())


def least_squares_generator(fake: Tensor) -> Tensor:
    """L_G = 1/2 E[(C(G(z)) - 1)^2] (Mao et al. 2017, equation 9). At the end 1/8."""
    return 0.5 * (fake - 1.0).square().mean()


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """L_D = E[max(0, 1 - C(x))] + E[max(0, 1 + C(G(z)))] (Lim and Ye 2017; Miyato et al. 2018, equation 16).

    Optimal C = sign(p_data - p_g); at the end L_D = 2.
    """
    return F.relu(1.0 - real).mean() + F.relu(1.0 + fake).mean()


def critic_generator(fake: Tensor) -> Tensor:
    """L_G = -E[C(G(z))], for hinge and Wasserstein critics. Its value at the end depends on the critic's offset."""
    return -fake.mean()


def wasserstein_discriminator(real: Tensor, fake: Tensor, drift: float = 0.0) -> Tensor:
    """L_D = E[C(G(z))] - E[C(x)] + drift E[C(x)^2] (Arjovsky et al. 2017; drift: Karras et al. 2018, appendix A.1).

    For the best 1-Lipschitz critic and no drift, -L_D is the Wasserstein-1 distance; at the end 0. It has no lower
    bound unless the critic is held Lipschitz by a penalty, clipping or spectral norm.
    """
    loss = fake.mean() - real.mean()
    return loss + drift * real.square().mean() if drift else loss


def relativistic_pairing_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """L_D = -E[log sigmoid(C(x) - C(G(z)))] over pairs (Jolicoeur-Martineau 2019; Huang et al. 2024). At the end ln 2.

    real and fake must have the same length.
    """
    return -F.logsigmoid(real - fake).mean()


def relativistic_pairing_generator(real: Tensor, fake: Tensor) -> Tensor:
    """L_G = -E[log sigmoid(C(G(z)) - C(x))] over pairs. At the end ln 2."""
    return -F.logsigmoid(fake - real).mean()


def relativistic_average_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """L_D = -E[log sigmoid(C(x) - E C(G(z)))] - E[log sigmoid(E C(x) - C(G(z)))] (Jolicoeur-Martineau 2019).

    At the end 2 ln 2.
    """
    return F.softplus(fake - real.mean()).mean() - F.logsigmoid(real - fake.mean()).mean()


def relativistic_average_generator(real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's loss with real and fake exchanged. At the end 2 ln 2."""
    return relativistic_average_discriminator(fake, real)


class CrossEntropyLoss(LossConfig):
    """Base of the losses whose discriminator minimises binary cross-entropy."""

    log_odds: ClassVar[bool] = True

    real_label: float = Field(default=1.0, gt=0, le=1)
    """What the discriminator is told of real items; 0.9 is one-sided label smoothing (Salimans et al. 2016)."""

    fake_label: float = Field(default=0.0, ge=0, lt=1)
    """What the discriminator is told of fakes; above 0 smooths the other side as well."""

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return cross_entropy_discriminator(real, fake, self.real_label, self.fake_label)


class SaturatingLoss(CrossEntropyLoss):
    """The minimax game: the generator minimises log(1 - D), whose gradient fades when the discriminator wins."""

    kind: Literal["saturating"] = "saturating"

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return saturating_generator(fake)


class NonSaturatingLoss(CrossEntropyLoss):
    """The common game: the generator maximises log D."""

    kind: Literal["non-saturating"] = "non-saturating"

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return non_saturating_generator(fake)


class LeastSquaresLoss(LossConfig):
    """Scores are drawn to 1 for real and to 0 for fake."""

    kind: Literal["least-squares"] = "least-squares"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return least_squares_discriminator(real, fake)

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return least_squares_generator(fake)


class HingeLoss(LossConfig):
    """The discriminator stops pushing once real scores pass 1 and fake scores pass -1."""

    kind: Literal["hinge"] = "hinge"

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return hinge_discriminator(real, fake)

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return critic_generator(fake)


class WassersteinLoss(LossConfig):
    """The gap between mean scores; needs a critic that is held Lipschitz."""

    kind: Literal["wasserstein"] = "wasserstein"

    free_offset: ClassVar[bool] = True

    drift: float = Field(default=0.0, ge=0, le=1)
    """Weight on the squared real scores, which ties the critic's free offset to 0; ProGAN uses 0.001."""

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return wasserstein_discriminator(real, fake, self.drift)

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return critic_generator(fake)


class RelativisticPairingLoss(LossConfig):
    """Each fake is compared with one real item; only the difference of their scores counts."""

    kind: Literal["relativistic-pairing"] = "relativistic-pairing"

    generator_needs_real: ClassVar[bool] = True
    free_offset: ClassVar[bool] = True

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return relativistic_pairing_discriminator(real, fake)

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return relativistic_pairing_generator(_given(real), fake)


class RelativisticAverageLoss(LossConfig):
    """Each item is compared with the average of the other kind."""

    kind: Literal["relativistic-average"] = "relativistic-average"

    generator_needs_real: ClassVar[bool] = True
    free_offset: ClassVar[bool] = True

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return relativistic_average_discriminator(real, fake)

    def generator(self, real: Tensor | None, fake: Tensor) -> Tensor:
        return relativistic_average_generator(_given(real), fake)


def _given(real: Tensor | None) -> Tensor:
    if real is None:
        raise ValueError("a relativistic generator loss needs the logits of real items; got None")
    return real
