"""One convolution with stride equals doubling or averaging beside a 3x3 one: outputs, first and second gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from ganwright.ops import nearest

Form = Callable[[Tensor, Tensor, Tensor | None], Tensor]
TWINS: dict[str, tuple[Form, Form, Form]] = {
    "double": (
        nearest.double_and_convolve_at_once,
        nearest.double_and_convolve_in_steps,
        nearest.double_and_convolve,
    ),
    "halve": (nearest.convolve_and_halve_at_once, nearest.convolve_and_halve_in_steps, nearest.convolve_and_halve),
}


def outcome(form: Form, x: Tensor, weight: Tensor, bias: Tensor | None) -> list[Tensor]:
    """The output, its gradients and theirs."""
    leaves = [t.detach().requires_grad_() for t in (x, weight, bias) if t is not None]
    output = form(*leaves, *[None] * (3 - len(leaves)))  # type: ignore[arg-type]
    first = torch.autograd.grad(output.square().sum(), leaves, create_graph=True)
    second = torch.autograd.grad(torch.stack([g.square().sum() for g in first]).sum(), leaves)
    return [output, *first, *second]


@pytest.mark.parametrize("name", TWINS)
@pytest.mark.parametrize("shape", [(2, 2), (4, 6), (14, 14), (16, 32)])
@pytest.mark.parametrize("biased", [False, True])
def test_all_forms_agree(name: str, shape: tuple[int, int], biased: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, *shape, dtype=torch.float64, generator=generator)
    weight = torch.randn(5, 3, 3, 3, dtype=torch.float64, generator=generator)
    bias = torch.randn(5, dtype=torch.float64, generator=generator) if biased else None
    fast, slow, chosen = TWINS[name]
    expected = outcome(slow, x, weight, bias)
    for form in (fast, chosen):
        for mine, theirs in zip(outcome(form, x, weight, bias), expected, strict=True):
            torch.testing.assert_close(mine, theirs)


def test_halving_undoes_what_doubling_does_to_a_constant_inside() -> None:
    weight = torch.zeros(1, 1, 3, 3)
    weight[0, 0, 1, 1] = 1
    x = torch.randn(1, 1, 8, 8)
    torch.testing.assert_close(
        nearest.convolve_and_halve(nearest.double_and_convolve(x, weight, None), weight, None), x
    )


@pytest.mark.parametrize(("side", "once"), [(4, False), (8, True)])
def test_the_form_is_chosen_by_the_smaller_resolution(side: int, once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    for name in ("double_and_convolve", "convolve_and_halve"):
        monkeypatch.setattr(nearest, f"{name}_at_once", lambda x, w, b: called.append("once"))
        monkeypatch.setattr(nearest, f"{name}_in_steps", lambda x, w, b: called.append("steps"))
    weight = torch.zeros(2, 2, 3, 3)
    nearest.double_and_convolve(torch.zeros(1, 2, side, side), weight, None)
    nearest.convolve_and_halve(torch.zeros(1, 2, 2 * side, 2 * side), weight, None)
    assert called == ["once" if once else "steps"] * 2
