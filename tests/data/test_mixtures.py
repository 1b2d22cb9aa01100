"""The mixtures have the moments they state, and the share of good samples that PacGAN's protocol expects."""

import math

import pytest
import torch

from ganwright.data.mixtures import Gaussian1dConfig, Grid25Config, MixtureConfig, Ring8Config


def test_ring_centres():
    centres = Ring8Config().centres()
    assert centres.shape == (8, 2)
    assert torch.allclose(centres.norm(dim=1), torch.ones(8))
    gaps = (centres - centres.roll(1, 0)).norm(dim=1)
    assert torch.allclose(gaps, torch.full((8,), 2 * math.sin(math.pi / 8)))


def test_grid_centres():
    centres = Grid25Config().centres()
    assert sorted(map(tuple, centres.tolist())) == [(x, y) for x in range(-4, 5, 2) for y in range(-4, 5, 2)]
    assert Grid25Config(side=1).centres().tolist() == [[0, 0]]


@pytest.mark.parametrize("config", [Ring8Config(), Grid25Config()])
def test_98_9_percent_lie_within_three_std_of_their_centre(config: MixtureConfig):
    mixture = config.build()
    distance = (mixture.items - mixture.centres[mixture.components]).norm(dim=1)
    assert (distance < 3 * config.std).float().mean() == pytest.approx(1 - math.exp(-4.5), abs=0.002)
    share = torch.bincount(mixture.components) / len(mixture)
    assert (share - 1 / len(mixture.centres)).abs().max() < 0.005


def test_gaussian1d_moments():
    mixture = Gaussian1dConfig().build()
    assert mixture.items.shape == (100_000, 1)
    assert mixture.items.mean() == pytest.approx(3, abs=0.01)
    assert mixture.items.std() == pytest.approx(0.5, abs=0.01)


def test_labels_only_where_asked_for():
    plain, labelled = Ring8Config().build(), Ring8Config(labelled=True).build()
    assert plain.labels is None
    assert plain.spec.num_classes == 0
    assert labelled.spec.num_classes == 8
    assert labelled.labels is not None
    assert torch.equal(labelled.labels, plain.components)


def test_splits_differ_and_builds_repeat():
    train, again, test = Ring8Config().build(), Ring8Config().build(), Ring8Config().build("test")
    assert torch.equal(train.items, again.items)
    assert not torch.equal(train.items, test.items)
    assert train.spec.bounded is False


def test_options_are_bounded():
    for bad in ({"std": 0}, {"num_modes": 0}, {"radius": -1}):
        with pytest.raises(ValueError, match="ring8"):
            Ring8Config.parse(bad, "ring8")
