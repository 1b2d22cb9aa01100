"""Feature matching against its closed form."""

import torch
from torch import Tensor

from ganwright.penalties.features import FeatureMatching, feature_matching

from .plays import FAKE, REAL, play_of, value_and_gradient

MATRIX = torch.tensor([[1.0, -2.0, 0.5], [0.3, 0.0, 2.0]], dtype=torch.float64)


def test_equal_means_cost_nothing():
    features = torch.tensor([[1.0, 2.0], [3.0, -4.0]])
    assert feature_matching(features, features.flip(0)) == 0
    assert feature_matching(features, features.mean(0, keepdim=True)) == 0


def test_value_and_gradient_with_linear_features():
    # w |W (m_x - m_G)|^2, with gradient -2 w W^T W (m_x - m_G) / N in each fake
    gap = REAL.mean(0) - FAKE.mean(0)

    def term(fake: Tensor) -> Tensor:
        return FeatureMatching(weight=3.0).generator(play_of(features=lambda x: x @ MATRIX.T, real=REAL, fake=fake))

    value, gradient = value_and_gradient(term, FAKE)
    torch.testing.assert_close(value, 3 * (MATRIX @ gap).square().sum())
    torch.testing.assert_close(gradient, (-6 * MATRIX.T @ MATRIX @ gap / 4).expand(4, 3))


def test_value_and_gradient_with_quadratic_features():
    # f = x^2: gradient -4 w (E x^2 - E G^2) G / N
    gap = REAL.square().mean(0) - FAKE.square().mean(0)

    def term(fake: Tensor) -> Tensor:
        return FeatureMatching().generator(play_of(features=Tensor.square, real=REAL, fake=fake))

    value, gradient = value_and_gradient(term, FAKE)
    torch.testing.assert_close(value, gap.square().sum())
    torch.testing.assert_close(gradient, -4 * gap * FAKE / 4)


def test_real_features_carry_no_gradient():
    def term(scale: Tensor) -> Tensor:
        return FeatureMatching().generator(play_of(features=lambda x: scale * x, real=REAL, fake=FAKE))

    gap = REAL.mean(0) - FAKE.mean(0)  # |s m_x - s m_G|^2 with the first s constant
    _, gradient = value_and_gradient(term, torch.tensor(1.0, dtype=torch.float64))
    torch.testing.assert_close(gradient, -2 * (gap * FAKE.mean(0)).sum())
