"""The eyes of a metric: what turns items into features."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec

HASH_DIGITS = 12


@runtime_checkable
class FeatureExtractor(Protocol):
    """Turns items into features (N, D), on the CPU.

    name: as printed beside a figure. hash: of its weights and of how it prepares its input; figures of different
    hashes must not be compared.
    resize: how items are brought to its size, e.g. "antialiased-bilinear to 299x299"; "none" where they are taken as
    they are.
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


@dataclass(frozen=True)
class Wanted:
    """What a row of the table is asked for.

    argument: what stands behind the name and a colon; None: nothing. spec: of the items to be looked at.
    weights: file of weights given beside the name. rule: of resizing; None: the row's own. device: to compute on.
    """

    argument: str | None
    spec: DataSpec
    weights: Path | None = None
    rule: str | None = None
    device: torch.device | None = None


class Outputs(Protocol):
    """A network of the user's: features, and class scores where it gives a second output."""

    name: str
    hash: str
    resize: str

    def __call__(self, items: Tensor) -> Tensor:
        """Items -> features (N, D)."""
        ...

    def outputs(self, items: Tensor) -> tuple[Tensor, Tensor | None]:
        """Items -> features (N, D) and what stands second, (N, K), or None."""
        ...


class Classifying:
    """Eyes with a second output that tells classes apart.

    probabilities: True where that output holds probabilities already; False where it holds logits.
    """

    def __init__(self, eyes: Outputs, probabilities: bool = False) -> None:
        self.name, self.hash, self.resize = eyes.name, eyes.hash, eyes.resize
        self._eyes, self._probabilities = eyes, probabilities

    def __call__(self, items: Tensor) -> Tensor:
        """Items -> features (N, D)."""
        return self._eyes(items)

    def classify(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Items -> features (N, D) and class probabilities (N, K)."""
        features, scores = self._eyes.outputs(items)
        if scores is None:
            raise UserError(f"features '{self.name}' gave class scores at first and none now; look at its outputs")
        return features, scores if self._probabilities else scores.softmax(1)


def with_classes(eyes: Outputs, spec: DataSpec) -> FeatureExtractor:
    """Look at two plain items of the spec, and return eyes that classify if there was a second output.

    Scores that are probabilities already (none below 0, rows that sum to 1) are taken as they are, others as logits.
    Raises UserError where the items do not fit.
    """
    shades = torch.linspace(-1, 1, 2 * spec.num_values).view(2, *spec.shape)
    scores = eyes.outputs(shades)[1]
    if scores is None:
        return eyes
    sums = scores.double().sum(1)
    return Classifying(eyes, bool((scores >= 0).all() and torch.allclose(sums, torch.ones_like(sums), atol=1e-4)))


def table_of(found: Tensor, num_items: int, what: str, name: str) -> Tensor:
    """A network's output as a table (N, D), float32, on the CPU: maps (N, D, H, W) become means over their positions.

    Raises UserError for another shape.
    """
    if found.ndim == 4:
        found = found.mean((2, 3))
    if found.ndim != 2 or len(found) != num_items or found.shape[1] == 0:
        raise UserError(
            f"features '{name}': the {what} of {num_items} items must be (N, D) or (N, D, H, W), "
            f"not {tuple(found.shape)}; wrap the network so that it gives a table"
        )
    return found.detach().float().cpu()
