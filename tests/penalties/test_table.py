"""What every row of PENALTIES promises."""

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.networks.mlp import MlpDiscriminatorConfig
from ganwright.penalties import PENALTIES

pytestmark = pytest.mark.parametrize("kind", PENALTIES)
DRAWS = Draws(("test",), torch.device("cpu"))


def test_row_is_named_by_its_kind_and_round_trips(kind):
    config = PENALTIES[kind](every=1 if kind == "clip" else 4)
    assert config.plain()["kind"] == kind
    assert PENALTIES[kind].parse(config.plain()) == config
    assert PENALTIES[kind].__doc__


def test_penalty_is_a_repeatable_scalar_of_its_draws(kind):
    torch.manual_seed(0)
    network, penalty = MlpDiscriminatorConfig(hidden=(8,)).build(DataSpec((1, 4, 4))), PENALTIES[kind]()
    real, fake = torch.randn(5, 1, 4, 4), torch.randn(5, 1, 4, 4)
    value = penalty.penalty(network, real, fake, DRAWS)
    assert value.shape == ()
    assert value.requires_grad == penalty.adds_loss
    assert torch.equal(value, penalty.penalty(network, real, fake, DRAWS))


def test_after_step_leaves_weights_usable(kind):
    network = MlpDiscriminatorConfig(hidden=(8,)).build(DataSpec((2,), bounded=False))
    before = [p.detach().clone() for p in network.parameters()]
    PENALTIES[kind]().after_step(network)
    changed = any(not torch.equal(b, p) for b, p in zip(before, network.parameters(), strict=True))
    assert changed != PENALTIES[kind].adds_loss


@pytest.mark.parametrize("every", [0, -1, 1.5])
def test_intervals_outside_the_range_are_refused(kind, every):
    with pytest.raises(UserError, match="every"):
        PENALTIES[kind].parse({"every": every})
