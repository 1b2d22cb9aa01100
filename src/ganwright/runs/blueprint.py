"""A recipe's networks as they would be for some data, without weights: shapes, parameters and work of each layer."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore.shapes import Shapes, shapes
from ganwright.networks.base import Classifier, Generator
from ganwright.networks.layers.growth import FOREVER, Growth
from ganwright.recipes.run_config import RunConfig


def blueprint(config: RunConfig, spec: DataSpec) -> Mapping[str, Shapes]:
    """The networks of a config for items of a spec, by name. Nothing is computed, and no weights are held.

    Growing networks are shown fully grown. The work is that of the textbook's form of each layer; where a faster form
    gives the same numbers on a processor, it does less.
    Raises UserError where the networks cannot make or judge such items.
    """
    with torch.device("meta"):
        networks = _grown(config.algorithm.build(spec).networks)
        return {
            name: shapes(network, *one_item(network, spec, getattr(config.algorithm, "pack", 1)))
            for name, network in networks.items()
        }


def one_item(network: nn.Module, spec: DataSpec, pack: int = 1) -> tuple[Tensor | None, ...]:
    """What a network takes, for one item, all zeros; a discriminator of packs gets a pack of them."""
    label = torch.zeros(1, dtype=torch.int64) if getattr(network, "num_classes", 0) else None
    if isinstance(network, Generator):
        return torch.zeros(1, network.latent_size), label
    channels, *size = spec.shape
    item = torch.zeros(1, channels * pack, *size)
    return (item,) if isinstance(network, Classifier) else (item, label)


def judge_of(config: RunConfig, spec: DataSpec, seed: int = 0) -> nn.Module:
    """The network that judges items, with fresh weights, in evaluation mode: discriminator or classifier.

    Raises UserError where there is none, or it cannot judge such items.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = _grown(config.algorithm.build(spec).networks)
    for name in ("discriminator", "classifier"):
        if name in networks:
            return networks[name].eval().requires_grad_(False)
    raise UserError(f"recipe {config.recipe} has no network that judges images")


def _grown(networks: dict[str, nn.Module]) -> dict[str, nn.Module]:
    for part in (m for network in networks.values() for m in network.modules()):
        if isinstance(part, Growth):
            part.set(FOREVER, 1, 0, 0)
    return networks
