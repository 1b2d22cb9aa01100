"""The eyes of a metric: what turns items into features."""

from typing import Protocol, runtime_checkable

from torch import Tensor


class FeatureExtractor(Protocol):
    """Turns items into features (N, D), on the CPU.

    name: as printed beside a figure. hash: of its weights; figures of different hashes must not be compared.
    resize: how items are brought to its size, e.g. "bilinear to 299x299"; "none" where they are taken as they are.
    """

    name: str
    hash: str
    resize: str

    def __call__(self, items: Tensor) -> Tensor:
        """Items uint8 0..255 or float in [-1, 1], (N, *shape), -> features (N, D)."""
        ...


@runtime_checkable
class ClassifyingExtractor(FeatureExtractor, Protocol):
    """A feature extractor that also tells classes apart."""

    def classify(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Items -> features (N, D) and class probabilities (N, K)."""
        ...
