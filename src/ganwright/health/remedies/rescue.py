"""The last rung: not a remedy of this run but a new one, of a game that is harder to break."""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.health.remedies.base import Changes
from ganwright.health.remedies.losses import GAMMA, RELATIVISTIC
from ganwright.health.remedies.rates import USUAL
from ganwright.penalties.gradient import R1Penalty, R2Penalty
from ganwright.training.config import TrainingConfig
from ganwright.training.optimisers import Adam

RECIPE = "rescued"
"""The recipe that a fork's config names."""

_DISCRIMINATOR = {"norm": "none", "init": "he", "dropout": 0.0, "minibatch": "none", "spectral_norm": False}
_GAME = {
    "discriminator_steps": 1,
    "generator_steps": 1,
    "latent": "normal",
    "pack": 1,
    "num_discriminators": 1,
    "history": 0,
    "unrolled_steps": 0,
    "precision.dtype": "float32",
}


def rescued(config: TrainingConfig) -> Changes | None:
    """What makes of a config one that is hard to break: the same generator and data, R3GAN's loss and penalties, a
    discriminator without batch norm, Adam without momentum. None for what is no game of two players.
    """
    game = getattr(config, "algorithm", None)
    if not isinstance(game, AdversarialConfig):
        return None
    known = type(game.discriminator).model_fields
    adam = Adam(learning_rate=USUAL["adam"], betas=(0.0, 0.99)).plain()
    return {
        **_GAME,
        **{f"discriminator.{name}": value for name, value in _DISCRIMINATOR.items() if name in known},
        "loss": {"kind": RELATIVISTIC},
        "penalties": [R1Penalty(gamma=GAMMA).plain(), R2Penalty(gamma=GAMMA).plain()],
        **{f"optimisers.{name}": adam for name in config.optimisers},
    }
