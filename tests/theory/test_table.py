"""What every row of DIVERGENCES promises."""

import pytest
import torch

from ganwright.theory import DIVERGENCES, normal_density

from .distributions import grid

pytestmark = pytest.mark.parametrize("name", DIVERGENCES)
X = grid(-10, 12, 1101)
P = normal_density(X)


def test_zero_for_equal_densities_and_growing_as_they_part(name: str) -> None:
    shifts = torch.tensor([[0.0], [0.5], [1.0], [2.0]])
    values = DIVERGENCES[name](P, normal_density(X, shifts), X)
    assert values.shape == (4,)
    assert values.dtype == torch.float64
    assert float(values[0]) == pytest.approx(0, abs=1e-12)
    assert (values.diff() > 0).all()


def test_row_says_what_it_is(name: str) -> None:
    assert (DIVERGENCES[name].__doc__ or "").strip()
