"""What is measured on which data: recipes as they are, or on points with networks that all share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.core.table import look_up
from ganwright.data.dataset import DataConfig
from ganwright.data.mixtures import Grid25Config, MixtureConfig, Ring8Config
from ganwright.data.stacked import StackedConfig
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.recipes.catalog import RECIPES
from ganwright.recipes.catalog import recipe as named_recipe
from ganwright.recipes.run_config import RunConfig

REFERENCE = "rpgan-r1r2"
"""The recipe made for points, whose average of weights, batch and length the others get there."""

Networks = Literal["plain", "reference"]
"""What recipes made for images get on points: plain perceptrons, or the networks of the reference."""

PLAIN = {
    "generator": MlpGeneratorConfig(latent_size=2, hidden=(128, 128)),
    "discriminator": MlpDiscriminatorConfig(hidden=(128, 128)),
}
"""Latents of 2, as in PacGAN's experiments, and two hidden layers."""

IN_WORDS: Mapping[Networks, str] = {
    "plain": "perceptrons with latents of 2 and two hidden layers of 128",
    "reference": f"those of {REFERENCE}",
}

CARRIED = ("spectral_norm", "minibatch", "minibatch_group", "minibatch_kernels", "minibatch_kernel_size")
"""Options of a recipe's own networks that belong to its objective and not to its architecture."""

_WRITTEN = {"log_images": 20_000, "tick_images": 160_000}


@dataclass(frozen=True)
class Field:
    """A data set to compare recipes on.

    num_samples: judged of each seed. num_seeds: trained unless told otherwise.
    images: length of a run; None: each recipe's own. recipes: measured unless told otherwise.
    """

    data: DataConfig
    num_samples: int
    num_seeds: int
    images: int | None
    recipes: tuple[str, ...]


_ON_POINTS = (REFERENCE, "gan", "wgan-gp", "pacgan")

FIELDS: Mapping[str, Field] = {
    "ring8": Field(Ring8Config(), 2_500, 10, None, _ON_POINTS),
    "grid25": Field(Grid25Config(), 2_500, 10, None, _ON_POINTS),
    "stacked-mnist": Field(StackedConfig(), 26_000, 1, 200_000, ("dcgan", "pacgan")),
}


@dataclass(frozen=True)
class Entry:
    """A recipe as it is measured.

    config: what its seeds are trained with; the seed in it is none of theirs.
    networks: what it got in place of its own networks; None where it has those.
    """

    name: str
    config: RunConfig
    networks: Networks | None

    @property
    def algorithm(self) -> AdversarialConfig:
        """The game."""
        assert isinstance(self.config.algorithm, AdversarialConfig)
        return self.config.algorithm


def entries(
    names: Sequence[str], data: DataConfig, images: int | None = None, networks: Networks = "plain"
) -> list[Entry]:
    """The recipes as they are measured on the data.

    On points all have the same networks, and the reference's average of weights, batch and length: what is compared is
    the objective. Each keeps its loss, penalties, stabilisers, steps, optimisers, packs and distribution of latents.
    The reference keeps everything. On images all keep their networks and length. None is conditional.

    images: length for all; None: as above. Raises UserError for unknown recipes, doubles, and what makes no samples.
    """
    if not names:
        raise UserError("there is no recipe to measure; name some with --recipes, e.g. --recipes gan,pacgan")
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise UserError(f"recipe '{twice}' stands twice in --recipes")
    return [_entry(name, _recipe(name), data, images, networks) for name in names]


def field_of(name: str) -> Field:
    """The data set of that name. Raises UserError with the nearest names where there is none."""
    return look_up(FIELDS, name, "data of this bench")


def _recipe(name: str) -> RunConfig:
    """The recipe of that name; where there is none, those that make samples are offered."""
    if name not in RECIPES:
        fitting = {n: make for n, make in RECIPES.items() if isinstance(make().algorithm, AdversarialConfig)}
        look_up(fitting, name, "recipe")
    return named_recipe(name)


def _entry(name: str, config: RunConfig, data: DataConfig, images: int | None, networks: Networks) -> Entry:
    algorithm = config.algorithm
    if not isinstance(algorithm, AdversarialConfig):
        raise UserError(f"recipe '{name}' makes no samples ({algorithm.tag}), so it has no modes to count")
    changes: dict[str, Any] = {"data": data.plain(), **_WRITTEN}
    common = isinstance(data, MixtureConfig) and name != REFERENCE
    if common:
        reference = named_recipe(REFERENCE)
        changes |= {
            **{part: _shared(part, algorithm, reference, networks) for part in PLAIN},
            "ema": reference.ema.plain(),
            "batch_size": reference.batch_size,
            "accumulation": 1,
            "images": reference.images,
        }
    else:
        changes |= {
            f"{part}.conditional": False
            for part in ("generator", "discriminator")
            if hasattr(getattr(algorithm, part), "conditional")
        }
    if images is not None:
        changes["images"] = images
    return Entry(name, config.override(changes, f"recipe '{name}'"), networks if common else None)


def _shared(part: str, own: AdversarialConfig, reference: RunConfig, networks: Networks) -> dict[str, Any]:
    """The network that stands in for a recipe's own, with those of its options that are carried over."""
    network = PLAIN[part] if networks == "plain" else getattr(reference.algorithm, part)
    mine = getattr(own, part)
    known = type(network).model_fields
    return network.plain() | {name: getattr(mine, name) for name in CARRIED if name in known and hasattr(mine, name)}
