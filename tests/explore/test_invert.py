"""Projection finds back what the generator itself made."""

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.explore import invert
from ganwright.networks.base import Generator
from ganwright.networks.mlp import MlpGeneratorConfig
from ganwright.networks.stylegan2 import StyleGAN2GeneratorConfig

SPEC = DataSpec((1, 8, 8), 2)


def draw(draws: Draws, num: int) -> torch.Tensor:
    return draws.normal("latents", num, 6)


def plain(**options: object) -> Generator:
    torch.manual_seed(109)
    config = MlpGeneratorConfig.model_validate({"latent_size": 6, "hidden": (32,), "init": "he", **options})
    return config.build(SPEC).eval().requires_grad_(False)


@pytest.mark.parametrize("looks", [False, True])
def test_an_own_item_is_found_back(looks: bool) -> None:
    generator = plain()
    latent = torch.randn(1, 6, generator=torch.Generator().manual_seed(110))
    target = generator(latent)[0]
    look = (lambda items: items.flatten(1)[:, ::3] ** 2) if looks else None
    found = invert(generator, target, draw, look=look, steps=250, restarts=2, candidates=64, prior_weight=0.0)
    assert found.pixels < 2e-3
    assert (found.features is None) != looks
    torch.testing.assert_close(found.vector, latent[0], atol=0.05, rtol=0)
    assert torch.equal(found.item, generator(found.vector[None])[0])


def test_an_own_item_of_styles_is_found_back_in_w_and_classes_count() -> None:
    torch.manual_seed(111)
    config = StyleGAN2GeneratorConfig(latent_size=6, style_size=6, capacity=64, max_width=8, noise=False)
    generator = config.build(SPEC).eval().requires_grad_(False)
    target = generator(torch.randn(1, 6))[0]
    found = invert(generator, target, draw, space="w", steps=60, restarts=1, candidates=32)
    far = (generator(torch.randn(64, 6)) - target).square().mean().sqrt()
    assert found.pixels < 0.2 * float(far)
    assert found.vector.shape == (6,)

    conditional = plain(conditional=True)
    latent = torch.randn(1, 6)
    target = conditional(latent, torch.tensor([1]))[0]
    right, wrong = (
        invert(conditional, target, draw, label=k, steps=50, restarts=1, candidates=64).pixels for k in (1, 0)
    )
    assert right < wrong


def test_the_prior_pulls_back_what_is_too_far_and_a_limit_holds() -> None:
    generator, target = plain(), torch.full((1, 8, 8), 3.0)  # brighter than anything it can make
    free, held, bound = (
        invert(generator, target, draw, steps=60, restarts=1, candidates=16, prior_weight=weight, limit=limit)
        for weight, limit in ((0.0, None), (10.0, None), (0.0, 1.0))
    )
    assert held.prior < free.prior
    assert float(bound.vector.abs().max()) <= 1 + 1e-6


def test_the_same_seed_finds_the_same_and_progress_is_told() -> None:
    generator, told = plain(), []
    target = generator(torch.randn(1, 6))[0]
    first, again = (
        invert(generator, target, draw, steps=5, candidates=8, seed=112, progress=lambda a, b: told.append((a, b)))
        for _ in range(2)
    )
    assert torch.equal(first.vector, again.vector)
    assert told[:5] == [(i, 5) for i in range(1, 6)]


def test_wrong_shapes_and_numbers_are_refused() -> None:
    generator = plain()
    with pytest.raises(UserError, match="resize"):
        invert(generator, torch.zeros(1, 9, 9), draw)
    with pytest.raises(UserError, match="candidates"):
        invert(generator, torch.zeros(1, 8, 8), draw, restarts=9, candidates=3)
