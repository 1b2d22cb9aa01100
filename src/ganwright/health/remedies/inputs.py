"""What goes into the networks: latents, noise, augmentations, past fakes."""

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.schedules import Linear
from ganwright.data.augment.ada import AdaptiveAugmentation
from ganwright.data.augment.base import AugmentationConfig
from ganwright.data.augment.diffaugment import DiffAugment
from ganwright.data.augment.noise import InstanceNoise
from ganwright.health.remedies.base import Changes, OfConfig, Remedy, of_game
from ganwright.training.config import TrainingConfig

PAST_BATCHES = 8
"""Batches of past fakes kept: enough that a mode that was left is still remembered some hundred steps later."""

STRONG = ("ada", "diffaugment")


def _with(added: AugmentationConfig, without: tuple[str, ...] = ()) -> OfConfig:
    """Changes that add an augmentation, in the place of others; None where its kind is there."""

    def changes(game: AdversarialConfig) -> Changes | None:
        if added.tag in (part.tag for part in game.augmentations):
            return None
        kept = [part.plain() for part in game.augmentations if part.tag not in without]
        return {"augmentations": [*kept, added.plain()]}

    return of_game(changes)


def _ada(config: TrainingConfig) -> Changes | None:
    """As fast as the paper lets it move where a run is resumed, or faster in short runs: p reaches 1 in a tenth."""
    unit = min(100_000, max(config.images // 10, 1))
    # Bilinear: the wavelet filter costs several times as much, and pays at resolutions that are seldom rescued.
    return _with(AdaptiveAugmentation(images_per_unit=unit, antialias=False), without=STRONG)(config)


def _varied(game: AdversarialConfig) -> Changes | None:
    if game.latent == "truncated" and game.latent_limit < 1:
        return {"latent": "normal"}
    return {"latent": "normal"} if game.latent == "constant" else None


def _history(config: TrainingConfig) -> Changes | None:
    return of_game(lambda game: None if game.history else {"history": PAST_BATCHES * config.batch_size})(config)


INPUTS: dict[str, Remedy] = {
    "varied-latents": Remedy(
        "latents are drawn from the standard normal, since a generator without variety at its input has none to give",
        of_game(_varied),
    ),
    "noise": Remedy(
        "noise on all that the discriminator sees, less and less of it, makes real items and fakes overlap",
        _with(InstanceNoise(std=Linear(start=0.1, end=0.0))),
    ),
    "ada": Remedy(
        "the discriminator sees augmented items, as strongly as it overfits, so that it cannot learn them", _ada
    ),
    "diffaugment": Remedy(
        "the discriminator sees every item shifted, recoloured and in part hidden, so that it cannot learn them",
        _with(DiffAugment(), without=STRONG),
    ),
    "history": Remedy(
        "half of the fakes that it sees are past ones, so that it does not forget what it saw through", _history
    ),
}
