"""Truncated latents have the distribution of redrawn ones, and no limit changes nothing."""

import pytest
import torch
from scipy import stats

from ganwright.ops.truncation import truncate_normal

LATENTS = torch.randn(20_000, generator=torch.Generator().manual_seed(0))


def test_no_limit_and_a_far_one_are_the_identity() -> None:
    assert truncate_normal(LATENTS, None) is LATENTS
    torch.testing.assert_close(truncate_normal(LATENTS, 12.0), LATENTS)


@pytest.mark.parametrize("limit", [0.04, 0.5, 1.0, 2.0])
def test_the_distribution_is_scipy_s_truncated_normal(limit: float) -> None:
    moved = truncate_normal(LATENTS, limit)
    assert moved.dtype == LATENTS.dtype
    assert moved.abs().max() <= limit
    assert stats.kstest(moved.numpy(), stats.truncnorm(-limit, limit).cdf).pvalue > 0.01
    redrawn = LATENTS[LATENTS.abs() <= limit]
    assert moved.std().item() == pytest.approx(redrawn.std().item(), rel=0.05)


def test_order_and_sign_stay_and_the_limit_tends_to_the_middle() -> None:
    order = LATENTS.argsort()
    moved = truncate_normal(LATENTS, 0.5)[order]
    assert (moved.diff() >= 0).all()
    assert torch.equal(moved.sign(), LATENTS[order].sign())
    assert truncate_normal(torch.tensor([-40.0, 40.0]), 1.5).tolist() == [-1.5, 1.5]
    assert truncate_normal(LATENTS, 1e-6).abs().max() <= 1e-6


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_limits_must_be_above_0(limit: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        truncate_normal(LATENTS, limit)
