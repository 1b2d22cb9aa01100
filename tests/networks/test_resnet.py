"""SNGAN's and SAGAN's networks: parameters by hand, shapes layer by layer, shortcuts in the papers' order."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.layers.norms import norm_of_images
from ganwright.networks.layers.residual import DownBlock, UpBlock, initialise_residual
from ganwright.networks.resnet import ResnetDiscriminatorConfig, ResnetGeneratorConfig, attended_stage
from ganwright.recipes import recipe

CIFAR, IMAGENET = DataSpec((3, 32, 32), 10), DataSpec((3, 128, 128), 1000)


def game(name: str, preset: str | None = None) -> Any:
    return recipe(name, preset).algorithm


def num_parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def conv(inputs: int, outputs: int, kernel: int = 3) -> int:
    return inputs * outputs * kernel**2 + outputs


def on_meta(config: Any, spec: DataSpec) -> nn.Module:
    """Without weights; spectral norm, which adds no parameters, has none to look at there."""
    with torch.device("meta"):
        return config.override({"spectral_norm": False}).build(spec)


def test_sngan_for_cifar10_has_the_parameters_of_the_paper_s_table() -> None:
    up = 2 * conv(256, 256) + conv(256, 256, 1) + 2 * 2 * 256
    assert num_parameters(on_meta(game("sngan").generator, CIFAR)) == (
        (128 + 1) * 4 * 4 * 256 + 3 * up + 2 * 256 + conv(256, 3)
    )
    first = conv(3, 128) + conv(128, 128) + conv(3, 128, 1)
    down, plain = 2 * conv(128, 128) + conv(128, 128, 1), 2 * conv(128, 128)
    assert num_parameters(on_meta(game("sngan").discriminator, CIFAR)) == first + down + 2 * plain + 128 + 1
    assert num_parameters(on_meta(game("sngan").generator, CIFAR)) == 4_276_739
    assert num_parameters(on_meta(game("sngan").discriminator, CIFAR)) == 1_053_825


def test_spectral_norm_adds_no_parameters() -> None:
    config = ResnetDiscriminatorConfig(width=4, attention_at=8)
    sizes = [num_parameters(config.override({"spectral_norm": s}).build(CIFAR)) for s in (True, False)]
    assert sizes[0] == sizes[1]


def shapes_of(network: nn.Module, *given: Tensor) -> list[tuple[str, tuple[int, ...]]]:
    """What each block makes, in order."""
    seen: list[tuple[str, tuple[int, ...]]] = []
    for name, module in network.named_children():
        for inner, layer in module.named_children() if isinstance(module, nn.ModuleList) else [("", module)]:
            label = f"{name}{inner}"

            def note(module: nn.Module, given: Any, made: Any, label: str = label) -> None:
                seen.append((label, tuple(made.shape[1:])))

            layer.register_forward_hook(note)
    network.eval()(*given)
    return seen


def test_shapes_of_sagan_at_128_layer_by_layer() -> None:
    labels = torch.zeros(2, dtype=torch.int64, device="meta")
    generator, discriminator = (on_meta(c, IMAGENET) for c in (game("sagan").generator, game("sagan").discriminator))
    assert shapes_of(generator, torch.empty(2, 128, device="meta"), labels) == [
        ("join", (128,)),
        ("stem", (1024 * 4 * 4,)),
        ("blocks0", (1024, 8, 8)),
        ("blocks1", (512, 16, 16)),
        ("blocks2", (256, 32, 32)),
        ("attention", (256, 32, 32)),
        ("blocks3", (128, 64, 64)),
        ("blocks4", (64, 128, 128)),
        ("norm", (64, 128, 128)),
        ("to_image", (3, 128, 128)),
    ]
    assert shapes_of(discriminator, torch.empty(2, 3, 128, 128, device="meta"), labels) == [
        ("blocks0", (64, 64, 64)),
        ("blocks1", (128, 32, 32)),
        ("attention", (128, 32, 32)),
        ("blocks2", (256, 16, 16)),
        ("blocks3", (512, 8, 8)),
        ("blocks4", (1024, 4, 4)),
        ("blocks5", (1024, 4, 4)),
        ("score", ()),
    ]


def test_shapes_of_sngan_at_32_layer_by_layer() -> None:
    generator, discriminator = (on_meta(c, CIFAR) for c in (game("sngan").generator, game("sngan").discriminator))
    blocks = [shape for name, shape in shapes_of(generator, torch.empty(2, 128, device="meta")) if "block" in name]
    assert blocks == [(256, 8, 8), (256, 16, 16), (256, 32, 32)]
    made = shapes_of(discriminator, torch.empty(2, 3, 32, 32, device="meta"))
    assert [shape for name, shape in made if "block" in name] == [(128, 16, 16), *[(128, 8, 8)] * 3]


def test_an_up_block_is_that_of_the_paper() -> None:
    torch.manual_seed(0)
    block = UpBlock(6, 4, lambda channels: norm_of_images("batch", channels, 3)).double()
    for parameter in block.parameters():
        nn.init.normal_(parameter)
    x, labels = torch.randn(5, 6, 8, 8, dtype=torch.float64), torch.tensor([0, 2, 1, 1, 0])
    inner = F.interpolate(F.relu(block.norm_1(x, labels)), scale_factor=2)
    inner = F.conv2d(inner, block.conv_1.weight, block.conv_1.bias, padding=1)
    inner = block.conv_2(F.relu(block.norm_2(inner, labels)))
    torch.testing.assert_close(block(x, labels), inner + block.shortcut(F.interpolate(x, scale_factor=2)))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("halve", [True, False])
@pytest.mark.parametrize("channels", [4, 6])
def test_a_down_block_is_that_of_the_paper(first: bool, halve: bool, channels: int) -> None:
    torch.manual_seed(0)
    block = DownBlock(6, channels, 5, first, halve).double()
    x = torch.randn(2, 6, 32, 32, dtype=torch.float64)
    given = x.clone()
    inner = F.relu(block.conv_1(x if first else F.relu(x)))
    inner = F.conv2d(inner, block.conv_2.weight, block.conv_2.bias, padding=1)
    other = x if block.shortcut is None else block.shortcut(x)
    whole = inner + other
    torch.testing.assert_close(block(x), F.avg_pool2d(whole, 2) if halve else whole)
    assert torch.equal(x, given)
    assert (block.shortcut is None) == (not halve and channels == 6)


def test_xavier_gives_the_convolutions_of_blocks_twice_the_variance() -> None:
    torch.manual_seed(0)
    block = DownBlock(64, 64, 64, False, True)
    initialise_residual(block, "xavier")
    for layer, gain in ((block.conv_1, 2), (block.conv_2, 2), (block.shortcut, 1)):
        assert layer is not None
        kernel = layer.kernel_size[0] ** 2
        assert layer.weight.var().item() == pytest.approx(gain * 2 / (128 * kernel), rel=0.05)
        assert layer.bias is not None
        assert not layer.bias.any()


def test_hidden_widths() -> None:
    def hidden(wide: bool) -> list[int]:
        config = ResnetDiscriminatorConfig(width=4, max_width=16, wide=wide, plain_blocks=2)
        return [block.conv_1.out_channels for block in config.build(CIFAR).blocks]  # type: ignore[union-attr]

    assert hidden(True) == [4, 8, 16, 16, 16]
    assert hidden(False) == [4, 4, 8, 16, 16]


@pytest.mark.parametrize(
    ("at", "sides", "stage"),
    [(None, [8, 16], None), (32, [8, 16, 32, 64], 2), (32, [14, 28], 1), (64, [32, 16, 16], 0), (16, [32, 16, 16], 1)],
)
def test_where_attention_stands(at: int | None, sides: list[int], stage: int | None) -> None:
    assert attended_stage(at, sides) == stage


def test_where_all_features_are_larger_attention_stands_on_the_smallest() -> None:
    assert attended_stage(4, [14, 28]) == 0
    assert attended_stage(4, [14, 7, 7]) == 1


def test_attention_stands_at_the_same_resolution_in_both() -> None:
    spec = DataSpec((1, 64, 32))
    generator = ResnetGeneratorConfig(width=4, attention_at=8).build(spec)
    discriminator = ResnetDiscriminatorConfig(width=4, attention_at=8).build(spec)
    found = []
    for network, given in ((generator, torch.zeros(2, 128)), (discriminator, torch.zeros(2, 1, 64, 32))):
        assert network.attention is not None
        network.attention.register_forward_hook(lambda m, i, o: found.append(tuple(o.shape[2:])))
        network(given)
    assert found == [(16, 8), (16, 8)]


def test_features_are_summed_over_the_places() -> None:
    torch.manual_seed(0)
    network = ResnetDiscriminatorConfig(width=4).build(CIFAR)
    last: list[Any] = []
    network.blocks[-1].register_forward_hook(lambda m, i, o: last.append(o))
    features = network.features(torch.randn(2, 3, 32, 32))
    torch.testing.assert_close(features, last[0].clamp_min(0).sum((2, 3)))


def test_every_weight_of_sagan_has_the_largest_singular_value_1_after_some_steps() -> None:
    torch.manual_seed(0)
    options: dict[str, Any] = {"width": 8, "spectral_norm": True, "attention_at": 8, "conditional": True}
    generator = ResnetGeneratorConfig(**options).build(CIFAR).double()
    discriminator = ResnetDiscriminatorConfig(**options).build(CIFAR).double()
    num = 0
    for network in (generator, discriminator):
        for module in network.modules():
            if parametrize.is_parametrized(module, "weight"):
                for _ in range(600):
                    _ = module.weight
                values = torch.linalg.svdvals(module.weight.detach().flatten(1))  # type: ignore[union-attr]
                assert values[0].item() == pytest.approx(1, abs=1e-3)
                num += 1
    assert num == (1 + 3 * 3 + 4 + 1) + (4 * 2 + 4 + 4 + 2)
    tables = [p for n, p in generator.named_parameters() if n.endswith((".gain", "norm_1.bias", "norm_2.bias"))]
    assert len(tables) == 12
    assert all(p.shape[0] == 10 for p in tables)


def test_sides_that_do_not_halve_are_refused() -> None:
    for config in (ResnetGeneratorConfig(), ResnetDiscriminatorConfig()):
        with pytest.raises(UserError, match=r"resnet needs sides .* not 34x34; use --data\.size 32 or"):
            config.build(DataSpec((1, 34, 34)))
