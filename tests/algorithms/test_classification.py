"""Classification: its loss, its random crops, its refusals."""

import pytest
import torch
from torch import Tensor, nn

from ganwright.algorithms.classification import ClassificationConfig, shifted
from ganwright.algorithms.phase import Batch, Step
from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.networks.classifier import CnnClassifierConfig
from ganwright.networks.vit import ViTClassifierConfig

DRAWS = Draws((0, "test"), torch.device("cpu"))


def step_of(network: nn.Module, items: Tensor, labels: Tensor) -> Step:
    return Step({"classifier": network}, lambda: Batch(items, labels), DRAWS, len(items), 0, 100)


class Fixed(nn.Module):
    """Gives the same logits for all items."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = logits

    def forward(self, items: Tensor) -> Tensor:
        return self.logits.expand(len(items), -1)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_is_cross_entropy_with_a_share_spread_evenly(smoothing: float) -> None:
    config = ClassificationConfig(classifier=CnnClassifierConfig(width=4), label_smoothing=smoothing)
    (phase,) = config.build(DataSpec((1, 8, 8), 3)).phases
    logits = torch.tensor([1.0, 0.0, -1.0])
    labels = torch.tensor([0, 0, 2])
    value, logs = phase.loss(step_of(Fixed(logits), torch.zeros(3, 1, 8, 8), labels))
    surprise = -logits.log_softmax(0)
    told = (1 - smoothing) * surprise[labels].mean() + smoothing * surprise.mean()
    assert float(value) == pytest.approx(float(told))
    assert float(logs["accuracy"]) == pytest.approx(2 / 3)


def test_both_families_are_trained_by_it() -> None:
    for classifier in (CnnClassifierConfig(width=4), ViTClassifierConfig(width=8, layers=1)):
        algorithm = ClassificationConfig(classifier=classifier, shift=1).build(DataSpec((1, 8, 8), 3))
        assert algorithm.averaged == ("classifier",)
        labels = torch.tensor([0, 1, 2])
        torch.manual_seed(0)
        value, _ = algorithm.phases[0].loss(step_of(algorithm.networks["classifier"], torch.randn(3, 1, 8, 8), labels))
        value.backward()
        assert all(p.grad is not None and p.grad.any() for p in algorithm.networks["classifier"].parameters())


def test_crops_are_of_the_image_with_its_border_repeated() -> None:
    images = torch.arange(2 * 3 * 5 * 4, dtype=torch.float32).view(2, 3, 5, 4)
    many = images.repeat_interleave(200, 0)
    moved = shifted(many, 2, DRAWS)
    padded = nn.functional.pad(images, (2, 2, 2, 2), mode="replicate")
    crops = [[padded[i, :, r : r + 5, c : c + 4] for r in range(5) for c in range(5)] for i in range(2)]
    seen: set[int] = set()
    for index, image in enumerate(moved):
        (found,) = [k for k, crop in enumerate(crops[index // 200]) if torch.equal(crop, image)]
        seen.add(found)
    assert len(seen) == 25, "every offset comes up"
    assert torch.equal(shifted(many, 2, DRAWS), moved)


def test_data_without_classes_is_refused() -> None:
    with pytest.raises(UserError, match="needs labels of at least 2 classes"):
        ClassificationConfig(classifier=CnnClassifierConfig()).build(DataSpec((1, 8, 8)))
