"""Receptive fields, against what can be counted by hand."""

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore.receptive import receptive_field
from ganwright.networks import DISCRIMINATORS


def noise(side: int, channels: int = 1) -> torch.Tensor:
    return torch.rand(4, channels, side, side, generator=torch.Generator().manual_seed(100)) * 2 - 1


def test_strided_convolutions_see_what_the_formula_says() -> None:
    """Kernel 4, stride 2: a field of r pixels at jump j becomes r + 3 j: 4, 10, 22."""
    torch.manual_seed(100)
    network = nn.Sequential(*(nn.Conv2d(1, 1, 4, 2, 1) for _ in range(3)))
    for layer, place, start, side in (("0", 8, 15, 4), ("1", 4, 13, 10), ("2", 2, 9, 22)):
        found = receptive_field(network, layer, noise(32), place, place)
        assert (found.top, found.left, found.bottom, found.right) == (start, start, start + side, start + side)
        assert found.grid == (32 // (2 * 2 ** int(layer)),) * 2
        assert float(found.influence.sum()) == pytest.approx(1)
        assert float(found.influence[:start].sum()) == 0


def test_the_edge_cuts_the_field() -> None:
    found = receptive_field(nn.Sequential(nn.Conv2d(1, 2, 5, padding=2)), "0", noise(8), 0, 7)
    assert (found.top, found.left, found.bottom, found.right) == (0, 5, 3, 8)


def test_what_looks_everywhere_has_the_whole_image() -> None:
    torch.manual_seed(101)
    network = DISCRIMINATORS["stylegan2"]().build(DataSpec((1, 16, 16)))
    layer = next(n for n, m in network.named_modules() if type(m).__name__ == "MinibatchStddevMap")
    found = receptive_field(network, layer, noise(16), 1, 1)
    assert (found.top, found.left, found.bottom, found.right) == (0, 0, 16, 16)
    assert network.training


def test_the_same_question_has_the_same_answer() -> None:
    torch.manual_seed(102)
    network = DISCRIMINATORS["dcgan"]().build(DataSpec((1, 32, 32)))
    first, again = (receptive_field(network, "layers.3", noise(32), 3, 2) for _ in range(2))
    assert torch.equal(first.influence, again.influence)
    assert not any(m._forward_hooks for m in network.modules())


@pytest.mark.parametrize(
    ("layer", "row", "told"),
    [("9", 0, "no layer"), ("", 0, "no layer"), ("2", 0, "no places"), ("0", 8, "8 x 8 places"), ("0", -1, "places")],
)
def test_questions_without_an_answer_are_refused(layer: str, row: int, told: str) -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.Flatten(), nn.Linear(64, 1))
    with pytest.raises(UserError, match=told):
        receptive_field(network, layer, noise(8), row, 0)


def test_a_place_that_sees_nothing_is_told() -> None:
    blind = nn.Conv2d(1, 1, 3, padding=1)
    nn.init.zeros_(blind.weight)
    with pytest.raises(UserError, match="does not depend"):
        receptive_field(nn.Sequential(blind), "0", noise(8), 3, 3)
