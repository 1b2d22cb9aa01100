"""Masses of cells in the plane: exact for mixtures, comparable for samples."""

import math

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.theory import blurred_masses, js_divergence, kl_divergence, normal_kl

EDGES = torch.linspace(-6, 6, 97)


def test_masses_are_a_distribution_and_the_last_is_what_lies_outside():
    inside = blurred_masses(torch.zeros(1, 2), 0.5, EDGES, EDGES)
    assert len(inside) == 96 * 96 + 1
    assert float(inside.sum()) == pytest.approx(1, abs=1e-12)
    assert float(inside[-1]) == pytest.approx(0, abs=1e-12)
    corner = blurred_masses(torch.tensor([[6.0, 6.0]]), 0.5, EDGES, EDGES)
    assert float(corner[-1]) == pytest.approx(0.75, abs=1e-9)  # a quarter of a spot on a corner lies inside


def test_the_kl_of_two_normals_is_the_closed_form():
    p = blurred_masses(torch.zeros(1, 2), 1.0, EDGES, EDGES)
    q = blurred_masses(torch.tensor([[0.6, -0.8]]), 1.0, EDGES, EDGES)
    assert float(kl_divergence(p, q)) == pytest.approx(float(normal_kl(0.0, 1.0, 1.0, 1.0)), rel=3e-3)


def test_cells_run_along_y_first():
    x, y = torch.tensor([0.0, 1.0, 2.0]), torch.tensor([0.0, 1.0, 2.0, 3.0])
    masses = blurred_masses(torch.tensor([[1.5, 0.5]]), 1e-3, x, y)
    assert int(masses.argmax()) == 3  # cell (1, 0) of 2 x 3


def test_samples_of_the_mixture_come_close_to_its_exact_masses_and_others_do_not():
    generator = torch.Generator().manual_seed(100)
    centres = torch.tensor([[-2.0, 0.0], [2.0, 0.0]])
    std, blur = 0.3, 0.4
    exact = blurred_masses(centres, math.hypot(std, blur), EDGES, EDGES)

    def samples(num: int, modes: int) -> torch.Tensor:
        chosen = centres[torch.randint(modes, (num,), generator=generator)]
        return blurred_masses(chosen + std * torch.randn(num, 2, generator=generator), blur, EDGES, EDGES)

    few, many, half = (float(js_divergence(exact, samples(*c))) for c in ((200, 2), (20_000, 2), (20_000, 1)))
    assert many < few < 0.05
    assert many < 1e-3
    one_of_two = 0.5 * (0.5 * math.log(2 / 3) + 0.5 * math.log(2)) + 0.5 * math.log(4 / 3)
    assert half == pytest.approx(one_of_two, abs=0.01)


@pytest.mark.parametrize(
    ("points", "width"),
    [(torch.zeros(3), 1.0), (torch.zeros(0, 2), 1.0), (torch.full((1, 2), math.nan), 1.0), (torch.zeros(1, 2), 0.0)],
)
def test_what_is_no_cloud_of_points_is_refused(points: torch.Tensor, width: float):
    with pytest.raises(UserError):
        blurred_masses(points, width, EDGES, EDGES)
