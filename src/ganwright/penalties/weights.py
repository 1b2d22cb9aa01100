"""Penalties on weights."""

from collections.abc import Iterator
from typing import Literal, cast

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvTransposeNd
from torch.nn.utils import parametrize

from ganwright.penalties.base import PenaltyConfig, Play, Player


class WeightClipping(PenaltyConfig):
    """WGAN's clipping: after each step parameters are cut to [-limit, limit] (Arjovsky et al. 2017, algorithm 1)."""

    kind: Literal["clip"] = "clip"

    every: int = Field(default=1, ge=1, le=1)
    """Always 1: weights are clipped after every step."""

    limit: float = Field(default=0.01, gt=0, le=10)
    """Largest absolute value a parameter keeps."""

    @property
    def players(self) -> tuple[Player, ...]:
        return ()

    @torch.no_grad()
    def after_step(self, network: nn.Module) -> None:
        """Clip every parameter, those of norms included."""
        for parameter in network.parameters():
            parameter.clamp_(-self.limit, self.limit)


def filter_banks(network: nn.Module) -> Iterator[Tensor]:
    """Every weight matrix of a network as (groups, outputs, inputs * kernel): a row is what makes one output.

    Embeddings and gains of norms are no maps and left out. Of a weight under spectral norm it is the stored one: its
    rows point where those of the normalised one do, and looking at it advances no power iteration.
    """
    for module in network.modules():
        if isinstance(module, nn.Embedding | nn.LayerNorm):
            continue
        if parametrize.is_parametrized(module, "weight"):
            weight = cast(nn.ModuleDict, module.parametrizations)["weight"].original
        else:
            weight = getattr(module, "weight", None)
        if isinstance(weight, Tensor) and weight.ndim >= 2:
            groups = getattr(module, "groups", 1)
            bank = weight.unflatten(0, (groups, -1))
            yield (bank.transpose(1, 2) if isinstance(module, _ConvTransposeNd) else bank).flatten(2)


def distance_from_orthogonal(bank: Tensor, form: Literal["off-diagonal", "identity"]) -> Tensor:
    """|M|_F^2 of a filter bank (groups, outputs, inputs), from the inner products W W^T of its rows.

    off-diagonal: M = W W^T * (1 - I) asks for rows at right angles; identity: M = W W^T - I for unit length as well.

    Of many short rows the inner products of the columns are fewer, and |W W^T|_F = |W^T W|_F.
    """
    if bank.shape[1] > bank.shape[2]:
        squares = bank.square().sum(2)
        whole = (bank.mT @ bank).square().sum()
        if form == "off-diagonal":
            return whole - squares.square().sum()
        return whole - 2 * squares.sum() + squares.numel()
    products = bank @ bank.mT
    unit = torch.eye(bank.shape[1], dtype=bank.dtype, device=bank.device)
    return (products * (1 - unit) if form == "off-diagonal" else products - unit).square().sum()


class OrthogonalPenalty(PenaltyConfig):
    """Orthogonal regularisation: weight * |W W^T * (1 - I)|_F^2, summed over the weight matrices (Brock et al. 2019).

    BigGAN puts it on the generator, so that truncated latents still give good images (section 3.1). Rows of W are the
    filters; matrices with more rows than columns keep a rest that no weights can remove. The form with the diagonal is
    that of Brock et al. 2017.
    """

    kind: Literal["orthogonal"] = "orthogonal"

    weight: float = Field(default=1e-4, ge=0, le=1e6)
    """Beta, the weight of the term."""

    form: Literal["off-diagonal", "identity"] = "off-diagonal"
    """off-diagonal: filters at right angles to each other; identity: of length 1 as well."""

    on: Literal["generator", "discriminator", "both"] = "generator"
    """Whose weights it is about."""

    @property
    def players(self) -> tuple[Player, ...]:
        return ("discriminator", "generator") if self.on == "both" else (self.on,)

    def discriminator(self, play: Play) -> Tensor:
        return self._of(play.networks["discriminator"])

    def generator(self, play: Play) -> Tensor:
        return self._of(play.networks["generator"])

    def _of(self, network: nn.Module) -> Tensor:
        distances = [distance_from_orthogonal(bank, self.form) for bank in filter_banks(network)]
        return self.weight * sum(distances, torch.zeros(()))
