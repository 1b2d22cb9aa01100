"""What patches do to a score, on networks whose scores are known."""

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore.patches import covered, shares
from ganwright.networks import DISCRIMINATORS


class SumOfPlaces(nn.Module):
    """A score that is the sum of a map's places, each the mean of a 2 x 2 patch, and 3."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.AvgPool2d(2)

    def forward(self, items: Tensor) -> Tensor:
        return self.pool(items).sum((1, 2, 3)) + 3


def test_shares_add_up_to_the_score() -> None:
    item = torch.rand(1, 6, 4, generator=torch.Generator().manual_seed(100))
    found = shares(SumOfPlaces(), item)
    assert found is not None
    assert found.layer == "pool"
    assert torch.allclose(found.values, nn.AvgPool2d(2)(item[None])[0, 0].double())
    assert found.rest is not None
    assert found.rest == pytest.approx(3, abs=1e-5)
    assert float(found.values.sum()) + found.rest == pytest.approx(found.score, abs=1e-5)


@pytest.mark.parametrize("kind", ["dcgan", "sn-cnn", "resnet", "r3gan"])
def test_real_discriminators_that_flatten_or_sum_have_shares(kind: str) -> None:
    torch.manual_seed(100)
    network = DISCRIMINATORS[kind]().build(DataSpec((3, 16, 16))).eval().requires_grad_(False)
    found = shares(network, torch.rand(3, 16, 16) * 2 - 1)
    assert found is not None
    assert found.rest is not None
    assert float(found.values.sum()) + found.rest == pytest.approx(found.score, abs=1e-4)
    assert not any(m._forward_hooks for m in network.modules())


@pytest.mark.parametrize("kind", ["mlp", "vitgan"])
def test_others_have_none(kind: str) -> None:
    torch.manual_seed(100)
    network = DISCRIMINATORS[kind]().build(DataSpec((3, 16, 16))).eval().requires_grad_(False)
    assert shares(network, torch.rand(3, 16, 16) * 2 - 1) is None


def test_a_hidden_layer_behind_the_map_leaves_no_shares() -> None:
    torch.manual_seed(101)
    network = DISCRIMINATORS["dcgan"].model_validate({"conditional": True}).build(DataSpec((1, 16, 16), 3))
    network.eval().requires_grad_(False)
    for weights in network.get_submodule("score").parameters():
        nn.init.normal_(weights)  # so that units switch with what they see
    assert shares(network, torch.rand(1, 16, 16) * 2 - 1, torch.tensor([1])) is None


def test_covering_a_patch_costs_what_it_held() -> None:
    item = torch.zeros(1, 4, 4)
    item[0, :2, 2:] = 1
    found = covered(lambda items: items.sum((1, 2, 3)), item, 2)
    assert found.score == 4
    assert found.rest is None
    assert found.values.tolist() == [[-1.0, 3.0], [-1.0, -1.0]]  # covered by the mean, 1/4


def test_patches_of_a_wide_picture_are_square() -> None:
    assert covered(lambda items: items.sum((1, 2, 3)), torch.rand(1, 8, 16), 4).values.shape == (4, 8)


@pytest.mark.parametrize("num", [0, 5])
def test_there_are_no_more_patches_than_pixels(num: int) -> None:
    with pytest.raises(UserError, match="choose 1 to 4"):
        covered(lambda items: items.sum((1, 2, 3)), torch.rand(1, 4, 4), num)
