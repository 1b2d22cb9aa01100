"""Networks that grow: when, how a level fades in, and that a fade's ends are the networks before and after."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.layers.growth import FOREVER, enlarged, faded, shrunk, stage_at
from ganwright.networks.progan import (
    GrowingGenerator,
    ProGANDiscriminator,
    ProGANDiscriminatorConfig,
    ProGANGeneratorConfig,
)
from ganwright.networks.stylegan import StyleGANGenerator, StyleGANGeneratorConfig

SPEC = DataSpec((3, 16, 32), 4)
SMALL = {"capacity": 64, "max_width": 8, "latent_size": 6}
GENERATORS = [ProGANGeneratorConfig.parse(SMALL), StyleGANGeneratorConfig.parse({**SMALL, "style_size": 5})]
DISCRIMINATORS = [
    ProGANDiscriminatorConfig.parse({"capacity": 64, "max_width": 8, "halving": h}) for h in ("average", "soft")
]
FADE, HOLD = 100, 50
LATENTS = torch.randn(4, 6, generator=torch.Generator().manual_seed(1))
ITEMS = torch.randn(4, 3, 16, 32, generator=torch.Generator().manual_seed(2))


def generator_of(config: Any, num_images: int = FOREVER) -> GrowingGenerator:
    torch.manual_seed(0)
    network = config.build(SPEC).eval()
    network.growth.set(num_images, FADE, HOLD, 0)
    return network


def discriminator_of(config: Any, num_images: int = FOREVER) -> ProGANDiscriminator:
    torch.manual_seed(0)
    network = config.build(SPEC).eval()
    network.growth.set(num_images, FADE, HOLD, 0)
    return network


def test_the_papers_numbers_of_weights_at_1024() -> None:
    # 23.1 million each, as the paper's table 2 has it.
    paper, spec = {"capacity": 16_384, "max_width": 512}, DataSpec((3, 1024, 1024))
    with torch.device("meta"):
        generator = ProGANGeneratorConfig.parse({**paper, "latent_size": 512}).build(spec)
        discriminator = ProGANDiscriminatorConfig.parse(paper).build(spec)
    assert sum(p.numel() for p in generator.parameters()) == 23_079_115
    assert sum(p.numel() for p in discriminator.parameters()) == 23_087_249
    assert [dict(m.named_parameters())["weight"].shape[1] for m in generator.to_images] == [
        512,
        512,
        512,
        512,
        256,
        128,
        64,
        32,
        16,
    ]


def test_the_course_hold_then_fade_and_hold_each_level() -> None:
    course = {0: (0, 1), 49: (0, 1), 50: (1, 0), 75: (1, 0.25), 149: (1, 0.99), 150: (1, 1), 199: (1, 1)}
    course |= {200: (2, 0), 225: (2, 0.25), 300: (2, 1), 349: (2, 1), 350: (2, 1), 10**9: (2, 1)}
    for num_images, stage in course.items():
        assert stage_at(num_images, FADE, HOLD, 0, 3) == stage
    assert stage_at(0, FADE, HOLD, 1, 3) == (1, 1)
    assert stage_at(60, FADE, HOLD, 1, 3) == (2, 0.1)
    assert stage_at(0, FADE, HOLD, 9, 3) == (2, 1)
    assert stage_at(0, FADE, 0, 0, 3) == (1, 0)
    assert stage_at(7, 0, 5, 0, 3) == (1, 1)


@pytest.mark.parametrize("config", GENERATORS)
def test_a_generators_fade_goes_from_the_network_before_to_the_one_after(config: Any) -> None:
    before, begun = (generator_of(config, n)(LATENTS) for n in (HOLD - 1, HOLD))
    torch.testing.assert_close(begun, before, atol=0, rtol=0)
    half, done, held = (generator_of(config, n)(LATENTS) for n in (HOLD + FADE // 2, HOLD + FADE, HOLD + FADE + 10))
    assert torch.equal(done, held)
    torch.testing.assert_close(half, (before + done) / 2)
    nearly = generator_of(config, 2 * HOLD + 2 * FADE - 1)
    nearly.growth.set(10**9, 10**9 - HOLD + 1, HOLD, 0)
    torch.testing.assert_close(nearly(LATENTS), done, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(begun, done)


@pytest.mark.parametrize("config", DISCRIMINATORS)
def test_a_discriminators_fade_goes_from_the_network_before_to_the_one_after(config: Any) -> None:
    before, begun, done, held = (discriminator_of(config, n)(ITEMS) for n in (49, 50, 150, 160))
    torch.testing.assert_close(begun, before, atol=1e-6, rtol=1e-6)  # means of means differ by rounding
    assert torch.equal(done, held)
    assert not torch.allclose(begun, done)


@pytest.mark.parametrize("config", GENERATORS)
@pytest.mark.parametrize(("num_images", "size"), [(0, (4, 8)), (60, (8, 16)), (160, (8, 16)), (210, (16, 32))])
def test_images_have_full_size_all_the_time(config: Any, num_images: int, size: tuple[int, int]) -> None:
    network = generator_of(config, num_images)
    grown, whole = network.grown(LATENTS), network(LATENTS)
    assert grown.shape == (4, 3, *size)
    assert torch.equal(whole, enlarged(grown, 16 // size[0]))
    judge = discriminator_of(DISCRIMINATORS[0], num_images)
    torch.testing.assert_close(judge(whole), judge(grown))


def test_a_fresh_network_is_grown_and_the_clock_is_part_of_its_state() -> None:
    fresh = GENERATORS[0].build(SPEC)
    assert fresh.growth.stage() == (2, 1.0)
    fading = generator_of(GENERATORS[0], HOLD + 30)
    assert fading.growth.clock.dtype == torch.int64
    fresh.load_state_dict(fading.state_dict())
    assert fresh.growth.stage() == (1, 0.3)
    assert torch.equal(fresh.eval()(LATENTS), fading(LATENTS))


def test_the_stage_is_known_under_vmap() -> None:
    networks = [generator_of(GENERATORS[0], HOLD + 30) for _ in range(2)]
    parameters, buffers = torch.func.stack_module_state([*networks])

    def call(parameters: dict, buffers: dict, latents: Tensor) -> Tensor:
        return torch.func.functional_call(networks[0], (parameters, buffers), (latents,))

    together = torch.func.vmap(call, in_dims=(0, 0, None))(parameters, buffers, LATENTS)
    torch.testing.assert_close(together[1], networks[1](LATENTS))


def test_real_images_fade_as_fakes_do() -> None:
    assert faded(ITEMS, 1.0) is ITEMS
    coarse = enlarged(shrunk(ITEMS, 2), 2)
    torch.testing.assert_close(faded(ITEMS, 0.0), coarse)
    torch.testing.assert_close(faded(ITEMS, 0.25), 0.75 * coarse + 0.25 * ITEMS)
    torch.testing.assert_close(shrunk(faded(ITEMS, 0.25), 2), shrunk(ITEMS, 2))


def test_styles_are_mixed_among_the_layers_in_use() -> None:
    network = generator_of(GENERATORS[1], 0).train()
    assert isinstance(network, StyleGANGenerator)
    torch.manual_seed(0)
    many = torch.randn(200, 6)
    styles = network.styles(many)
    firsts = (styles == network.map(many, None).unsqueeze(1)).all(2).sum(1)
    assert set(firsts.tolist()) == {1, 6}  # two layers at the base: another style from the second on, or none


def test_adaptive_norm_gives_channels_the_mean_and_deviation_of_the_style() -> None:
    network = generator_of(GENERATORS[1])
    assert isinstance(network, StyleGANGenerator)
    norm, features = network.first.norm, 3 * torch.randn(2, 8, 6, 5) + 2
    style = torch.randn(2, 5)
    gain, bias = norm.affine(style).chunk(2, 1)
    made = norm(features, style)
    torch.testing.assert_close(made.mean((2, 3)), bias, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(made.std((2, 3), correction=0), (1 + gain).abs(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("config", [*GENERATORS, *DISCRIMINATORS])
def test_shapes_that_cannot_be_made_are_refused_in_one_line(config: Any) -> None:
    with pytest.raises(UserError, match=r"needs sides .* not 33x33; use --data.size 32"):
        config.build(DataSpec((3, 33, 33)))


def test_the_pixels_vectors_have_unit_length() -> None:
    network = generator_of(GENERATORS[0])
    seen: list[Tensor] = []
    blocks = [network.first, *network.blocks]  # type: ignore[misc]
    for block in blocks:
        assert isinstance(block, nn.Module)
        block.register_forward_hook(lambda *told: seen.append(told[2]))  # pyright: ignore[reportArgumentType]
    network(LATENTS)
    assert len(seen) == 3
    for made in seen:
        torch.testing.assert_close(made.square().mean(1), torch.ones_like(made[:, 0]), atol=1e-3, rtol=1e-3)
