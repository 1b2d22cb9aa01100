"""The two-player game: known losses at the start, what each phase sees, shared gradients, refusals."""

import math
from typing import Any

import pytest
import torch
from scipy.stats import kstest, truncnorm
from torch import Tensor, nn

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.algorithms.game import Game
from ganwright.algorithms.phase import Batch, Step
from ganwright.algorithms.seat import Seat
from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.losses import LOSSES
from ganwright.networks.base import has_batch_statistics
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig

SPEC = DataSpec((1, 8, 8), 3)
CPU = torch.device("cpu")


def config(**changes: Any) -> AdversarialConfig:
    base = AdversarialConfig(
        generator=MlpGeneratorConfig(hidden=(16,), latent_size=8),
        discriminator=MlpDiscriminatorConfig(hidden=(16,)),
        loss={"kind": "non-saturating"},  # type: ignore[arg-type]
    )
    return base.override(changes)


def step_of(algorithm: Any, drawn: list[int] | None = None, size: int = 32, iteration: int = 0) -> Step:
    def draw() -> Batch:
        if drawn is not None:
            drawn.append(1)
        items = torch.rand(size, 1, 8, 8, generator=torch.Generator().manual_seed(1)) * 2 - 1
        return Batch(items, torch.arange(size) % 3)

    return Step(algorithm.networks, draw, Draws((0, iteration), CPU), size, 0, 1000, algorithm.memory)


def test_the_initial_losses_are_2_ln_2_and_ln_2() -> None:
    torch.manual_seed(0)
    algorithm = config(**{"generator.hidden": (256, 512), "discriminator.hidden": (512, 256)}).build(SPEC)
    d_loss, logs = algorithm.phases[0].loss(step_of(algorithm))
    g_loss, _ = algorithm.phases[1].loss(step_of(algorithm))
    assert d_loss.item() == pytest.approx(2 * math.log(2), abs=0.05)
    assert g_loss.item() == pytest.approx(math.log(2), abs=0.05)
    assert logs["real_probability"].item() == pytest.approx(0.5, abs=0.05)


def test_the_generator_phase_draws_real_data_only_where_the_loss_looks_at_it() -> None:
    for kind, row in LOSSES.items():
        drawn: list[int] = []
        algorithm = config(loss=kind).build(SPEC)
        algorithm.phases[-1].loss(step_of(algorithm, drawn))
        assert bool(drawn) == row.generator_needs_real, kind


def test_one_pass_over_real_and_fake_equals_two_unless_the_batch_matters() -> None:
    for norm in ("none", "layer", "batch"):
        algorithm = config(**{"discriminator.norm": norm, "discriminator.hidden": (16, 16)}).build(SPEC)
        network = algorithm.networks["discriminator"]
        seat = Seat(network, 0, step_of(algorithm), (), 1, has_batch_statistics(network))
        real, fake = torch.randn(6, 1, 8, 8), torch.randn(6, 1, 8, 8) * 3
        together = [logits for logits, _ in seat.judge_both(real, fake, None, None)]
        assert torch.allclose(together[0], network(real), atol=1e-6)
        assert torch.allclose(together[1], network(fake), atol=1e-6)


@pytest.mark.parametrize("labelled", [False, True])
def test_r1_and_r2_from_shared_gradients_equal_each_by_itself(labelled: bool) -> None:
    both = config(penalties=[{"kind": "r1", "gamma": 3.0}, {"kind": "r2", "gamma": 0.5}])
    if labelled:
        both = both.override({"generator.conditional": True, "discriminator.conditional": True})
    torch.manual_seed(0)
    algorithm = both.build(SPEC)
    discriminator = algorithm.networks["discriminator"]

    def outcome(game: Game) -> tuple[Tensor, list[Tensor]]:
        loss, logs = game.discriminator_loss(step_of(algorithm))
        assert {"penalty_r1", "penalty_r2"} <= set(logs)
        return loss, list(torch.autograd.grad(loss, list(discriminator.parameters()), allow_unused=True))

    shared = outcome(Game(both, 8, separate=False, conditional=labelled))
    separate = outcome(
        Game(both, 8, separate=True, conditional=labelled)
    )  # which forbids sharing; this network has none
    assert torch.allclose(shared[0], separate[0], rtol=1e-5)
    for mine, other in zip(shared[1], separate[1], strict=True):
        if mine is None or other is None:
            assert mine is other or not torch.any(mine if other is None else other)
        else:
            assert torch.allclose(mine, other, rtol=1e-4, atol=1e-6)


def test_a_lazy_penalty_is_a_phase_of_its_own_with_k_times_the_weight() -> None:
    eager = config(penalties=[{"kind": "r1", "gamma": 2.0}]).build(SPEC)
    lazy = config(penalties=[{"kind": "r1", "gamma": 2.0, "every": 4}]).build(SPEC)
    names = [(p.name, p.every) for p in lazy.phases]
    assert names == [("discriminator", 1), ("discriminator-r1", 4), ("generator", 1)]
    lazy.networks["discriminator"].load_state_dict(eager.networks["discriminator"].state_dict())
    _, logs = eager.phases[0].loss(step_of(eager))
    value, _ = lazy.phases[1].loss(step_of(lazy))
    assert value.item() == pytest.approx(4 * logs["penalty_r1"].item(), rel=1e-4)


def test_fakes_take_the_labels_of_the_real_batch() -> None:
    seen: dict[str, Tensor | None] = {}
    algorithm = config(**{"generator.conditional": True, "discriminator.conditional": True}).build(SPEC)
    generator = algorithm.networks["generator"]

    class Spy(nn.Module):
        num_classes = 3

        def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
            seen["labels"] = labels
            return generator(latents, labels)

    spied = {**algorithm.networks, "generator": Spy()}
    base = step_of(algorithm)
    step = Step(spied, base.draw_real, base.draws, base.batch_size, 0, 1000)
    algorithm.phases[0].loss(step)
    assert seen["labels"] is not None
    assert torch.equal(seen["labels"], torch.arange(32) % 3)


def test_latents_have_the_distribution_that_is_asked_for() -> None:
    draws = Draws((0,), CPU)
    normal, uniform, cut, constant = (
        Game(config(latent=kind, latent_limit=1.5), 50, False, False).latents(draws, 400)
        for kind in ("normal", "uniform", "truncated", "constant")
    )
    assert normal.std().item() == pytest.approx(1, abs=0.02)
    assert -1 <= uniform.min().item() < -0.99
    assert uniform.std().item() == pytest.approx(3**-0.5, abs=0.01)
    assert 1.49 < cut.abs().max().item() <= 1.5
    assert cut.std().item() == pytest.approx(truncnorm(-1.5, 1.5).std(), abs=0.01)
    assert kstest(cut.flatten(), truncnorm(-1.5, 1.5).cdf).pvalue > 0.01
    assert not constant.any()


def test_discriminator_steps_are_repeats() -> None:
    phases = config(discriminator_steps=5).build(SPEC).phases
    assert [(p.name, p.repeats) for p in phases] == [("discriminator", 5), ("generator", 1)]


def test_clipping_acts_after_the_step_and_adds_no_loss() -> None:
    algorithm = config(loss="wasserstein", penalties=["clip"]).build(SPEC)
    (phase, _) = algorithm.phases
    _, logs = phase.loss(step_of(algorithm))
    assert "penalty_clip" not in logs
    assert phase.after_step is not None
    with torch.no_grad():
        phase.after_step(algorithm.networks)
    assert max(p.abs().max().item() for p in algorithm.networks["discriminator"].parameters()) <= 0.01


def test_a_gradient_penalty_under_batch_statistics_is_refused_with_the_reason() -> None:
    bad = config(**{"discriminator.norm": "batch", "discriminator.hidden": (16, 16), "penalties": ["r1"]})
    with pytest.raises(UserError, match=r"batch norm looks at the batch as a whole; use --discriminator\.norm none"):
        bad.build(SPEC)
