"""A run of the folder as the beginning of a game: which runs a game can hold, and what it takes over of them.

Nothing is written to the run's folder: the game's engine has none. Schedules stand still at the value that they had at
the run's last checkpoint, since a game has no length that they could follow.
"""

from dataclasses import dataclass
from typing import Any

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.core.schedules import schedules_of
from ganwright.data.augment.noise import InstanceNoise
from ganwright.data.dataset import DataConfig
from ganwright.data.drawing import DrawingConfig
from ganwright.data.mixtures import Grid25Config, MixtureConfig, Ring8Config
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.runs.run import Run
from ganwright.studio.playground.settings import PACE
from ganwright.training import Engine
from ganwright.training.checkpoint import Checkpoint
from ganwright.training.optimisers import Adam

IN_THE_PLANE: tuple[type[DataConfig], ...] = (Ring8Config, Grid25Config, DrawingConfig)
"""Sources of distributions in the plane, which a game's measures need."""

MOST_MODES = 49
MOST_BYTES = 1 << 26
"""Of a checkpoint's files: some millions of weights; more would not be played live."""

MOST_BATCH = 4_096

_ALONE: dict[str, Any] = {
    "evaluate_images": None,
    "until": None,
    "patience_images": None,
    "on_failure": "warn",
    "signals": True,
}
"""Nobody but the player judges a game or ends it."""


@dataclass(frozen=True)
class Origin:
    """What a game goes on from.

    config: the run's, recoveries included, as a game is played: endless, with numbers in place of schedules.
    scheduled: what followed a schedule, in words.
    checkpoint: the run's last.
    """

    config: RunConfig
    scheduled: tuple[str, ...]
    checkpoint: Checkpoint

    @classmethod
    def of(cls, run: Run) -> "Origin":
        """Look at a run. Raises UserError with the reason where no game can go on from it."""
        if (reason := unfit(run)) is not None:
            raise UserError(f"{run.path.name} cannot be played: {reason}")
        config, checkpoint = run.in_force, run.folder.checkpoints()[-1]
        names = tuple(_words(config, name) for name, _ in schedules_of(config))
        still = config.override(_still(config, checkpoint.num_images))
        return cls(still.override({**PACE, **_ALONE}), names, checkpoint)

    @property
    def players(self) -> tuple[MlpGeneratorConfig, MlpDiscriminatorConfig]:
        """Both networks' configs."""
        game = self.config.algorithm
        assert isinstance(game, AdversarialConfig)
        assert isinstance(game.generator, MlpGeneratorConfig)
        assert isinstance(game.discriminator, MlpDiscriminatorConfig)
        return game.generator, game.discriminator

    def put_into(self, engine: Engine) -> None:
        """Go on from the checkpoint as a resumed run does: weights, averages, optimisers, memory, position in the data.

        Raises UserError where the checkpoint is damaged or of other networks.
        """
        try:
            engine.load(self.checkpoint)
            sound = min(engine.iteration, engine.turn, engine.position, engine.again) >= 0
        except UserError:
            raise
        except Exception as error:  # whatever a file can hold that is no checkpoint
            raise self._damaged() from error
        if not sound:
            raise self._damaged()

    def _damaged(self) -> UserError:
        return UserError(f"checkpoint {self.checkpoint.path.name} holds no state that a game could go on from")


def unfit(run: Run) -> str | None:
    """Why a run cannot be played, in a line; None where it can. Raises UserError where its config cannot be read."""
    return _unfit_config(run.config) or _unfit_files(run)


def _unfit_config(config: RunConfig) -> str | None:
    data, game = config.data, config.algorithm
    if not isinstance(data, IN_THE_PLANE):
        return f"its data is {data.name}, not a distribution in the plane"
    num = len(data.centres()) if isinstance(data, MixtureConfig) else 0
    if num > MOST_MODES:
        return f"its data has {num:,} modes; {MOST_MODES} can be shown"
    if not isinstance(game, AdversarialConfig):
        return f"it is no game of two players, but {game.tag}"
    makes, judges = game.generator, game.discriminator
    if not isinstance(makes, MlpGeneratorConfig) or not isinstance(judges, MlpDiscriminatorConfig):
        return f"its networks are {makes.tag} and {judges.tag}, not perceptrons"
    if makes.conditional or judges.conditional:
        return "its networks are told classes"
    if game.pack > 1 or game.num_discriminators > 1:
        return "its points are judged in packs" if game.pack > 1 else "it has several discriminators"
    if "batch" in (makes.norm, judges.norm) or judges.minibatch != "none":
        return "what it makes or says of a point depends on the rest of the batch, so that the plane has no picture"
    if judges.dropout:
        return "its discriminator drops units at random, so that it has no one opinion of a point"
    if any(not isinstance(one, InstanceNoise) for one in game.augmentations):
        return "its discriminator sees points that are changed by more than noise"
    if config.batch_size > MOST_BATCH:
        return f"its batches have {config.batch_size:,} points; {MOST_BATCH:,} can be played live"
    return None


def _unfit_files(run: Run) -> str | None:
    there = run.folder.checkpoints()
    if not there:
        return "it has no checkpoint yet"
    try:
        size = sum(there[-1].path.with_suffix(end).stat().st_size for end in (".json", ".safetensors"))
    except OSError:
        return "its last checkpoint is not whole"
    return None if size <= MOST_BYTES else f"its checkpoint has {size:,} bytes; {MOST_BYTES:,} can be played live"


def _still(config: RunConfig, num_images: int) -> dict[str, Any]:
    """What to change so that every schedule is the number that it is after `num_images`."""
    changes: dict[str, Any] = {}
    for name, schedule in schedules_of(config):
        value = schedule.at(num_images, config.images)
        match name.split("."):
            case [*_, "half_life_images"]:
                changes[name] = round(value)
            case ["optimisers", player, "beta2"]:
                own = config.optimisers[player]
                assert isinstance(own, Adam)  # which alone has it
                changes |= {name: None, f"optimisers.{player}.betas": [own.betas[0], value]}
            case _:
                changes[name] = value
    return changes


def _words(config: RunConfig, name: str) -> str:
    """An option in words: "generator's learning rate", "r1's gamma"."""
    *path, option = name.split(".")
    owner: Any = config
    for part in path:
        owner = owner[int(part)] if part.isdigit() else owner[part] if isinstance(owner, dict) else getattr(owner, part)
    who = owner.tag if path[-1].isdigit() else path[-1]
    return f"{who}'s {option.replace('_', ' ')}"
