"""The Frechet distance against an independent oracle, closed forms and degenerate inputs."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.metrics import frechet
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.frechet import (
    frechet_between,
    frechet_distance,
    frechet_error,
    frechet_from_moments,
    frechet_of,
    root_by_factors,
    root_trace,
)
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


def clustered(num: int, size: int, seed: int) -> torch.Tensor:
    centres = 5 * draw(4, size, 99)
    noise = torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return centres[torch.arange(num) % 4] + noise


def test_agrees_with_the_matrix_square_root_on_clusters_and_copies() -> None:
    real, fake = clustered(500, 16, 20), clustered(400, 16, 21)
    assert frechet_distance(real, fake) == pytest.approx(oracle(real, fake), rel=1e-8)
    copied = draw(40, 16, 22).repeat(5, 1), draw(60, 16, 23, shift=0.5).repeat(3, 1)
    assert frechet_distance(*copied) == pytest.approx(oracle(*copied), rel=1e-6)
    copied = draw(30, 40, 24).repeat(5, 1), draw(60, 40, 25, shift=0.5).repeat(3, 1)  # rank 29 of 40
    assert frechet_distance(*copied) == pytest.approx(nuclear_oracle(*copied), rel=1e-6)


def nuclear_oracle(real: torch.Tensor, fake: torch.Tensor) -> float:
    """The trace term as the nuclear norm of Xr Xf^T of the centred rows, in numpy, whatever the ranks."""
    a, b = real.double().numpy(), fake.double().numpy()
    shift = a.mean(0) - b.mean(0)
    a, b = a - a.mean(0), b - b.mean(0)
    root = np.linalg.norm(a @ b.T, "nuc") / np.sqrt((len(a) - 1) * (len(b) - 1))
    return float((shift**2).sum() + (a**2).sum() / (len(a) - 1) + (b**2).sum() / (len(b) - 1) - 2 * root)


@pytest.mark.parametrize(("num_real", "num_fake"), [(30, 20), (64, 65), (300, 20), (20, 300), (300, 200), (2, 2)])
@pytest.mark.parametrize("kind", ["regular", "low rank", "copies", "dead"])
def test_the_trace_term_is_a_nuclear_norm(num_real: int, num_fake: int, kind: str) -> None:
    """Fewer rows than dimensions on either side, and covariances of low rank, where sqrtm is no oracle."""
    real, fake = draw(num_real, 64, 30), draw(num_fake, 64, 31, shift=0.3)
    if kind == "low rank":
        real, fake = real[:, :5] @ real[:1, :5].T @ draw(1, 64, 32) + real[:, 6:7], fake[:, :7] @ draw(7, 64, 33)
    elif kind == "copies":
        real, fake = real[torch.arange(num_real) % 9], fake[torch.arange(num_fake) % 7]
    elif kind == "dead":
        real, fake = real.relu(), fake.relu()
        real[:, :20] = 0
        fake[:, 10:30] = 0
    assert frechet_distance(real, fake) == pytest.approx(nuclear_oracle(real, fake), rel=1e-6)


def test_the_fast_way_and_its_reference_agree() -> None:
    for seed, scale in ((40, 0.0), (42, -1.5)):
        widths = torch.logspace(0, scale, 50, dtype=torch.float64)
        a, b = ((draw(400, 50, seed + n) * widths).T.cov() for n in range(2))
        assert float(root_trace(a, b)) == pytest.approx(float(root_by_factors(a, b)), rel=1e-10)
        assert float(root_trace(b, a)) == pytest.approx(float(root_by_factors(a, b)), rel=1e-10)


@pytest.mark.parametrize(("lowest", "accurate"), [(-1.0, False), (-7.0, True)])
def test_the_accurate_way_is_taken_where_the_fast_one_would_round(
    monkeypatch: pytest.MonkeyPatch, lowest: float, accurate: bool
) -> None:
    """The widths of the shadows range over 10^lowest. The roots of products of such matrices are their widths."""
    calls: list[int] = []
    monkeypatch.setattr(frechet, "root_by_factors", lambda a, b: calls.append(1) or root_by_factors(a, b))
    widths = torch.cat([torch.ones(1), torch.full((49,), 10**lowest)]).double()
    rotation = torch.linalg.qr(draw(50, 50, 44))[0]
    covariance = rotation @ widths.square().diag() @ rotation.T
    found = float(root_trace(covariance, covariance))
    assert bool(calls) == accurate
    assert found == pytest.approx(float(widths.square().sum()), rel=1e-10)
    root_trace(covariance * 0 + 1, covariance)  # singular: refused by Cholesky or by its pivots
    assert len(calls) == accurate + 1


def test_a_pair_gives_all_items_and_the_jackknife_error() -> None:
    real, fake = Side(0, seed=3), Side(0, seed=3)
    calls: list[tuple[int, int]] = []
    for batch in range(4):
        real.add(torch.zeros(25, 1), features=draw(25, 8, 50 + batch).float())
        fake.add(torch.zeros(25, 1), features=draw(25, 8, 60 + batch).float())
    found = frechet_of(Pair(real, fake, lambda done, in_all: calls.append((done, in_all))))
    assert found.value == pytest.approx(frechet_distance(real.rows, fake.rows), rel=1e-9)
    assert (found.error, found.error_from) == frechet_error(real.rows, fake.rows, seed=3)
    assert found.error_from == "jackknife over 10 groups"
    assert calls == [(n, 10) for n in range(1, 11)]


def test_moments_merge_to_those_of_all_rows() -> None:
    rows = draw(90, 20, 70, shift=100)
    for parts in ([Moments.of(r) for r in rows.split(7)], [Moments.summed(r) for r in rows.split(40)], [Moments()]):
        merged = Moments.merged(parts)
        expected = Moments.of(rows) if merged.count else Moments()
        assert merged.count == expected.count
        torch.testing.assert_close(merged.mean, expected.mean)
        if merged.count:
            torch.testing.assert_close(merged.covariance, expected.covariance, rtol=1e-9, atol=1e-9)
    few = Moments.merged([Moments.of(rows[:6]), Moments.of(rows[6:15])])
    assert few.rows is not None
    assert torch.equal(few.rows, rows[:15])
    assert Moments.merged([Moments.summed(rows[:6]), Moments.summed(rows[6:15])]).rows is None
    with pytest.raises(UserError, match="19 dimensions do not go with those of 20"):
        Moments.merged([Moments.of(rows), Moments.of(rows[:, :19])])


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
