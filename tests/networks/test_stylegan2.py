"""StyleGAN2: sizes, shapes, styles, truncation, mixing, noise, path lengths."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.layers.equalised import EqualisedConv2d, EqualisedLinear, FilteredHalving, unit_length
from ganwright.networks.layers.minibatch import MinibatchStddevMap
from ganwright.networks.stylegan import StyleGANGeneratorConfig
from ganwright.networks.stylegan2 import (
    StyleGAN2Discriminator,
    StyleGAN2DiscriminatorConfig,
    StyleGAN2Generator,
    StyleGAN2GeneratorConfig,
)
from ganwright.penalties.path_length import path_lengths

PAPER: dict[str, Any] = {"capacity": 32_768, "max_width": 512}
MAPPING = {"latent_size": 512, "style_size": 512, "num_mapping_layers": 8}
SPEC = DataSpec((3, 16, 16), 4)


def num_weights(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def small(**options: Any) -> StyleGAN2Generator:
    torch.manual_seed(0)
    sizes = {"capacity": 64, "max_width": 8, "latent_size": 6, "style_size": 5}
    network = StyleGAN2GeneratorConfig.parse({**sizes, **options}).build(SPEC)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if name.endswith("strength"):
                parameter.fill_(0.5)
    return network


def latents(num: int = 4) -> Tensor:
    return torch.randn(num, 6, generator=torch.Generator().manual_seed(1))


def test_the_papers_numbers_of_weights_at_1024() -> None:
    spec = DataSpec((3, 1024, 1024))
    with torch.device("meta"):
        generator = StyleGAN2GeneratorConfig.parse({**PAPER, **MAPPING}).build(spec)
        discriminator = StyleGAN2DiscriminatorConfig.parse(PAPER).build(spec)
    assert num_weights(generator) == 30_370_060
    assert num_weights(discriminator) == 29_012_513
    assert num_weights(generator.map) == 8 * (512 * 512 + 512)
    assert generator.num_layers == 18


def test_shapes_layer_by_layer_at_1024() -> None:
    spec = DataSpec((3, 1024, 1024))
    widths = {4: 512, 8: 512, 16: 512, 32: 512, 64: 512, 128: 256, 256: 128, 512: 64, 1024: 32}
    with torch.device("meta"):
        generator = StyleGAN2GeneratorConfig.parse({**PAPER, **MAPPING}).build(spec).eval()
        discriminator = StyleGAN2DiscriminatorConfig.parse(PAPER).build(spec)
        shapes: list[tuple[int, ...]] = []
        for layer in [*generator.convolutions, *discriminator.layers]:
            layer.register_forward_hook(lambda _, given, made: shapes.append(tuple(made.shape)))
        image = generator(torch.empty(4, 512))
        assert image.shape == (4, 3, 1024, 1024)
        discriminator(image)
    up = [(4, w, s, s) for s, w in widths.items() for _ in range(1 if s == 4 else 2)]
    down = [(4, 32, 1024, 1024), *((4, widths[s], s, s) for s in (512, 256, 128, 64, 32, 16, 8, 4))]
    assert shapes == [*up, *down, (4, 513, 4, 4), (4, 512, 4, 4), (4, 8192), (4, 512)]


def test_truncation_1_is_the_identity_and_0_the_mean() -> None:
    network = small()
    for _ in range(20):
        network(latents())
    network.eval()
    assert network.mean_w.any()
    styles = network.mapping(latents())
    assert network.truncated(styles, 1.0) is styles
    assert torch.equal(network(latents()), network(latents(), truncation=1.0))
    mean = network.synthesis(network.mean_w.expand(1, network.num_layers, -1))
    torch.testing.assert_close(network(latents(), truncation=0.0), mean.expand(4, -1, -1, -1))
    torch.testing.assert_close(network.truncated(styles, 0.5), (styles + network.mean_w) / 2)
    partly = network.truncated(styles, 0.0, cutoff=2)
    assert torch.equal(partly[:, 2:], styles[:, 2:])
    torch.testing.assert_close(partly[:, :2], network.mean_w.expand(4, 2, -1))


def test_the_mean_style_follows_the_styles_of_training_only() -> None:
    network = small(mean_decay=0.9)
    mean = network.map(latents(), None).mean(0)
    network.mapping(latents())
    torch.testing.assert_close(network.mean_w, 0.1 * mean)
    torch.func.vjp(network.mapping, latents())
    torch.testing.assert_close(network.mean_w, 0.19 * mean)
    network.eval().mapping(latents())
    torch.testing.assert_close(network.mean_w, 0.19 * mean)


def test_mixing_gives_each_item_a_second_style_from_some_layer_on() -> None:
    network = small(mixing=0.5)
    torch.manual_seed(3)
    many = latents(400)
    styles = network.styles(many)
    plain = network.map(many, None)
    same = (styles == plain.unsqueeze(1)).all(2)
    assert same[:, 0].all()
    assert ((~same[:, :-1]) <= (~same[:, 1:])).all()  # once another, always another
    mixed = (~same[:, -1]).float().mean().item()
    assert 0.4 < mixed < 0.6
    firsts = same[~same[:, -1]].sum(1)
    assert set(firsts.tolist()) == set(range(1, network.num_layers))
    assert torch.equal(small(mixing=0.0).styles(many)[:, 0], small().map(many, None))
    assert torch.equal(network.eval().styles(many)[:, -1], plain)


def test_each_layer_listens_to_its_own_style() -> None:
    network = small(noise=False).eval()
    styles = network.mapping(latents())
    image = network.synthesis(styles)
    for layer in range(network.num_layers):
        changed = styles.clone()
        changed[:, layer] += 1
        assert not torch.allclose(network.synthesis(changed), image)


def test_noise_by_choice() -> None:
    network = small()
    styles = network.eval().mapping(latents())
    fixed, none = network.synthesis(styles, "fixed"), network.synthesis(styles, "none")
    assert torch.equal(network.synthesis(styles), fixed)
    assert not torch.allclose(fixed, none)
    first, second = network.synthesis(styles, "random"), network.synthesis(styles, "random")
    assert not torch.allclose(first, second)
    maps = [buffer for name, buffer in network.named_buffers() if name.endswith("noise.fixed")]
    assert torch.equal(network.synthesis(styles, maps), fixed)
    torch.testing.assert_close(network.synthesis(styles, [0 * m for m in maps]), none)
    network.train()
    assert not torch.allclose(network.synthesis(styles), network.synthesis(styles))
    with pytest.raises(ValueError, match="one of random, fixed, none"):
        network.synthesis(styles, "loud")
    with pytest.raises(ValueError, match="each of 5 layers, not 1"):
        network.synthesis(styles, maps[:1])
    quiet = small(noise=False, mixing=0.0)
    assert not quiet.is_stochastic
    assert not any("strength" in name for name, _ in quiet.named_parameters())
    assert torch.equal(quiet(latents()), quiet(latents()))


def test_path_lengths_in_w_are_those_of_the_jacobian() -> None:
    network = small(noise=False).double().eval()
    styles = network.mapping(latents(2).double())
    noise = torch.randn(2, *SPEC.shape, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    lengths = path_lengths(network.synthesis, styles, noise)
    for n in range(2):
        jacobian = torch.func.jacrev(lambda w: network.synthesis(w)[0])(styles[n : n + 1].detach())
        pulled = torch.tensordot(noise[n], jacobian[:, :, :, 0], 3)
        torch.testing.assert_close(lengths[n], pulled.square().sum(1).mean().sqrt())
    weights = dict(network.named_parameters())
    reached = [weights["map.layers.0.weight"], weights["convolutions.1.weight"]]
    gradients = torch.autograd.grad(lengths.sum(), reached)
    assert all(g.any() for g in gradients)


def test_the_latent_counts_by_its_direction_alone() -> None:
    network = small().eval()
    torch.testing.assert_close(network(latents()), network(3 * latents()), atol=1e-5, rtol=1e-5)


def test_an_equalised_layer_is_the_plain_one_at_its_scale() -> None:
    torch.manual_seed(0)
    vectors, image = torch.randn(5, 7), torch.randn(2, 3, 6, 6)
    linear = EqualisedLinear(7, 4, begin=1.0, rate=0.01)
    assert linear.bias is not None
    assert torch.equal(linear.bias, torch.full((4,), 100.0))
    torch.testing.assert_close(linear(vectors), vectors @ linear.weight.T * 0.01 / 7**0.5 + 1)
    assert linear(torch.randn(4000, 7)).sub(1).std(0).mean().item() == pytest.approx(1, abs=0.5)
    conv = EqualisedConv2d(3, 4, 3, leaky=False)
    plain = torch.nn.functional.conv2d(image, conv.weight / 27**0.5, conv.bias, padding=1)
    torch.testing.assert_close(conv(image), plain)
    assert FilteredHalving(3, 5, 3)(image).shape == FilteredHalving(3, 5, 1)(image).shape == (2, 5, 3, 3)
    torch.testing.assert_close(unit_length(vectors).square().mean(1), torch.ones(5))


def test_the_spread_of_a_group_is_one_more_channel() -> None:
    features = torch.randn(8, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    made = MinibatchStddevMap(4)(features)
    assert made.shape == (8, 4, 2, 2)
    for n in range(8):
        group = features[n % 2 :: 2]
        expected = (group.var(0, correction=0) + 1e-8).sqrt().mean()
        torch.testing.assert_close(made[n, 3], expected.expand(2, 2))


@pytest.mark.parametrize("config", [StyleGAN2GeneratorConfig(), StyleGAN2DiscriminatorConfig()])
def test_shapes_that_cannot_be_made_are_refused_in_one_line(config: Any) -> None:
    with pytest.raises(UserError, match=r"stylegan2 needs sides .* not 33x33; use --data.size 32"):
        config.build(DataSpec((3, 33, 33)))
    with pytest.raises(UserError, match="works on images"):
        config.build(DataSpec((2,), bounded=False))


def test_plain_blocks_have_no_way_around() -> None:
    def names(architecture: str) -> list[str]:
        network = StyleGAN2DiscriminatorConfig.parse({"architecture": architecture, "capacity": 64}).build(SPEC)
        assert isinstance(network, StyleGAN2Discriminator)
        assert network(torch.zeros(2, *SPEC.shape)).shape == (2,)
        return [name for name, _ in network.named_parameters()]

    assert any("skip" in name for name in names("residual"))
    assert not any("skip" in name for name in names("plain"))


def test_stylegans_number_of_weights_at_1024() -> None:
    # 26.2 million, as the paper's section 2 has it.
    with torch.device("meta"):
        config = StyleGANGeneratorConfig.parse({"capacity": 16_384, "max_width": 512, **MAPPING})
        network = config.build(DataSpec((3, 1024, 1024)))
    assert num_weights(network) == 26_219_627
    assert network.num_layers == 18
