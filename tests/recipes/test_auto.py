"""What `auto` chooses: a config that builds for any data, the same every time, and the decisions one by one."""

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.core.schedules import largest
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import DataConfig
from ganwright.data.folder import FolderConfig
from ganwright.data.npz import NpzConfig
from ganwright.data.pack import PackConfig
from ganwright.networks.layers.doubling import num_doublings
from ganwright.recipes.auto import LARGEST_SIDE, LEAST_ITEMS, Choice, Facts, Own, choose, side_for
from ganwright.recipes.run_config import RunConfig

SOURCE = NpzConfig(path="pictures.npz")
DEVICES = ("cpu", "mps", "cuda")


def facts(
    *shape: int, num: int | None = 20_000, counts: Sequence[int] = (), device: str = "cpu", data: DataConfig = SOURCE
) -> Facts:
    """Facts of images, or of points of one dimension."""
    spec = DataSpec(shape, len(counts), bounded=len(shape) == 3)
    return Facts(data, spec, num, tuple(counts), device, None if len(shape) == 3 else 1.0)


def of(*shape: int, **known: Any) -> RunConfig:
    """The config chosen for them."""
    return choose(facts(*shape, **known)).config


def game(config: RunConfig) -> Any:
    """The algorithm's own config."""
    return config.algorithm


def gammas(config: RunConfig) -> list[float]:
    """The highest weight of each penalty."""
    return [largest(penalty.gamma) for penalty in game(config).penalties]


def check_networks(choice: Choice, spec: DataSpec) -> None:
    """Build on no memory, and run a batch through both networks."""
    with torch.device("meta"):
        networks = choice.config.algorithm.build(spec).networks
        generator: Any = networks["generator"]
        labels = torch.zeros(2, dtype=torch.int64) if generator.num_classes else None
        fakes = generator(torch.zeros(2, generator.latent_size), labels)
        assert fakes.shape == (2, *spec.shape)
        assert networks["discriminator"](fakes, labels).shape == (2,)


@st.composite
def data_of_images(draw: st.DrawFn) -> tuple[tuple[int, int, int], int, tuple[int, ...], str]:
    """A shape, a number of items, how many are of each class, a device."""
    height = draw(st.integers(8, 1024))
    width = draw(st.one_of(st.just(height), st.integers(8, 1024)))
    counts = tuple(draw(st.lists(st.integers(1, 6_000), max_size=12)))
    num = sum(counts) if counts else draw(st.integers(LEAST_ITEMS, 2_000_000))
    return (
        (draw(st.sampled_from([1, 3, 4])), height, width),
        max(num, LEAST_ITEMS),
        counts,
        draw(st.sampled_from(DEVICES)),
    )


@given(data_of_images())
@settings(max_examples=40, deadline=None)
def test_any_images_get_networks_that_make_and_judge_them(
    data: tuple[tuple[int, int, int], int, tuple[int, ...], str],
) -> None:
    shape, num, counts, device = data
    side = side_for(shape, device)
    trained = shape if side is None else (shape[0], side, side)
    assert trained[1] * trained[2] <= LARGEST_SIDE[device] ** 2
    known = facts(*trained, num=num, counts=counts, device=device)
    choice = choose(known)
    assert choice == choose(known)
    assert choice.config.batch_size <= num
    assert choice.config.images >= 100_000
    assert choice.config.recipe == ("r3gan" if device == "cuda" else "rpgan-dcgan")
    assert RunConfig.parse(choice.config.plain()) == choice.config
    assert "\n" not in choice.chose + choice.because
    check_networks(choice, known.spec)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    "shape", [(1, 8, 8), (3, 96, 64), (3, 128, 128), (4, 256, 256), (3, 512, 256), (3, 1024, 1024)]
)
def test_sources_that_cannot_scale_get_networks_for_their_own_size(shape: tuple[int, ...], device: str) -> None:
    known = facts(*shape, device=device, data=PackConfig(path="packs/large"))
    check_networks(choose(known), known.spec)


@pytest.mark.parametrize("size", [1, 2, 3, 10, 200])
def test_points_get_the_recipe_that_covers_modes(size: int) -> None:
    known = facts(size, num=None)
    choice = choose(known)
    assert choice.config.recipe == "rpgan-r1r2"
    check_networks(choice, known.spec)


def test_points_far_from_a_spread_of_one_are_told_so() -> None:
    known = facts(2, num=500)
    assert "spread" not in choose(known).because
    wide = Facts(known.data, known.spec, known.num_items, (), "cpu", spread=300.0)
    assert "their spread is 3e+02, and 1 is what this learns best: scale them" in choose(wide).because


@pytest.mark.parametrize(
    ("shape", "device", "side"),
    [
        ((1, 28, 28), "cpu", None),
        ((3, 64, 64), "cpu", None),
        ((3, 64, 32), "cpu", None),
        ((3, 72, 72), "cpu", 64),
        ((3, 72, 72), "cuda", None),
        ((3, 50, 50), "cpu", 48),
        ((3, 50, 50), "cuda", 48),
        ((3, 218, 178), "cpu", 64),
        ((3, 218, 178), "cuda", 160),
        ((3, 1024, 1024), "cuda", 256),
        ((3, 3000, 40), "cpu", 40),
        ((3, 37, 1000), "cpu", 32),
        ((1, 5, 5), "cpu", 8),
    ],
)
def test_pictures_are_scaled_to_what_networks_and_device_can_do(
    shape: tuple[int, ...], device: str, side: int | None
) -> None:
    assert side_for(shape, device) == side
    assert side is None or num_doublings(side, side)


def test_few_images_are_augmented_and_penalised_more_and_many_are_not() -> None:
    few, many = of(3, 32, 32, num=4_999), of(3, 32, 32, num=5_000)
    assert [a.tag for a in game(few).augmentations] == ["ada"]
    assert game(few).augmentations[0].target == 0.6
    assert game(many).augmentations == ()
    assert min(gammas(few)) > max(gammas(many))
    assert "ADA" not in choose(facts(3, 32, 32)).because
    assert "few, so ADA" in choose(facts(3, 32, 32, num=900)).because


def test_nothing_is_mirrored_unasked() -> None:
    for num in (100, 4_000, 100_000):
        choice = choose(facts(1, 28, 28, num=num))
        assert not choice.config.data.flip
        assert ("--data.flip" in choice.because) == (num < 5_000)
    mirrored = NpzConfig(path="pictures.npz", flip=True)
    assert choose(facts(3, 32, 32, num=100, data=mirrored)).config.data.flip
    assert "--data.flip" not in choose(facts(3, 32, 32, num=100, data=mirrored)).because


def test_penalties_grow_with_resolution() -> None:
    for device in ("cpu", "cuda"):
        small, middle, large = (max(gammas(of(3, s, s, num=60_000, device=device))) for s in (32, 64, 256))
        assert small < middle < large, device
    assert gammas(of(3, 64, 64, num=60_000, device="cuda")) == [2.0, 2.0]  # as the authors had it
    assert gammas(of(3, 256, 256, num=60_000, device="cuda"))[0] == pytest.approx(150, rel=0.05)


def test_classes_are_learnt_where_each_has_enough() -> None:
    def players(config: RunConfig) -> list[bool]:
        return [game(config).generator.conditional, game(config).discriminator.conditional]

    for device in ("cpu", "cuda"):
        assert players(of(3, 32, 32, counts=[100, 150], device=device)) == [True, True]
        assert players(of(3, 32, 32, counts=[99, 150], device=device)) == [False, False]
        assert players(of(3, 32, 32, counts=[], device=device)) == [False, False]
        assert players(of(3, 32, 32, counts=[200], device=device)) == [False, False]
        assert players(of(3, 32, 32, num=220_220, counts=[220] * 1_001, device=device)) == [False, False]
    assert "one has 99 items, 100 are needed" in choose(facts(3, 32, 32, counts=[99, 150])).because
    assert "1,001 classes are too many" in choose(facts(3, 32, 32, counts=[220] * 1_001)).because


def test_uneven_classes_are_drawn_equally_often() -> None:
    uneven = choose(facts(3, 32, 32, counts=[100, 301]))
    assert uneven.config.data.balanced
    assert "2 classes of 100 to 301 items, drawn equally often" in uneven.because
    assert not of(3, 32, 32, counts=[100, 300]).data.balanced
    assert not of(3, 32, 32, counts=[5, 300]).data.balanced  # they are not learnt


def test_a_gpu_is_given_wider_networks_where_there_is_more_data() -> None:
    def widths(config: RunConfig) -> tuple[int, int]:
        return game(config).generator.width, game(config).generator.max_width

    def at(side: int, num: int) -> tuple[int, int]:
        return widths(of(3, side, side, num=num, device="cuda"))

    assert at(32, 60_000) == (768, 768)  # the authors' own
    assert at(64, 60_000) == (384, 768)
    assert at(256, 60_000) == (96, 768)
    assert at(64, 20_000) == (192, 384)
    assert of(3, 64, 64, device="cuda").preset == "ffhq-64"
    assert of(3, 64, 64, device="cuda").precision.dtype == "bfloat16"
    assert of(3, 64, 64).precision.dtype == "float32"


def test_a_run_ends_after_so_many_passes() -> None:
    assert of(3, 32, 32, num=1_500).images == 300_000
    assert of(3, 32, 32, num=20).images == 100_000
    assert of(3, 32, 32, num=10**6).images == of(3, 32, 32, num=10**7).images == 600_000


def test_batches_are_no_larger_than_the_data() -> None:
    assert of(3, 32, 32, num=20).batch_size == 20
    assert of(3, 32, 32, num=20_000).batch_size == 64


@pytest.mark.parametrize("num", [1, 7])
def test_too_few_items_are_refused(num: int) -> None:
    items = "1 training item," if num == 1 else "7 training items,"
    with pytest.raises(
        UserError, match=f"npz:pictures.npz has {items} and there is nothing to learn from fewer than 8"
    ):
        choose(facts(3, 32, 32, num=num))


def test_sides_that_no_convolution_reaches_get_perceptrons_or_advice() -> None:
    pack = PackConfig(path="packs/odd")
    small = facts(1, 9, 9, data=pack)
    assert choose(small).config.recipe == "mlp"
    assert "9x9 is no size that convolutions can double to; 8 or 10 would be" in choose(small).because
    check_networks(choose(small), small.spec)
    with pytest.raises(UserError, match=r"no network here makes images of 101x101; .*: use 96 or 104 pixels a side$"):
        choose(facts(3, 101, 101, data=pack))
    with pytest.raises(UserError, match=r"use --data.size 96 or 104$"):
        choose(facts(3, 101, 101, data=FolderConfig(path="odd", size=101)))
    with pytest.raises(UserError, match=r"use --data.size 8 or 10$"):
        choose(facts(1, 9, 9, data=FolderConfig(path="odd", size=9)))


def test_what_was_scaled_is_told_with_the_way_to_another_size() -> None:
    def because(data: DataConfig, own: Own | None) -> str:
        return choose(Facts(data, DataSpec((3, 64, 64)), 20_000, (), "cpu", own=own)).because

    folder, stretched = FolderConfig(path="faces"), FolderConfig(path="faces", crop="none")
    assert " of 64x64 (from 72x72; --data.size for another) on a CPU: " in because(folder, Own(72, 72))
    assert " (from the middle of 178x218; --data.size for another) " in because(folder, Own(178, 218))
    assert " (from 178x218; --data.size for another) " in because(stretched, Own(178, 218))
    assert " (from 100x100 and other sizes; --data.size for another) " in because(folder, Own(100, 100, mixed=True))
    assert "(from" not in because(folder, None)
