"""How many modes samples reach, and how evenly: of mixtures of Gaussians, and of stacked digits by a classifier.

The protocol is that of Lin et al., "PacGAN" (2018, arXiv:1712.04086), section 4, after Srivastava et al., "VEEGAN"
(2017). Each sample belongs to the mode whose centre is nearest. It is of high quality where it lies within three
standard deviations of that centre, and a mode is covered where it has a sample of high quality. Modes are weighed by
their share of the samples of high quality, as the authors' code does (MetricLogger in its pacgan/extensions.py); others
count every sample for its nearest mode, which differs as far as the share of high quality falls short of 1.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.classes import classes_covered, reverse_kl
from ganwright.metrics.features import ClassifyingExtractor

HIGH_QUALITY_STDS = 3.0
_CHUNK_VALUES = 1 << 22


@dataclass(frozen=True)
class ModeCount:
    """What samples have of a mixture of Gaussians.

    num_samples: judged in all, of which num_not_finite hold NaN or infinity; those are near no mode.
    modes_covered: of num_modes, those with a sample of high quality.
    high_quality_share: of all samples, in [0, 1].
    reverse_kl: of the shares in `counts` from even ones, in nats; 0 to ln num_modes, which it is without any too.
    counts: samples of high quality of each mode.
    std_ratios: of each mode, the spread of its samples of high quality over the true one: the root of their variance
        around their own mean (over n - 1), averaged over the coordinates. 0 where there are fewer than two.
    """

    num_samples: int
    num_not_finite: int
    num_modes: int
    modes_covered: int
    high_quality_share: float
    reverse_kl: float
    counts: tuple[int, ...]
    std_ratios: tuple[float, ...]

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return asdict(self)


def count_modes(points: Tensor, centres: Tensor, std: float) -> ModeCount:
    """Judge points (N, D) against an even mixture of Gaussians: centres (K, D) and their common standard deviation.

    Raises UserError for no points and for points of another dimension.
    """
    sums = ModeSums(centres, std)
    sums.add(points)
    return sums.found()


@dataclass(eq=False)
class ModeSums:
    """What `count_modes` needs, gathered batch by batch in bounded memory.

    centres: (K, D). std: standard deviation of every component, in the points' unit; above 0.
    """

    centres: Tensor
    std: float
    num_samples: int = 0
    num_not_finite: int = 0
    _counts: Tensor = field(init=False)
    _offsets: Tensor = field(init=False)
    _squares: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.centres = self.centres.to("cpu", torch.float64)
        num_modes = len(self.centres)
        self._counts = torch.zeros(num_modes, dtype=torch.int64)
        self._offsets = torch.zeros_like(self.centres)
        self._squares = torch.zeros(num_modes, dtype=torch.float64)

    def add(self, points: Tensor) -> None:
        """Take in points (n, D)."""
        if points.ndim != 2 or points.shape[1] != self.centres.shape[1]:
            raise UserError(
                f"points of shape {tuple(points.shape[1:])} do not compare with modes of shape "
                f"{tuple(self.centres.shape[1:])}"
            )
        points = points.detach().to("cpu", torch.float64)
        for chunk in points.split(max(1, _CHUNK_VALUES // len(self.centres))):
            self._add(chunk)

    @classmethod
    def merged(cls, parts: Sequence["ModeSums"]) -> "ModeSums":
        """The sums of several sets of points together; one at least."""
        whole = cls(parts[0].centres, parts[0].std)
        for part in parts:
            whole.num_samples += part.num_samples
            whole.num_not_finite += part.num_not_finite
            whole._counts += part._counts
            whole._offsets += part._offsets
            whole._squares += part._squares
        return whole

    def _add(self, points: Tensor) -> None:
        finite = points.isfinite().all(1)
        self.num_samples += len(points)
        self.num_not_finite += int((~finite).sum())
        points = points[finite]
        distances, modes = torch.cdist(points, self.centres, compute_mode="donot_use_mm_for_euclid_dist").min(1)
        good = distances < HIGH_QUALITY_STDS * self.std
        modes = modes[good]
        offsets = (points[good] - self.centres[modes]) / self.std
        self._counts += torch.bincount(modes, minlength=len(self.centres))
        self._offsets.index_add_(0, modes, offsets)
        self._squares.index_add_(0, modes, offsets.square().sum(1))

    def found(self) -> ModeCount:
        """The figures of all points so far."""
        if not self.num_samples:
            raise UserError("there are no samples to count modes of")
        counts = self._counts
        # sum |x - mean|^2 = sum |x|^2 - |sum x|^2 / n; offsets are at most 3, so little is lost to cancellation
        scatter = (self._squares - self._offsets.square().sum(1) / counts.clamp(min=1)).clamp(min=0)
        variances = scatter / ((counts - 1).clamp(min=1) * self.centres.shape[1])
        return ModeCount(
            num_samples=self.num_samples,
            num_not_finite=self.num_not_finite,
            num_modes=len(counts),
            modes_covered=int((counts > 0).sum()),
            high_quality_share=int(counts.sum()) / self.num_samples,
            reverse_kl=reverse_kl(counts),
            counts=tuple(counts.tolist()),
            std_ratios=tuple((variances.sqrt() * (counts > 1)).tolist()),
        )


@dataclass(frozen=True)
class PerfectSampler:
    """What a perfect sampler of a mixture is expected to score; the names are those of `ModeCount`.

    std_ratio: what every mode's ratio tends to; below 1, since the samples that lie further out are not looked at.
    """

    modes_covered: float
    high_quality_share: float
    reverse_kl: float
    std_ratio: float

    def plain(self) -> dict[str, float]:
        """All of it as plain data for JSON."""
        return asdict(self)


def perfect(num_modes: int, num_samples: int, num_dimensions: int = 2) -> PerfectSampler:
    """The ceiling of `count_modes`: independent samples of the mixture itself, its centres more than 6 std apart.

    With x in units of the standard deviation, |x|^2 is chi-squared with D degrees of freedom, of distribution F_D. So
    h = F_D(9) are of high quality: 98.89% in the plane, where F_2(9) = 1 - exp(-9/2). A mode has none with probability
    (1 - h/K)^N. The variance of a coordinate given |x| < 3 is E[|x|^2 | |x| < 3] / D = F_(D+2)(9) / F_D(9), and the
    ratio its root: 0.9744 in the plane.
    """
    if min(num_modes, num_samples, num_dimensions) < 1:
        raise UserError(
            f"{num_modes} modes, {num_samples} samples, {num_dimensions} dimensions: each must be 1 or more"
        )
    share = _chi_squared(HIGH_QUALITY_STDS**2, num_dimensions)
    even = torch.full((num_modes,), 1 / num_modes, dtype=torch.float64)
    return PerfectSampler(
        modes_covered=num_modes * (1 - (1 - share / num_modes) ** num_samples),
        high_quality_share=share,
        reverse_kl=expected_reverse_kl(even, max(1, round(num_samples * share))),
        std_ratio=(_chi_squared(HIGH_QUALITY_STDS**2, num_dimensions + 2) / share) ** 0.5,
    )


def _chi_squared(value: float, degrees: int) -> float:
    """P(X <= value) of the chi-squared distribution."""
    half = torch.tensor([degrees, value], dtype=torch.float64) / 2
    return float(torch.special.gammainc(half[0], half[1]))


def expected_reverse_kl(shares: Tensor, num_samples: int) -> float:
    """The reverse KL that num_samples independent draws from the shares (K,) themselves have: the floor of the figure.

    About (K - 1) / (2 N) for many samples a class. Exact here: each count X_k is binomial with N draws of probability
    q_k, and the expectation of sum_k X_k/N ln(X_k / (N q_k)) is summed over all values of each.
    """
    found = torch.arange(num_samples + 1, dtype=torch.float64)
    missed = num_samples - found
    log_ways = torch.lgamma(torch.tensor(num_samples + 1.0, dtype=torch.float64))
    log_ways = log_ways - torch.lgamma(found + 1) - torch.lgamma(missed + 1)
    total = 0.0
    values, repeats = shares.double()[shares > 0].unique(return_counts=True)
    for share, times in zip(values, repeats.tolist(), strict=True):
        chance = (log_ways + torch.xlogy(found, share) + torch.xlogy(missed, 1 - share)).exp()
        own = found / num_samples
        total += times * float((chance * torch.xlogy(own, own / share)).sum())
    return max(0.0, total)


@dataclass(frozen=True)
class ClassCount:
    """What samples have of modes that a classifier tells apart.

    modes_covered: of num_modes, those with a sample.
    reverse_kl: of the samples' shares from the target's, in nats. floor: what as many perfect samples are expected to
        have, about (num_modes - 1) / (2 num_samples): figures of different num_samples do not compare.
    """

    num_samples: int
    num_modes: int
    modes_covered: int
    reverse_kl: float
    floor: float

    def plain(self) -> dict[str, Any]:
        """All of it as plain data for JSON."""
        return asdict(self)


def count_classes(modes: Tensor, num_modes: int = 1000, target: Tensor | None = None) -> ClassCount:
    """Judge the modes (N,) that samples fall into, numbered from 0; those of stacked digits by default.

    target: the modes' true shares (num_modes,), as `StackedDigits.class_shares`; None: all alike, as published figures
    have it, of which MNIST's own shares are 0.004 off.
    Raises UserError for no samples.
    """
    if not len(modes):
        raise UserError("there are no samples to count modes of")
    counts = torch.bincount(modes.cpu(), minlength=num_modes)
    shares = torch.full((num_modes,), 1 / num_modes, dtype=torch.float64) if target is None else target
    return ClassCount(
        num_samples=len(modes),
        num_modes=num_modes,
        modes_covered=int(classes_covered(counts)),
        reverse_kl=reverse_kl(counts, target),
        floor=expected_reverse_kl(shares, len(modes)),
    )


class StackFeatures:
    """Eyes for stacks of gray images: each channel is looked at alone, by eyes that know what one shows.

    Features are the channels' one after another; class probabilities are those of every combination, the first channel
    changing last: 10 x 10 x 10 for three digits.
    """

    def __init__(self, single: ClassifyingExtractor) -> None:
        self.name, self.hash, self.resize = f"{single.name}, each channel alone", single.hash, single.resize
        self._single = single

    def __call__(self, items: Tensor) -> Tensor:
        """Stacks (N, C, H, W), uint8 or float in [-1, 1], -> features (N, C D)."""
        return self.classify(items)[0]

    def classify(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Stacks -> features (N, C D) and the probabilities of the combinations (N, K^C)."""
        num, channels = items.shape[:2]
        features, single = self._single.classify(items.flatten(0, 1)[:, None])
        joint, *others = single.view(num, channels, -1).unbind(1)
        for own in others:
            joint = (joint[:, :, None] * own[:, None, :]).flatten(1)
        return features.view(num, -1), joint


def classify_stack(images: Tensor, single: ClassifyingExtractor, batch_size: int = 64) -> Tensor:
    """Stacks (N, C, H, W), uint8 or float in [-1, 1] -> the mode each shows, int64 (N,).

    Each channel is classified alone, and the classes are read as a number, the first channel's in front: 0 to 999 for
    three digits.
    single: what classifies one channel (N, 1, H, W), as the shipped classifier of MNIST does.
    """
    modes = []
    for stacks in images.split(batch_size):
        probabilities = single.classify(stacks.flatten(0, 1)[:, None])[1]
        mode = torch.zeros(len(stacks), dtype=torch.int64)
        for own in probabilities.argmax(1).view(stacks.shape[:2]).unbind(1):
            mode = mode * probabilities.shape[1] + own
        modes.append(mode)
    return torch.cat(modes)


def stack_accuracy(images: Tensor, labels: Tensor, single: ClassifyingExtractor) -> float:
    """Share of real stacks whose every channel the judge gets right: the error that its figures carry."""
    return float((classify_stack(images, single) == labels).double().mean())
