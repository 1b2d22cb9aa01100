"""What every row of AUGMENTATIONS promises, and instance noise."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor

from ganwright.core.schedules import Linear, value_at
from ganwright.core.seeding import Draws
from ganwright.data.augment import AUGMENTATIONS, AugmentationConfig
from ganwright.data.augment.ada import AdaptiveAugmentation
from ganwright.data.augment.base import Scores
from ganwright.data.augment.noise import InstanceNoise

EVERYTHING = AdaptiveAugmentation(p=0.7, filter=1, noise=1, cutout=1)
VARIANTS: dict[str, AugmentationConfig] = {
    **{kind: config() for kind, config in AUGMENTATIONS.items()},
    "ada, all of it": EVERYTHING,
    "ada, bilinear": EVERYTHING.model_copy(update={"antialias": False}),
    "ada, scheduled": EVERYTHING.model_copy(update={"target": None, "p": Linear(start=0.9, end=0.2)}),
}
CPU = torch.device("cpu")


def at(schedule) -> float:
    return value_at(schedule, 100, 1000)


def draws(*key: int) -> Draws:
    return Draws(key, CPU)


def apply(config: AugmentationConfig, items: Tensor, key: Draws, memory: Mapping[str, Tensor] | None = None) -> Tensor:
    return config.apply(items, key, "seen", config.memory() if memory is None else memory, at)


@dataclass(frozen=True)
class Tape(Draws):
    """Remembers all that is drawn, by purpose; plays `taken` instead where that has something."""

    taken: dict[str, Tensor] = field(default_factory=dict)

    def normal(self, purpose: str, *shape: int) -> Tensor:
        return self._through(purpose, super().normal, shape)

    def uniform(self, purpose: str, *shape: int) -> Tensor:
        return self._through(purpose, super().uniform, shape)

    def integers(self, purpose: str, high: int, *shape: int) -> Tensor:
        return self._through(purpose, lambda name, *s: super(Tape, self).integers(name, high, *s), shape)

    def _through(self, purpose: str, draw, shape: tuple[int, ...]) -> Tensor:
        if purpose not in self.taken:
            self.taken[purpose] = draw(purpose, *shape)
        return self.taken[purpose]


@pytest.mark.parametrize("kind", AUGMENTATIONS)
def test_row_is_named_by_its_kind_and_round_trips(kind):
    config = AUGMENTATIONS[kind]()
    assert config.tag == kind
    assert AUGMENTATIONS[kind].parse(config.plain()) == config
    assert all(f.description for f in AUGMENTATIONS[kind].model_fields.values() if f.default != kind)


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 12, 12), (4, 9, 13), (3, 28, 28)])
def test_keeps_shape_and_changes_items_repeatably(name, shape):
    config, items = VARIANTS[name], torch.rand(16, *shape) * 2 - 1
    before = items.clone()
    changed = apply(config, items, draws(1))
    assert changed.shape == items.shape
    assert changed.dtype == items.dtype
    assert changed.isfinite().all()
    assert torch.equal(items, before)
    assert torch.equal(changed, apply(config, items, draws(1)))
    if name != "ada":  # which begins with p = 0
        assert not torch.equal(changed, items)
        assert not torch.equal(changed, apply(config, items, draws(2)))


@pytest.mark.parametrize("name", VARIANTS)
def test_memory_is_of_0d_float32_and_watch_keeps_its_names(name):
    config = VARIANTS[name]
    memory = config.memory()
    watched = config.watch(Scores(torch.randn(8), torch.randn(8), False, 8, 8), memory)
    for tensors in (memory, watched):
        assert all(t.shape == () and t.dtype == torch.float32 for t in tensors.values())
    assert watched.keys() == memory.keys()


@pytest.mark.parametrize("name", VARIANTS)
def test_twice_differentiable(name):
    config, items = VARIANTS[name], torch.randn(3, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    memory = {n: t.double() for n, t in config.memory().items()}
    assert torch.autograd.gradgradcheck(lambda x: apply(config, x, draws(3), memory).square(), (items,), fast_mode=True)


@pytest.mark.parametrize("name", VARIANTS)
def test_vmap_over_seeds_equals_each_alone(name):
    """Outputs, and the gradient of a penalty on the input gradient, which is the hardest use in training."""
    config = VARIANTS[name]
    stack = torch.randn(3, 5, 3, 8, 8)
    memory = [{n: t + 0.1 * seed for n, t in config.memory().items()} for seed in range(3)]

    def slope(items: Tensor, taken: dict[str, Tensor], memory: dict[str, Tensor]) -> Tensor:
        def score(x: Tensor) -> Tensor:
            return apply(config, x, Tape((0,), CPU, taken), memory).pow(3).sum()

        return torch.func.grad(lambda x: torch.func.grad(score)(x).square().sum())(items)

    def plain(items: Tensor, taken: dict[str, Tensor], memory: dict[str, Tensor]) -> Tensor:
        return apply(config, items, Tape((0,), CPU, taken), memory)

    tapes = [Tape((seed,), CPU) for seed in range(3)]
    for items, tape, remembered in zip(stack, tapes, memory, strict=True):
        apply(config, items, tape, remembered)
    taken = [tape.taken for tape in tapes]
    together = (
        stack,
        {n: torch.stack([t[n] for t in taken]) for n in taken[0]},
        {n: torch.stack([m[n] for m in memory]) for n in memory[0]},
    )
    for function in (plain, slope):
        results = torch.func.vmap(function)(*together)
        for seed in range(3):
            torch.testing.assert_close(results[seed], function(stack[seed], taken[seed], memory[seed]))


@pytest.mark.parametrize("name", VARIANTS)
def test_half_precision_around_it_changes_nothing(name):
    config, items = VARIANTS[name], torch.randn(4, 3, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        within = apply(config, items, draws(1))
    assert within.dtype == torch.float32
    assert torch.equal(within, apply(config, items, draws(1)))


@pytest.mark.parametrize("name", VARIANTS)
def test_memory_layout_changes_nothing(name):
    config, items = VARIANTS[name], torch.randn(4, 3, 8, 8)
    other = items.contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(apply(config, other, draws(1)), apply(config, items, draws(1)))


@pytest.mark.parametrize("name", VARIANTS)
def test_another_purpose_draws_other_numbers_under_its_own_name(name):
    config, items, tape = VARIANTS[name], torch.randn(4, 3, 8, 8), Tape((1,), CPU)
    apply(config, items, tape)
    assert tape.taken
    assert all(purpose.startswith("seen/") for purpose in tape.taken)


def test_instance_noise_has_the_std_of_its_schedule_on_points_and_images():
    config = InstanceNoise(std=Linear(start=0.5, end=0.1))
    assert not config.images_only
    for shape in ((3, 16, 16), (2,)):
        items = torch.randn(5000, *shape)
        difference = apply(config, items, draws(1)) - items
        assert difference.std().item() == pytest.approx(0.46, rel=0.03)  # a tenth of the way
        assert abs(difference.mean().item()) < 0.02
        flat = difference.flatten(1)
        assert abs((flat[:, 0] * flat[:, 1]).mean().item()) < 0.02


def test_instance_noise_ends():
    items = torch.randn(8, 2)
    config = InstanceNoise()
    over = config.apply(items, draws(1), "seen", {}, lambda s: value_at(s, 1000, 1000))
    assert torch.equal(over, items)
    assert not torch.equal(apply(config, items, draws(1)), items)
    assert torch.equal(apply(InstanceNoise(std=0), items, draws(1)), items)


def test_instance_noise_passes_gradients_unchanged():
    items = torch.randn(8, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(apply(InstanceNoise(), items, draws(1)).sum(), items)
    assert torch.equal(gradient, torch.ones_like(items))
