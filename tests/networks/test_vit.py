"""The vision transformer: tokens, positions, attention by windows, cost, refusals."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.vit import ViTClassifier, ViTClassifierConfig, count_multiply_adds

SPEC = DataSpec((3, 32, 32), 10)


def built(spec: DataSpec = SPEC, **options: object) -> ViTClassifier:
    torch.manual_seed(0)
    return ViTClassifierConfig.parse(options).build(spec)


def test_the_default_is_that_of_the_documentation() -> None:
    network = built()
    assert network.grid == (8, 8)
    assert network.positions.shape == (65, 128)
    assert len(network.blocks) == 4
    assert network.num_features == 128
    assert sum(p.numel() for p in network.parameters()) == 546_186
    assert built(DataSpec((1, 8, 16), 10), patch=2).grid == (4, 8)


def test_features_are_the_class_token() -> None:
    network = built(width=16)
    items = torch.randn(3, 3, 32, 32)
    assert torch.equal(network.head(network.features(items)), network(items))
    assert network.features(items).mean(1).abs().max() < 1e-5  # after a layer norm that has not been trained


def test_patches_are_told_apart_by_position_alone() -> None:
    """Shuffled patches give the same features once all positions are alike."""
    network = built(width=16).double()
    items = torch.randn(2, 3, 32, 32, dtype=torch.float64)
    swapped = torch.cat((items[..., 16:], items[..., :16]), 3)
    assert not torch.allclose(network.features(items), network.features(swapped))
    with torch.no_grad():
        network.positions.copy_(network.positions[:1].expand_as(network.positions))
    torch.testing.assert_close(network.features(items), network.features(swapped))


def test_windows_that_hold_the_grid_change_nothing() -> None:
    full, whole, parted = built(), built(attention="window", window=8), built(attention="window")
    items = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(whole(items), full(items))
    assert not torch.allclose(parted(items), full(items))


def test_the_class_token_sees_every_patch_through_windows() -> None:
    network = built(attention="window", layers=1)
    items = torch.randn(1, 3, 32, 32, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(items)[0, 0], items)
    patches = gradient.unfold(2, 4, 4).unfold(3, 4, 4).abs().sum((0, 1, 4, 5))
    assert (patches > 0).all()


@pytest.mark.parametrize(
    "options", [{}, {"attention": "window"}, {"attention": "window", "window": 3}, {"mlp_ratio": 4, "layers": 2}]
)
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 8, 20)])
def test_multiply_adds_are_those_that_torch_counts(options: dict[str, object], shape: tuple[int, ...]) -> None:
    spec = DataSpec(shape, 7)
    network = built(spec, **options)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.randn(1, *shape))
    assert 2 * count_multiply_adds(ViTClassifierConfig.parse(options), spec) == counter.get_total_flops()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (DataSpec((2,), 8, False), "images, not on points of 2 numbers"),
        (DataSpec((1, 8, 8)), "no labels"),
        (DataSpec((1, 30, 20), 10), "cannot cut 30x20 pixels into patches of 4; set .* one of 1, 2, 5, 10, or resize"),
    ],
)
def test_what_it_cannot_learn_is_refused(spec: DataSpec, message: str) -> None:
    with pytest.raises(UserError, match=message):
        ViTClassifierConfig().build(spec)


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(UserError, match="width 10 is not a multiple of heads 4"):
        ViTClassifierConfig.parse({"width": 10})
