"""ADA: what each category does and how often, and the controller's arithmetic."""

import math
from itertools import product

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.schedules import Cosine, value_at
from ganwright.core.seeding import Draws
from ganwright.data.augment.ada import AdaptiveAugmentation, Chances, _band_gains, _geometric_inverse
from ganwright.data.augment.base import Scores

CATEGORIES = ("blit", "geometric", "color", "filter", "noise", "cutout")
NONE = dict.fromkeys(CATEGORIES, 0.0)


def only(*categories: str, **options) -> AdaptiveAugmentation:
    return AdaptiveAugmentation(**{**NONE, **dict.fromkeys(categories, 1.0), **options})


def apply(config: AdaptiveAugmentation, images: Tensor, p: float, key: int = 1) -> Tensor:
    memory = {**config.memory(), "p": torch.tensor(p)}
    return config.apply(images, Draws((key,), torch.device("cpu")), "seen", memory, lambda s: value_at(s, 0, 1))


def changed(before: Tensor, after: Tensor) -> Tensor:
    return (before != after).flatten(1).any(1)


# -- the pipeline ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_p_0_is_the_identity_bit_for_bit(channels):
    images = torch.randn(16, channels, 12, 12)
    images[0] = -0.0
    for config in (only(*CATEGORIES), only(*CATEGORIES, antialias=False)):
        assert torch.equal(apply(config, images, 0.0).view(torch.int32), images.view(torch.int32))


@pytest.mark.parametrize("category", ["geometric", "color", "filter", "noise", "cutout"])
def test_p_1_changes_every_image(category):
    images = torch.rand(64, 3, 16, 16) + 1
    assert changed(images, apply(only(category), images, 1.0)).all()


SHARE_UNCHANGED = {
    # A flip that happens turns the image half of the time, a quarter turn is null once in four, and of 5 by 5 shifts
    # (from uniform numbers in +-2 pixels, rounded: the outermost half as likely) one is null, 1 in 16.
    "blit": lambda p: (1 - p / 2) * (1 - 3 * p / 4) * (1 - p * 15 / 16),
    "geometric": lambda p: (1 - p) ** 4,
    "color": lambda p: (1 - p) ** 4 * (1 - p / 2),
    "filter": lambda p: (1 - p) ** 4,
    "noise": lambda p: 1 - p,
    "cutout": lambda p: 1 - p,
}


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize(("p", "share"), [(0.2, 1.0), (0.6, 1.0), (0.6, 0.5)])
def test_how_many_images_change(category, p, share):
    images = torch.rand(2000, 3, 16, 16) + 1
    after = apply(only(**{category: share}, antialias=False), images, p)
    expected = SHARE_UNCHANGED[category](p * share)
    assert 1 - changed(images, after).float().mean().item() == pytest.approx(expected, abs=0.04)  # 3.6 std and more


def test_chances_are_p_times_the_share_and_independent():
    chances = Chances(Draws((1,), torch.device("cpu")), "seen", 20_000, torch.tensor(0.6))
    first, second = chances.happens("this", 2, 0.5)
    assert first.float().mean().item() == pytest.approx(0.3, abs=0.015)
    assert (first & second).float().mean().item() == pytest.approx(0.09, abs=0.01)
    assert not torch.equal(first, chances.happens("that", 1, 0.5)[0])


def all_blits(image: Tensor) -> list[Tensor]:
    """Every flip, quarter turn and shift by up to 2 of an image of 16 by 16, by hand."""
    results = []
    for flip, quarters in product((False, True), range(4)):
        turned = torch.rot90(image.flip(-1) if flip else image, quarters, (1, 2))
        padded = torch.nn.functional.pad(turned[None], (2, 2, 2, 2), mode="reflect")[0]
        results += [padded[:, y : y + 16, x : x + 16] for y, x in product(range(5), range(5))]
    return results


def test_blit_takes_every_of_its_positions_exactly():
    image = torch.randn(1, 16, 16)
    results = apply(only("blit"), image.expand(3000, 1, 16, 16), 1.0)
    known = torch.stack(all_blits(image)).flatten(1)
    match = (results.flatten(1)[:, None] == known).all(-1)
    assert (match.sum(1) == 1).all()
    counts = match.sum(0).view(8, 5, 5)
    assert (counts.sum((1, 2)) > 300).all()  # 375 expected, std 18
    assert (counts.sum(0) > 20).all()  # in the corners 47 expected, std 7


def test_blit_of_an_oblong_image_turns_by_halves():
    image = torch.randn(1, 8, 12)
    results = apply(only("blit"), image.expand(400, 1, 8, 12), 1.0)
    turned = (results == torch.rot90(image, 2, (1, 2))).flatten(1).all(1)
    assert 0 < turned.sum() < 100
    assert changed(image.expand_as(results), results).any()


def test_geometric_moves_follow_the_papers_strengths():
    """Turns in all directions; the area's and the sides' ratio doublings have std 2 * 0.2 each."""
    inverse, active = _geometric_inverse(Chances(Draws((1,), torch.device("cpu")), "s", 20_000, 1.0), 1.0, 32, 64)
    assert active.all()
    linear = inverse[:, :2, :2]
    doublings = torch.linalg.det(linear).log2()
    assert doublings.std().item() == pytest.approx(0.4, rel=0.03)
    values = torch.linalg.svdvals(linear)
    ratio = (values[:, 0] / values[:, 1]).log2()
    assert ratio.square().mean().sqrt().item() == pytest.approx(0.4, rel=0.03)
    angle = torch.atan2(linear[:, 1, 0] - linear[:, 0, 1], linear[:, 0, 0] + linear[:, 1, 1])
    assert (torch.histc(angle, 8, -math.pi, math.pi) > 2200).all()  # 2500 expected, std 47
    forward = -torch.linalg.solve(linear, inverse[:, :2, 2:])[:, :, 0]
    assert forward.std(0).tolist() == pytest.approx([0.125 * 64, 0.125 * 32], rel=0.03)


def test_whole_geometry_is_one_warp_of_the_original():
    """A shift and a turn look beyond the border of the image as it came, not of the shifted one."""
    image = torch.randn(1, 1, 16, 16)
    config = only("blit", "geometric", antialias=False)
    at_once = apply(config, image, 1.0)
    moved = apply(only("blit"), image, 1.0)
    later = apply(only("geometric", antialias=False), moved, 1.0)
    inner, outer = at_once[..., 7:9, 7:9], at_once
    torch.testing.assert_close(inner, later[..., 7:9, 7:9], atol=1e-4, rtol=0)
    assert not torch.allclose(outer, later, atol=1e-3)


def test_colours_of_a_gray_image_stay_gray():
    gray = torch.rand(200, 1, 4, 4)
    results = apply(only("color"), gray.expand(-1, 3, -1, -1), 1.0)
    torch.testing.assert_close(results[:, :1].expand_as(results), results, atol=1e-5, rtol=0)
    torch.testing.assert_close(apply(only("color"), gray, 1.0), results[:, :1], atol=1e-5, rtol=0)


def test_brightness_and_contrast_follow_the_papers_strengths():
    flat = torch.zeros(20_000, 1, 1, 2)
    flat[..., 1] = 1
    results = apply(only("color"), flat, 1.0)[:, 0, 0]
    slope = results[:, 1] - results[:, 0]
    assert slope.abs().log2().std().item() == pytest.approx(0.5, rel=0.03)
    assert (slope < 0).float().mean().item() == pytest.approx(0.5, abs=0.02)  # luma flips
    assert (results[:, 0] / slope).std().item() == pytest.approx(0.2, rel=0.03)


def test_gains_of_bands_keep_the_power_of_natural_images():
    """Whichever band is amplified, the mean square over the bands of a natural image stays."""
    happen = torch.eye(4, dtype=torch.bool).unbind(1)
    gains = _band_gains(happen, torch.tensor([[1.0, -2.0, 0.5, 3.0]]).expand(4, 4).unbind(1))
    power = torch.tensor([10.0, 1, 1, 1]) / 13
    torch.testing.assert_close(gains.square() @ power, torch.ones(4))
    others = torch.tensor([1, 0, 0, 0])
    amplified = gains.diagonal() / gains[torch.arange(4), others]
    torch.testing.assert_close(amplified, torch.tensor([2.0, 0.25, 2**0.5, 8.0]))


def test_filters_amplify_waves_of_each_octave_by_log_normal_factors():
    place = torch.arange(65)
    waves = [torch.cos(math.pi * f * place).expand(300, 1, 65, 65) for f in (3 / 16, 3 / 8, 1.0)]
    for wave in waves:
        ratio = apply(only("filter"), wave, 1.0)[:, 0, 32].std(1) / wave[:, 0, 32].std(1)
        assert ratio.log2().std() > 0.5


def test_noise_has_random_strength():
    images = torch.zeros(4000, 1, 16, 16)
    strength = apply(only("noise"), images, 1.0).flatten(1).std(1)
    assert strength.square().mean().sqrt().item() == pytest.approx(0.1, rel=0.05)
    assert (strength < 0.05).float().mean().item() == pytest.approx(0.383, abs=0.03)  # |normal| < 1/2


def test_cutout_hides_half_the_side_around_a_place_in_the_image():
    images = torch.ones(4000, 2, 16, 16)
    hidden = apply(only("cutout"), images, 1.0)[:, 0] == 0
    height, width = hidden.any(2).sum(1), hidden.any(1).sum(1)
    assert set(height.tolist()) == set(width.tolist()) == {4, 5, 6, 7, 8}
    assert torch.equal(height * width, hidden.sum((1, 2)))
    assert (height == 8).float().mean().item() == pytest.approx(9 / 16, abs=0.03)


def test_categories_draw_apart():
    """What one category does never depends on which others are switched on."""
    images = torch.rand(32, 3, 16, 16) + 1
    alone, both = apply(only("cutout"), images, 1.0), apply(only("noise", "cutout"), images, 1.0)
    assert torch.equal(alone == 0, both == 0)


def test_a_schedule_sets_p_where_nothing_adapts():
    config = only("cutout", target=None, p=Cosine(start=0.0, end=0.5, ramp_images=100))
    assert config.memory() == {}
    images = torch.ones(2000, 1, 8, 8)
    shares = []
    for num_images in (0, 50, 100, 500):
        after = config.apply(
            images, Draws((1,), torch.device("cpu")), "seen", {}, lambda s, n=num_images: value_at(s, n, 1000)
        )
        shares.append(changed(images, after).float().mean().item())
    assert shares[0] == 0
    assert shares[1:] == pytest.approx([0.25, 0.5, 0.5], abs=0.04)
    scores = Scores(torch.ones(8), torch.ones(8), False, 8, 8)
    assert config.watch(scores, {}) == {}


# -- the controller ----------------------------------------------------------------------------------------------


def watch(
    config: AdaptiveAugmentation,
    memory,
    real: Tensor,
    fake: Tensor | None = None,
    free_offset: bool = False,
    parts: int = 1,
):
    """Watch a batch, in parts where gradients accumulate."""
    fake = torch.zeros_like(real) if fake is None else fake
    for own, other in zip(real.chunk(parts), fake.chunk(parts), strict=True):
        memory = config.watch(Scores(own, other, free_offset, len(own), len(real)), memory)
    return memory


def signs(share_positive: float, num: int = 100) -> Tensor:
    """Logits of which this share is positive."""
    return torch.where(torch.arange(num) < share_positive * num, 0.1, -5.0)


@pytest.mark.parametrize(("share", "direction"), [(0.85, 1), (0.75, -1), (1.0, 1), (0.0, -1)])
def test_p_moves_by_the_images_seen_every_interval(share, direction):
    """The mean sign is 2 share - 1, against a target of 0.6."""
    config = AdaptiveAugmentation(p=0.5, interval=3, images_per_unit=10_000)
    memory = config.memory()
    history = []
    for _ in range(6):
        memory = watch(config, memory, signs(share))
        history.append(memory["p"].item())
    step = direction * 300 / 10_000
    assert history == pytest.approx([0.5, 0.5, 0.5 + step, 0.5 + step, 0.5 + step, 0.5 + 2 * step])
    assert [memory[n].item() for n in ("images", "signs")] == [0, 0]


@pytest.mark.parametrize("parts", [2, 4, 5])
@pytest.mark.parametrize("free_offset", [False, True])
def test_micro_batches_count_as_the_batch_that_they_are(parts, free_offset):
    config = AdaptiveAugmentation(p=0.5, interval=3, images_per_unit=10_000)
    whole, accumulated = config.memory(), config.memory()
    moved = []
    for share in (0.9, 0.2, 1.0, 0.9, 0.95, 0.9, 0.1, 0.3, 0.2):
        before = accumulated["p"].item()
        whole = watch(config, whole, signs(share), free_offset=free_offset)
        accumulated = watch(config, accumulated, signs(share), free_offset=free_offset, parts=parts)
        assert whole.keys() == accumulated.keys()
        for name, value in whole.items():
            torch.testing.assert_close(accumulated[name], value)
        moved.append(accumulated["p"].item() != before)
    assert moved == [False, False, True] * 3


def test_the_papers_pace_is_the_default():
    """From 0 to 1 in 500,000 images, batches of 64 looked at four at a time."""
    config = AdaptiveAugmentation()
    memory = config.memory()
    for _ in range(4):
        memory = watch(config, memory, torch.ones(64))
    assert memory["p"].item() == pytest.approx(4 * 64 / 500_000)


def test_signs_of_all_batches_of_an_interval_count():
    config = AdaptiveAugmentation(p=0.5, interval=2, images_per_unit=1000)
    for first, second, direction in ((1.0, 0.65, 1), (0.65, 1.0, 1), (1.0, 0.55, -1)):
        memory = watch(config, watch(config, config.memory(), signs(first)), signs(second))
        assert memory["p"].item() == pytest.approx(0.5 + direction * 0.2)


def test_p_stays_where_r_is_the_target_and_within_0_and_1():
    config = AdaptiveAugmentation(target=0.5, p=0.9, interval=1, images_per_unit=500)
    assert watch(config, config.memory(), signs(0.75))["p"] == torch.tensor(0.9)
    memory = config.memory()
    for _ in range(3):
        memory = watch(config, memory, signs(1.0))
    assert memory["p"] == 1
    for _ in range(10):
        memory = watch(config, memory, signs(0.0))
    assert memory["p"] == 0


def test_the_sign_of_a_score_with_free_offset_does_not_count():
    config = AdaptiveAugmentation(p=0.5, interval=1, images_per_unit=1000)
    real, fake = torch.linspace(-1, 1, 100), torch.linspace(-1, 1, 100) + 0.1
    for offset in (-100.0, 100.0):
        behind = watch(config, config.memory(), real + offset, fake + offset, free_offset=True)
        ahead = watch(config, config.memory(), fake + offset, real + offset, free_offset=True)
        assert behind["p"].item() == pytest.approx(0.4)
        assert ahead["p"].item() == pytest.approx(0.6)


@pytest.mark.parametrize(("middle", "direction"), [(0.80, -1), (0.88, 1)])
def test_one_target_serves_both_signals(middle, direction):
    """Scores normal around +-middle cross the target 0.6 at middle = 0.8416 whichever signal is measured."""
    config = AdaptiveAugmentation(p=0.5, interval=1, images_per_unit=1_000_000)
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(2, 200_000, generator=generator) + torch.tensor([[middle], [-middle]])
    for free_offset in (False, True):
        memory = watch(config, config.memory(), real, fake, free_offset)
        assert memory["p"].item() == pytest.approx(0.5 + direction * 0.2)


def test_vmap_over_seeds_watches_each_alone():
    config = AdaptiveAugmentation(p=0.5, interval=1, images_per_unit=1000)
    real = torch.stack([signs(1.0), signs(0.0), signs(0.9)])
    fake = torch.zeros_like(real)
    memory = {n: t.expand(3).clone() for n, t in config.memory().items()}
    for free_offset in (False, True):

        def step(real: Tensor, fake: Tensor, memory: dict[str, Tensor], free: bool = free_offset) -> dict[str, Tensor]:
            return config.watch(Scores(real, fake, free, 100, 100), memory)

        together = torch.func.vmap(step)(real, fake, memory)
        for seed in range(3):
            alone = step(real[seed], fake[seed], config.memory())
            assert all(torch.equal(together[n][seed], alone[n]) for n in alone)


def test_scores_that_are_not_numbers_do_not_spoil_p():
    config = AdaptiveAugmentation(p=0.5, interval=1)
    assert watch(config, config.memory(), torch.full((8,), torch.nan))["p"].isfinite()


def test_memory_saved_and_restored_goes_on_the_same(tmp_path):
    from safetensors.torch import load_file, save_file

    config = AdaptiveAugmentation(p=0.5, interval=3, images_per_unit=1000)
    memory = watch(config, watch(config, config.memory(), signs(0.9)), signs(0.2))
    save_file(memory, tmp_path / "memory.safetensors")
    restored = load_file(tmp_path / "memory.safetensors")
    for _ in range(8):
        memory, restored = (watch(config, m, signs(0.9)) for m in (memory, restored))
    assert memory == restored
    assert memory["p"] != 0.5


def test_memory_begins_anew_each_time():
    config = AdaptiveAugmentation(p=0.25)
    config.memory()["p"] += 1
    assert config.memory()["p"] == 0.25


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"p": {"kind": "linear", "start": 0, "end": 0.5}}, "set target to none"),
        ({"target": "none", "p": {"kind": "linear", "start": 0, "end": 1.5}}, "at most 1"),
        ({"p": 1.01}, "at most 1"),
        ({"target": 1.0}, "target"),
        ({"blit": 2}, "blit"),
        ({"colour": 1}, "did you mean 'color'"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(options, words):
    with pytest.raises(UserError, match=words) as caught:
        AdaptiveAugmentation.parse(options)
    assert "\n" not in str(caught.value)


def test_r3gans_setting_can_be_said():
    """All but filters and noise, colours half as often, and p on a schedule."""
    config = AdaptiveAugmentation.parse(
        {
            "target": "none",
            "p": {"kind": "cosine", "start": 0, "end": 0.55, "ramp_images": 20_000_000},
            "color": 0.5,
            "cutout": 1,
        }
    )
    assert AdaptiveAugmentation.parse(config.plain()) == config
