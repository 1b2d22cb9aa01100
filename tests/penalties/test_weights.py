"""Weight clipping, and orthogonal regularisation against closed forms."""

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.spec import DataSpec
from ganwright.networks.dcgan import DcganDiscriminatorConfig
from ganwright.networks.layers.spectral import normalise_spectrally
from ganwright.penalties.weights import OrthogonalPenalty, WeightClipping, distance_from_orthogonal, filter_banks

from .plays import play_of, value_and_gradient

FORMS = ("off-diagonal", "identity")


def test_clipping_cuts_every_parameter_and_no_buffer():
    network = DcganDiscriminatorConfig(width=4).build(DataSpec((1, 16, 16)))
    inside = {n: p.detach().clone() for n, p in network.named_parameters()}
    buffers = {n: b.clone() for n, b in network.named_buffers()}
    WeightClipping(limit=0.03).after_step(network)
    for name, parameter in network.named_parameters():
        assert torch.equal(parameter, inside[name].clamp(-0.03, 0.03))
        assert parameter.requires_grad
    assert all(torch.equal(b, buffers[n]) for n, b in network.named_buffers())
    assert any((p.abs() > 0.03).any() for p in inside.values())


def test_clipping_adds_nothing_to_a_loss():
    assert WeightClipping().players == ()
    with pytest.raises(TypeError, match="adds nothing"):
        WeightClipping().discriminator(play_of())


def bank(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


@pytest.mark.parametrize("form", FORMS)
def test_distance_and_its_gradient(form):
    # |M|^2 with M = (W W^T) * (1 - I) or W W^T - I: gradient 4 M W
    weight = bank(1, 3, 5)
    value, gradient = value_and_gradient(lambda w: distance_from_orthogonal(w, form), weight)
    products = weight[0] @ weight[0].T
    rest = products - products.diag().diag() if form == "off-diagonal" else products - torch.eye(3)
    torch.testing.assert_close(value, rest.square().sum())
    torch.testing.assert_close(gradient[0], 4 * rest @ weight[0])


@pytest.mark.parametrize("form", FORMS)
def test_many_short_rows_give_the_same_distance_from_fewer_products(form):
    weight = bank(2, 9, 4)
    value, gradient = value_and_gradient(lambda w: distance_from_orthogonal(w, form), weight)
    products = weight @ weight.mT
    diagonal = torch.diag_embed(products.diagonal(dim1=1, dim2=2))
    rest = products - diagonal if form == "off-diagonal" else products - torch.eye(9)
    torch.testing.assert_close(value, rest.square().sum())
    torch.testing.assert_close(gradient, 4 * rest @ weight)


def test_what_orthogonal_filters_cost():
    weight = torch.linalg.qr(bank(5, 3))[0].T[None]
    for form in FORMS:
        assert distance_from_orthogonal(weight, form) < 1e-25
    assert distance_from_orthogonal(2 * weight, "off-diagonal") < 1e-25
    assert distance_from_orthogonal(2 * weight, "identity").item() == pytest.approx(3 * (4 - 1) ** 2)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_a_row_of_a_bank_makes_one_output_channel(kind, groups):
    # The response to a unit impulse in the middle of one input channel is that channel's part of each filter.
    layer = kind(4, 6, 3, padding=1, groups=groups, bias=False).double()
    (found,) = filter_banks(layer)
    assert found.shape == (groups, 6 // groups, 4 // groups * 9)
    impulses = torch.zeros(4, 4, 5, 5, dtype=torch.float64)
    impulses[range(4), range(4), 2, 2] = 1
    responses = layer(impulses)[:, :, 1:4, 1:4]
    if kind is nn.Conv2d:
        responses = responses.flip(2, 3)  # a convolution is a correlation with its kernel
    for output in range(6):
        group, row = divmod(output, 6 // groups)
        inputs = slice(group * 4 // groups, (group + 1) * 4 // groups)
        torch.testing.assert_close(found[group, row], responses[inputs, output].flatten())


def test_only_matrices_count():
    network = nn.Sequential(
        nn.Embedding(5, 3), nn.Linear(3, 4), nn.LayerNorm([2, 2]), nn.BatchNorm1d(4), nn.PReLU(4), nn.Conv1d(4, 2, 3)
    )
    assert [tuple(b.shape) for b in filter_banks(network)] == [(1, 4, 3), (1, 2, 12)]


def test_spectral_norm_is_looked_through_and_left_alone():
    network = nn.Sequential(nn.Linear(3, 4), nn.Conv2d(2, 3, 3))
    stored = [b.detach().clone() for b in filter_banks(network)]
    normalise_spectrally(network)
    buffers = [b.clone() for b in network.buffers()]
    found = list(filter_banks(network))
    assert all(torch.equal(a, b) for a, b in zip(found, stored, strict=True))
    assert all(torch.equal(a, b) for a, b in zip(network.buffers(), buffers, strict=True))
    assert len(buffers) == 4
    play = play_of(networks={"discriminator": network})
    OrthogonalPenalty(on="discriminator").discriminator(play).backward()
    trained = [p for p in network.parameters() if p.ndim > 1]
    assert len(trained) == 2
    assert all(p.grad is not None and p.grad.norm() > 0 for p in trained)


@pytest.mark.parametrize("form", FORMS)
def test_the_penalty_sums_over_the_layers_of_its_player(form):
    generator, layers = nn.Linear(3, 4).double(), [nn.Linear(3, 2).double(), nn.Linear(2, 5).double()]
    play = play_of(networks={"generator": generator, "discriminator": nn.Sequential(*layers)})
    penalty = OrthogonalPenalty(weight=0.2, form=form, on="both")
    one, two, own = (distance_from_orthogonal(m.weight[None], form) for m in (*layers, generator))
    torch.testing.assert_close(penalty.discriminator(play), 0.2 * (one + two))
    torch.testing.assert_close(penalty.generator(play), 0.2 * own)


def test_who_is_penalised():
    assert OrthogonalPenalty().players == ("generator",)
    assert OrthogonalPenalty(on="discriminator").players == ("discriminator",)
    assert set(OrthogonalPenalty(on="both").players) == {"generator", "discriminator"}
