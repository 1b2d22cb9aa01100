"""How many steps each player takes."""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.health.remedies.base import Changes, Remedy, of_game

MOST_STEPS = 5
"""As many discriminator steps an iteration as WGAN takes; more cost time and have no advocate."""


def _even(game: AdversarialConfig) -> Changes | None:
    if game.discriminator_steps == game.generator_steps:
        return None if game.generator_steps else {"discriminator_steps": 1, "generator_steps": 1}
    return {"discriminator_steps": 1, "generator_steps": 1}


def _more(game: AdversarialConfig) -> Changes | None:
    if game.discriminator_steps >= MOST_STEPS:
        return None
    return {"discriminator_steps": min(2 * game.discriminator_steps + 1, MOST_STEPS)}


STEPS: dict[str, Remedy] = {
    "even-steps": Remedy(
        "both players take one step an iteration, so that neither runs away from the other or stands still",
        of_game(_even),
    ),
    "more-discriminator-steps": Remedy(
        "the discriminator takes more steps for each of the generator's, so that it keeps up", of_game(_more)
    ),
}
