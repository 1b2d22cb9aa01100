"""DCGAN: the layouts of the lessons and the paper, sizes it can make, and its fast ends against their convolutions."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import has_batch_statistics
from ganwright.networks.dcgan import (
    DcganDiscriminatorConfig,
    DcganGeneratorConfig,
)
from ganwright.networks.layers.doubling import nearest_sides, num_doublings
from ganwright.networks.layers.heads import LinearHead

WEIGHTED = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def shapes_of(network: nn.Module, items: Tensor) -> list[str]:
    """CxHxW (or length) after every weighted layer of one pass."""
    shapes: list[str] = []
    hooks = [
        m.register_forward_hook(lambda _, __, output: shapes.append("x".join(map(str, output.shape[1:]))))
        for m in network.modules()
        if isinstance(m, WEIGHTED)
    ]
    network(items)
    for hook in hooks:
        hook.remove()
    return shapes


# name: shape, latent_size, generator width, discriminator width, generator's layers, discriminator's layers
LAYOUTS = {
    "dcgan-28": ((1, 28, 28), 100, 128, 64, "256x7x7 128x14x14 1x28x28", "64x14x14 128x7x7 1"),
    "dcgan-28 RGB": ((3, 28, 28), 100, 128, 64, "256x7x7 128x14x14 3x28x28", "64x14x14 128x7x7 1"),
    "dcgan-64": (
        (3, 64, 64), 128, 64, 64,
        "512x4x4 256x8x8 128x16x16 64x32x32 3x64x64",
        "64x32x32 128x16x16 256x8x8 512x4x4 1",
    ),
    "dcgan-paper": (
        (3, 64, 64), 100, 128, 128,
        "1024x4x4 512x8x8 256x16x16 128x32x32 3x64x64",
        "128x32x32 256x16x16 512x8x8 1024x4x4 1",
    ),
    "dcgan-32": ((3, 32, 32), 100, 64, 64, "256x4x4 128x8x8 64x16x16 3x32x32", "64x16x16 128x8x8 256x4x4 1"),
    "digits": ((1, 8, 8), 32, 64, 64, "64x4x4 1x8x8", "64x4x4 1"),
    "16x16": ((1, 16, 16), 32, 64, 64, "128x4x4 64x8x8 1x16x16", "64x8x8 128x4x4 1"),
    "wide": ((1, 16, 32), 32, 8, 8, "16x4x8 8x8x16 1x16x32", "8x8x16 16x4x8 1"),
    "60x44": ((1, 60, 44), 32, 8, 8, "16x15x11 8x30x22 1x60x44", "8x30x22 16x15x11 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name):
    shape, latent_size, generator_width, discriminator_width, generator_shapes, discriminator_shapes = LAYOUTS[name]
    generator = DcganGeneratorConfig(latent_size=latent_size, width=generator_width).build(DataSpec(shape))
    discriminator = DcganDiscriminatorConfig(width=discriminator_width).build(DataSpec(shape))
    stem, *rest = shapes_of(generator, torch.randn(2, latent_size))
    assert ["x".join(map(str, generator.base)), *rest] == generator_shapes.split()
    assert int(stem) == torch.Size(generator.base).numel()
    assert shapes_of(discriminator, torch.randn(2, *shape)) == discriminator_shapes.split()


def test_layers_of_dcgan_28():
    generator = DcganGeneratorConfig(width=128).build(DataSpec((1, 28, 28)))
    names = [type(m).__name__ for m in generator.layers]
    assert names == ["BatchNorm2d", "ReLU", "ConvTranspose2d", "BatchNorm2d", "ReLU", "DoubleToImage", "Tanh"]
    assert not any(m.bias is not None for m in generator.modules() if isinstance(m, WEIGHTED))
    discriminator = DcganDiscriminatorConfig().build(DataSpec((1, 28, 28)))
    names = [type(m).__name__ for m in discriminator.layers]
    assert names == ["HalveFromImage", "Identity", "LeakyReLU", "Conv2d", "BatchNorm2d", "LeakyReLU"]
    for conv in (
        m for m in [*generator.modules(), *discriminator.modules()] if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)
    ):
        assert (conv.kernel_size, conv.stride, conv.padding) == ((4, 4), (2, 2), (1, 1))


def test_only_convolutions_before_a_norm_lack_a_bias():
    spec = DataSpec((1, 32, 32))
    for norm in ("batch", "layer", "instance", "none"):
        discriminator = DcganDiscriminatorConfig(width=4, norm=norm).build(spec)
        convs = [m for m in discriminator.layers if isinstance(m, nn.Conv2d)]
        assert [c.bias is not None for c in convs] == [True, norm == "none", norm == "none"]
        generator = DcganGeneratorConfig(width=4, norm=norm).build(spec)
        assert all((m.bias is not None) == (norm == "none") for m in generator.modules() if isinstance(m, WEIGHTED))
        assert has_batch_statistics(discriminator) == has_batch_statistics(generator) == (norm == "batch")


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 16, 32)])
def test_stem_equals_a_transposed_convolution_from_1x1_gradients_included(shape):
    torch.manual_seed(0)
    generator = DcganGeneratorConfig(width=8, norm="none", init="he").build(DataSpec(shape)).double()
    latents = torch.randn(5, 100, dtype=torch.float64)
    kernel = generator.stem.weight.detach().t().reshape(100, *generator.base).requires_grad_()
    bias = generator.stem.bias.detach().view(generator.base).clone().requires_grad_()
    reference = generator.layers(F.conv_transpose2d(latents[:, :, None, None], kernel) + bias)
    images = generator(latents)
    torch.testing.assert_close(images, reference)
    target = torch.randn_like(images)
    fast = torch.autograd.grad((images * target).sum(), [generator.stem.weight, generator.stem.bias])
    slow = torch.autograd.grad((reference * target).sum(), [kernel, bias])
    torch.testing.assert_close(fast[0].t().reshape(kernel.shape), slow[0])
    torch.testing.assert_close(fast[1].view(bias.shape), slow[1])


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 16, 32)])
def test_head_equals_a_convolution_to_1x1_gradients_included(shape):
    torch.manual_seed(0)
    discriminator = DcganDiscriminatorConfig(width=8, norm="layer").build(DataSpec(shape)).double()
    items = torch.randn(5, *shape, dtype=torch.float64)
    maps = discriminator.layers(items)
    assert isinstance(discriminator.score, LinearHead)
    score = discriminator.score.score
    kernel = score.weight.detach().view(1, *maps.shape[1:]).clone().requires_grad_()
    reference = F.conv2d(maps, kernel, score.bias).flatten()
    logits = discriminator(items)
    torch.testing.assert_close(logits, reference)
    (fast,) = torch.autograd.grad(logits.square().sum(), score.weight, retain_graph=True)
    (slow,) = torch.autograd.grad(reference.square().sum(), kernel)
    torch.testing.assert_close(fast.view(kernel.shape), slow)
    assert torch.equal(discriminator.features(items), maps.flatten(1))


@pytest.mark.parametrize(
    ("height", "width", "doublings"),
    [(8, 8, 1), (28, 28, 2), (64, 64, 4), (20, 20, 2), (30, 30, 1), (60, 44, 2), (16, 32, 2), (256, 256, 6)],
)
def test_sizes_that_work(height, width, doublings):
    assert num_doublings(height, width) == num_doublings(width, height) == doublings


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (7, 7), (29, 29), (100, 100), (17, 34), (8, 64), (8, 32), (0, 0)])
def test_sizes_that_do_not(shape):
    assert num_doublings(*shape) == 0


def test_sizes_are_exactly_bases_of_4_to_15_doubled():
    expected = {base << n for base in range(4, 16) for n in range(1, 6)}
    assert {s for s in range(1, 129) if num_doublings(s, s)} == {s for s in expected if s <= 128}


@pytest.mark.parametrize(
    ("side", "near"), [(100, [96, 104]), (1, [8]), (29, [28, 30]), (64, [64, 72]), (1000, [960, 1024])]
)
def test_nearest_sides(side, near):
    assert nearest_sides(side) == near


@pytest.mark.parametrize("config", [DcganGeneratorConfig(), DcganDiscriminatorConfig()])
def test_sizes_that_cannot_be_made_are_refused_with_the_mend(config):
    with pytest.raises(UserError, match=r"not 100x100; use --data.size 96 or --data.size 104$"):
        config.build(DataSpec((1, 100, 100)))
    with pytest.raises(UserError, match=r"not 33x64; use --data.size 32 or --data.size 36$"):
        config.build(DataSpec((1, 33, 64)))
    with pytest.raises(UserError, match=r"not on points of 2 numbers; use --\w+.kind mlp"):
        config.build(DataSpec((2,), bounded=False))


def test_widths_stop_doubling_at_max_width():
    spec = DataSpec((1, 64, 64))
    generator = DcganGeneratorConfig(width=8, max_width=16).build(spec)
    assert [m.in_channels for m in generator.layers if isinstance(m, nn.ConvTranspose2d)] == [16, 16, 16, 8]
    discriminator = DcganDiscriminatorConfig(width=8, max_width=16).build(spec)
    assert [m.out_channels for m in discriminator.layers if isinstance(m, nn.Conv2d)] == [8, 16, 16, 16]


def test_discriminator_options():
    spec = DataSpec((1, 16, 16))
    network = DcganDiscriminatorConfig(width=4, dropout=0.4, slope=0.1).build(spec)
    assert [m.p for m in network.modules() if isinstance(m, nn.Dropout)] == [0.4, 0.4]
    assert {m.negative_slope for m in network.modules() if isinstance(m, nn.LeakyReLU)} == {0.1}
    torch.manual_seed(0)
    network = DcganDiscriminatorConfig(width=4, norm="none", init="he", spectral_norm=True).build(spec)
    for _ in range(20):
        network(torch.randn(2, 1, 16, 16))
    for module in (m for m in network.modules() if isinstance(m, WEIGHTED)):
        assert torch.linalg.matrix_norm(module.weight.flatten(1), 2).item() == pytest.approx(1, abs=0.01)
    first, second = torch.randn(2, 500, 1, 16, 16)
    slopes = (network(first) - network(second)).abs() / (first - second).flatten(1).norm(dim=1)
    assert (
        slopes.max() < 8
    )  # each 4x4 stride-2 convolution maps a pixel to 4 outputs: at most 2 a layer, and 1 for the head


def test_channels_last_gives_the_same_images_and_scores():
    torch.manual_seed(0)
    spec = DataSpec((3, 16, 16))
    generator, discriminator = DcganGeneratorConfig(width=8).build(spec), DcganDiscriminatorConfig(width=8).build(spec)
    latents = torch.randn(4, 100)
    images = generator(latents)
    scores = discriminator(images)
    generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    discriminator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    torch.testing.assert_close(generator(latents), images, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(discriminator(generator(latents)), scores, atol=1e-5, rtol=1e-4)
