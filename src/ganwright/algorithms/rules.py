"""Which parts do not go together: refused with the reason, or allowed with a warning."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import has_batch_norm
from ganwright.networks.styled import StyledGenerator

if TYPE_CHECKING:
    from ganwright.algorithms.adversarial import AdversarialConfig

LIPSCHITZ = ("gp", "dragan", "r1", "r2", "clip")
"""Penalties that bound a critic's slope."""


def refuse(config: "AdversarialConfig", generator: nn.Module, discriminator: nn.Module, spec: DataSpec) -> None:
    """Raise UserError for what cannot work."""
    conditional, judged = bool(generator.num_classes), bool(discriminator.num_classes)
    if conditional != judged:
        blind, seeing = ("discriminator", "generator") if conditional else ("generator", "discriminator")
        raise UserError(
            f"the {seeing} is conditional and the {blind} is not, so classes would mean nothing; "
            f"use --{blind}.conditional as well"
        )
    for name, parts in (("penalties", config.penalties), ("augmentations", config.augmentations)):
        kinds = [p.tag for p in parts]
        if len(set(kinds)) < len(kinds):
            raise UserError(f"{name}: {', '.join(kinds)}: each kind may stand there once; add up their weights")
        for part in parts:
            if part.images_only and not spec.is_image:
                raise UserError(f"{name}: '{part.tag}' works on images, and this data is points; leave it out")
    needing = [p.tag for p in config.penalties if p.needs_independent_samples]
    if needing and has_batch_norm(discriminator):
        raise UserError(
            f"penalty '{needing[0]}' needs each score to depend on one item alone, but this discriminator's batch norm "
            "looks at the batch as a whole; use --discriminator.norm none, layer or instance"
        )
    needing = [p.tag for p in config.penalties if p.needs_independent_fakes]
    if needing and has_batch_norm(generator):
        raise UserError(
            f"penalty '{needing[0]}' needs each fake to depend on one latent alone, but this generator's batch norm "
            "looks at the batch as a whole; use --generator.norm none, layer or instance"
        )
    in_styles = any(getattr(p, "space", "z") == "w" for p in config.penalties)
    if in_styles and not isinstance(generator, StyledGenerator):
        raise UserError(
            f"penalty 'path-length' in w needs a generator with styles, such as stylegan2, not "
            f"'{config.generator.tag}'; use --penalties.NUMBER.space z"
        )
    kinds = [p.tag for p in config.penalties]
    if config.history and "zcr" in kinds:
        raise UserError("history: zcr compares fakes with those of nearby latents, and past fakes have none; drop one")
    if config.history and conditional and any("discriminator" in p.players for p in config.penalties):
        raise UserError(
            "history: past fakes keep the classes they were made for, but penalties score a batch by the classes of "
            "its real items; leave out the penalties, the classes or the history"
        )
    if "clip" in kinds and {"gp", "dragan"} & set(kinds):
        raise UserError(
            "penalties: weights clipped to a small range cannot have the slope 1 that gp and dragan ask for; "
            "take one of them"
        )
    if config.pack > 1 and conditional:
        raise UserError("pack: a pack of items of several classes has no class; use --pack 1 or leave conditional out")


def warnings(config: "AdversarialConfig", discriminator: nn.Module) -> Iterator[str]:
    """Tell of what works, but hardly as meant."""
    kinds = [p.tag for p in config.penalties]
    spectral = bool(getattr(config.discriminator, "spectral_norm", False))
    if config.loss.tag == "wasserstein" and not spectral and not set(kinds) & set(LIPSCHITZ):
        yield (
            "the Wasserstein critic is not held Lipschitz, so its scores will grow without bound; add a penalty "
            "(gp, r1, clip) or --discriminator.spectral_norm true"
        )
    if "clip" in kinds and spectral:
        yield "clipping does next to nothing under spectral norm, which rescales the weights anyway"
    if "lecam" in kinds and config.loss.free_offset:
        yield (
            f"lecam anchors scores at their averages, which drift freely under the loss '{config.loss.tag}'; it was "
            "made "
            "for hinge and non-saturating"
        )
    if config.latent == "constant":
        yield "the latent is constant, so the generator can make one item only (per class)"
    if not config.discriminator_steps:
        yield "the discriminator is never trained (discriminator_steps 0), so the generator learns to please a stranger"
    if not config.generator_steps:
        yield "the generator is never trained (generator_steps 0)"
    if config.unrolled_steps and any(p.every > 1 or not p.players for p in config.penalties):
        yield "unrolled steps look ahead without clipping and without lazy penalties (every above 1)"
    if config.unrolled_steps and has_batch_norm(discriminator):
        yield "unrolled steps leave the running averages of the discriminator's batch norm as they are"
