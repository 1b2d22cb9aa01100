"""Every form of modulated convolution equals a convolution for each item, with both gradients."""

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops import fir
from ganwright.ops import modulated as m


def normal(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def given(size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Features, a weight and styles."""
    return normal(0, 3, 4, 5, 6), normal(1, 7, 4, size, size), normal(2, 3, 4)


def results(form: Any, size: int, **options: Any) -> list[Tensor]:
    """Outputs, their gradients to all inputs, and the gradients of these."""
    tensors = [t.requires_grad_() for t in given(size)]
    outputs = form(*tensors, 0.3, **options)
    target = normal(3, *outputs.shape)
    first = torch.autograd.grad((outputs.square() * target).sum(), tensors, create_graph=True)
    second = torch.autograd.grad(torch.stack([g.square().sum() for g in first]).sum(), tensors)
    return [outputs, *first, *second]


@pytest.mark.parametrize("demodulate", [True, False])
@pytest.mark.parametrize("double", [True, False])
@pytest.mark.parametrize("size", [1, 3])
def test_every_form_equals_a_convolution_for_each_item(size: int, double: bool, demodulate: bool) -> None:
    expected = results(m.by_definition, size, demodulate=demodulate, double=double)
    for form in (m.modulated_convolution, m.by_scaling, m.by_groups):
        for mine, reference in zip(results(form, size, demodulate=demodulate, double=double), expected, strict=True):
            torch.testing.assert_close(mine, reference)
    if size == 1 and not double:
        for mine, reference in zip(results(m.by_products, 1, demodulate=demodulate), expected, strict=True):
            torch.testing.assert_close(mine, reference)


def test_the_definition_is_the_papers() -> None:
    features, weight, styles = given(3)
    outputs = m.by_definition(features, weight, styles, 0.3)
    for n in range(len(features)):
        own = 0.3 * weight * styles[n].view(1, -1, 1, 1)  # equation 1
        own = own / (own.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()  # equation 3
        torch.testing.assert_close(outputs[n : n + 1], F.conv2d(features[n : n + 1], own, padding=1))


def test_demodulated_outputs_of_white_features_have_the_deviation_1() -> None:
    features = torch.randn(8, 16, 24, 24, generator=torch.Generator().manual_seed(0))
    styles = 5 * torch.randn(8, 16, generator=torch.Generator().manual_seed(1))
    weight = torch.randn(12, 16, 3, 3, generator=torch.Generator().manual_seed(2))
    inner = m.modulated_convolution(features, weight, styles)[:, :, 1:-1, 1:-1]
    assert inner.std(dim=(0, 2, 3)).sub(1).abs().max() < 0.1


def test_doubling_is_zeros_in_between_the_turned_kernel_and_the_filter() -> None:
    features, weight, styles = given(3)
    outputs = m.by_scaling(features, weight, styles, demodulate=False, double=True)
    spread = torch.zeros(3, 4, 10, 12, dtype=torch.float64)
    spread[:, :, ::2, ::2] = features * styles[:, :, None, None]
    convolved = F.conv2d(F.pad(spread, (3, 3, 3, 3)), weight.flip(2, 3))
    expected = 4 * fir.blur(convolved, fir.BINOMIAL, (0, 0))
    torch.testing.assert_close(outputs, expected[:, :, :10, :12])


def test_the_form_is_chosen_by_size_layout_and_precision() -> None:
    wide, narrow = torch.zeros(8, 64, 3, 3), torch.zeros(8, 4, 3, 3)
    small, large = torch.zeros(1, 64, 8, 8), torch.zeros(1, 4, 64, 64)
    assert m.scales(small, wide)
    assert not m.scales(large, narrow)
    assert m.scales(large.contiguous(memory_format=torch.channels_last), narrow)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert m.scales(large, narrow)


def test_half_precision_comes_close() -> None:
    features, weight, styles = (t.float() for t in given(3))
    exact = m.modulated_convolution(features, weight, styles)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for form in (m.by_scaling, m.by_groups):
            rough = form(features.bfloat16(), weight, styles)
            assert rough.dtype == torch.bfloat16
            torch.testing.assert_close(rough.float(), exact, atol=0.05, rtol=0.05)


def test_it_runs_under_vmap() -> None:
    features, weight, styles = given(3)
    many = [torch.stack([t, 2 * t + 1]) for t in (features, weight, styles)]
    together = torch.func.vmap(lambda f, w, s: m.modulated_convolution(f, w, s, double=True))(*many)
    for k in range(2):
        torch.testing.assert_close(together[k], m.by_definition(many[0][k], many[1][k], many[2][k], double=True))
