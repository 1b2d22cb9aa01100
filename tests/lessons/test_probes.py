"""Probes: against networks whose numbers are known, over the whole table, and on data that they do not fit."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.lessons.probes import PROBES, Measuring, rank_accuracy
from ganwright.lessons.scene import Scene, Truth
from ganwright.runs import Plan, plan
from ganwright.theory import normal_js
from ganwright.training import Engine

SMALL = {"generator.hidden": [8], "discriminator.hidden": [8], "ema.half_life_images": 0}
MakeScene = Callable[..., Scene]


@pytest.fixture
def scene_of(tmp_path: Path) -> MakeScene:
    """A scene of an untrained run on a data set."""

    def make(data: str, recipe: str = "mlp", **options: Any) -> Scene:
        small = SMALL if recipe == "mlp" else {"ema.half_life_images": 0}
        made: Plan = plan(data, recipe, overrides=small | options, out=tmp_path / "run", images=64)
        events = EventWriter(tmp_path / "events.jsonl")
        engine = Engine(made.algorithm(), made.loader(), made.config, tmp_path, made.device, events)
        return Scene(engine, Truth(made))

    return make


def let_generate(scene: Scene, items: Tensor) -> None:
    """Let the averaged generator give these items."""
    scene.__dict__["fake"] = items


def let_score(scene: Scene, weight: float, bias: float) -> None:
    """Make the discriminator C(x) = weight * (sum of x) + bias."""

    class Linear(nn.Module):
        num_classes = 0

        def forward(self, items: Tensor, labels: Tensor | None = None) -> Tensor:
            return weight * items.flatten(1).sum(1) + bias

    scene.engine.networks["discriminator"] = Linear()


def test_rank_accuracy_counts_pairs() -> None:
    generator = torch.Generator().manual_seed(0)
    real = torch.randint(0, 6, (37,), generator=generator).float()
    fake = torch.randint(0, 6, (23,), generator=generator).float()
    above = (real[:, None] > fake).double() + 0.5 * (real[:, None] == fake).double()
    assert rank_accuracy(real, fake) == pytest.approx(float(above.mean()))
    assert rank_accuracy(real + 100, fake) == 1.0
    assert rank_accuracy(torch.zeros(5), torch.zeros(4)) == 0.5


def test_samples_like_the_data_are_as_diverse_and_copies_are_not(scene_of: MakeScene) -> None:
    scene = scene_of("digits")
    let_generate(scene, scene.real)
    assert PROBES["diversity"].measure(scene) == pytest.approx(1.0)
    assert PROBES["fid"].measure(scene) == pytest.approx(0.0, abs=1e-6)
    assert PROBES["class_shares"].measure(scene) == PROBES["real_class_shares"].measure(scene)
    assert PROBES["value_mean"].measure(scene) == PROBES["real_value_mean"].measure(scene)
    alike = scene_of("digits")
    let_generate(alike, alike.real[:1].expand_as(alike.real))
    assert PROBES["diversity"].measure(alike) == 0.0
    assert PROBES["classes_covered"].measure(alike) == 1.0


def test_slopes_and_gaps_are_those_of_a_linear_critic(scene_of: MakeScene) -> None:
    scene = scene_of("digits")
    let_score(scene, weight=0.25, bias=3.0)
    assert PROBES["slope_mean"].measure(scene) == pytest.approx(0.25 * 8)  # |w| over 64 pixels
    assert PROBES["slope_highest"].measure(scene) == pytest.approx(0.25 * 8)
    gap = 0.25 * float(scene.real.flatten(1).sum(1).mean() - scene.fake.flatten(1).sum(1).mean())
    assert PROBES["score_gap"].measure(scene) == pytest.approx(gap, rel=1e-4)
    sure = scene_of("digits")
    let_score(sure, weight=0.0, bias=-2.0)
    assert PROBES["fake_probability"].measure(sure) == pytest.approx(1 / (1 + math.exp(2)))
    assert PROBES["rank_accuracy"].measure(sure) == 0.5


@pytest.mark.parametrize("bias", [-6.0, 0.0, 2.0])
def test_the_generators_gradients_part_by_the_odds(scene_of: MakeScene, bias: float) -> None:
    """dL/dl is -D for the saturating and -(1 - D) for the other loss; with equal logits only this factor differs."""
    scene = scene_of("gaussian1d", latent="constant")
    fake = float(scene.fake[0, 0])
    let_score(scene, weight=1.0, bias=bias - fake)
    probability = 1 / (1 + math.exp(-bias))
    saturating, other = (PROBES[f"gradient_{name}"].measure(scene) for name in ("saturating", "non_saturating"))
    assert isinstance(saturating, float)
    assert isinstance(other, float)
    assert saturating / other == pytest.approx(probability / (1 - probability), rel=1e-4)


def test_the_generators_gradient_is_autograds(scene_of: MakeScene) -> None:
    scene = scene_of("digits")
    generator = scene.engine.networks["generator"].requires_grad_(True)
    logits = scene.engine.networks["discriminator"](generator(scene.latents[:256]))
    torch.nn.functional.softplus(-logits).mean().backward()
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in generator.parameters() if p.grad is not None))
    assert PROBES["gradient_non_saturating"].measure(scene) == pytest.approx(norm, rel=1e-4)


def test_an_optimal_discriminator_on_the_line_is_at_no_distance(scene_of: MakeScene) -> None:
    """Data and samples are normal with means 3 and 2 and std 1/2: the optimal logit is linear, 4 x - 10."""
    scene = scene_of("gaussian1d", **{"loss.real_label": 1.0})
    normal = torch.randn(scene.truth.num, 1, generator=torch.Generator().manual_seed(1))
    let_generate(scene, 2.0 + 0.5 * normal)
    let_score(scene, weight=4.0, bias=-10.0)
    assert PROBES["distance_to_optimal"].measure(scene) == pytest.approx(0.0, abs=0.02)
    assert PROBES["excess_loss"].measure(scene) == pytest.approx(0.0, abs=0.01)
    assert PROBES["wasserstein"].measure(scene) == pytest.approx(1.0, abs=0.05)
    assert PROBES["js"].measure(scene) == pytest.approx(float(normal_js(3.0, 0.5, 2.0, 0.5)), abs=0.02)
    smoothed = scene_of("gaussian1d", **{"loss.real_label": 0.9})
    let_generate(smoothed, 2.0 + 0.5 * normal)
    let_score(smoothed, weight=4.0, bias=-10.0)
    assert PROBES["distance_to_optimal"].measure(smoothed) == pytest.approx(
        0.05, abs=0.01
    )  # a tenth of the data's half
    blind = scene_of("gaussian1d")
    let_generate(blind, 2.0 + 0.5 * normal)
    let_score(blind, weight=0.0, bias=0.0)
    assert PROBES["distance_to_optimal"].measure(blind) > 0.2  # pyright: ignore[reportOperatorIssue]


def test_places_without_items_have_no_optimum(scene_of: MakeScene) -> None:
    scene = scene_of("gaussian1d", **{"loss.real_label": 1.0})
    optimal, grid = PROBES["optimal_probability"].measure(scene), PROBES["grid"].measure(scene)
    assert isinstance(optimal, list)
    assert isinstance(grid, list)
    assert math.isnan(optimal[-1])
    assert optimal[min(range(len(grid)), key=lambda i: abs(grid[i] - 3.0))] == pytest.approx(1.0, abs=1e-3)


def test_samples_in_one_point_or_far_away_still_have_a_density(scene_of: MakeScene) -> None:
    for samples in (torch.zeros(2_500, 1), torch.full((2_500, 1), 1e6)):
        scene = scene_of("gaussian1d")
        let_generate(scene, samples)
        density = PROBES["fake_density"].measure(scene)
        assert isinstance(density, list)
        assert all(math.isfinite(v) for v in density)
        assert PROBES["js"].measure(scene) == pytest.approx(math.log(2), abs=0.01)


DATA_OF = {"digits": ("digits", {}), "ring8": ("ring8", {}), "gaussian1d": ("gaussian1d", {})}


@pytest.mark.parametrize("name", PROBES)
def test_every_probe_gives_numbers_on_some_data_and_says_why_not_elsewhere(name: str, scene_of: MakeScene) -> None:
    values = {}
    for data, (source, options) in DATA_OF.items():
        scene = scene_of(source, **options)
        try:
            values[data] = PROBES[name].measure(scene)
        except UserError:
            with pytest.raises(UserError, match=data):
                PROBES[name].measure(scene)
    if not values:
        values["a classifier"] = PROBES[name].measure(scene_of("digits", "classifier-vit"))
    assert values
    for value in values.values():
        numbers = value if isinstance(value, list) else [value]
        assert numbers
        assert all(isinstance(v, float) for v in numbers)
        assert any(math.isfinite(v) for v in numbers)


@pytest.mark.parametrize("name", PROBES)
def test_probes_are_described(name: str) -> None:
    assert PROBES[name].title
    assert len(PROBES[name].description) > 5


def test_conditional_and_normalised_networks_can_be_measured(scene_of: MakeScene) -> None:
    """Labels are passed on, and batch norm neither uses nor moves by what is measured."""
    conditional = {"generator.conditional": True, "discriminator.conditional": True}
    norms = {"generator.norm": "batch", "discriminator.norm": "batch", "discriminator.hidden": [8, 8]}
    scene = scene_of("digits", **conditional, **norms)
    names = ("rank_accuracy", "gradient_saturating", "slope_mean", "fid", "diversity", "discriminator_loss")
    before = {n: t.clone() for net in scene.engine.networks.values() for n, t in net.named_buffers()}
    modes = [net.training for net in scene.engine.networks.values()]
    measured = Measuring(scene.truth.plan, names)(scene.engine)
    assert all(isinstance(v, float) and math.isfinite(v) for v in measured.values())
    after = {n: t for net in scene.engine.networks.values() for n, t in net.named_buffers()}
    assert all(torch.equal(before[n], after[n]) for n in before)
    assert [net.training for net in scene.engine.networks.values()] == modes
