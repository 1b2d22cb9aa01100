"""The Frechet distance between two sets of features, each taken for a Gaussian (Heusel et al. 2017, equation 6).

    |mu_r - mu_f|^2 + tr(C_r) + tr(C_f) - 2 tr((C_r C_f)^(1/2))

C_r C_f is not symmetric, and its square root by Schur's method is slow and fails on singular covariances. Its trace
needs neither: it is the sum of the singular values of any A B^T with A^T A = C_r and B^T B = C_f. `root_by_factors`
takes it so, and is as accurate as the covariances allow; `root_trace` is several times faster where that is safe.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.base import Estimate, Pair, Progress
from ganwright.metrics.errors import grouped, jackknife, jackknife_from, settled_order
from ganwright.metrics.moments import Moments

_EPS = torch.finfo(torch.float64).eps
_FAST_ROUNDING = 1e-10
"""Share of the trace that rounding may cost the fast way before the accurate one is taken."""


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """Frechet distance between features (N, D) of real items and (M, D) of samples; at least 0.

    The order of the rows does not matter. Real features that do not vary at all say nothing and are refused; fake ones
    may, since a collapsed generator's distance is to be known.
    Raises UserError for non-finite values, fewer than two rows on a side and constant real features.
    """
    return frechet_between(Moments.of(real), Moments.of(fake))


def frechet_between(real: Moments, fake: Moments) -> float:
    """The same from gathered moments; from the rows themselves of a side that has no more rows than dimensions."""
    if min(real.count, fake.count) < 2:
        raise UserError(f"the Frechet distance needs 2 items a side, not {real.count} real and {fake.count} fake")
    if real.rows is None and fake.rows is None:
        return frechet_from_moments(real.mean, real.covariance, fake.mean, fake.covariance)
    _check_same(real.num_dimensions, fake.num_dimensions)
    with _one_thread():
        a, b = _factor_of(real), _factor_of(fake)
        _check_varies(float(a.square().sum()), real.mean)
        root = _nuclear_norm(a, b)
    return _distance(real.mean, a.square().sum(), fake.mean, b.square().sum(), root)


def frechet_from_moments(mean_1: Tensor, covariance_1: Tensor, mean_2: Tensor, covariance_2: Tensor) -> float:
    """Frechet distance between two Gaussians: means (D,), covariances (D, D), the first that of the real features.

    Raises UserError for non-finite values, shapes that do not match and a first covariance of zeros.
    """
    mean_1, covariance_1, mean_2, covariance_2 = (
        t.detach().to("cpu", torch.float64) for t in (mean_1, covariance_1, mean_2, covariance_2)
    )
    _check_same(len(mean_1), len(mean_2))
    if not all(bool(t.isfinite().all()) for t in (mean_1, covariance_1, mean_2, covariance_2)):
        raise UserError("means or covariances are not finite; look for NaN in the features")
    _check_varies(float(covariance_1.trace()), mean_1)
    root = root_trace(covariance_1, covariance_2)
    return _distance(mean_1, covariance_1.trace(), mean_2, covariance_2.trace(), root)


def root_trace(covariance_1: Tensor, covariance_2: Tensor) -> Tensor:
    """tr((C_1 C_2)^(1/2)) of two float64 covariances (D, D).

    With C_1 = L L^T (Cholesky) it is the sum of the roots s of the eigenvalues of the symmetric L^T C_2 L, the fastest
    way by far. The root magnifies what rounding did to small eigenvalues: an error of eps max(s)^2 in s^2 is one of
    eps max(s)^2 / (2 s) in s. So the sum of these is compared with the sum of s, and where it is more than 1e-10 of
    it, or C_1 is singular to working accuracy, `root_by_factors` decides.
    """
    with _one_thread():
        lower = _cholesky(covariance_1)
        if lower is not None:
            values = torch.linalg.eigvalsh(lower.T @ covariance_2 @ lower)
            if float(values[0]) > 0:
                roots = values.sqrt()
                rounding = _EPS * values[-1] * (0.5 / roots).sum()
                if float(rounding) <= _FAST_ROUNDING * float(roots.sum()):
                    return roots.sum()
        return root_by_factors(covariance_1, covariance_2)


def root_by_factors(covariance_1: Tensor, covariance_2: Tensor) -> Tensor:
    """The same as the sum of the singular values of A B^T: slower, and right for singular covariances too."""
    with _one_thread():
        return _nuclear_norm(_factor(covariance_1), _factor(covariance_2))


def frechet_of(pair: Pair) -> Estimate:
    """The Frechet distance of all items, with the jackknife's error over those whose features are at hand."""
    value = frechet_between(pair.real.moments, pair.fake.moments)
    error, error_from = frechet_error(pair.real.rows, pair.fake.rows, pair.real.seed, pair.progress)
    return Estimate(value, error, error_from)


def frechet_error(
    real: Tensor, fake: Tensor, seed: int = 0, progress: Progress | None = None
) -> tuple[float | None, str]:
    """Standard error of the distance between (N, D) and (M, D), and its origin in words: None and "" for too few rows.

    Moments are gathered once a group and merged, so this costs one pass over the rows and one trace a group.
    """
    sides = [
        [rows[i] for i in grouped(settled_order(rows, seed, f"frechet {n}"))] for n, rows in enumerate((real, fake))
    ]
    if min(map(len, sides)) < 3:
        return None, ""
    gather = [Moments.summed if 0.9 * len(rows) > rows.shape[1] + 1 else Moments.of for rows in (real, fake)]
    groups = [(gather[0](r), gather[1](f)) for r, f in zip(*sides, strict=False)]
    done = 0

    def without(rest: list[tuple[Moments, Moments]]) -> float:
        nonlocal done
        distance = frechet_between(Moments.merged([r for r, _ in rest]), Moments.merged([f for _, f in rest]))
        done += 1
        if progress is not None:
            progress(done, len(groups))
        return distance

    error = jackknife(without, groups)
    return error, "" if error is None else jackknife_from(len(groups))


def _factor_of(moments: Moments) -> Tensor:
    """Any A with A^T A the covariance."""
    rows = moments.rows
    return _factor(moments.covariance) if rows is None else (rows - moments.mean) / (moments.count - 1) ** 0.5


def _factor(covariance: Tensor) -> Tensor:
    """A with A^T A = C: Cholesky's where C is regular, else from the eigenvectors that rounding did not make."""
    lower = _cholesky(covariance)
    if lower is not None:
        return lower.T
    values, vectors = torch.linalg.eigh(covariance)
    kept = values > values[-1].clamp(min=0) * len(values) * _EPS
    return (vectors[:, kept] * values[kept].sqrt()).T


def _cholesky(covariance: Tensor) -> Tensor | None:
    """Lower L with L L^T = C, or None where a dimension's variance given the earlier ones is rounding and no more."""
    lower, info = torch.linalg.cholesky_ex(covariance)
    variance = covariance.diagonal()
    if int(info) or bool((lower.diagonal().square() <= 10 * len(variance) * _EPS * variance).any()):
        return None
    return lower


def _nuclear_norm(a: Tensor, b: Tensor) -> Tensor:
    return torch.linalg.svdvals(a @ b.T).sum()


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
