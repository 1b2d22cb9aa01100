"""The fast forms equal torch's convolutions: outputs, gradients and second-order gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops import strided

Form = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def reference_double(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return F.conv_transpose2d(x, weight, bias, 2, 1)


def reference_halve(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return F.conv2d(x, weight, bias, 2, 1)


def outcome(form: Form, x: Tensor, weight: Tensor, bias: Tensor | None) -> list[Tensor]:
    leaves = [t for t in (x, weight, bias) if t is not None]
    for leaf in leaves:
        leaf.requires_grad_()
    out = form(x, weight, bias)
    first = torch.autograd.grad(out.square().sum(), leaves, create_graph=True)
    second = torch.autograd.grad(torch.stack([g.square().sum() for g in first]).sum(), leaves)
    return [out, *first, *second]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(4, 4), (7, 7), (4, 6)])
@pytest.mark.parametrize("biased", [False, True])
def test_product_forms_equal_convolutions(channels: int, shape: tuple[int, int], biased: bool) -> None:
    torch.manual_seed(0)
    double = torch.float64
    bias = torch.randn(channels, dtype=double) if biased else None
    features, weight = torch.randn(2, 5, *shape, dtype=double), torch.randn(5, channels, 4, 4, dtype=double)
    for mine, theirs in zip(
        outcome(strided.double_by_product, features, weight, bias),
        outcome(reference_double, features, weight, bias),
        strict=True,
    ):
        assert torch.allclose(mine, theirs, rtol=1e-10)
    bias = torch.randn(5, dtype=double) if biased else None
    images, weight = torch.randn(2, channels, 2 * shape[0], 2 * shape[1], dtype=double), weight.detach()
    for mine, theirs in zip(
        outcome(strided.halve_by_product, images, weight, bias),
        outcome(reference_halve, images, weight, bias),
        strict=True,
    ):
        assert torch.allclose(mine, theirs, rtol=1e-10)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("trainable", [False, True])
def test_whichever_form_is_chosen_the_result_is_the_same(channels: int, trainable: bool) -> None:
    torch.manual_seed(0)
    features = torch.randn(2, 5, 7, 7, requires_grad=True)
    weight = torch.randn(5, channels, 4, 4, requires_grad=trainable)
    assert torch.allclose(
        strided.double_to_image(features, weight, None), reference_double(features, weight, None), atol=1e-5
    )
    images = torch.randn(2, channels, 14, 14, requires_grad=True)
    assert torch.allclose(
        strided.halve_from_image(images, weight, None), reference_halve(images, weight, None), atol=1e-5
    )
