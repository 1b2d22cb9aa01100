"""Settings that are further off than any game here trains at: why each is suspect, and what puts it right.

Options are the first suspects whatever the ailment, so that putting all of them right at once is the first rung of
every ladder. What is usual comes from the run's own recipe where it has one, else from a few numbers here.
"""

from dataclasses import dataclass
from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Schedule, largest, scaled
from ganwright.health.remedies.base import Changes
from ganwright.health.remedies.rates import USUAL, peaks, scale
from ganwright.penalties import PENALTIES
from ganwright.penalties.base import PenaltyConfig
from ganwright.penalties.weights import WeightClipping
from ganwright.training.config import TrainingConfig
from ganwright.training.optimisers import SGD, Adam, AdamW

SETTINGS = "usual-settings"
"""Name of the remedy that puts all of them right at once."""

ABOVE, BELOW, APART = 4.0, 15.0, 4.0
"""A rate so many times above or below the usual one is suspect (too fast a game fails sooner than too slow a one), and
so are two that lie so many times further apart than the usual ones. Without a recipe 15 times above is allowed too."""

SHORT, LONGER_STEPS = 20_000, 2.0
"""Runs of at most so many iterations train at rates so many times as high: they have less time to get there."""

HEAVY, TIGHT = 200.0, 5.0
"""A penalty so many times heavier, or a clipping limit so many times tighter, than usual stifles the discriminator."""

BUSY = 3
"""A generator that takes over so many times as many steps for each of the discriminator's as usual is too busy."""

MOST_MOMENTUM, USUAL_MOMENTUM = 0.9, 0.5

_COLLAPSE = ("full-collapse", "partial-collapse", "mode-hopping")

STRONG = frozenset({"discriminator-too-strong", "stalled"})
WEAK = frozenset({"discriminator-too-weak", *_COLLAPSE})
LARGE_STEPS = frozenset({"divergence", *_COLLAPSE})
NO_STEPS = frozenset({"stalled"})
UNBOUNDED = frozenset({"unbounded-critic", "divergence"})
SAME = frozenset({"full-collapse"})
"""What suspect settings lead to: a discriminator that is too strong or too weak, steps that are too large or none, a
critic without a bound, samples that are the same."""

_HOLDS = ("gp", "dragan", "r1", "r2", "clip")
"""Penalties that limit how steep a critic is."""


@dataclass(frozen=True)
class Suspect:
    """Options that are further off than games train at.

    changes: what puts them right. why: what is wrong with them, as one clause. explains: the ailments they lead to.
    """

    changes: Changes
    why: str
    explains: frozenset[str]


def suspects(config: TrainingConfig, recipe: TrainingConfig | None = None) -> list[Suspect]:
    """All that is suspect in a game's config, each put right in what the ones before it left.

    recipe: the config of its recipe as it comes, which is never suspect itself; None: a few general numbers serve.
    Empty for what is no game of two players.
    """
    found: list[Suspect] = []
    for check in (_loss, _penalties, _steps, _momentum, _rates, _latents):
        suspect = check(config, recipe) if _game(config) else None
        if suspect is not None:
            found.append(suspect)
            config = config.override(suspect.changes)
    return found


def put_right(config: TrainingConfig, recipe: TrainingConfig | None = None) -> Changes | None:
    """The changes that put all suspects right; None where there are none."""
    changes: Changes = {}
    for suspect in suspects(config, recipe):
        changes |= suspect.changes
    return changes or None


def _game(config: TrainingConfig | None) -> AdversarialConfig | None:
    game = getattr(config, "algorithm", None)
    return game if isinstance(game, AdversarialConfig) else None


# -- the game ------------------------------------------------------------------------------------------------------


def _held(game: AdversarialConfig) -> bool:
    """Something limits how steep the critic may be."""
    return bool(getattr(game.discriminator, "spectral_norm", False)) or any(p.tag in _HOLDS for p in game.penalties)


def _plain(penalties: tuple[PenaltyConfig, ...]) -> list[dict[str, Any]]:
    return [penalty.plain() for penalty in penalties]


def _loss(config: TrainingConfig, recipe: TrainingConfig | None) -> Suspect | None:
    game, usual = _game(config), _game(recipe)
    assert game is not None
    own = usual.loss.plain() if usual else {"kind": "non-saturating"}
    if game.loss.tag == "saturating" and own["kind"] != "saturating":
        why = "the saturating loss gives no gradient where the discriminator is sure"
        return Suspect({"loss": own}, why, STRONG)
    if game.loss.tag != "wasserstein" or _held(game):
        return None
    why = "a Wasserstein critic that nothing holds has no least loss"
    if own["kind"] != "wasserstein":
        return Suspect({"loss": own, "penalties": _plain(usual.penalties) if usual else []}, why, UNBOUNDED)
    return Suspect({"penalties": _plain(usual.penalties)}, why, UNBOUNDED) if usual and usual.penalties else None


def _penalties(config: TrainingConfig, recipe: TrainingConfig | None) -> Suspect | None:
    game, usual = _game(config), _game(recipe)
    assert game is not None
    own = {p.tag: p for p in usual.penalties} if usual else {}
    lighter = tuple(_lightened(p, own.get(p.tag) or PENALTIES[p.tag]()) for p in game.penalties)
    tight = any(isinstance(p, WeightClipping) for p in game.penalties) and lighter != game.penalties
    if tight and "clip" not in own and (game.loss.tag != "wasserstein" or own):
        lighter = tuple(usual.penalties) if usual else tuple(p for p in lighter if p.tag != "clip")
    if lighter == game.penalties:
        return None
    why = f"penalties are over {HEAVY:g} times as heavy as usual, or clip as tight"
    return Suspect({"penalties": _plain(lighter)}, why, WEAK)


def _lightened(penalty: PenaltyConfig, usual: PenaltyConfig) -> PenaltyConfig:
    """A penalty no heavier than the usual one where it is far heavier; else as it is."""
    if isinstance(penalty, WeightClipping) and isinstance(usual, WeightClipping):
        return usual if penalty.limit * TIGHT < usual.limit else penalty
    name = next((name for name in ("gamma", "weight") if hasattr(penalty, name)), None)
    if name is None:
        return penalty
    weight: Schedule = getattr(penalty, name)
    most = max(largest(getattr(usual, name)), largest(getattr(PENALTIES[penalty.tag](), name)))
    if largest(weight) <= HEAVY * most:
        return penalty
    return penalty.model_copy(update={name: scaled(weight, largest(getattr(usual, name)) / largest(weight))})


def _steps(config: TrainingConfig, recipe: TrainingConfig | None) -> Suspect | None:
    game, usual = _game(config), _game(recipe)
    assert game is not None
    discriminator, generator = game.discriminator_steps, game.generator_steps
    own = (usual.discriminator_steps, usual.generator_steps) if usual else (1, 1)
    most = max(2 if game.loss.log_odds else 5, own[0])
    busy = generator * own[0] > BUSY * discriminator * own[1]
    if (discriminator, generator) == own or (
        min(discriminator, generator) > 0 and not busy and discriminator <= most * generator
    ):
        return None
    changes = {"discriminator_steps": own[0], "generator_steps": own[1]}
    why = (
        f"the discriminator takes {discriminator} steps and the generator {generator}, usual are {own[0]} and {own[1]}"
    )
    return Suspect(changes, why, NO_STEPS if not generator else WEAK if busy or not discriminator else STRONG)


def _latents(config: TrainingConfig, recipe: TrainingConfig | None) -> Suspect | None:
    game = _game(config)
    if game is None or game.latent != "constant":
        return None
    return Suspect({"latent": "normal"}, "latents that are always the same give one sample", SAME)


# -- steps of the optimisers ---------------------------------------------------------------------------------------


def _momentum(config: TrainingConfig, recipe: TrainingConfig | None) -> Suspect | None:
    changes: Changes = {}
    for name, optimiser in config.optimisers.items():
        own = _momentum_of(recipe.optimisers.get(name)) if recipe else None
        usual = USUAL_MOMENTUM if own is None else own
        if (_momentum_of(optimiser) or 0.0) <= max(MOST_MOMENTUM, usual):
            continue
        if isinstance(optimiser, SGD):
            changes[f"optimisers.{name}.momentum"] = usual
        else:
            kept = (recipe if recipe and own is not None else config).optimisers[name].plain()["betas"][1:]
            changes[f"optimisers.{name}.betas"] = [usual, *kept]
    why = f"momentum above {MOST_MOMENTUM:g} carries a player past the other"
    return Suspect(changes, why, LARGE_STEPS) if changes else None


def _momentum_of(optimiser: object) -> float | None:
    if isinstance(optimiser, (Adam, AdamW)):
        return largest(optimiser.betas[0])
    return optimiser.momentum if isinstance(optimiser, SGD) else None


def _rates(config: TrainingConfig, recipe: TrainingConfig | None) -> Suspect | None:
    peak, usual = peaks(config), _usual(config, recipe)
    ratio = {name: peak[name] / usual[name] for name in peak}
    above = ABOVE if recipe else BELOW
    goals = {name: usual[name] for name, r in ratio.items() if r > above or r * BELOW < 1}
    if len(peak) == 2 and _kinds(config) == 1 and len(goals) < 2:
        low, high = sorted(ratio, key=lambda name: ratio[name])
        odd = next(iter(goals), high if ratio[high] * ratio[low] > 1 else low)
        if goals or ratio[high] > APART * ratio[low]:
            (other,) = peak.keys() - {odd}
            goals = {odd: usual[odd] * ratio[other]}
    if not goals:
        return None
    changes: Changes = {}
    for name, goal in goals.items():
        scaled_to = scale(config, {name: goal / peak[name]}) if peak[name] else None
        changes |= scaled_to or {f"optimisers.{name}.learning_rate": goal}
    told = " and ".join(f"the {name} learns at {peak[name]:g}, usual is {goal:.2g}" for name, goal in goals.items())
    above = {name: peak[name] > goal for name, goal in goals.items()}
    leads = frozenset[str]().union(*(_leads(name, fast) for name, fast in above.items()))
    return Suspect(changes, told, LARGE_STEPS if above.get("generator") else leads)


def _leads(name: str, above: bool) -> frozenset[str]:
    """What a player's rate leads to that is above the usual one, or below it."""
    if name == "generator":
        return LARGE_STEPS if above else NO_STEPS
    return STRONG if above else WEAK


def _kinds(config: TrainingConfig) -> int:
    return len({optimiser.tag for optimiser in config.optimisers.values()})


def _usual(config: TrainingConfig, recipe: TrainingConfig | None) -> dict[str, float]:
    """What each player trains at: its recipe's rates, raised together to the general one for a run of this length."""
    longer = LONGER_STEPS if config.images <= SHORT * config.batch_size else 1.0
    general = {name: USUAL[optimiser.tag] * longer for name, optimiser in config.optimisers.items()}
    if recipe is None or {n: o.tag for n, o in recipe.optimisers.items()} != {
        n: o.tag for n, o in config.optimisers.items()
    }:
        return general
    own = peaks(recipe)
    raised = max(1.0, min(general[name] / own[name] for name in own)) if all(own.values()) else 1.0
    return {name: raised * rate for name, rate in own.items()} if all(own.values()) else general
