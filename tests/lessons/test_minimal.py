"""The smallest step: its known initial losses, and that it learns."""

import math

import pytest
import torch
from torch import nn

from ganwright.lessons.minimal import main, networks, train_step


def players() -> tuple[nn.Module, nn.Module, torch.optim.Optimizer, torch.optim.Optimizer]:
    torch.manual_seed(0)
    generator, discriminator = networks()
    g, d = (torch.optim.Adam(net.parameters(), 1e-3, betas=(0.5, 0.999)) for net in (generator, discriminator))
    return generator, discriminator, g, d


def test_the_initial_losses_are_those_of_a_discriminator_that_knows_nothing() -> None:
    d_loss, g_loss = train_step(*players(), torch.rand(64, 64) * 2 - 1)
    assert d_loss == pytest.approx(2 * math.log(2), abs=0.02)
    assert g_loss == pytest.approx(math.log(2), abs=0.03)


def test_the_generator_moves_to_the_data() -> None:
    """Real items are constant at 0.8: samples must come near, from a mean of about 0."""
    generator, discriminator, g, d = players()
    before = generator(torch.randn(200, 64)).mean().item()
    for _ in range(150):
        train_step(generator, discriminator, g, d, torch.full((64, 64), 0.8) + 0.05 * torch.randn(64, 64))
    after = generator(torch.randn(200, 64)).mean().item()
    assert abs(before) < 0.1
    assert after > 0.4


def test_it_runs_as_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    main(num_steps=5, batch_size=8)
    out = capsys.readouterr().out
    assert "expected at the start: d_loss 1.386, g_loss 0.693" in out
    assert len(out.splitlines()) == 1 + 6 + 8
