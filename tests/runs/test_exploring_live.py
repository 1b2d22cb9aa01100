"""A generator under one's hands: what is made at each place is what the plain functions make there."""

import math
from pathlib import Path

import pytest
import torch

from ganwright import explore, runs
from ganwright.core.errors import UserError
from ganwright.data.dataset import to_uint8
from ganwright.runs.exploring_live import (
    Live,
    Look,
    Mix,
    Plane,
    Samples,
    Source,
    Way,
    layers_of,
    spectrum_of,
)

STYLED = {
    "generator.conditional": True,
    "discriminator.conditional": True,
    "generator.capacity": 64,
    "generator.max_width": 8,
    "discriminator.capacity": 64,
    "discriminator.max_width": 8,
    "generator.style_size": 12,
    "generator.latent_size": 6,
}


@pytest.fixture(scope="module")
def styled(tmp_path_factory: pytest.TempPathFactory) -> Live:
    out = tmp_path_factory.mktemp("live") / "styled"
    return Live.of(runs.train("stylegan2", "digits", out=out, images=128, preset="small", options=STYLED))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Live:
    out = tmp_path_factory.mktemp("live") / "plain"
    return Live.of(runs.train("cgan", "digits", out=out, images=200))


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> Live:
    out = tmp_path_factory.mktemp("live") / "points"
    return Live.of(runs.train("rpgan-r1r2", "ring8", out=out, images=256))


@pytest.fixture(params=["styled", "plain"])
def live(request: pytest.FixtureRequest) -> Live:
    return request.getfixturevalue(request.param)


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    return bool((a.int() - b.int()).abs().max() <= 1)


def test_samples_are_those_of_the_sample_verb(live: Live, points: Live) -> None:
    assert close(live.made(Samples(3, 5, 4), Look()), to_uint8(live.here.run.sample(9, seed=3)[5:]))
    assert close(live.made(Samples(0, 0, 2), Look(label=7)), to_uint8(live.here.run.sample(2, label=7)))
    assert torch.allclose(points.made(Samples(0, 0, 5), Look()), points.here.run.sample(5), atol=1e-5)


def test_the_corners_of_a_plane_are_samples_of_one_class(live: Live) -> None:
    corners = live.made(Plane(0, 4, [(0, 0), (1, 0), (0, 1), (1, 1)]), Look(label=2))
    assert close(corners, live.made(Samples(0, 4, 4), Look(label=2)))
    inside = live.made(Plane(0, 4, [(0.5, 0.5)]), Look(label=2))
    assert not any(close(inside[0], corner) for corner in corners)


def test_a_way_begins_and_ends_at_its_items_and_may_change_the_class(live: Live) -> None:
    way = live.made(Way(Source(0, 1), Source(4, 2), [0.0, 0.5, 1.0]), Look(label=3, end_label=8))
    assert close(way[0], live.made(Samples(0, 1, 1), Look(label=3))[0])
    assert close(way[2], live.made(Samples(4, 2, 1), Look(label=8))[0])
    assert not close(way[1], way[0])
    start, end = live.here.latents(1, 0, 1), live.here.latents(1, 4, 2)
    labels = [torch.tensor([3]), torch.tensor([8])]
    space = "z" if live.styled is None else "w"
    plain = explore.interpolate(
        live.here.generator, start, end, 3, space=space, along=live.along, labels=labels[0], end_labels=labels[1]
    )
    assert close(way[1], to_uint8(plain)[0, 1])


def test_mixing_layers_is_that_of_mix(styled: Live) -> None:
    num = styled.num_layers
    cross = [[0.0 if layer < k else 1.0 for layer in range(num)] for k in range(num + 1)]
    made = styled.made(Mix(Source(0, 0), Source(0, 1), cross), Look(label=1))
    for k, item in enumerate(made):
        expected = explore.mix(
            styled.here.generator,
            styled.here.latents(1, 0),
            styled.here.latents(1, 0, 1),
            range(k, num),
            labels=torch.tensor([1]),
            style_labels=torch.tensor([1]),
        )
        assert close(item, to_uint8(expected)[0, 0])


def test_truncation_is_that_of_truncate(live: Live) -> None:
    value, cutoff = (0.4, 2) if live.styled is not None else (0.3, None)
    kind = live.here.config.latent
    expected = explore.truncate(
        live.here.generator, live.here.latents(3, 0), value, labels=torch.full((3,), 1), cutoff=cutoff, drawn=kind
    )
    made = live.made(Samples(0, 0, 3), Look(label=1, truncation=value, cutoff=cutoff))
    assert close(made, to_uint8(expected))
    assert not close(made, live.made(Samples(0, 0, 3), Look(label=1)))


def test_directions_move_by_standard_deviations(live: Live) -> None:
    ways = live.ways("sefa")
    made = live.made(Samples(0, 0, 2), Look(label=1, amounts=(0.0, 2.0)))
    space = "z" if live.styled is None else "w"
    vectors = explore.Space(live.here.generator, space).vectors(live.here.latents(2, 0), torch.full((2,), 1))
    expected = explore.traverse(
        live.here.generator,
        vectors,
        ways.vectors[1],
        [2 * float(ways.spread[1])],
        space=space,
        labels=torch.full((2,), 1),
    )
    assert close(made, to_uint8(expected)[:, 0])


def test_effects_show_each_direction_both_ways_and_hold_the_others(live: Live) -> None:
    look = Look(label=1, amounts=(1.0, 0.0, -1.0))
    effects = live.effects(Samples(0, 0, 1), look, 2.5)
    assert effects.shape == (len(live.ways("sefa").vectors), 2, *live.here.spec.shape)
    expected = live.made(Samples(0, 0, 1), Look(label=1, amounts=(1.0, 2.5, -1.0)))
    assert close(effects[1, 1], expected[0])


def test_noise_is_fixed_random_off_or_of_a_seed(styled: Live) -> None:
    for layer in styled.styled.noise_layers:  # pyright: ignore[reportOptionalMemberAccess]
        torch.nn.init.constant_(layer.strength, 0.5)
    shown = {n: styled.made(Samples(0, 0, 1), Look(noise=n)) for n in ("fixed", "none", 1, 2)}
    assert close(shown[1], styled.made(Samples(0, 0, 1), Look(noise=1)))
    for a, b in (("fixed", "none"), (1, 2), ("fixed", 1)):
        assert not close(shown[a], shown[b])
    assert not close(*(styled.made(Samples(0, 0, 1), Look(noise="random")) for _ in range(2)))


def test_every_layer_that_is_listed_has_activations_of_its_shape(live: Live) -> None:
    layers = layers_of(live)
    assert len(layers) > 2
    for layer in layers:
        assert tuple(live.activations(Samples(0, 0, 1), Look(), layer.name).shape) == layer.output
    with pytest.raises(UserError, match="has no layer 'nothing'"):
        live.activations(Samples(0, 0, 1), Look(), "nothing")


def test_the_spectrum_of_a_wave_is_a_peak_at_its_ring() -> None:
    across = torch.arange(32) / 32
    wave = (2 * math.pi * 5 * across).sin().expand(3, 32, 32)
    decibels = spectrum_of(wave)
    assert int(decibels.argmax()) == 5
    power = 10 ** (decibels / 10)
    # Parseval: mean square 1/2 over 1024 frequencies, all of it at two of those in ring 5
    sizes = torch.zeros(len(power), dtype=torch.float64)
    rows = torch.fft.fftfreq(32, dtype=torch.float64) * 32
    rings = torch.hypot(rows[:, None], rows[None]).round().long().flatten()
    sizes.index_add_(0, rings, torch.ones(1024, dtype=torch.float64))
    assert float(power[5] * sizes[5]) == pytest.approx(512, rel=1e-6)


@pytest.mark.parametrize(
    ("place", "look", "says"),
    [
        (Samples(0, 0, 1), Look(label=99), "there is no class '99'"),
        (Samples(0, 0, 1), Look(cutoff=1), "cut-off layer"),
        (Samples(0, 0, 1), Look(layers=(0,), amounts=(1.0,)), "layers that follow"),
        (Samples(0, 0, 1), Look(amounts=(1.0,), by="classes"), "not known yet"),
        (Samples(0, 0, 1), Look(amounts=(1.0,) * 50), "there are 8 directions, not 50"),
        (Mix(Source(), Source(0, 1), [[0.0]]), Look(), "mixing styles needs a style-based generator"),
        (Way(Source(found=torch.zeros(3)), Source(), [0.0]), Look(), "belongs to another generator"),
    ],
)
def test_what_this_generator_cannot_do_is_refused(plain: Live, place: Samples, look: Look, says: str) -> None:
    with pytest.raises(UserError, match=says):
        plain.made(place, look)


def test_found_codes_are_a_source(live: Live) -> None:
    codes = explore.encode(live.here.generator, live.here.latents(1, 0, 7), torch.tensor([7]))[0]
    made = live.made(Way(Source(found=codes), Source(), [0.0]), Look(label=7))
    assert close(made, live.made(Samples(0, 7, 1), Look(label=7)))


def test_a_run_without_a_checkpoint_is_refused(tmp_path: Path, plain: Live) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.toml").write_bytes((plain.here.run.path / "run.toml").read_bytes())
    with pytest.raises(UserError, match="no checkpoint yet"):
        Live.of(tmp_path / "run")
