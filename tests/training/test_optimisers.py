"""Optimisers: what each step does to a weight, by the papers' formulas."""

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
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
