"""Adaptive discriminator augmentation (Karras et al. 2020, arXiv:2006.06676): as much as overfitting calls for.

Every change happens to an image with probability p, so that p < 1 leaves some of what the discriminator sees untouched.
It sees the mixture of (1 - p) parts of a distribution of images and p parts of its changed version. While different
distributions have different mixtures, a generator whose mixture matches has matched the images themselves: no change
leaks into samples. For p below about 0.8 that holds of all the changes here (section 2.2 and appendix C).
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from ganwright.core.schedules import Schedule, ScheduleConfig
from ganwright.core.seeding import Draws
from ganwright.data.augment.base import AugmentationConfig, Scores
from ganwright.ops import augment_colour as colour
from ganwright.ops import augment_corrupt as corrupt
from ganwright.ops import augment_space as space
from ganwright.ops import augment_warp as geometry

# Strengths of appendix B. "Doublings": standard deviation of a factor's base-2 logarithm.
FARTHEST_SHIFT = 0.125  # of the side
SCALE_DOUBLINGS = 0.2
STRETCH_DOUBLINGS = 0.2
SHIFT_STD = 0.125  # of the side
BRIGHTNESS_STD = 0.2
CONTRAST_DOUBLINGS = 0.5
SATURATION_DOUBLINGS = 1.0
BAND_DOUBLINGS = 1.0
BAND_POWER = (10 / 13, 1 / 13, 1 / 13, 1 / 13)  # of natural images, lowest octave first
NOISE_STD = 0.1
CUTOUT_SIDE = 0.5  # of the side


class AdaptiveAugmentation(AugmentationConfig):
    """A pipeline of changes, each with a probability that follows how much the discriminator overfits.

    The probability p rises while r > target and falls otherwise, with r = E[sign D(real)] (equation 1): -1 where D
    calls every real image fake, 0 where it cannot tell, 1 where it calls every one real. In losses where only
    differences of scores count, signs mean nothing; there rho = E[sign(D(real_i) - D(fake_i))] is measured, and
    r = erf(erfinv(rho) / sqrt(2)). If scores of real and fake images are normal, equally wide and lie on either side
    of 0, that is the r of the first definition, so that one target serves both.

    In memory, where p adapts: `p` itself, and what was seen since it last moved: `images`, and `signs`, the sum of
    their signs.
    """

    kind: Literal["ada"] = "ada"
    images_only: ClassVar[bool] = True

    target: float | None = Field(default=0.6, ge=0, lt=1)
    """Where p holds r, the discriminator's mean sign on real images: 0 it cannot tell, 1 it knows each; none: p
    follows its schedule."""

    p: Schedule = 0.0
    """Probability of each change, 0 to 1: where it begins, or its schedule where target is none."""

    interval: int = Field(default=4, ge=1)
    """Batches of the discriminator between moves of p; micro-batches of one batch count as the batch that they are."""

    images_per_unit: int = Field(default=500_000, ge=1)
    """Real images in which p can go from 0 to 1: how fast it moves. The paper resumes runs with 100,000."""

    blit: float = Field(default=1.0, ge=0, le=1)
    """Flips, quarter turns (half turns where images are not square), shifts by whole pixels: each with this times p."""

    geometric: float = Field(default=1.0, ge=0, le=1)
    """Scaling, turning, stretching and shifts by fractions of pixels: each with this times p."""

    color: float = Field(default=1.0, ge=0, le=1)
    """Brightness, contrast, luma flip, hue and saturation (the last two not of gray images): each with this times p."""

    filter: float = Field(default=0.0, ge=0, le=1)
    """Amplification of each of four frequency bands: each with this times p."""

    noise: float = Field(default=0.0, ge=0, le=1)
    """Gaussian noise of random strength: with this times p."""

    cutout: float = Field(default=0.0, ge=0, le=1)
    """A hidden rectangle with half the image's sides: with this times p."""

    antialias: bool = True
    """Turn and scale at twice the resolution through a wavelet filter, as the paper does; false: bilinear between
    pixels, blurrier and several times as fast."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        scheduled = isinstance(self.p, ScheduleConfig)
        if scheduled and self.target is not None:
            raise ValueError("p cannot both follow a schedule and adapt; set target to none, or p to a number")
        ends = [getattr(self.p, end, 0.0) for end in ("start", "end")] if scheduled else [self.p]
        if max(ends) > 1:
            raise ValueError(f"p is a probability, at most 1, not {max(ends):g}")
        return self

    def memory(self) -> dict[str, Tensor]:
        if self.target is None:
            return {}
        begin = {"p": self.p, "images": 0.0, "signs": 0.0}
        return {name: torch.tensor(value, dtype=torch.float32) for name, value in begin.items()}

    def watch(self, scores: Scores, memory: Mapping[str, Tensor]) -> dict[str, Tensor]:
        if self.target is None:
            return {}
        level = scores.real - scores.fake if scores.free_offset else scores.real
        images = memory["images"] + scores.num_images
        signs = memory["signs"] + level.sign().float().mean() * scores.num_images
        due = images >= self.interval * scores.batch_images
        r = signs / images
        if scores.free_offset:
            r = torch.erf(torch.erfinv(r.clamp(-1, 1)) / math.sqrt(2))
        step = torch.sign(r - self.target) * images / self.images_per_unit
        return {
            "p": torch.where(due, (memory["p"] + step).clamp(0, 1), memory["p"]),
            "images": torch.where(due, 0.0, images),
            "signs": torch.where(due, 0.0, signs),
        }

    def apply(
        self, items: Tensor, draws: Draws, purpose: str, memory: Mapping[str, Tensor], at: Callable[[Schedule], float]
    ) -> Tensor:
        p = at(self.p) if self.target is None else memory["p"]
        if isinstance(p, float) and p == 0:
            return items
        chances = Chances(draws, f"{purpose}/ada", len(items), p)
        # Where the networks run in half precision, places in an image and sums over it still need all of single.
        with torch.autocast(items.device.type, enabled=False):
            if self.blit or self.geometric:
                items = self._move(items, chances)
            if self.color:
                items = _change_colours(items, chances, self.color)
            if self.filter:
                items = _filter(items, chances, self.filter)
            if self.noise:
                items = _add_noise(items, chances, self.noise)
            if self.cutout:
                items = _cut_out(items, chances, self.cutout)
        return items

    def _move(self, images: Tensor, chances: "Chances") -> Tensor:
        """All motions as one: whole pixels are moved exactly, and only images that need it are interpolated."""
        height, width = images.shape[2:]
        moved, inverse = images, None
        if self.blit:
            inverse = _blit_inverse(chances, self.blit, height, width)
            moved = space.blit(images, inverse)
        if self.geometric:
            warping, active = _geometric_inverse(chances, self.geometric, height, width)
            whole = warping if inverse is None else inverse @ warping
            warped = geometry.warp_antialiased(images, whole) if self.antialias else geometry.warp(images, whole)
            moved = torch.where(active[:, None, None, None], warped, moved)
        return moved


@dataclass(frozen=True)
class Chances:
    """The random numbers of one pass over a batch of `num` images, where each change happens with probability p."""

    draws: Draws
    purpose: str
    num: int
    p: Tensor | float

    def happens(self, category: str, number: int, share: float) -> tuple[Tensor, ...]:
        """For each of a category's changes: which images it happens to, (num,) bool, with probability share * p."""
        return (self.draws.uniform(f"{self.purpose}/{category}/happens", self.num, number) < share * self.p).unbind(1)

    def uniform(self, category: str, number: int) -> tuple[Tensor, ...]:
        """Numbers in [0, 1), (num,) each."""
        return self.draws.uniform(f"{self.purpose}/{category}/uniform", self.num, number).unbind(1)

    def normal(self, category: str, number: int) -> tuple[Tensor, ...]:
        """Standard normal numbers, (num,) each."""
        return self.draws.normal(f"{self.purpose}/{category}/normal", self.num, number).unbind(1)


def _blit_inverse(chances: Chances, share: float, height: int, width: int) -> Tensor:
    """The inverse of a flip, then quarter turns, then a whole shift."""
    flips, turns, shifts = chances.happens("blit", 3, share)
    side, quarters, right, down = chances.uniform("blit", 4)
    flips = flips & (side < 0.5)
    quarters = (4 * quarters).long() if height == width else 2 * (2 * quarters).long()
    right, down = (
        torch.where(shifts, ((2 * amount - 1) * FARTHEST_SHIFT * size).round(), 0.0)
        for amount, size in ((right, width), (down, height))
    )
    flipping = geometry.scaling(torch.where(flips, -1.0, 1.0), torch.ones_like(side))
    turning = geometry.quarter_turns(torch.where(turns, -quarters, 0) % 4)
    return flipping @ turning @ geometry.translation(-right, -down)


def _geometric_inverse(chances: Chances, share: float, height: int, width: int) -> tuple[Tensor, Tensor]:
    """The inverse of scaling, turning, stretching, turning and a shift, in this order; and where any of it happens.

    Turns before and after the stretch make its direction random; their chance is such that either happens with p.
    """
    p_turn = 1 - (1 - share * chances.p) ** 0.5
    scales, stretches, shifts = chances.happens("geometric", 3, share)
    turns = Chances(chances.draws, chances.purpose, chances.num, p_turn).happens("turn", 2, 1.0)
    scale, stretch, right, down = chances.normal("geometric", 4)
    scale = _factor(scales, -SCALE_DOUBLINGS * scale)
    stretch = _factor(stretches, -STRETCH_DOUBLINGS * stretch)
    right, down = (
        torch.where(shifts, -SHIFT_STD * size * amount, 0.0) for amount, size in ((right, width), (down, height))
    )
    first, second = (
        geometry.rotation(torch.where(happens, math.pi * (2 * angle - 1), 0.0))
        for happens, angle in zip(turns, chances.uniform("turn", 2), strict=True)
    )
    inverse = geometry.scaling(scale, scale) @ first @ geometry.scaling(stretch, 1 / stretch) @ second
    return inverse @ geometry.translation(right, down), scales | stretches | shifts | turns[0] | turns[1]


def _change_colours(images: Tensor, chances: Chances, share: float) -> Tensor:
    brighter, contrasts, flips, turns, saturates = happen = chances.happens("color", 5, share)
    side, angle = chances.uniform("color", 2)
    brightness, contrast, saturation = chances.normal("color", 3)
    matrix = (
        colour.saturation_matrix(_factor(saturates, SATURATION_DOUBLINGS * saturation))
        @ colour.hue_matrix(torch.where(turns, math.pi * (2 * angle - 1), 0.0))
        @ colour.luma_flip_matrix(flips & (side < 0.5))
        @ colour.contrast_matrix(_factor(contrasts, CONTRAST_DOUBLINGS * contrast))
        @ colour.brightness_matrix(torch.where(brighter, BRIGHTNESS_STD * brightness, 0.0))
    )
    any_happens = torch.stack(happen).any(0)
    changed = colour.recolour(images, matrix.to(images.dtype))
    return torch.where(any_happens[:, None, None, None], changed, images)


def _filter(images: Tensor, chances: Chances, share: float) -> Tensor:
    happen = chances.happens("filter", len(BAND_POWER), share)
    gains = _band_gains(happen, chances.normal("filter", len(BAND_POWER)))
    filtered = corrupt.amplify_bands(images, gains)
    return torch.where(torch.stack(happen).any(0)[:, None, None, None], filtered, images)


def _band_gains(happen: Sequence[Tensor], amounts: Sequence[Tensor]) -> Tensor:
    """(num, 4): each band amplified in turn, and all scaled each time so that a natural image's power stays."""
    gains = [_factor(happens, BAND_DOUBLINGS * a) for happens, a in zip(happen, amounts, strict=True)]
    scales = [(1 - power + power * gain.square()).rsqrt() for power, gain in zip(BAND_POWER, gains, strict=True)]
    return torch.stack(gains, 1) * torch.stack(scales, 1).prod(1, keepdim=True)


def _add_noise(images: Tensor, chances: Chances, share: float) -> Tensor:
    (happens,), (strength,) = chances.happens("noise", 1, share), chances.normal("noise", 1)
    noise = chances.draws.normal(f"{chances.purpose}/noise/pixels", *images.shape)
    noisy = corrupt.add_noise(images, noise.to(images.dtype), NOISE_STD * strength.abs().to(images.dtype))
    return torch.where(happens[:, None, None, None], noisy, images)


def _cut_out(images: Tensor, chances: Chances, share: float) -> Tensor:
    """Hide a rectangle whose middle may be anywhere in the image."""
    height, width = images.shape[2:]
    (happens,), places = chances.happens("cutout", 1, share), chances.uniform("cutout", 2)
    sides = [torch.where(happens, CUTOUT_SIDE * size, 0.0) for size in (width, height)]
    # Pixel i covers [i, i + 1): its middle is in the rectangle where i is, half a pixel earlier.
    left, top = (
        place * size - side / 2 - 0.5 for place, size, side in zip(places, (width, height), sides, strict=True)
    )
    return corrupt.cut_out(images, left, top, *sides)


def _factor(happens: Tensor, doublings: Tensor) -> Tensor:
    return torch.where(happens, doublings, 0.0).exp2()
