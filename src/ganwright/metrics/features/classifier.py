"""Features and classes of a classifier that was fitted on the data's labels, or on those of its like."""

from pathlib import Path

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.data.dataset import to_float
from ganwright.metrics.classifiers import FittedClassifier, load
from ganwright.metrics.features.base import HASH_DIGITS, Wanted
from ganwright.metrics.features.prepare import fitting
from ganwright.metrics.features.resize import DEFAULT_RULE, described


class ClassifierFeatures:
    """Eyes of a metric: features and class probabilities of a fitted classifier.

    Images of another size are brought to the classifier's, by antialiased bilinear interpolation in float unless `rule`
    names another; gray and RGB are turned into one another by luma and repetition.
    """

    def __init__(self, fitted: FittedClassifier, device: torch.device | None = None, rule: str = DEFAULT_RULE) -> None:
        self.fitted = fitted
        self.name = f"classifier of {fitted.data} ({fitted.test_accuracy:.2%} on its test set)"
        self.hash = fitted.hash[:HASH_DIGITS]
        self.resize = f"{described(fitted.spec.shape[1:], rule)} where sizes differ"  # pyright: ignore[reportArgumentType]
        self._rule = rule
        self._device = device or torch.device("cpu")
        self._network = fitted.network.eval().requires_grad_(False).to(self._device)
        # up to twice as fast on a CPU
        self._network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def __call__(self, items: Tensor) -> Tensor:
        """Images uint8 or float in [-1, 1] -> features (N, D) on the CPU."""
        return self.classify(items)[0]

    @torch.no_grad()
    def classify(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Images -> features (N, D) and class probabilities (N, K), on the CPU, in one forward pass."""
        images = fitting(to_float(items.to(self._device)), self.fitted.spec, self._rule)
        features = self._network.features(images)
        return features.float().cpu(), self._network.head(features).float().softmax(1).cpu()

    @torch.no_grad()
    def class_shares(self, items: Tensor) -> Tensor:
        """Images -> share (K,) of them that fall into each class, by its likeliest, without leaving the device.

        All are NaN where an image is not finite.
        """
        images = fitting(to_float(items.to(self._device)), self.fitted.spec, self._rule)
        logits = self._network(images)
        return nn.functional.one_hot(logits.argmax(1), logits.shape[1]).float().mean(0) + 0 * items.sum()


def build(wanted: Wanted) -> ClassifierFeatures:
    """`classifier:PATH`, of what `classifiers.save` wrote. Raises UserError without a path and for other files."""
    path = wanted.argument or wanted.weights
    if path is None:
        raise UserError("classifier features need a fitted classifier; name its file, as in 'classifier:PATH'")
    fitted = load(Path(path).expanduser())
    if fitted.spec.is_image != wanted.spec.is_image:
        raise UserError(f"classifier {path} is of {fitted.spec} and cannot look at items of {wanted.spec}")
    return ClassifierFeatures(fitted, wanted.device, wanted.rule or DEFAULT_RULE)
