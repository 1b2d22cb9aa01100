"""How steep the discriminator is, and what reaches the players' weights."""

from torch import Tensor

from ganwright.health.signal import Signal
from ganwright.health.snapshot import Snapshot


def _norm(network: str) -> Signal:
    return Signal(
        f"norm of the gradient of the {network}'s loss by its weights, mean of what was logged since the last tick",
        "loss per weight",
        (0, None),
        "keeps its order of magnitude; towards 0 nothing is learnt, without bound it diverges",
        lambda s: s.gradient_norms[network],
        (f"gradients of the {network}",),
    )


def _steepest(s: Snapshot) -> Tensor:
    """Over both kinds, relative to their mean."""
    mean = (s.real_slopes.mean() + s.fake_slopes.mean()) / 2
    return s.real_slopes.maximum(s.fake_slopes).max() / mean.clamp_min(1e-12)


GRADIENTS: dict[str, Signal] = {
    "gradient_generator": _norm("generator"),
    "gradient_discriminator": _norm("discriminator"),
    "slope_real": Signal(
        "mean norm of the gradient of D's score by the item, at training items",
        "logit per unit of the item",
        (0, None),
        "keeps its size: near 1 under a gradient penalty with that target, near 0 under R1",
        lambda s: s.real_slopes.mean(),
    ),
    "slope_fake": Signal(
        "the same at samples of the live generator: what D tells the generator",
        "logit per unit of the item",
        (0, None),
        "keeps its size: near 0 the generator hears nothing, without bound the critic has no Lipschitz constraint",
        lambda s: s.fake_slopes.mean(),
    ),
    "slope_peak": Signal(
        "the steepest of these places over their mean",
        "ratio",
        (1, None),
        "a small number; one spike among flat places says that D has learnt single items",
        _steepest,
    ),
}
