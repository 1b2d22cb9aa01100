"""Random distributions for the properties that hold for all of them."""

import hypothesis.strategies as st
import torch
from torch import Tensor


@st.composite
def probabilities(draw: st.DrawFn, num: int = 3, size: int | None = None) -> list[Tensor]:
    """`num` distributions over the same outcomes, some of them with zeros and some nearly so."""
    size = size or draw(st.integers(1, 12))
    value = st.one_of(st.just(0.0), st.just(1e-300), st.floats(1e-9, 1.0))
    found = []
    for _ in range(num):
        values = torch.tensor(draw(st.lists(value, min_size=size, max_size=size)), dtype=torch.float64)
        if float(values.sum()) <= 1e-200:
            values = values + 1
        found.append(values / values.sum())
    return found


def random_grid(size: int, seed: int) -> Tensor:
    """An increasing grid of uneven steps."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(size, generator=generator, dtype=torch.float64).add(1e-3).cumsum(0) - 3


def grid(low: float, high: float, num: int = 2001) -> Tensor:
    return torch.linspace(low, high, num, dtype=torch.float64)
