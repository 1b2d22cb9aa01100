"""Bias, LeakyReLU and gain at once against the same step by step, with both gradients."""

from typing import Any

import pytest
import torch
from torch import Tensor

from ganwright.ops.bias_act import GAIN, bias_leaky, bias_leaky_by_definition


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("gain", [GAIN, 1.0, 0.3])
@pytest.mark.parametrize("shape", [(4, 3), (2, 3, 5, 4)])
def test_it_equals_its_definition_and_so_do_both_gradients(shape: tuple[int, ...], gain: float) -> None:
    def gradients(form: Any) -> list[Tensor]:
        features, bias = normal(0, *shape).requires_grad_(), normal(1, 3).requires_grad_()
        made = form(features, bias, gain)
        weight = normal(2, *shape).requires_grad_()
        first = torch.autograd.grad((made * weight).sum(), (features, bias), create_graph=True)
        second = torch.autograd.grad(torch.stack([g.square().sum() for g in first]).sum(), weight)
        return [made, *first, *second]

    for mine, reference in zip(gradients(bias_leaky), gradients(bias_leaky_by_definition), strict=True):
        torch.testing.assert_close(mine, reference)


def test_it_leaves_its_inputs_alone_and_keeps_their_format() -> None:
    features = normal(0, 2, 3, 4, 4).bfloat16()
    before = features.clone()
    assert bias_leaky(features, normal(1, 3).float()).dtype == torch.bfloat16
    assert torch.equal(features, before)
