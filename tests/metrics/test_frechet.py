"""The Frechet distance against an independent oracle, closed forms and degenerate inputs."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.metrics.frechet import frechet_between, frechet_distance, frechet_from_moments
from ganwright.metrics.moments import Moments


def draw(num: int, size: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    mixing = torch.randn(size, size, generator=generator, dtype=torch.float64)
    return torch.randn(num, size, generator=generator, dtype=torch.float64) @ mixing + shift


def oracle(real: torch.Tensor, fake: torch.Tensor) -> float:
    """Heusel's formula as written, by Schur's method, in numpy and scipy only."""
    a, b = real.double().numpy(), fake.double().numpy()
    cov_a, cov_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(cov_a @ cov_b)
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a + cov_b - 2 * np.real(root)))


@pytest.mark.parametrize(("num_real", "num_fake", "size"), [(200, 300, 4), (500, 400, 64), (300, 300, 100)])
def test_agrees_with_the_matrix_square_root(num_real: int, num_fake: int, size: int) -> None:
    real, fake = draw(num_real, size, seed=1), draw(num_fake, size, seed=2, shift=0.5)
    assert frechet_distance(real, fake) == pytest.approx(oracle(real, fake), rel=1e-6)


def test_agrees_with_torchmetrics() -> None:
    from torchmetrics.image.fid import _compute_fid

    real, fake = Moments.of(draw(300, 32, seed=3)), Moments.of(draw(300, 32, seed=4))
    theirs = float(_compute_fid(real.mean, real.covariance, fake.mean, fake.covariance))
    assert frechet_between(real, fake) == pytest.approx(theirs, rel=1e-8)


def test_two_known_gaussians() -> None:
    """Axis-aligned: the squared distance of the means plus that of the standard deviations."""
    mean_1, mean_2 = torch.tensor([0.0, 1, 2]), torch.tensor([3.0, 1, 0])
    std_1, std_2 = torch.tensor([1.0, 2, 3]), torch.tensor([2.0, 2, 0.5])
    expected = float((mean_1 - mean_2).square().sum() + (std_1 - std_2).square().sum())
    found = frechet_from_moments(mean_1, std_1.square().diag(), mean_2, std_2.square().diag())
    assert found == pytest.approx(expected, rel=1e-12)


def test_samples_of_known_gaussians_approach_the_closed_form() -> None:
    generator = torch.Generator().manual_seed(0)
    real = torch.randn(100_000, 3, generator=generator)
    fake = 2 * torch.randn(100_000, 3, generator=generator) + 1
    assert frechet_distance(real, fake) == pytest.approx(3 + 3, rel=0.02)


@pytest.mark.parametrize("num", [2, 10, 63])
def test_fewer_items_than_dimensions(num: int) -> None:
    """The rows' own singular values and the general formula on singular covariances agree."""
    real, fake = draw(num, 64, seed=5), draw(num + 1, 64, seed=6, shift=0.1)
    general = frechet_from_moments(real.mean(0), real.T.cov(), fake.mean(0), fake.T.cov())
    assert frechet_distance(real, fake) == pytest.approx(general, rel=1e-6)
    assert frechet_distance(real, fake) == pytest.approx(oracle(real, fake), rel=1e-4)  # sqrtm loses half its digits


def test_dead_dimensions_change_nothing() -> None:
    real, fake = draw(500, 20, seed=7), draw(500, 20, seed=8)
    dead = torch.zeros(500, 30, dtype=torch.float64)
    with_dead = frechet_distance(torch.cat([real, dead], 1), torch.cat([fake, dead], 1))
    assert with_dead == pytest.approx(frechet_distance(real, fake), rel=1e-8)


@pytest.mark.parametrize("num", [30, 500])
def test_a_set_against_itself_is_zero(num: int) -> None:
    rows = draw(num, 64, seed=9)
    assert frechet_distance(rows, rows.clone()) <= 1e-7 * float(rows.var(0).sum())


@settings(max_examples=20, deadline=None)
@given(num=st.integers(2, 40), size=st.integers(1, 12), seed=st.integers(0, 99))
def test_symmetric_ordered_and_rotated(num: int, size: int, seed: int) -> None:
    """The distance is symmetric, and no order of the rows and no rotation of the features changes it."""
    real, fake = draw(num, size, seed), draw(num + 3, size, seed + 100, shift=1)
    distance = frechet_distance(real, fake)
    shuffle = torch.randperm(num, generator=torch.Generator().manual_seed(seed))
    rotation = torch.linalg.qr(draw(size, size, seed + 200))[0]
    scale = 1 + float(real.var(0).sum() + fake.var(0).sum())
    assert frechet_distance(fake, real) == pytest.approx(distance, abs=1e-6 * scale)
    assert frechet_distance(real[shuffle], fake) == pytest.approx(distance, abs=1e-6 * scale)
    assert frechet_distance(real @ rotation, fake @ rotation) == pytest.approx(distance, abs=1e-6 * scale)


@pytest.mark.parametrize("size", [8, 400])
def test_batches_gather_to_the_same_moments(size: int) -> None:
    rows = draw(300, size, seed=10, shift=1000)  # a large offset would show cancellation
    gathered = Moments()
    for batch in rows.split(7):
        gathered.add(batch)
    assert gathered.count == 300
    assert gathered.num_dimensions == size
    assert (gathered.rows is None) == (size == 8)
    torch.testing.assert_close(gathered.mean, rows.mean(0))
    torch.testing.assert_close(gathered.covariance, rows.T.cov(), rtol=1e-9, atol=1e-9)


def test_a_collapsed_generator_has_a_distance() -> None:
    real = draw(500, 8, seed=11)
    fake = real.mean(0).expand(500, 8)
    assert frechet_distance(real, fake) == pytest.approx(float(real.var(0).sum()), rel=1e-9)


@pytest.mark.parametrize(
    ("real", "fake", "says"),
    [
        (torch.full((9, 3), torch.nan), torch.zeros(9, 3), "27 of 27 feature values are not finite"),
        (torch.ones(9, 3), torch.tensor([[0.0, torch.inf, 0]] * 2), "2 of 6 feature values are not finite"),
        (torch.full((9, 3), 0.1), torch.rand(9, 3), "constant"),
        (torch.full((3, 9), 0.1), torch.rand(3, 9), "constant"),
        (torch.rand(1, 3), torch.rand(9, 3), "needs 2 items a side, not 1 real and 9 fake"),
        (torch.rand(9, 3), torch.rand(0, 3), "needs 2 items a side"),
        (torch.rand(9, 3), torch.rand(9, 4), "3 dimensions cannot be compared with those of 4"),
        (torch.rand(9), torch.rand(9), "must be a table"),
    ],
)
def test_bad_features_are_refused_in_one_line(real: torch.Tensor, fake: torch.Tensor, says: str) -> None:
    with pytest.raises(UserError, match=says) as caught:
        frechet_distance(real, fake)
    assert "\n" not in str(caught.value)


def test_bad_moments_are_refused() -> None:
    mean, cov = torch.zeros(2), torch.eye(2)
    with pytest.raises(UserError, match="not finite"):
        frechet_from_moments(mean, cov, mean, cov * torch.nan)
    with pytest.raises(UserError, match="constant"):
        frechet_from_moments(mean, cov * 0, mean, cov)


def test_the_number_of_threads_is_left_as_it_was() -> None:
    before = torch.get_num_threads()
    with pytest.raises(UserError):
        frechet_distance(torch.ones(9, 3), torch.rand(9, 3))
    frechet_distance(torch.rand(9, 3), torch.rand(9, 3))
    assert torch.get_num_threads() == before
