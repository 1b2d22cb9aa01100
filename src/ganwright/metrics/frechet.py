"""The Frechet distance between two sets of features, each taken for a Gaussian (Heusel et al. 2017, equation 6).

    |mu_r - mu_f|^2 + tr(C_r) + tr(C_f) - 2 tr((C_r C_f)^(1/2))

C_r C_f is not symmetric, and its square root by Schur's method is slow and fails on singular covariances. Its trace
needs neither: it is the sum of the singular values of any A B^T with A^T A = C_r and B^T B = C_f.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.moments import Moments


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """Frechet distance between features (N, D) of real items and (M, D) of samples; at least 0.

    The order of the rows does not matter. Real features that do not vary at all say nothing and are refused; fake ones
    may, since a collapsed generator's distance is to be known.
    Raises UserError for non-finite values, fewer than two rows on a side and constant real features.
    """
    return frechet_between(Moments.of(real), Moments.of(fake))


def frechet_between(real: Moments, fake: Moments) -> float:
    """The same from gathered moments; from their rows where both have no more rows than dimensions."""
    if min(real.count, fake.count) < 2:
        raise UserError(f"the Frechet distance needs 2 items a side, not {real.count} real and {fake.count} fake")
    real_rows, fake_rows = real.rows, fake.rows
    if real_rows is None or fake_rows is None:
        return frechet_from_moments(real.mean, real.covariance, fake.mean, fake.covariance)
    _check_same(real_rows.shape[1], fake_rows.shape[1])
    a = (real_rows - real.mean) / (real.count - 1) ** 0.5
    b = (fake_rows - fake.mean) / (fake.count - 1) ** 0.5
    _check_varies(float(a.square().sum()), real.mean)
    with _one_thread():
        root = torch.linalg.svdvals(a @ b.T).sum()
    return _distance(real.mean, a.square().sum(), fake.mean, b.square().sum(), root)


def frechet_from_moments(mean_1: Tensor, covariance_1: Tensor, mean_2: Tensor, covariance_2: Tensor) -> float:
    """Frechet distance between two Gaussians: means (D,), covariances (D, D), the first that of the real features.

    With C_r = A^T A from its eigenvectors, tr((C_r C_f)^(1/2)) is the sum of the roots of the eigenvalues of the
    symmetric A C_f A^T. Eigenvalues that rounding made negative count as 0.
    Raises UserError for non-finite values, shapes that do not match and a first covariance of zeros.
    """
    mean_1, covariance_1, mean_2, covariance_2 = (
        t.detach().to("cpu", torch.float64) for t in (mean_1, covariance_1, mean_2, covariance_2)
    )
    _check_same(len(mean_1), len(mean_2))
    if not all(bool(t.isfinite().all()) for t in (mean_1, covariance_1, mean_2, covariance_2)):
        raise UserError("means or covariances are not finite; look for NaN in the features")
    _check_varies(float(covariance_1.trace()), mean_1)
    with _one_thread():
        values, vectors = torch.linalg.eigh(covariance_1)
        kept = values > values[-1] * len(values) * torch.finfo(torch.float64).eps
        factor = vectors[:, kept] * values[kept].sqrt()
        root = torch.linalg.eigvalsh(factor.T @ covariance_2 @ factor).clamp(min=0).sqrt().sum()
    return _distance(mean_1, covariance_1.trace(), mean_2, covariance_2.trace(), root)


def _distance(mean_1: Tensor, trace_1: Tensor, mean_2: Tensor, trace_2: Tensor, root: Tensor) -> float:
    """Never below 0, which rounding alone could reach: the distance is a squared metric."""
    return max(0.0, float((mean_1 - mean_2).square().sum() + trace_1 + trace_2 - 2 * root))


def _check_same(num_1: int, num_2: int) -> None:
    if num_1 != num_2:
        raise UserError(f"features of {num_1} dimensions cannot be compared with those of {num_2}")


def _check_varies(variance: float, mean: Tensor) -> None:
    rounding = (float(mean.abs().max()) * torch.finfo(torch.float32).eps) ** 2 * len(mean)
    if variance <= rounding:
        raise UserError("the real features are constant, so a distance means nothing; check the features and the data")


@contextmanager
def _one_thread() -> Iterator[None]:
    """These LAPACK solvers gain nothing from a second thread, and on a loaded machine run up to 90 times slower."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(num_threads)
