"""A fixed random convolutional embedding: honest eyes where nothing was trained.

Random features rank samples about as well as trained ones on data unlike ImageNet (Naeem et al. 2020, section 4) and
favour no data set. The weights are the same on every machine and with every version of the libraries: they come from
the raw bits of a Philox counter (Salmon et al. 2011) by one multiplication and one subtraction each.
"""

import hashlib
from math import prod, sqrt

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_float
from ganwright.metrics.features.base import HASH_DIGITS, Wanted
from ganwright.metrics.features.resize import DEFAULT_RULE, described, resize

WIDTHS = (32, 64, 64, 96)
KERNEL = 4
SLOPE = 0.2
SMALL, LARGE = 32, 64
LEAST_SIDE = 4
_TINY = 1e-8


class RandomFeatures:
    """Mean and standard deviation over positions of four strided convolutions' outputs: 512 numbers.

    Each stage halves the sides (kernel 4, stride 2, mirrored borders) and ends in a leaky ReLU of slope 0.2. Weights
    are uniform with He's variance 2 / ((1 + slope^2) inputs) (He et al. 2015, section 2.2): no stage outweighs another.
    Images with sides of up to 32 are brought to 32x32, larger ones to 64x64.

    spec: of the images, sides of at least 4, any number of channels. seed: of the weights, at least 0; figures of
    different seeds do not compare. rule: of resizing. device: to compute on; None: the CPU.
    Raises UserError for points, images below 4x4 and a negative seed.
    """

    def __init__(
        self, spec: DataSpec, seed: int = 0, rule: str = DEFAULT_RULE, device: torch.device | None = None
    ) -> None:
        if not spec.is_image:
            raise UserError("random features look at images, not at points; name 'pixels' for points")
        if min(spec.shape[1:]) < LEAST_SIDE:
            raise UserError(f"random features need images of at least 4x4, not {spec}; name 'pixels' instead")
        if not 0 <= seed < 2**64:
            raise UserError(f"the seed of random features lies from 0 to 2^64 - 1, not at {seed}")
        side = SMALL if max(spec.shape[1:]) <= SMALL else LARGE
        self._shape, self._size, self._rule = spec.shape, (side, side), rule
        self._device = device or torch.device("cpu")
        weights = draw_weights(spec.shape[0], seed)
        content = hashlib.sha256()
        for weight in weights:
            content.update(weight.astype("<f4").tobytes())
        self._weights = [torch.from_numpy(w).to(self._device) for w in weights]
        self.name = f"random convolutions, seed {seed} (nothing trained)"
        self.hash = content.hexdigest()[:HASH_DIGITS]
        self.resize = described(self._size, rule)

    @torch.no_grad()
    def __call__(self, items: Tensor) -> Tensor:
        """Images (N, *spec.shape) -> features (N, 512). Raises UserError for images of another shape."""
        if tuple(items.shape[1:]) != self._shape:
            raise UserError(f"random features of {self._shape} cannot look at items of {tuple(items.shape[1:])}")
        maps = resize(to_float(items.to(self._device)).float(), self._size, self._rule)
        found = []
        for weight in self._weights:
            maps = F.conv2d(F.pad(maps, (1, 1, 1, 1), mode="reflect"), weight, stride=2)
            maps = F.leaky_relu(maps, SLOPE)
            spread = maps.var((2, 3), correction=0)
            found += [maps.mean((2, 3)), (spread + _TINY).sqrt()]
        return torch.cat(found, 1).cpu()


def draw_weights(channels: int, seed: int) -> list[np.ndarray]:
    """The stages' kernels (out, in, 4, 4), float32, uniform with He's variance, for images of so many channels."""
    bits = np.random.Philox(key=seed)
    weights = []
    for width in WIDTHS:
        shape = (width, channels, KERNEL, KERNEL)
        bound = sqrt(6 / ((1 + SLOPE**2) * prod(shape[1:])))
        uniform = (bits.random_raw(prod(shape)) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        weights.append(((2 * uniform - 1) * bound).astype(np.float32).reshape(shape))
        channels = width
    return weights


def build(wanted: Wanted) -> RandomFeatures:
    """`random` or `random:SEED`. Raises UserError where SEED is no whole number."""
    text = wanted.argument or "0"
    if not text.isascii() or not text.isdecimal():
        raise UserError(f"the seed of random features must be a whole number from 0, as in 'random:1', not '{text}'")
    return RandomFeatures(wanted.spec, int(text), wanted.rule or DEFAULT_RULE, wanted.device)
