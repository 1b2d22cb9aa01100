"""Generators of every family, as small as they get, and what an export says of them."""

from typing import Any

import torch

from ganwright.core.spec import DataSpec
from ganwright.export.about import About, hash_of
from ganwright.export.calls import noise_layers
from ganwright.networks import GENERATORS
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator

SPEC = DataSpec((1, 8, 8), 3)
SMALL = {
    "latent_size": 6,
    "width": 8,
    "max_width": 8,
    "capacity": 64,
    "hidden": (8,),
    "style_size": 6,
    "embedding_size": 4,
    "layers": 1,
    "heads": 2,
    "spectral_norm": True,
    "conditional": True,
}


def make(kind: str, seed: int = 0, **options: Any) -> tuple[Generator, About]:
    """A generator of a family, each of its weights and buffers away from where it begins, and what is known of it."""
    cls = GENERATORS[kind]
    options = {k: v for k, v in SMALL.items() if k in cls.model_fields} | options
    config = cls.parse(options)
    torch.manual_seed(seed)
    generator = config.build(SPEC)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
    generator(torch.randn(8, generator.latent_size), torch.arange(8) % 3)  # statistics of norms, mean styles
    generator.eval().requires_grad_(False)
    styled = isinstance(generator, StyledGenerator)
    if styled:
        generator.mean_w.normal_()
    return generator, About(
        kind=kind,
        generator=config.plain(),
        shape=SPEC.shape,
        bounded=True,
        num_classes=generator.num_classes,
        class_names=("zero", "one", "two"),
        latent_size=generator.latent_size,
        latent="normal",
        latent_limit=2.0,
        truncation="style" if styled else "latent",
        noises=tuple((int(m.fixed.shape[2]), int(m.fixed.shape[3])) for m in noise_layers(generator)),
        recipe="test",
        config={"seed": 100},
        num_images=640,
        state="finished",
        data="digits",
        licence="CC BY 4.0",
        data_hash="c0ffee",
        figures=[],
        health="",
        citation="",
        weights_sha256=hash_of(generator.state_dict()),
        versions={"ganwright": "0", "torch": torch.__version__},
    )
