"""The adversarial game at resolutions that grow (Karras et al. 2018, ProGAN, arXiv:1710.10196, section 2)."""

from dataclasses import replace
from typing import Literal, Self, cast

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.algorithms.phase import Algorithm, Batch, Logs, Loss, Networks, Step
from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import Generator
from ganwright.networks.committee import members_of
from ganwright.networks.layers.growth import Growing, faded
from ganwright.networks.progan import GrowingGenerator


class AtItsLevel(Generator):
    """A growing generator as the game plays with it: its images have the size of the level that it has grown to."""

    def __init__(self, generator: GrowingGenerator) -> None:
        super().__init__()
        self.generator = generator
        self.latent_size, self.num_classes = generator.latent_size, generator.num_classes

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.generator.grown(latents, labels)


class ProgressiveConfig(AdversarialConfig):
    """A generator against a discriminator, both growing from few pixels to all."""

    kind: Literal["progressive"] = "progressive"  # pyright: ignore[reportIncompatibleVariableOverride]

    fade_images: int = Field(default=800_000, ge=0)
    """Images over which a new resolution fades in; 0: at once."""

    hold_images: int = Field(default=800_000, ge=0)
    """Images that each resolution, the first too, is held for after it is all there."""

    first_level: int = Field(default=0, ge=0, le=12)
    """Where to begin: 0 at the base of 4 to 15 pixels a side, 1 at twice as many (8 for sides of a power of two)."""

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if not self.fade_images and not self.hold_images:
            raise ValueError("fade_images and hold_images are both 0, so nothing would grow; give one a length")
        return self

    def build(self, spec: DataSpec, networks: Networks | None = None) -> Algorithm:
        """Make the game, played at the size of the level, which follows from the images seen.

        Samples have full size all the time. Raises UserError for networks that do not grow, for a history, whose past
        fakes would have another size, and for path lengths in w.
        """
        if self.history:
            raise UserError("history: past fakes have another size than those of a game that grows; use --history 0")
        if any(getattr(p, "space", "z") == "w" for p in self.penalties):
            raise UserError("penalty 'path-length' in w works on full images, not on those of a game that grows; use z")
        game = super().build(spec, networks)
        for name, network in game.networks.items():
            for member in members_of(network):
                if not isinstance(member, Growing):
                    kind = getattr(self, name).tag
                    raise UserError(
                        f"{name}: '{kind}' does not grow; use --{name}.kind progan, or --algorithm.kind adversarial"
                    )
                if networks is None:
                    self._set(member, 0)
        phases = tuple(replace(phase, loss=self._at_level(phase.loss)) for phase in game.phases)
        return replace(game, phases=phases)

    def _set(self, network: Growing, num_images: int) -> None:
        network.growth.set(num_images, self.fade_images, self.hold_images, self.first_level)

    def _at_level(self, loss: Loss) -> Loss:
        """A loss of the game, on images of the level's size."""

        def played(step: Step) -> tuple[Tensor, Logs]:
            for network in step.networks.values():
                for member in members_of(network):
                    self._set(cast(Growing, member), step.num_images)
            generator = cast(GrowingGenerator, step.networks["generator"])
            networks: dict[str, nn.Module] = {**step.networks, "generator": AtItsLevel(generator)}

            def draw_real() -> Batch:
                items = generator.at_level(step.real.items)
                return Batch(faded(items, generator.growth.stage()[1]), step.real.labels)

            value, logs = loss(replace(step, networks=networks, draw_real=draw_real))
            level, share = generator.growth.stage()
            return value, {**logs, "level": torch.full_like(value.detach(), max(0.0, level - 1 + share))}

        return played
