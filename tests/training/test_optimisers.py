"""Optimisers: what each step does to a weight, by the papers' formulas."""

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.schedules import Linear, value_at
from ganwright.training.optimisers import OPTIMISERS, Adam, AdamW


def test_rows_are_named_by_their_kind() -> None:
    for kind, cls in OPTIMISERS.items():
        assert cls().tag == kind


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_adamw_decays_apart_from_the_gradient(share: float) -> None:
    """w <- (1 - rate decay) w - rate m / (sqrt(v) + eps), with both averages freed from their bias: algorithm 2."""
    rate, decay, eps = 0.1, 0.3, 1e-8
    betas = (0.9**share, 0.99**share)
    weight = nn.Parameter(torch.tensor([2.0, -1.0], dtype=torch.float64))
    optimiser = AdamW(betas=(0.9, 0.99), weight_decay=decay, eps=eps).build([weight], share)
    for group in optimiser.param_groups:
        group["lr"] = rate
    mine = weight.detach().clone()
    mean, square = torch.zeros(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    for step in range(1, 6):
        gradient = torch.tensor([step * 0.5, -1.0 / step], dtype=torch.float64)
        weight.grad = gradient.clone()
        optimiser.step()
        mean = betas[0] * mean + (1 - betas[0]) * gradient
        square = betas[1] * square + (1 - betas[1]) * gradient**2
        right = (mean / (1 - betas[0] ** step)) / ((square / (1 - betas[1] ** step)).sqrt() + eps)
        mine = (1 - rate * decay) * mine - rate * right
        torch.testing.assert_close(weight.detach(), mine)


def test_adamw_without_decay_is_adam() -> None:
    ends = []
    for config in (AdamW(weight_decay=0.0, betas=(0.9, 0.999)), Adam(betas=(0.9, 0.999))):
        weight = nn.Parameter(torch.tensor([2.0, -1.0]))
        optimiser = config.build([weight])
        for group in optimiser.param_groups:
            group["lr"] = 0.01
        for _ in range(3):
            weight.grad = weight.detach() ** 2
            optimiser.step()
        ends.append(weight.detach())
    torch.testing.assert_close(ends[0], ends[1])


def test_decay_has_bounds() -> None:
    with pytest.raises(UserError, match="weight_decay"):
        AdamW.parse({"weight_decay": -0.1})


def test_beta2_follows_its_schedule_and_the_share_of_full_steps() -> None:
    adam = Adam(learning_rate=0.1, betas=(0.5, 0.9), beta2=Linear(start=0.5, end=0.9, ramp_images=100))
    assert Adam(learning_rate=0.1).settings(lambda s: value_at(s, 50, 1000)) == {"lr": 0.1}
    settings = adam.settings(lambda s: value_at(s, 50, 1000), share=0.5)
    assert settings == {"lr": pytest.approx(0.05), "betas": pytest.approx((0.5**0.5, 0.7**0.5))}
    with pytest.raises(UserError, match="beta2 is a decay rate, less than 1, not 1"):
        Adam.parse({"beta2": {"kind": "linear", "start": 0.9, "end": 1.0}})


def test_a_changing_beta2_is_adam_s_of_the_moment() -> None:
    """v <- b v + (1 - b) g^2, freed from its bias by 1 - b^t, with the b of each step."""
    weight = nn.Parameter(torch.tensor([2.0, -1.0], dtype=torch.float64))
    adam = Adam(learning_rate=0.1, betas=(0.0, 0.9), beta2=Linear(start=0.5, end=0.9, ramp_images=4))
    optimiser = adam.build([weight])
    mine, square = weight.detach().clone(), torch.zeros(2, dtype=torch.float64)
    for step in range(1, 6):
        settings = adam.settings(lambda s, n=step - 1: value_at(s, n, 100))
        for group in optimiser.param_groups:
            group.update(settings)
        gradient = torch.tensor([0.5 * step, -1.0 / step], dtype=torch.float64)
        weight.grad = gradient.clone()
        optimiser.step()
        beta = min(0.5 + 0.1 * (step - 1), 0.9)
        square = beta * square + (1 - beta) * gradient**2
        mine = mine - 0.1 * gradient / ((square / (1 - beta**step)).sqrt() + 1e-8)
        torch.testing.assert_close(weight.detach(), mine)
