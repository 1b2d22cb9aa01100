"""Weight clipping."""

import torch

from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.networks.dcgan import DcganDiscriminatorConfig
from ganwright.penalties.weights import WeightClipping


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


def test_clipping_adds_nothing_to_the_loss_and_calls_no_critic():
    def critic(items: torch.Tensor) -> torch.Tensor:
        raise AssertionError("not to be called")

    items = torch.zeros(2, 3)
    assert WeightClipping().penalty(critic, items, items, Draws((0,), torch.device("cpu"))) == 0
