"""SNGAN, SAGAN and BigGAN have the settings of their papers; presets change values only."""

from typing import Any

import pytest
import torch
from torch import nn

from ganwright.core.schedules import value_at
from ganwright.core.spec import DataSpec
from ganwright.recipes import RunConfig, recipe

PLAYERS = ("generator", "discriminator")
NAMES = ("sngan", "sagan", "biggan")


def game_of(config: RunConfig) -> Any:
    return config.algorithm


def rates(config: RunConfig) -> dict[str, Any]:
    return {name: (o.learning_rate, o.betas) for name, o in config.optimisers.items()}  # type: ignore[attr-defined]


def test_sngan() -> None:
    for name in ("sngan", "sngan-cnn"):
        config, game = recipe(name), game_of(recipe(name))
        assert (config.batch_size, game.discriminator_steps, game.loss.tag) == (64, 5, "hinge")
        assert game.discriminator.spectral_norm
        assert not game.generator.spectral_norm
        for rate, betas in rates(config).values():
            assert betas == (0.0, 0.9)
            assert [value_at(rate, n, config.images) for n in (0, config.images // 2, config.images)] == [2e-4, 1e-4, 0]
    large = recipe("sngan", "imagenet-128")
    assert rates(large) == dict.fromkeys(PLAYERS, (2e-4, (0.0, 0.9)))
    assert game_of(large).discriminator.conditioning == "projection"


def test_sagan() -> None:
    config, game = recipe("sagan"), game_of(recipe("sagan"))
    assert rates(config) == {"generator": (1e-4, (0.0, 0.9)), "discriminator": (4e-4, (0.0, 0.9))}
    assert game.discriminator_steps == game.generator_steps == 1
    for player in (game.generator, game.discriminator):
        assert player.spectral_norm
        assert player.attention_at == 32
    assert (game.generator.conditioning, game.discriminator.conditioning) == ("batch-norm", "projection")


def test_biggan() -> None:
    config, game = recipe("biggan"), game_of(recipe("biggan"))
    assert rates(config) == {"generator": (5e-5, (0.0, 0.999)), "discriminator": (2e-4, (0.0, 0.999))}
    assert (config.batch_size, game.discriminator_steps) == (2048, 2)
    assert config.ema.beta(2048, 10**9, 10**9) == pytest.approx(0.9999, abs=1e-7)
    assert [(p.tag, p.weight, p.on) for p in game.penalties] == [("orthogonal", 1e-4, "generator")]
    cifar = recipe("biggan", "cifar10")
    assert rates(cifar) == dict.fromkeys(PLAYERS, (2e-4, (0.0, 0.999)))
    assert (cifar.batch_size, game_of(cifar).discriminator_steps, game_of(cifar).penalties) == (50, 4, ())
    assert cifar.ema.beta(50, 10**9, 10**9) == pytest.approx(0.9999, abs=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_small_has_the_classes_of_the_paper_s_networks(name: str) -> None:
    spec = DataSpec((1, 28, 28), 10)
    paper, small = (game_of(recipe(name, preset)) for preset in (None, "small"))
    for player in ("generator", "discriminator"):
        narrow = {f"{player}.width": 8, f"{player}.max_width": 8}
        networks = [getattr(c.override(narrow), player).build(spec) for c in (paper, small)]
        kinds = [{type(m).__name__ for m in network.modules()} for network in networks]
        assert kinds[0] - {"Identity"} == kinds[1] - {"Identity"}
    for network in small.build(spec).networks.values():
        assert isinstance(network, nn.Module)
        assert sum(p.numel() for p in network.parameters()) < 300_000


def test_the_penalty_on_biggan_s_generator_sees_each_map_once_and_moves_no_spectral_norm() -> None:
    torch.manual_seed(0)
    game: Any = recipe("biggan", "small").algorithm
    generator = game.generator.build(DataSpec((1, 16, 16), 3))
    before = {name: buffer.clone() for name, buffer in generator.named_buffers()}
    value = game.penalties[0]._of(generator)
    value.backward()
    assert value > 0
    assert all(torch.equal(buffer, before[name]) for name, buffer in generator.named_buffers())
    maps = {n for n, p in generator.named_parameters() if p.ndim > 1 and "embedding" not in n}
    assert {n for n, p in generator.named_parameters() if p.grad is not None} == maps
