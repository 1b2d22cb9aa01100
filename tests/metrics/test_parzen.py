"""Parzen windows against scikit-learn's and scipy's, and against the law of known Gaussians."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from scipy.stats import gaussian_kde
from sklearn.neighbors import KernelDensity

from ganwright.core.errors import UserError
from ganwright.metrics.base import Pair, Side
from ganwright.metrics.parzen import parzen, parzen_of


def normal(num: int, size: int = 2, seed: int = 0) -> torch.Tensor:
    return torch.randn(num, size, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("kind", ["gaussian", "clustered", "duplicated"])
def test_it_is_the_plain_formula_and_scikit_learns_density(kind: str) -> None:
    real, fake = normal(40, 7), normal(60, 7, 1)
    if kind == "clustered":
        real, fake = (t + 9 * (torch.arange(len(t)) % 3)[:, None] for t in (real, fake))
    if kind == "duplicated":
        real, fake = real.round(), fake.round().repeat(2, 1)
    for h in 0.3, 1.7:
        found = parzen(real, fake, bandwidths=[h])
        squared = cdist(real.numpy(), fake.numpy(), "sqeuclidean")
        plain = logsumexp(-squared / (2 * h * h), axis=1) - np.log(len(fake)) - 7 / 2 * np.log(2 * np.pi * h * h)
        if kind != "duplicated":  # where scikit-learn's trees are far off for items beside duplicates
            logs = KernelDensity(bandwidth=h).fit(fake.numpy()).score_samples(real.numpy())
            assert plain == pytest.approx(logs, rel=1e-6)
        assert (found.num_validation, found.num_test) == (20, 20)
        # Both halves together are all real items, whichever item is in which.
        whole = (found.log_likelihood + found.tried[0][1]) / 2
        assert whole == pytest.approx(plain.mean(), rel=1e-9)
        assert found.bandwidth == h
        assert not found.at_edge


def test_it_is_scipys_density_in_one_dimension() -> None:
    real, fake = normal(30, 1), normal(50, 1, 1)
    kde = gaussian_kde(fake.numpy().T)
    found = parzen(real, fake, bandwidths=[float(np.sqrt(kde.covariance[0, 0]))])
    assert (found.log_likelihood + found.tried[0][1]) / 2 == pytest.approx(kde.logpdf(real.numpy().T).mean(), rel=1e-6)


def test_in_few_dimensions_it_finds_the_entropy_and_prefers_the_truth() -> None:
    real = normal(800, 1)
    truth = parzen(real, normal(800, 1, 1))
    entropy = 0.5 * math.log(2 * math.pi * math.e)
    assert abs(truth.log_likelihood + entropy) < 3 * truth.error + 0.03
    assert not truth.at_edge
    # Its flaw, even here: a wider window makes good what the samples lack in spread.
    assert parzen(real, 0.2 * normal(800, 1, 1)).log_likelihood > truth.log_likelihood - 0.1
    assert parzen(real, normal(800, 1, 1) + 2).log_likelihood < truth.log_likelihood - 0.1


def test_scale_order_and_blocks() -> None:
    real, fake = normal(60, 3), normal(50, 3, 1)
    here = parzen(real, fake)
    big = parzen(1000 * real + 5, 1000 * fake + 5)
    assert big.log_likelihood == pytest.approx(here.log_likelihood - 3 * math.log(1000), rel=1e-6)
    assert big.bandwidth == pytest.approx(1000 * here.bandwidth)
    mixed = parzen(real.flip(0), fake.flip(0))
    assert mixed.log_likelihood == pytest.approx(here.log_likelihood, rel=1e-9)
    assert mixed.error == pytest.approx(here.error, rel=1e-9)


def test_the_bandwidth_is_the_best_of_those_tried_and_edges_are_told() -> None:
    found = parzen(normal(200), normal(200, seed=1), bandwidths=[5, 0.4, 0.05])
    assert found.bandwidth == 0.4
    assert max(found.tried, key=lambda t: t[1])[0] == 0.4
    assert parzen(normal(200), normal(200, seed=1), bandwidths=[3, 5]).at_edge


def test_images_are_taken_between_0_and_1() -> None:
    generator = torch.Generator().manual_seed(0)
    items = [torch.randint(256, (40, 1, 4, 3), generator=generator, dtype=torch.uint8) for _ in range(2)]
    sides = [Side(num_pairs=40), Side(num_pairs=40)]
    for side, images in zip(sides, items, strict=True):
        side.add(images)
    done: list[tuple[int, int]] = []
    found = parzen_of(Pair(*sides, progress=lambda n, m: done.append((n, m))))
    known = parzen(items[0].flatten(1) / 255, items[1].flatten(1) / 255)
    assert found.value == pytest.approx(known.log_likelihood, rel=1e-12)
    assert found.error == known.error
    assert found.protocol == {"windows": 40, "n_validation": 20, "n_test": 20, "values": "[0, 1]"}
    assert done[-1] == (1600, 1600)


def test_bad_input() -> None:
    rows = normal(30)
    for real, fake, widths, message in [
        (rows[:5], rows, None, "need 10 real items"),
        (rows, normal(30, 3), None, "2 dimensions cannot be compared with .* of 3"),
        (rows, rows * torch.nan, None, "not finite"),
        (torch.ones(30, 2), rows, None, "all the same"),
        (rows, rows[:0], None, "must be a table"),
        (rows, rows, [0.0, 1], "above 0"),
        (rows, rows, [], "above 0"),
    ]:
        with pytest.raises(UserError, match=message) as caught:
            parzen(real, fake, bandwidths=widths)
        assert "\n" not in str(caught.value)


def test_rows_without_columns_are_refused_in_one_line() -> None:
    with pytest.raises(UserError, match=r"one a row, not \(30,\) and \(30,\)"):
        parzen(torch.rand(30), torch.rand(30))
