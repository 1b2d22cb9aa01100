"""The half that detectors are judged on, once: seeds from 0 on."""

from ganwright.bench.health.cell import Cell, Standard
from ganwright.bench.health.cell_parts import (
    SHARP,
    hidden,
    narrow,
    perceptrons,
    rates,
    scaled_reference,
)
from ganwright.data.digits import DigitsConfig
from ganwright.data.idx import MnistConfig
from ganwright.data.mixtures import Grid25Config, Ring8Config

TEST: tuple[Cell, ...] = (
    Cell(
        "digits14-lsgan",
        "test",
        DigitsConfig(size=14),
        "lsgan",
        26_000,
        Standard(fid=15, classes=4),
        {**narrow(12), **rates(1e-3)},
    ),
    Cell(
        "digits10-demo",
        "test",
        DigitsConfig(size=10),
        "demo",
        40_000,
        Standard(fid=14, classes=5),
        narrow(12),
    ),
    Cell(
        "digits9-mlp-batchnorm",
        "test",
        DigitsConfig(size=9),
        "mlp-batchnorm",
        70_000,
        Standard(fid=4.5, classes=8),
        {**hidden([128, 128], [128, 128], 16), **rates(1e-3)},
    ),
    Cell(
        "digits9-gan",
        "test",
        DigitsConfig(size=9),
        "gan",
        80_000,
        Standard(fid=12, classes=4),
        {**hidden([128, 128], [128, 128], 16), **rates(1e-3)},
    ),
    Cell(
        "digits14-sn-dcgan",
        "test",
        DigitsConfig(size=14),
        "sn-dcgan",
        20_000,
        Standard(fid=14, classes=6),
        {**narrow(12), **rates(1e-3), "discriminator_steps": 2},
    ),
    Cell(
        "digits10-wgan-gp",
        "test",
        DigitsConfig(size=10),
        "wgan-gp",
        36_000,
        Standard(fid=6, classes=8),
        {**perceptrons([128, 128], [128, 128], 16), **rates(7e-4)},
    ),
    Cell(
        "digits14-rpgan-dcgan",
        "test",
        DigitsConfig(size=14),
        "rpgan-dcgan",
        24_000,
        Standard(fid=10, classes=7),
        {**narrow(12), "batch_size": 32, "ema.half_life_images": 2_000, **rates(2e-3)},
    ),
    Cell(
        "ring6-mlp",
        "test",
        Ring8Config(num_modes=6, std=0.02),
        "mlp",
        120_000,
        Standard(modes=6, high_quality=0.65),
        {**SHARP, "generator.latent_size": 2, "generator.activation": "tanh", **rates(1e-3)},
    ),
    Cell(
        "grid9-rpgan",
        "test",
        Grid25Config(side=3),
        "rpgan-r1r2",
        100_000,
        Standard(modes=9, high_quality=0.85),
        scaled_reference(100_000),
    ),
    Cell(
        "mnist16-hinge",
        "test",
        MnistConfig(size=16),
        "hinge",
        20_000,
        Standard(fid=8),
        {**narrow(12), **rates(1e-3)},
        num_samples=500,
    ),
)
