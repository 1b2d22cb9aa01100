"""R3GAN's networks: the sizes of the paper's table, shapes layer by layer, how they begin, and a block by hand."""

from math import sqrt

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.r3gan import (
    GenerativeBasis,
    R3DiscriminatorConfig,
    R3GeneratorConfig,
    ResidualBlock,
)
from ganwright.recipes import recipe

SIDES = {"cifar10": 32, "ffhq-64": 64, "ffhq-256": 256, "imagenet-32": 32, "imagenet-64": 64}
CLASSES = {"cifar10": 10, "imagenet-32": 1000, "imagenet-64": 1000}
COUNTS = {
    "cifar10": (20_781_952, 21_280_512),
    "ffhq-64": (22_429_824, 22_381_440),
    "ffhq-256": (23_057_952, 23_009_568),
    "imagenet-32": (82_914_304, 86_548_992),
    "imagenet-64": (103_570_432, 107_205_120),
}
PUBLISHED = {
    "cifar10": (20.8, 21.3),
    "ffhq-64": (22.4, 22.4),
    "ffhq-256": (23.1, 23.0),
    "imagenet-32": (82.9, 86.6),
    "imagenet-64": (103.6, 107.2),
}


@pytest.mark.parametrize("preset", COUNTS)
def test_presets_have_the_published_numbers_of_parameters(preset: str) -> None:
    game = recipe("r3gan", preset).algorithm
    spec = DataSpec((3, SIDES[preset], SIDES[preset]), CLASSES.get(preset, 0))
    with torch.device("meta"):
        networks = [game.generator.build(spec), game.discriminator.build(spec)]  # type: ignore[attr-defined]
    counts = tuple(sum(p.numel() for p in network.parameters()) for network in networks)
    assert counts == COUNTS[preset]
    for count, published in zip(counts, PUBLISHED[preset], strict=True):
        assert abs(count / 1e6 - published) < 0.1


def shapes_of(network: nn.Module, *given: Tensor) -> list[str]:
    """Each layer of a pass with what it makes of one item: blocks as one."""
    shapes: list[str] = []

    def note(module: nn.Module, _: object, output: Tensor) -> None:
        shapes.append(f"{type(module).__name__.strip('_')} {'x'.join(map(str, output.shape[1:]))}")

    hooks = [m.register_forward_hook(note) for m in network.get_submodule("layers").children()]
    network(*given)
    for hook in hooks:
        hook.remove()
    return shapes


def test_shapes_at_256_layer_by_layer() -> None:
    game, spec = recipe("r3gan", "ffhq-256").algorithm, DataSpec((3, 256, 256))
    with torch.device("meta"):
        generator = game.generator.build(spec)  # type: ignore[attr-defined]
        discriminator = game.discriminator.build(spec)  # type: ignore[attr-defined]
        up = shapes_of(generator, torch.empty(2, 64))
        down = shapes_of(discriminator, torch.empty(2, 3, 256, 256))
    two = ["ResidualBlock {}"] * 2
    expected = ["GenerativeBasis 768x4x4", *(b.format("768x4x4") for b in two)]
    for side, width in ((8, 768), (16, 768), (32, 768), (64, 384), (128, 192), (256, 96)):
        if width < 768:
            expected.append(f"Conv2d {width}x{side // 2}x{side // 2}")  # widths change before the picture grows
        expected += [f"Double {width}x{side}x{side}", *(b.format(f"{width}x{side}x{side}") for b in two)]
    assert up == [*expected, "Conv2d 3x256x256"]
    expected = ["Conv2d 96x256x256", *(b.format("96x256x256") for b in two)]
    for side, width, before in ((128, 192, 96), (64, 384, 192), (32, 768, 384), (16, 768, 768), (8, 768, 768)):
        expected.append(f"Halve {before}x{side}x{side}")
        if width != before:
            expected.append(f"Conv2d {width}x{side}x{side}")  # and after it has shrunk
        expected += [b.format(f"{width}x{side}x{side}") for b in two]
    expected += ["Halve 768x4x4", *(b.format("768x4x4") for b in two)]
    assert down == [*expected, "Conv2d 768x1x1"]


@pytest.mark.parametrize("shape", [(1, 28, 28), (4, 16, 32), (3, 24, 40), (3, 8, 8)])
def test_other_shapes_begin_at_a_base_of_their_own(shape: tuple[int, int, int]) -> None:
    spec = DataSpec(shape, 5)
    generator = R3GeneratorConfig(width=4, conditional=True).build(spec)
    discriminator = R3DiscriminatorConfig(width=4, conditional=True).build(spec)
    labels = torch.tensor([0, 4, 2])
    images = generator(torch.randn(3, 64), labels)
    assert images.shape == (3, *shape)
    assert discriminator(images, labels).shape == (3,)


def test_what_it_cannot_make_is_refused_in_one_line() -> None:
    with pytest.raises(UserError, match=r"^generator: r3gan needs sides .*use --data.size 30 or --data.size 32$"):
        R3GeneratorConfig().build(DataSpec((3, 31, 31)))
    with pytest.raises(UserError, match=r"^discriminator: r3gan works on images"):
        R3DiscriminatorConfig().build(DataSpec((2,), bounded=False))


def test_a_block_is_what_the_paper_draws() -> None:
    torch.manual_seed(0)
    block = ResidualBlock(channels=32, group_width=16, expansion=2, num_blocks=8).double()
    x = torch.randn(2, 32, 6, 6, dtype=torch.float64)
    assert torch.equal(block(x), x), "it begins as the identity"
    with torch.no_grad():
        for parameter in block.parameters():
            parameter.copy_(torch.randn_like(parameter))
    assert block.expand.bias is not None
    assert block.mix.bias is not None
    y = torch.einsum("oi,nihw->nohw", block.expand.weight.flatten(1), x) + block.expand.bias[:, None, None]
    y = torch.where(y > 0, y, 0.2 * y)
    groups = [  # 64 inner channels in 4 groups of 16
        F.conv2d(part, weight, padding=1) for part, weight in zip(y.chunk(4, 1), block.mix.weight.chunk(4), strict=True)
    ]
    y = torch.cat(groups, 1) + block.mix.bias[:, None, None]
    y = torch.where(y > 0, y, 0.2 * y)
    y = x + torch.einsum("oi,nihw->nohw", block.project.weight.flatten(1), y)
    torch.testing.assert_close(block(x), y)
    assert block.project.bias is None


def test_weights_begin_with_the_paper_s_spread() -> None:
    torch.manual_seed(0)
    spec = DataSpec((3, 32, 32), 10)
    generator = R3GeneratorConfig(width=128, max_width=128, conditional=True).build(spec)
    gain = sqrt(2 / 1.04) * 8**-0.25  # 4 resolutions of 2 blocks
    blocks = [m for m in generator.modules() if isinstance(m, ResidualBlock)]
    assert len(blocks) == 8
    for block in blocks:
        for layer, fan_in in ((block.expand, 128), (block.mix, 16 * 9)):
            assert layer.weight.std().item() == pytest.approx(gain / sqrt(fan_in), rel=0.05)
            assert layer.bias is not None
            assert not layer.bias.any()
        assert not block.project.weight.any()
    basis = generator.layers[0]
    assert isinstance(basis, GenerativeBasis)
    assert basis.patterns.std().item() == pytest.approx(1, rel=0.05)
    assert basis.weigh.weight.std().item() == pytest.approx(1 / sqrt(128), rel=0.05)  # 64 of z, 64 of the class
    assert generator.join.embedding is not None
    assert generator.join.embedding.weight.std().item() == pytest.approx(1 / sqrt(10), rel=0.1)
    discriminator = R3DiscriminatorConfig(width=128, max_width=128, conditional=True).build(spec)
    assert discriminator.embedding is not None
    assert discriminator.embedding.weight.shape == (10, 128)
    assert discriminator.embedding.weight.std().item() == pytest.approx(1 / sqrt(10 * 128), rel=0.1)


def test_a_basis_is_patterns_weighed_by_the_latent() -> None:
    basis = GenerativeBasis(3, 5, 4, 7)
    latents = torch.randn(2, 3)
    weights = latents @ basis.weigh.weight.T
    torch.testing.assert_close(basis(latents), torch.einsum("chw,nc->nchw", basis.patterns, weights))


def test_a_conditional_score_is_a_projection() -> None:
    discriminator = R3DiscriminatorConfig(width=8, conditional=True, embedding_size=6).build(DataSpec((1, 8, 8), 3))
    features, labels = torch.randn(4, 16), torch.tensor([2, 0, 1, 1])
    assert discriminator.embedding is not None
    right = torch.einsum("nf,ef,ne->n", features, discriminator.score.weight, discriminator.embedding.weight[labels])
    torch.testing.assert_close(discriminator.head(features, labels), right)


def test_groups_fit_any_width() -> None:
    block = ResidualBlock(channels=12, group_width=16, expansion=2, num_blocks=2)
    assert block.mix.groups == 3  # 24 channels; 8 is the largest divisor of both
    assert block(torch.randn(1, 12, 4, 4)).shape == (1, 12, 4, 4)
