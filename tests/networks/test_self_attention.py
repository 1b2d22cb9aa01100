"""SAGAN's self-attention: torch's own on the same tokens, the identity at first, keys and values pooled."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from ganwright.networks.layers.attention import SelfAttention
from ganwright.ops.attention import attention


def made(channels: int = 16) -> SelfAttention:
    torch.manual_seed(0)
    return SelfAttention(channels).double()


def by_torch(layer: SelfAttention, x: Tensor) -> Tensor:
    """x + gate * project(scaled_dot_product_attention)."""
    queries, keys, values = layer.queries(x), layer.keys(x), layer.values(x)
    keys, values = (F.max_pool2d(t, 2, ceil_mode=True) for t in (keys, values))
    q, k, v = (t.flatten(2).mT for t in (queries, keys, values))
    with sdpa_kernel(SDPBackend.MATH):
        seen = F.scaled_dot_product_attention(q, k, v, scale=1.0)
    return x + layer.gate * F.conv2d(seen.mT.reshape(len(x), -1, *x.shape[2:]), layer.project.weight)


@pytest.mark.parametrize("shape", [(4, 4), (7, 5), (8, 16)])
def test_it_equals_torch_s_own_with_first_and_second_gradients(shape: tuple[int, int]) -> None:
    layer = made()
    torch.nn.init.constant_(layer.gate, 0.7)
    x = torch.randn(2, 16, *shape, dtype=torch.float64, requires_grad=True)
    leaves = [x, *layer.parameters()]
    outcomes = []
    for output in (layer(x), by_torch(layer, x)):
        first = torch.autograd.grad(output.square().sum(), leaves, create_graph=True)
        second = torch.autograd.grad(torch.stack([g.square().sum() for g in first]).sum(), leaves)
        outcomes.append([output, *first, *second])
    for mine, theirs in zip(*outcomes, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_the_gate_begins_at_0_and_learns_at_once() -> None:
    layer = made()
    x = torch.randn(2, 16, 6, 6, dtype=torch.float64)
    output = layer(x)
    assert torch.equal(output, x)
    output.square().sum().backward()
    assert layer.gate.grad is not None
    assert layer.gate.grad.abs() > 0


def test_widths_are_those_of_the_paper_and_never_0() -> None:
    assert [p.shape[:2] for p in made(192).parameters() if p.ndim == 4] == [(24, 192), (24, 192), (96, 192), (192, 96)]
    assert SelfAttention(3)(torch.zeros(1, 3, 4, 4)).shape == (1, 3, 4, 4)


def test_a_place_far_away_counts() -> None:
    layer = made()
    torch.nn.init.ones_(layer.gate)
    x = torch.randn(1, 16, 8, 8, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(layer(x)[0, :, 0, 0].sum(), x)
    assert gradient[0, :, 6:, 6:].any()


def test_scores_can_be_scaled_by_any_number() -> None:
    q, k, v = torch.randn(3, 2, 5, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for scale in (None, 1.0, 0.3):
        torch.testing.assert_close(
            attention(q, k, v, scale=scale), F.scaled_dot_product_attention(q, k, v, scale=scale)
        )
