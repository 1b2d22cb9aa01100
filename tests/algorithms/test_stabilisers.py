"""Packs, committees, auxiliary classifiers, augmentations: what each discriminator sees and what each loss becomes."""

from typing import Any

import pytest
import torch
from torch.nn import functional as F

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.algorithms.phase import Algorithm, Batch, Step
from ganwright.algorithms.rules import warnings
from ganwright.algorithms.seat import packed
from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.networks.committee import Committee
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig

SPEC = DataSpec((1, 8, 8), 3)
POINTS = DataSpec((2,), 0, bounded=False)
CPU = torch.device("cpu")


def config(**changes: Any) -> AdversarialConfig:
    base = AdversarialConfig(
        generator=MlpGeneratorConfig(hidden=(16,), latent_size=8),
        discriminator=MlpDiscriminatorConfig(hidden=(16,)),
        loss={"kind": "non-saturating"},  # type: ignore[arg-type]
    )
    return base.override(changes)


def build(spec: DataSpec = SPEC, **changes: Any) -> Algorithm:
    torch.manual_seed(0)
    return config(**changes).build(spec)


def step_of(algorithm: Algorithm, size: int = 12, num_images: int = 0) -> Step:
    shape = algorithm.sample(algorithm.networks, torch.zeros(1, 8), torch.zeros(1, dtype=torch.long)).shape[1:]  # type: ignore[misc]
    items = torch.rand(size, *shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    real = Batch(items, torch.arange(size) % 3)
    return Step(algorithm.networks, lambda: real, Draws((0,), CPU), size, num_images, 1000, algorithm.memory)


def test_packs_are_consecutive_items_side_by_side() -> None:
    points = torch.arange(8.0).view(4, 2)
    assert packed(points, 2).tolist() == [[0, 1, 2, 3], [4, 5, 6, 7]]
    images = torch.randn(6, 3, 4, 5)
    assert torch.equal(packed(images, 3)[1], images[3:].flatten(0, 1))
    assert packed(images, 1) is images


def test_a_packed_discriminator_scores_packs_and_reports_score_items() -> None:
    algorithm = build(pack=3)
    loss, _ = algorithm.phases[0].loss(step_of(algorithm))
    real = step_of(algorithm).real.items
    latents = algorithm.latents(Draws((0,), CPU), 12)  # type: ignore[misc]
    fake = algorithm.networks["generator"](latents)
    score = algorithm.networks["discriminator"]
    expected = F.softplus(score(packed(fake, 3))).mean() + F.softplus(-score(packed(real, 3))).mean()
    torch.testing.assert_close(loss, expected)
    assert algorithm.score is not None
    scores = algorithm.score(algorithm.networks, real[:7], None)
    assert scores.shape == (7,)
    assert scores[0] == scores[1] == scores[2] != scores[3]


@pytest.mark.parametrize("num", [1, 2, 4, 7])
def test_reports_score_any_number_of_items_in_packs(num: int) -> None:
    algorithm = build(POINTS, pack=5)
    assert algorithm.score is not None
    assert algorithm.score(algorithm.networks, torch.randn(num, 2), None).shape == (num,)


def test_a_penalty_of_packs_counts_a_packs_gradient_as_one() -> None:
    linear = {"discriminator.hidden": [], "penalties": [{"kind": "r1", "gamma": 2.0}, {"kind": "r2", "gamma": 2.0}]}
    algorithm = build(POINTS, pack=2, **linear)
    _, logs = algorithm.phases[0].loss(step_of(algorithm))
    weight = next(p for p in algorithm.networks["discriminator"].parameters() if p.ndim == 2)
    assert logs["penalty_r1"].item() == pytest.approx(weight.square().sum().item(), rel=1e-5)
    assert logs["penalty_r2"].item() == pytest.approx(weight.square().sum().item(), rel=1e-5)
    one = build(POINTS, pack=2, **{**linear, "penalties": [{"kind": "r1", "gamma": 2.0}]})
    one.networks["discriminator"].load_state_dict(algorithm.networks["discriminator"].state_dict())
    _, alone = one.phases[0].loss(step_of(one))
    torch.testing.assert_close(alone["penalty_r1"], logs["penalty_r1"])


def test_batches_that_do_not_suit_are_refused() -> None:
    with pytest.raises(UserError, match="batch of 64 does not divide into packs of 3"):
        build(pack=3).check_batch(64)
    with pytest.raises(UserError, match="history 10 is less than half a batch"):
        build(history=10).check_batch(64)
    build(pack=4, history=32).check_batch(64)


def test_a_committee_learns_member_by_member_and_the_generator_from_the_mean() -> None:
    three = build(num_discriminators=3)
    committee = three.networks["discriminator"]
    assert isinstance(committee, Committee)
    d_loss, _ = three.phases[0].loss(step_of(three))
    g_loss, _ = three.phases[1].loss(step_of(three))
    one = build()
    d_losses, g_losses = [], []
    for member in committee.members:
        networks = {"generator": three.networks["generator"], "discriminator": member}
        base = step_of(three)
        step = Step(networks, base.draw_real, base.draws, base.batch_size, 0, 1000)
        d_losses.append(one.phases[0].loss(step)[0])
        g_losses.append(one.phases[1].loss(step)[0])
    torch.testing.assert_close(d_loss, torch.stack(d_losses).sum())
    torch.testing.assert_close(g_loss, torch.stack(g_losses).mean())
    assert len({round(loss.item(), 6) for loss in d_losses}) == 3
    items = step_of(three).real.items
    torch.testing.assert_close(committee(items), torch.stack([m(items) for m in committee.members]).mean(0))


def test_past_fakes_are_remembered_between_steps() -> None:
    algorithm = build(history=12)
    step = step_of(algorithm)
    algorithm.phases[0].loss(step)
    fake = algorithm.networks["generator"](algorithm.latents(step.draws, 12))  # type: ignore[misc]
    torch.testing.assert_close(step.updates["history/items"][:6], fake[:6].detach())
    assert step.updates["history/seen"].item() == 6


def test_noise_reaches_both_players_and_fades() -> None:
    plain, noisy = build(), build(augmentations=[{"kind": "noise", "std": {"kind": "linear", "start": 0.5, "end": 0}}])
    noisy.networks["discriminator"].load_state_dict(plain.networks["discriminator"].state_dict())
    noisy.networks["generator"].load_state_dict(plain.networks["generator"].state_dict())
    for phase in (0, 1):
        alone, _ = plain.phases[phase].loss(step_of(plain))
        early, _ = noisy.phases[phase].loss(step_of(noisy))
        late, _ = noisy.phases[phase].loss(step_of(noisy, num_images=1000))
        assert not torch.isclose(alone, early, rtol=1e-4)
        torch.testing.assert_close(alone, late)


def test_the_auxiliary_classifier_adds_its_cross_entropy_to_both_losses() -> None:
    conditional = {"generator.conditional": True, "discriminator.conditional": True}
    options: dict[str, Any] = conditional | {"discriminator.conditioning": "auxiliary"}
    with_classes, without = build(**options), build(**options, class_weight=0.0)
    network: Any = with_classes.networks["discriminator"]
    step = step_of(with_classes)
    labels = step.real.labels
    assert labels is not None
    fake = with_classes.networks["generator"](with_classes.latents(step.draws, 12), labels)  # type: ignore[misc]

    def told(items: torch.Tensor) -> torch.Tensor:
        return F.cross_entropy(network.classify(network.features(items)), labels)

    d_terms, g_terms = told(step.real.items) + told(fake), told(fake)
    for phase, expected in ((0, d_terms), (1, g_terms)):
        full, logs = with_classes.phases[phase].loss(step_of(with_classes))
        bare, _ = without.phases[phase].loss(step_of(without))
        torch.testing.assert_close(full - bare, expected)
        torch.testing.assert_close(logs["class_loss"], expected.detach())


REFUSED: dict[str, dict[str, Any]] = {
    "conditional and the discriminator is not": {"generator.conditional": True},
    "each kind may stand there once": {"penalties": ["r1", "r1"]},
    "have the slope 1": {"penalties": ["clip", "gp"], "loss": "wasserstein"},
    "a pack of items of several classes": {
        "pack": 2,
        "generator.conditional": True,
        "discriminator.conditional": True,
    },
}


@pytest.mark.parametrize("reason", REFUSED)
def test_what_cannot_work_is_refused_with_the_reason(reason: str) -> None:
    with pytest.raises(UserError, match=reason):
        build(**REFUSED[reason])


WARNED: dict[str, dict[str, Any]] = {
    "not held Lipschitz": {"loss": "wasserstein"},
    "next to nothing under spectral norm": {
        "loss": "wasserstein",
        "penalties": ["clip"],
        "discriminator.spectral_norm": True,
    },
    "can make one item only": {"latent": "constant"},
    "discriminator is never trained": {"discriminator_steps": 0},
    "generator is never trained": {"generator_steps": 0},
}


@pytest.mark.parametrize("text", WARNED)
def test_what_hardly_works_is_warned_about(text: str) -> None:
    assert any(text in note for note in build(**WARNED[text]).notes)
    assert not any(text in note for note in build().notes)
    assert list(warnings(config(), build().networks["discriminator"])) == []


def test_players_that_are_not_trained_have_no_phase() -> None:
    lazy: dict[str, Any] = {"penalties": [{"kind": "r1", "every": 4}]}
    assert [p.name for p in build(discriminator_steps=0, **lazy).phases] == ["generator"]
    assert [p.name for p in build(generator_steps=0, **lazy).phases] == ["discriminator", "discriminator-r1"]
    assert [(p.name, p.repeats) for p in build(generator_steps=5).phases][-1] == ("generator", 5)


def test_options_of_penalties_that_are_named_in_the_same_breath() -> None:
    """A name put into a list, also where the list had fewer items or others, takes options at once."""
    for before in ([], ["clip"], ["r1", "r2"]):
        changed = config(penalties=before).override({"penalties": "gp", "penalties.0.every": 4})
        assert [(p.tag, p.every) for p in changed.penalties] == [("gp", 4)]
        with pytest.raises(UserError, match="has items 0 to 0"):
            config(penalties=before).override({"penalties": "gp", "penalties.1.every": 4})
    with pytest.raises(UserError, match="'penalties' is an empty list"):
        config().override({"penalties.0.every": 4})
