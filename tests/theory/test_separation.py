"""What divergences make of shapes drifting apart, against the divergences themselves."""

import math

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.theory import (
    js_divergence,
    kl_divergence,
    normal_density,
    on_common_support,
    parallel_lines,
    shifted_normals,
    shifted_uniforms,
    total_variation,
    transport_plan,
    uniform_density,
    wasserstein_distance,
    wasserstein_of_samples,
)

from .distributions import grid

LN2 = math.log(2)


@pytest.mark.parametrize("separation", [0.0, 1e-9, 0.5, 3.0])
def test_deltas(separation: float) -> None:
    at_0, at_s = torch.zeros(1).double(), torch.tensor([separation], dtype=torch.float64)
    _, p, q = on_common_support(at_0, at_s)
    found = parallel_lines(separation)
    expected = (kl_divergence(p, q), js_divergence(p, q), total_variation(p, q), wasserstein_of_samples(at_0, at_s))
    assert [float(f) for f in found] == pytest.approx([float(e) for e in expected], abs=1e-15)


def test_lines_are_transported_straight_across() -> None:
    """The plane's example: W1 between two parallel segments is their distance, though they share no point."""
    heights = torch.linspace(0, 1, 12, dtype=torch.float64)
    line = torch.stack([torch.zeros(12, dtype=torch.float64), heights], 1)
    moved = transport_plan(line, line + torch.tensor([0.7, 0.0]))
    assert float(moved.value) == pytest.approx(float(parallel_lines(0.7).wasserstein), rel=1e-7)


@pytest.mark.parametrize("separation", [0.0, 0.25, 1.5, 2.0, 7.0])
def test_uniforms(separation: float) -> None:
    x = grid(-1, 12, 5201)
    p, q = uniform_density(x, 0, 2), uniform_density(x, separation, separation + 2)
    found = shifted_uniforms(separation, width=2.0)
    assert float(found.js) == pytest.approx(float(js_divergence(p, q, x)), abs=2e-3)
    assert float(found.total_variation) == pytest.approx(float(total_variation(p, q, x)), abs=2e-3)
    assert float(found.wasserstein) == pytest.approx(float(wasserstein_distance(p, q, x)), abs=1e-9)
    assert float(found.kl) == (math.inf if separation else 0)
    assert float(kl_divergence(p, q, x)) == float(found.kl)


@pytest.mark.parametrize("separation", [0.0, 0.3, 2.0, 6.0])
def test_normals(separation: float) -> None:
    x = grid(-12, 18, 6001)
    p, q = normal_density(x, 0, 1.5), normal_density(x, separation, 1.5)
    found = shifted_normals(separation, std=1.5)
    for value, density in zip(
        found, (kl_divergence, js_divergence, total_variation, wasserstein_distance), strict=True
    ):
        assert float(value) == pytest.approx(float(density(p, q, x)), rel=1e-5, abs=1e-9)


def test_only_wasserstein_keeps_a_slope_once_the_shapes_are_apart() -> None:
    for shape in (parallel_lines, shifted_uniforms, shifted_normals):
        separation = torch.tensor([30.0, 50.0], dtype=torch.float64, requires_grad=True)
        found = shape(separation)
        (of_wasserstein,) = torch.autograd.grad(found.wasserstein.sum(), separation)
        assert of_wasserstein.tolist() == [1, 1]
        assert found.js.tolist() == pytest.approx([LN2, LN2], rel=1e-9)
        if found.js.requires_grad:
            (of_js,) = torch.autograd.grad(found.js.sum(), separation)
            assert of_js.abs().max() < 1e-12


def test_bad_input_is_refused() -> None:
    for bad in (-1.0, math.nan):
        with pytest.raises(UserError, match="separation"):
            parallel_lines(bad)
    with pytest.raises(UserError, match="width"):
        shifted_uniforms(1.0, width=0.0)
    with pytest.raises(UserError, match="standard deviation"):
        shifted_normals(1.0, std=0.0)
