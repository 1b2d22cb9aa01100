"""LeCam regularisation: its value, its anchors and their memory."""

import pytest
import torch
from torch import Tensor

from ganwright.core.schedules import Linear
from ganwright.penalties.lecam import LecamPenalty, lecam

from .plays import FAKE, REAL, linear, play_of, quadratic, value_and_gradient


def scalar(value: float) -> Tensor:
    return torch.tensor(value, dtype=torch.float64)


def test_scores_on_the_far_side_of_an_anchor_cost_nothing():
    real, fake = torch.tensor([1.0, 3.0, -2.0]), torch.tensor([-1.0, 0.5, 4.0])
    # real above the fakes' anchor 0.5: 0.5, 2.5; fake below the real ones' anchor 1: 2, 0.5
    value = lecam(real, fake, torch.tensor(1.0), torch.tensor(0.5))
    assert value.item() == pytest.approx((0.25 + 6.25) / 3 + (4 + 0.25) / 3)
    assert lecam(real, fake, torch.tensor(-9.0), torch.tensor(9.0)) == 0


def memory_of(real: float, fake: float, share: float) -> dict[str, Tensor]:
    return {"real": scalar(real), "fake": scalar(fake), "share": scalar(share)}


@pytest.mark.parametrize("critic", ["linear", "quadratic"])
def test_value_and_gradient_of_simple_critics(critic):
    # w (E max(0, C(x) - a_F)^2 + E max(0, a_R - C(G))^2), anchors constant
    parameter = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64) if critic == "linear" else scalar(0.7)
    of = linear if critic == "linear" else quadratic
    features = (lambda x: x) if critic == "linear" else (lambda x: 0.5 * x.square().sum(1))
    real, fake = of(parameter)(REAL), of(parameter)(FAKE)
    memory = memory_of(0.4, -0.3, 0.5)
    share = 0.9 * 0.5 + 0.1
    real_anchor = (0.9 * 0.4 + 0.1 * real.mean()) / share
    fake_anchor = (0.9 * -0.3 + 0.1 * fake.mean()) / share
    penalty = LecamPenalty(weight=2.0, decay=0.9)
    value, gradient = value_and_gradient(
        lambda p: penalty.discriminator(play_of(of(p), real=REAL, fake=FAKE, memory=memory)), parameter
    )
    above, below = (real - fake_anchor).clamp(min=0), (real_anchor - fake).clamp(min=0)
    assert above.any()
    assert below.any()
    torch.testing.assert_close(value, 2 * (above.square().mean() + below.square().mean()))
    torch.testing.assert_close(gradient, 4 * (above @ features(REAL) - below @ features(FAKE)) / 4)


def test_anchors_are_the_weighted_means_of_all_steps():
    penalty, memory = LecamPenalty(decay=0.8), LecamPenalty().memory()
    means = [(1.0, -2.0), (4.0, 0.5), (-3.0, 2.5)]
    for step, (real, fake) in enumerate(means, start=1):
        logits = (torch.tensor([real - 1, real + 1]), torch.tensor([fake + 2, fake - 2]))
        updates: dict[str, Tensor] = {}
        play = play_of(logits=lambda both=logits: both, memory=memory, updates=updates)
        value = penalty.discriminator(play)
        weights = [0.2 * 0.8 ** (step - 1 - s) for s in range(step)]
        real_anchor, fake_anchor = (
            sum(w * mean[side] for w, mean in zip(weights, means, strict=False)) / sum(weights) for side in (0, 1)
        )
        expected = lecam(*logits, torch.tensor(real_anchor), torch.tensor(fake_anchor))
        torch.testing.assert_close(value, 0.3 * expected)
        assert updates["share"].item() == pytest.approx(1 - 0.8**step)
        assert (updates["real"] / updates["share"]).item() == pytest.approx(real_anchor)
        assert (updates["fake"] / updates["share"]).item() == pytest.approx(fake_anchor)
        memory = updates


def test_the_first_anchors_are_the_first_means():
    logits = (torch.tensor([2.0, 4.0]), torch.tensor([-1.0, -3.0]))
    play = play_of(logits=lambda: logits, memory=LecamPenalty().memory())
    torch.testing.assert_close(
        LecamPenalty(weight=1.0).discriminator(play), lecam(*logits, torch.tensor(3.0), torch.tensor(-2.0))
    )


def test_the_weight_may_follow_a_schedule():
    logits = (torch.tensor([2.0, 4.0]), torch.tensor([-1.0, -3.0]))
    full = lecam(*logits, torch.tensor(3.0), torch.tensor(-2.0))
    for num_images in (0, 25, 100):
        play = play_of(logits=lambda: logits, memory=LecamPenalty().memory(), num_images=num_images)
        value = LecamPenalty(weight=Linear(start=0.0, end=0.3)).discriminator(play)
        torch.testing.assert_close(value, 0.3 * num_images / 100 * full)
