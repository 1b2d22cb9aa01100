"""What the players minimise, and what holds the discriminator."""

from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Cosine, largest
from ganwright.health.remedies.base import Changes, OfConfig, Remedy, joined, of_game
from ganwright.losses.adversarial import CrossEntropyLoss
from ganwright.penalties import PENALTIES
from ganwright.penalties.base import PenaltyConfig
from ganwright.penalties.gradient import GradientPenalty, R1Penalty, R2Penalty
from ganwright.penalties.weights import WeightClipping

RELATIVISTIC = "relativistic-pairing"
TOO_HEAVY = 5.0
"""A penalty this many times heavier than by default, or a clipping limit as many times tighter, stifles."""

GAMMA = Cosine(start=1.0, end=0.1)
"""Of R1 and R2 that are added: begins as in the demo's recipe, and falls to a tenth over the run as in R3GAN's."""


def _plain(penalties: tuple[PenaltyConfig, ...]) -> list[dict[str, Any]]:
    return [penalty.plain() for penalty in penalties]


def _adding(*added: PenaltyConfig, instead_of: tuple[str, ...] = ()) -> OfConfig:
    """Changes that add penalties where their kind is missing, in the place of those that they do not go with."""

    def changes(game: AdversarialConfig) -> Changes | None:
        there = {penalty.tag for penalty in game.penalties}
        new = [penalty for penalty in added if penalty.tag not in there]
        kept = tuple(penalty for penalty in game.penalties if penalty.tag not in instead_of)
        return {"penalties": _plain((*kept, *new))} if new else None

    return of_game(changes)


def _non_saturating(game: AdversarialConfig) -> Changes | None:
    return {"loss": {"kind": "non-saturating"}} if game.loss.tag == "saturating" else None


def _bounded(game: AdversarialConfig) -> Changes | None:
    return {"loss": {"kind": "non-saturating"}} if game.loss.tag == "wasserstein" else None


def _relativistic(game: AdversarialConfig) -> Changes | None:
    return None if game.loss.tag.startswith("relativistic") else {"loss": {"kind": RELATIVISTIC}}


def _hard_labels(game: AdversarialConfig) -> Changes | None:
    loss = game.loss
    if not isinstance(loss, CrossEntropyLoss) or (loss.real_label, loss.fake_label) == (1.0, 0.0):
        return None
    return {"loss.real_label": 1.0, "loss.fake_label": 0.0}


def _usual_penalties(game: AdversarialConfig) -> Changes | None:
    lighter = tuple(_usual(penalty) for penalty in game.penalties)
    return None if lighter == game.penalties else {"penalties": _plain(lighter)}


def _usual(penalty: PenaltyConfig) -> PenaltyConfig:
    """The penalty as it is by default where it weighs far more; else as it is."""
    default = PENALTIES[penalty.tag]()
    if isinstance(penalty, WeightClipping) and isinstance(default, WeightClipping):
        return default if penalty.limit * TOO_HEAVY < default.limit else penalty
    name = next((name for name in ("gamma", "weight") if hasattr(penalty, name)), None)
    if name is None or largest(getattr(penalty, name)) <= TOO_HEAVY * largest(getattr(default, name)):
        return penalty
    return penalty.model_copy(update={name: getattr(default, name)})


_BOTH = (R1Penalty(gamma=GAMMA), R2Penalty(gamma=GAMMA))
_R1_R2 = Remedy(
    "R1 and R2 limit how steep the discriminator is around real items and fakes, without which games circle or blow up",
    _adding(*_BOTH),
)
_RELATIVISTIC = Remedy(
    "the loss compares each fake with a real item, so that leaving out a part of the data costs the generator",
    of_game(_relativistic),
)

LOSSES: dict[str, Remedy] = {
    "non-saturating": Remedy(
        "the generator maximises log D, whose gradient does not fade where the discriminator is sure",
        of_game(_non_saturating),
    ),
    "relativistic": _RELATIVISTIC,
    "relativistic-r1-r2": Remedy(
        "the loss compares fakes with real items under R1 and R2 (R3GAN), the game that keeps every part of the data",
        joined(_RELATIVISTIC, Remedy("", _adding(*_BOTH, instead_of=("gp", "dragan", "clip")))),
    ),
    "bounded-loss": Remedy(
        "the Wasserstein loss, which has no lower bound, becomes the non-saturating one, which has", of_game(_bounded)
    ),
    "hard-labels": Remedy(
        "the discriminator is told 1 and 0 without smoothing, which is a clearer judge", of_game(_hard_labels)
    ),
    "gradient-penalty": Remedy(
        "a penalty holds the critic's slope near 1, as the Wasserstein distance needs it",
        _adding(GradientPenalty(), instead_of=("clip",)),
    ),
    "r1": Remedy(
        "R1 limits how steep the discriminator is around real items, which lets the game come to rest",
        _adding(R1Penalty(gamma=GAMMA)),
    ),
    "r1-r2": _R1_R2,
    "clip-weights": Remedy(
        "the critic's weights are clipped to 0.01, a bound that works beside batch norm too", _adding(WeightClipping())
    ),
    "usual-penalties": Remedy(
        f"penalties more than {TOO_HEAVY:g} times as heavy as by default go back to it: they leave D no say",
        of_game(_usual_penalties),
    ),
}
