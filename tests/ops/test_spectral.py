"""Spectral norm equals torch's bit for bit, its gradient is the true one, and it works where torch's does not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize

from ganwright.ops.spectral import SpectralNorm, power_iteration

LAYERS: dict[str, Callable[[], nn.Module]] = {
    "linear": lambda: nn.Linear(9, 6),
    "one row": lambda: nn.Linear(9, 1),
    "conv": lambda: nn.Conv2d(3, 8, 4),
    "transposed conv": lambda: nn.ConvTranspose2d(3, 8, 4),
    "embedding": lambda: nn.Embedding(5, 4),
}


def normalised(name: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    layer = LAYERS[name]()
    output_dim = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
    parametrize.register_parametrization(layer, "weight", SpectralNorm(layer.weight, output_dim))  # type: ignore[arg-type]
    return layer


def inside(layer: nn.Module) -> tuple[Any, Tensor]:
    """The parametrization of a layer, and the weight as it is before it. Looking does not move the vectors."""
    listed: Any = layer.parametrizations["weight"]  # type: ignore[index]
    return listed[0], listed.original


def stacked(layers: list[nn.Module]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Weights and buffers with a leading axis. torch wants one class, and each parametrized layer has its own."""
    parameters, buffers = torch.func.stack_module_state([nn.Sequential(layer) for layer in layers])
    return tuple({k.removeprefix("0."): t for k, t in d.items()} for d in (parameters, buffers))  # type: ignore[return-value]


def by_torch(name: str, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    return parametrizations.spectral_norm(LAYERS[name]())


def assert_equal_states(mine: nn.Module, theirs: nn.Module) -> None:
    mine_state, theirs_state = mine.state_dict(), theirs.state_dict()
    assert list(mine_state) == list(theirs_state)
    for name in mine_state:
        torch.testing.assert_close(mine_state[name], theirs_state[name], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", LAYERS)
def test_it_equals_torch_s_from_the_start_through_training_to_evaluation(name: str) -> None:
    mine, theirs = normalised(name), by_torch(name)
    assert_equal_states(mine, theirs)
    optimisers = [torch.optim.SGD(layer.parameters(), 0.1) for layer in (mine, theirs)]
    target = torch.randn(inside(mine)[1].shape)
    for _ in range(4):
        for layer, optimiser in zip((mine, theirs), optimisers, strict=True):
            optimiser.zero_grad()
            (layer.weight * target).sum().backward()  # type: ignore[operator]
            optimiser.step()
        assert_equal_states(mine, theirs)
    torch.testing.assert_close(mine.eval().weight, theirs.eval().weight)
    assert_equal_states(mine, theirs)  # evaluation changes nothing


def test_each_training_look_is_one_power_iteration_and_evaluation_none() -> None:
    layer = normalised("linear")
    norm, original = inside(layer)
    with torch.no_grad():
        original.copy_(torch.randn(6, 9))
        u, v = power_iteration(original, norm._u, norm._v)
    layer.eval().weight
    assert not torch.equal(norm._u, u)
    layer.train().weight
    torch.testing.assert_close((norm._u, norm._v), (u, v))


def test_the_value_is_the_largest_singular_value_and_its_gradient_true() -> None:
    torch.manual_seed(0)
    weight = torch.randn(6, 4, 3, dtype=torch.float64, requires_grad=True)
    norm = SpectralNorm(weight)
    for _ in range(200):
        norm(weight)
    target = torch.randn(6, 4, 3, dtype=torch.float64)
    exact = weight / torch.linalg.matrix_norm(weight.flatten(1), 2)
    torch.testing.assert_close(norm(weight), exact)
    (mine,) = torch.autograd.grad((norm(weight) * target).sum(), weight)
    (true,) = torch.autograd.grad((exact * target).sum(), weight)
    torch.testing.assert_close(mine, true)


def test_second_gradients_equal_differences() -> None:
    torch.manual_seed(0)
    weight = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    norm = SpectralNorm(weight).eval()  # in training each look would move the vectors
    assert torch.autograd.gradcheck(norm, weight)
    assert torch.autograd.gradgradcheck(norm, weight)


def test_two_passes_can_be_differentiated_together() -> None:
    layer = normalised("linear")
    first, second = torch.randn(2, 4, 9)
    (layer(first).sum() - layer(second).square().sum()).backward()
    assert inside(layer)[1].grad.any()  # type: ignore[union-attr]


def test_vectors_that_an_average_has_shortened_do_not_change_the_value() -> None:
    layer = normalised("conv").eval()
    expected = layer.weight
    norm, _ = inside(layer)
    norm._u.mul_(0.5)
    norm._v.mul_(0.8)
    torch.testing.assert_close(layer.weight, expected)


@pytest.mark.parametrize("stacked_weight", [True, False])
def test_vmap_over_stacked_layers_equals_each_alone_buffers_included(stacked_weight: bool) -> None:
    layers = [normalised("linear", seed) for seed in range(3)]
    if not stacked_weight:
        for layer in layers[1:]:
            layer.load_state_dict({k: v for k, v in layers[0].state_dict().items() if "._" not in k}, strict=False)
    parameters, buffers = stacked(layers)
    shared = {name: p[0] for name, p in parameters.items()}
    items = torch.randn(4, 9)

    def call(parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(layers[0], (parameters, buffers), (items,))

    for _ in range(2):
        if stacked_weight:
            outputs = torch.func.vmap(call)(parameters, buffers)
        else:
            outputs = torch.func.vmap(call, in_dims=(None, 0))(shared, buffers)
        for k, layer in enumerate(layers):
            torch.testing.assert_close(outputs[k], layer(items))
            for name, buffer in layer.named_buffers():
                torch.testing.assert_close(buffers[name][k], buffer)


def test_vmap_over_weights_alone_is_refused() -> None:
    layers = [normalised("linear", seed) for seed in range(3)]
    parameters, _ = stacked(layers)

    def call(parameters: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(layers[0], (parameters,), (torch.zeros(4, 9),))

    with pytest.raises(ValueError, match="needs its buffers stacked"):
        torch.func.vmap(call)(parameters)


def test_two_levels_of_vmap() -> None:
    layers = [normalised("linear", seed) for seed in range(4)]
    parameters, buffers = stacked(layers)
    square = [{name: t.detach().clone().unflatten(0, (2, 2)) for name, t in d.items()} for d in (parameters, buffers)]

    def call(parameters: dict[str, Tensor], buffers: dict[str, Tensor]) -> Tensor:
        return torch.func.functional_call(layers[0], (parameters, buffers), (torch.ones(1, 9),))

    outputs = torch.func.vmap(torch.func.vmap(call))(*square)
    for k, layer in enumerate(layers):
        torch.testing.assert_close(outputs[k // 2, k % 2], layer(torch.ones(1, 9)))
        for name, buffer in layer.named_buffers():
            torch.testing.assert_close(square[1][name][k // 2, k % 2], buffer)


def test_inside_grad_the_captured_vectors_move_as_they_do_outside() -> None:
    layer = normalised("linear")
    other = copy.deepcopy(layer)
    items = torch.randn(4, 9)
    mine = torch.func.grad(lambda x: layer(x).square().sum())(items)
    leaf = items.clone().requires_grad_()
    (theirs,) = torch.autograd.grad(other(leaf).square().sum(), leaf)
    torch.testing.assert_close(mine, theirs)
    assert_equal_states(layer, other)


def test_autocast_does_not_coarsen_it() -> None:
    layer, reference = normalised("linear"), normalised("linear")
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer.weight, reference.weight)  # type: ignore[arg-type]
        assert layer(torch.randn(4, 9)).dtype == torch.bfloat16
