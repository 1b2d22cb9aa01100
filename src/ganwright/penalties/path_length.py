"""A penalty on how unevenly the generator stretches its latent space."""

import math
from collections.abc import Callable
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor

from ganwright.penalties.base import PenaltyConfig, Play, Player


def path_lengths(
    generate: Callable[[Tensor], Tensor], latents: Tensor, noise: Tensor | Callable[[Tensor], Tensor]
) -> Tensor:
    """|J^T y| of each latent (N,), differentiable in weights and latents; J is the Jacobian of its item.

    generate: any map of latents to items (N, *shape); no item may depend on another's latent.
    latents: (N, ..., L). Of several latents an item, such as one a layer, it is the root mean square of the lengths.
    noise: y, (N, *shape), or what makes it for items.
    """
    items, pull, *_ = torch.func.vjp(generate, latents)
    gradient = pull(noise if isinstance(noise, Tensor) else noise(items))[0]
    # vector_norm has gradient 0 at 0, where the square root of a sum of squares has none.
    return torch.linalg.vector_norm(gradient.flatten(1), dim=1) / math.sqrt(math.prod(latents.shape[1:-1]))


class PathLengthPenalty(PenaltyConfig):
    """StyleGAN2: equal steps in latent space shall change items equally (Karras et al. 2020, equation 4).

    weight * E[(|J^T y| - a)^2], J = dG(z)/dz or dG(w)/dw, y ~ N(0, I) / sqrt(H W), where points have one place,
    H W = 1, and their numbers are its channels. a is the running mean of |J^T y|, this batch included; it begins at 0
    as in the paper's code, and is a constant to the gradient.
    """

    kind: Literal["path-length"] = "path-length"

    needs_independent_fakes: ClassVar[bool] = True

    weight: float = Field(default=2.0, ge=0, le=1e6)
    """Weight of the term."""

    decay: float = Field(default=0.01, gt=0, le=1)
    """How far the running mean moves to the mean of each batch."""

    batch_shrink: int = Field(default=2, ge=1, le=1024)
    """Look at one in this many of the latents only, because second derivatives of a generator are dear."""

    space: Literal["z", "w"] = "z"
    """Where steps are taken: in the latents, or in the styles that a mapping network makes of them, as in the paper."""

    @property
    def players(self) -> tuple[Player, ...]:
        return ("generator",)

    def memory(self) -> dict[str, Tensor]:
        return {"mean": torch.zeros(())}

    def generator(self, play: Play) -> Tensor:
        num = max(1, len(play.latents) // self.batch_shrink)
        latents, generate = play.latents[:num], play.generate
        if self.space == "w":
            assert play.styles is not None
            assert play.synthesise is not None
            latents, generate = play.styles(latents), play.synthesise

        def noise(items: Tensor) -> Tensor:
            drawn = play.draws.normal("path-length", *items.shape).to(items.dtype)
            return drawn / math.sqrt(math.prod(items.shape[2:]))

        lengths = path_lengths(generate, latents, noise)
        mean = torch.lerp(play.memory["mean"].to(lengths.dtype), lengths.detach().mean(), self.decay)
        play.remember("mean", mean)
        return self.weight * (lengths - mean).square().mean()
