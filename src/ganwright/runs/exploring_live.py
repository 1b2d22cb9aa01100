"""A generator under one's hands: items of any place in its latent space, with everything that can be changed, at once.

`Live` is loaded once; each call costs little more than the generator's forward pass. What is shown is said by a place
(which codes) and a look (how items are made of them).
"""

import math
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ganwright import explore
from ganwright.core.errors import UserError
from ganwright.data.dataset import to_uint8
from ganwright.metrics.spectrum import SpectrumSums
from ganwright.networks.styled import StyledGenerator
from ganwright.runs.exploring_base import Opened
from ganwright.runs.run import Run

NUM_DIRECTIONS = 8
NUM_FOR_SPREAD = 1024
MOST_AMOUNT = 6.0
_LOOSEST_LIMIT = 4.0


@dataclass(frozen=True)
class Source:
    """One item: sample `number` of `ganwright sample --seed`, or codes (*code shape) that a projection found."""

    seed: int = 0
    number: int = 0
    found: Tensor | None = None


@dataclass(frozen=True)
class Plane:
    """Places (x, y) between four samples: (0, 0) is `number`, (1, 0), (0, 1) and (1, 1) are the next three."""

    seed: int
    number: int
    positions: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Way:
    """Places between two items: `shares` of the way from start to end, 0 to 1."""

    start: Source
    end: Source
    shares: Sequence[float]


@dataclass(frozen=True)
class Mix:
    """Two items mixed layer by layer: in each mix, for each layer the share of the way to the end's style."""

    start: Source
    end: Source
    mixes: Sequence[Sequence[float]]


@dataclass(frozen=True)
class Samples:
    """The samples `number` to `number + num` of a seed."""

    seed: int
    number: int
    num: int


Place = Plane | Way | Mix | Samples


@dataclass(frozen=True)
class Look:
    """How items are made of codes.

    label: the class, of a conditional run; None: sample i has class i modulo their number. end_label: that of the end
    of a way; None: the same.
    truncation: as in `explore.truncate`: the share kept of a style's distance to the mean, or of others the limit of
    latents; None: leave them. cutoff: only the first so many layers.
    noise: "fixed", "random", "none", or a seed of maps.
    by: which directions the amounts go along. amounts: how far along each direction, in standard deviations; those left
    out are 0. layers: that follow them; None: all.
    """

    label: int | None = None
    end_label: int | None = None
    truncation: float | None = None
    cutoff: int | None = None
    noise: str | int = "fixed"
    by: Literal["sefa", "classes"] = "sefa"
    amounts: Sequence[float] = ()
    layers: Sequence[int] | None = None


@dataclass(frozen=True)
class Ways:
    """Directions that sliders move along: vectors (K, D), standard deviations of what is drawn (K,), what they are."""

    vectors: Tensor
    spread: Tensor
    names: tuple[str, ...]
    about: str


@dataclass(frozen=True)
class Made:
    """Codes on the way to items: codes, own labels, and the labels and shares of a class that is blended in."""

    codes: Tensor
    labels: Tensor | None
    other: Tensor | None = None
    shares: Tensor | None = None


@dataclass(eq=False)
class Live:
    """A run's averaged generator, loaded. Its methods may be called from several threads, one at a time does its work.

    Raises UserError for a run without a generator or without a checkpoint.
    """

    here: Opened
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ways: dict[str, Ways] = field(default_factory=dict)

    @classmethod
    def of(cls, run: Run | str | Path) -> "Live":
        """Open a run; networks are laid out as the machine likes them."""
        here = Opened(run, None)
        if here.spec.is_image and not isinstance(here.generator, StyledGenerator):
            here.generator.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
        live = cls(here)
        live.ways("sefa")
        return live

    @property
    def styled(self) -> StyledGenerator | None:
        """The generator where it is style-based."""
        return self.here.generator if isinstance(self.here.generator, StyledGenerator) else None

    @property
    def num_layers(self) -> int:
        """Layers that have a style each; 0 where there are no styles."""
        return 0 if self.styled is None else self.styled.num_layers

    @property
    def along(self) -> Literal["linear", "spherical"]:
        """The way that suits the codes."""
        return "linear" if self.styled is not None or self._drawn == "uniform" else "spherical"

    @property
    def _drawn(self) -> str:
        return getattr(self.here.config, "latent", "normal")

    @property
    def truncation(self) -> dict[str, Any] | None:
        """What truncation means here: kind "share" or "limit", least, most, and the value that changes nothing."""
        if self.styled is not None:
            return {"kind": "share", "least": -1.0, "most": 1.5, "neutral": 1.0}
        most = {"normal": _LOOSEST_LIMIT, "uniform": 1.0, "constant": 0.0}.get(
            self._drawn, getattr(self.here.config, "latent_limit", 2.0)
        )
        return {"kind": "limit", "least": 0.0, "most": most, "neutral": most} if most else None

    def ways(self, by: str) -> Ways:
        """Directions found so far. Raises UserError for those that are not yet."""
        with self.lock:
            if by == "sefa" and by not in self._ways:
                self._ways[by] = self._sefa()
            if by not in self._ways:
                raise UserError("directions of classes are not known yet; find them first")
            return self._ways[by]

    def add_ways(self, by: str, vectors: Tensor, names: Sequence[str], about: str) -> Ways:
        """Keep directions (K, D), with their spread measured on samples."""
        with self.lock, torch.no_grad():
            codes = explore.encode(
                self.here.generator, self.here.latents(NUM_FOR_SPREAD, 0), self.here.labels(NUM_FOR_SPREAD, None)
            )
            spread = explore.spread(codes[:, 0] if codes.ndim == 3 else codes, vectors)
            self._ways[by] = Ways(vectors, spread, tuple(names), about)
            return self._ways[by]

    def _sefa(self) -> Ways:
        weights = self.here.generator.style_weights()
        found = explore.sefa(weights, min(NUM_DIRECTIONS, weights.shape[1]))
        shares = found.strengths / weights.double().square().sum()
        names = [f"Component {i + 1}" for i in range(len(shares))]
        told = ", ".join(f"{float(share):.1%}" for share in shares)
        return self.add_ways("sefa", found.vectors, names, f"share of the weights' energy: {told}")

    def made(self, place: Place, look: Look) -> Tensor:
        """The items of a place: uint8 images (N, C, H, W), or float points (N, D)."""
        with self.lock, torch.inference_mode():
            items = self.decoded(self.codes(place, look), look)
            return to_uint8(items) if items.ndim == 4 else items

    def effects(self, place: Place, look: Look, amount: float) -> Tensor:
        """What each direction does to the first item of a place: (K, 2, *shape), at -amount and +amount.

        The other directions stay as the look has them.
        """
        with self.lock, torch.inference_mode():
            bare = Look(**{**look.__dict__, "amounts": ()})
            base = self.codes(place, bare)
            ways = self.ways(look.by)
            held = torch.zeros(len(ways.vectors))
            held[: len(look.amounts)] = torch.tensor(list(look.amounts)[: len(held)], dtype=held.dtype)
            amounts = held.repeat(2 * len(held), 1)
            for k in range(len(held)):
                amounts[2 * k, k], amounts[2 * k + 1, k] = -amount, amount
            codes = base.codes[:1].expand(len(amounts), *base.codes.shape[1:])
            codes = explore.moved(codes, ways.vectors, amounts * ways.spread.to(amounts.dtype), look.layers)
            first = [None if t is None else t[:1].expand(len(amounts)) for t in (base.labels, base.other, base.shares)]
            items = self.decoded(Made(codes, *first), look)
            return (to_uint8(items) if items.ndim == 4 else items).unflatten(0, (-1, 2))

    def activations(self, place: Place, look: Look, layer: str) -> Tensor:
        """What a layer gives for the first item of a place: (C, H, W), or (D,)."""
        with self.lock, torch.inference_mode(), explore.captured(self.here.generator, [layer]) as seen:
            base = self.codes(place, look)
            first = [None if t is None else t[:1] for t in (base.labels, base.other, base.shares)]
            self.decoded(Made(base.codes[:1], *first), look)
            if layer not in seen:
                raise UserError(f"layer '{layer}' is not used when items are made; choose another")
            return seen[layer][0].float()

    def codes(self, place: Place, look: Look) -> Made:
        """Codes of a place, truncated and moved, with their classes."""
        self._check(look)
        match place:
            case Samples(seed, number, num):
                base = self._drawn_codes(seed, number, num, look, None)
            case Plane(seed, number, positions):
                base = self._on_plane(seed, number, positions, look)
            case Way(start, end, shares):
                base = self._on_way(start, end, torch.tensor(shares, dtype=torch.float32), look)
            case Mix(start, end, mixes):
                base = self._mixed(start, end, torch.tensor(mixes, dtype=torch.float32), look)
        codes = base.codes
        if look.truncation is not None and self.styled is not None:
            codes = explore.truncated(self.here.generator, codes, look.truncation, look.cutoff)
        elif look.truncation is not None and self._drawn != "constant":
            codes = explore.truncate_latents(codes, look.truncation, self._drawn, self._limit)  # pyright: ignore
        if any(look.amounts):
            ways = self.ways(look.by)
            amounts = torch.tensor(list(look.amounts), dtype=torch.float32)
            if len(amounts) > len(ways.vectors):
                raise UserError(f"there are {len(ways.vectors)} directions, not {len(amounts)}")
            spread = ways.spread[: len(amounts)].to(amounts.dtype)
            codes = explore.moved(codes, ways.vectors[: len(amounts)], amounts * spread, look.layers)
        return Made(codes, base.labels, base.other, base.shares)

    def decoded(self, made: Made, look: Look) -> Tensor:
        """Items of codes, float."""
        generator = self.here.generator
        noise: Any = explore.noise_maps(generator, look.noise) if isinstance(look.noise, int) else look.noise
        labels = None if self.styled is not None else made.labels
        blending = made.other is not None and made.shares is not None and labels is not None
        mixing = explore.blended(generator, made.other, made.shares) if blending else nullcontext()  # pyright: ignore
        with mixing:
            return explore.decode(generator, made.codes, labels, noise or "fixed", num_chunk=max(1, len(made.codes)))

    @property
    def _limit(self) -> float:
        return getattr(self.here.config, "latent_limit", 2.0)

    def _check(self, look: Look) -> None:
        for label in (look.label, look.end_label):
            if label is not None:
                self.here.run._label(label)
        if look.layers is not None and self.styled is None:
            raise UserError("only a style-based generator (stylegan, stylegan2) has layers that follow a direction")
        if look.cutoff is not None and self.styled is None:
            raise UserError("only a style-based generator (stylegan, stylegan2) has a cut-off layer")

    def _drawn_codes(self, seed: int, number: int, num: int, look: Look, label: int | None) -> Made:
        labels = self.here.labels(num, look.label if label is None else label, number)
        return Made(explore.encode(self.here.generator, self.here.latents(num, seed, number), labels), labels)

    def _source(self, source: Source, look: Look, label: int | None) -> Made:
        made = self._drawn_codes(source.seed, source.number, 1, look, label)
        if source.found is None:
            return made
        if source.found.shape != made.codes.shape[1:]:
            raise UserError("what was found belongs to another generator; project the picture again")
        return Made(source.found[None].to(made.codes), made.labels)

    def _on_plane(self, seed: int, number: int, positions: Sequence[tuple[float, float]], look: Look) -> Made:
        label = look.label
        if label is None and self.here.algorithm.num_classes:
            label = number % self.here.algorithm.num_classes
        corners = self._drawn_codes(seed, number, 4, look, label)
        where = torch.tensor(positions, dtype=torch.float32)
        a, b, c, d = (corner.expand(len(where), *corner.shape[1:]) for corner in corners.codes.split(1))
        upper = explore.part_way(a, b, where[:, 0], self.along)
        lower = explore.part_way(c, d, where[:, 0], self.along)
        labels = None if corners.labels is None else corners.labels[:1].expand(len(where))
        return Made(explore.part_way(upper, lower, where[:, 1], self.along), labels)

    def _on_way(self, start: Source, end: Source, shares: Tensor, look: Look) -> Made:
        a, b = self._source(start, look, None), self._source(end, look, look.end_label)
        codes = [m.codes.expand(len(shares), *m.codes.shape[1:]) for m in (a, b)]
        way = explore.part_way(codes[0], codes[1], shares, self.along)
        if a.labels is None or b.labels is None or self.styled is not None:
            return Made(way, None)
        own, other = a.labels.expand(len(shares)), b.labels.expand(len(shares))
        return Made(way, own, *((other, shares) if int(a.labels) != int(b.labels) else (None, None)))

    def _mixed(self, start: Source, end: Source, mixes: Tensor, look: Look) -> Made:
        if self.styled is None:
            raise UserError(
                "mixing styles needs a style-based generator (stylegan, stylegan2), "
                f"and this is a {type(self.here.generator).__name__}; walk between two items instead"
            )
        if mixes.ndim != 2 or mixes.shape[1] != self.num_layers:
            raise UserError(f"a mix has a share for each of {self.num_layers} layers")
        a, b = self._source(start, look, None), self._source(end, look, look.end_label)
        return Made(torch.lerp(a.codes, b.codes, mixes[:, :, None].to(a.codes.dtype)), None)


def spectrum_of(maps: Tensor) -> Tensor:
    """Radially averaged power (R,) in dB of maps (C, H, W) as they are, by cycles over the shorter side."""
    sums = SpectrumSums()
    sums.add(maps[None].float() * 2 - 1)  # it takes [-1, 1] for what it measures in [0, 1]
    return sums.decibels


def layers_of(live: Live) -> list[explore.Layer]:
    """The layers whose activations can be looked at, in the order of the forward pass."""
    generator = live.here.generator
    label = torch.zeros(1, dtype=torch.int64) if generator.num_classes else None
    with live.lock:
        found = explore.shapes(generator, torch.zeros(1, generator.latent_size), label)
    drawn = {
        name for name, module in generator.named_modules() if live.styled is not None and module is live.styled.map
    }
    return [
        layer
        for layer in found.layers
        if layer.name and layer.output and math.prod(layer.output) and layer.name.split(".")[0] not in drawn
    ]
