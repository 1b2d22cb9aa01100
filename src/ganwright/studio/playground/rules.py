"""The rules of a game, all of which may change while it is played, with their bounds; and how they are put on a config.

A run brings rules of its own: they are read off its config, as near as the bounds allow, and what cannot be read off
stays as it is in the run.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import largest
from ganwright.data.augment.noise import InstanceNoise
from ganwright.losses import LOSSES
from ganwright.penalties import PENALTIES
from ganwright.penalties.base import PenaltyConfig
from ganwright.recipes.run_config import RunConfig

Loss = Literal[
    "non-saturating", "saturating", "least-squares", "hinge", "wasserstein", "relativistic-pairing",
    "relativistic-average",
]  # fmt: skip
Penalty = Literal["none", "r1", "r1-r2", "gp", "dragan", "clip", "own"]
Rate = Annotated[float, Field(ge=1e-6, le=0.1)]

_STRENGTH = {"r1": "gamma", "r2": "gamma", "clip": "limit"}
"""The option that says how strong a penalty is, where it is not `weight`."""

_MOST_CLIPPED = 10.0

assert set(get_args(Loss)) == set(LOSSES)


class Rules(BaseModel):
    """By what a game is played."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    loss: Loss = "non-saturating"
    """The game."""

    penalty: Penalty = "none"
    """What holds D back. own: as in the run that the game goes on from; from scratch nothing."""

    strength: float = Field(default=0.1, ge=1e-4, le=100)
    """Weight of the penalty; of clip: the largest absolute value that a weight of D keeps."""

    generator_rate: Rate = 1e-3
    """Learning rate of G's optimiser."""

    discriminator_rate: Rate = 1e-3
    """Learning rate of D's optimiser."""

    discriminator_steps: int = Field(default=1, ge=1, le=10)
    """Steps of D an iteration."""

    latent: Literal["normal", "uniform", "truncated"] = "normal"
    """Where the noise comes from."""

    instance_noise: float = Field(default=0.0, ge=0, le=1)
    """Standard deviation of the noise added to all that D sees."""

    d_off: bool = False
    """Broken: D is not trained."""

    d_tenfold: bool = False
    """Broken: D takes ten steps for each that it should."""

    no_noise: bool = False
    """Broken: the noise is always zero."""

    g_fivefold: bool = False
    """Broken: G takes five steps for each that it should."""

    def put_on(self, config: RunConfig) -> RunConfig:
        """The config of an adversarial run, played by these rules. What they do not speak of stays."""
        game = config.algorithm
        assert isinstance(game, AdversarialConfig)
        rates = {"generator": self.generator_rate, "discriminator": self.discriminator_rate}
        changed = {
            "loss": game.loss if game.loss.tag == self.loss else LOSSES[self.loss].parse({}),
            "penalties": self._penalties(game.penalties),
            "augmentations": (InstanceNoise(std=self.instance_noise),) if self.instance_noise else (),
            "discriminator_steps": 0 if self.d_off else self.discriminator_steps * (10 if self.d_tenfold else 1),
            "generator_steps": game.generator_steps * (5 if self.g_fivefold else 1),
            "latent": "constant" if self.no_noise else self.latent,
        }
        optimisers = {n: o.model_copy(update={"learning_rate": rates[n]}) for n, o in config.optimisers.items()}
        return config.model_copy(update={"algorithm": game.model_copy(update=changed), "optimisers": optimisers})

    def _penalties(self, there: tuple[PenaltyConfig, ...]) -> tuple[PenaltyConfig, ...]:
        """Those that are asked for, at their strength; the other options of those that are there stay."""
        if self.penalty == "own":
            return there
        kinds = [] if self.penalty == "none" else self.penalty.split("-")
        known = {penalty.tag: penalty for penalty in there}
        found = [known.get(kind) or PENALTIES[kind].parse({}) for kind in kinds]
        return tuple(p.model_copy(update={_STRENGTH.get(p.tag, "weight"): self._strength_of(p.tag)}) for p in found)

    def _strength_of(self, kind: str) -> float:
        return min(self.strength, _MOST_CLIPPED) if kind == "clip" else self.strength


def rules_of(config: RunConfig) -> tuple[Rules, list[str]]:
    """The rules of an adversarial run without schedules, and in a line each what of it they cannot say."""
    game, notes = config.algorithm, []
    assert isinstance(game, AdversarialConfig)

    def bounded(name: str, value: float, told: str) -> Any:
        bounds = Rules.model_fields[name].metadata
        low, high = (next(getattr(b, side) for b in bounds if hasattr(b, side)) for side in ("ge", "le"))
        if not low <= value <= high:
            notes.append(f"{told} is {value:g} in the run; here it begins at {min(max(value, low), high):g}.")
        return min(max(value, low), high)

    found: dict[str, Any] = {"loss": game.loss.tag, "no_noise": game.latent == "constant"}
    if game.latent != "constant":
        found["latent"] = game.latent
    penalties = {p.tag: float(getattr(p, _STRENGTH.get(p.tag, "weight"), 0)) for p in game.penalties}
    found["penalty"] = "-".join(penalties) or "none"
    if found["penalty"] not in get_args(Penalty) or len(set(penalties.values())) > 1:
        found["penalty"] = "own"
        notes.append(f"Its penalties ({', '.join(penalties)}) stay as they are until you choose others.")
    elif penalties:
        found["strength"] = bounded("strength", next(iter(penalties.values())), "The strength of the penalty")
    for player, name in (("generator", "G's learning rate"), ("discriminator", "D's learning rate")):
        found[f"{player}_rate"] = bounded(f"{player}_rate", largest(config.optimisers[player].learning_rate), name)
    found["d_off"] = game.discriminator_steps == 0
    if game.discriminator_steps:
        found["discriminator_steps"] = bounded("discriminator_steps", game.discriminator_steps, "D's number of steps")
    for noise in game.augmentations:
        if isinstance(noise, InstanceNoise):
            found["instance_noise"] = bounded("instance_noise", largest(noise.std), "The noise on what D sees")
    return Rules(**found), notes
