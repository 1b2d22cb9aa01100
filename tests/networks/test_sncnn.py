"""SNGAN's plain networks have the layers of the paper's table 3."""

import torch
from torch import nn

from ganwright.core.spec import DataSpec
from ganwright.networks.sncnn import SnCnnDiscriminatorConfig, SnCnnGeneratorConfig

SPEC = DataSpec((3, 32, 32), 10)
GENERATOR = SnCnnGeneratorConfig(width=64, max_width=512)
DISCRIMINATOR = SnCnnDiscriminatorConfig(width=64, max_width=512)


def test_layers_at_32() -> None:
    generator, discriminator = GENERATOR.build(SPEC), DISCRIMINATOR.build(SPEC)
    assert generator.base == (512, 4, 4)
    up = [(m.in_channels, m.out_channels) for m in generator.layers if isinstance(m, nn.ConvTranspose2d)]
    assert up == [(512, 256), (256, 128), (128, 64)]
    convs = [m for m in discriminator.layers if isinstance(m, nn.Conv2d)]
    assert [m.out_channels for m in convs] == [64, 64, 128, 128, 256, 256, 512]
    assert [(m.kernel_size[0], m.stride[0]) for m in convs] == [(3, 1), (4, 2)] * 3 + [(3, 1)]
    assert {m.negative_slope for m in discriminator.layers if isinstance(m, nn.LeakyReLU)} == {0.1}
    assert discriminator.features(torch.zeros(1, 3, 32, 32)).shape == (1, 512 * 4 * 4)


def test_parameters_by_hand() -> None:
    def conv(inputs: int, outputs: int, kernel: int) -> int:
        return inputs * outputs * kernel**2 + outputs

    generator, discriminator = GENERATOR.build(SPEC), DISCRIMINATOR.build(SPEC)
    norms = 2 * (512 + 256 + 128 + 64)
    up = conv(512, 256, 4) + conv(256, 128, 4) + conv(128, 64, 4)
    assert sum(p.numel() for p in generator.parameters()) == 129 * 512 * 16 + norms + up + conv(64, 3, 3)
    down = sum(conv(a, b, 3) for a, b in ((3, 64), (64, 128), (128, 256), (256, 512)))
    down += sum(conv(a, a, 4) for a in (64, 128, 256))
    assert sum(p.numel() for p in discriminator.parameters()) == down + 512 * 16 + 1
