"""Codes: what must be exact is exact, the generator stays as it is, and driving it is quick."""

import time

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore import (
    between,
    captured,
    decode,
    encode,
    mix,
    mixed,
    moved,
    noise_maps,
    part_way,
    sefa,
    shapes,
    spread,
    traverse,
    truncate,
    truncated,
)
from ganwright.networks import GENERATORS
from ganwright.networks.base import Generator
from ganwright.networks.layers.styles import Noise
from ganwright.networks.styled import StyledGenerator

SPEC = DataSpec((1, 16, 16), 3)


def made(kind: str, **options: object) -> Generator:
    torch.manual_seed(120)
    generator = GENERATORS[kind].model_validate({"latent_size": 12, **options}).build(SPEC)
    with torch.no_grad():
        for module in generator.modules():
            if isinstance(module, Noise):
                module.strength.fill_(0.5)
    if isinstance(generator, StyledGenerator):
        generator.mean_w.copy_(torch.randn(generator.style_size))
    return generator.eval().requires_grad_(False)


def latents(num: int, seed: int = 121) -> Tensor:
    return torch.randn(num, 12, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("kind", GENERATORS)
def test_there_and_on_is_what_the_generator_makes(kind: str, conditional: bool) -> None:
    generator, z = made(kind, conditional=conditional), latents(5)
    labels = torch.tensor([0, 1, 2, 0, 1]) if conditional else None
    codes = encode(generator, z, labels)
    items = decode(generator, codes, labels, num_chunk=2)
    torch.testing.assert_close(items, generator(z, labels), atol=1e-5, rtol=1e-4)
    assert torch.equal(truncated(generator, codes, 1.0), codes)
    mean = generator.mean_w if isinstance(generator, StyledGenerator) else torch.zeros(12)
    at_mean = truncated(generator, codes, 0.0)
    torch.testing.assert_close(at_mean, mean.expand_as(codes), atol=1e-6, rtol=0)
    assert decode(generator, at_mean, labels).shape == (5, 1, 16, 16)


def test_codes_agree_with_the_functions_on_latents() -> None:
    generator = made("stylegan2")
    assert isinstance(generator, StyledGenerator)
    a, b = latents(2), latents(2, 122)
    own, other = encode(generator, a), encode(generator, b)
    cut = truncated(generator, own, 0.4, 2)
    torch.testing.assert_close(decode(generator, cut), truncate(generator, a, 0.4, cutoff=2))
    assert torch.equal(cut[:, 2:], own[:, 2:])
    both = mixed(own[:1], other[1:], range(1, 3))
    torch.testing.assert_close(decode(generator, both)[0], mix(generator, a, b, range(1, 3))[0, 1])
    direction = sefa(generator.style_weights(), 1).vectors
    shown = traverse(generator, own[:, 0], direction[0], [-1, 2], space="w", layers=range(2))
    torch.testing.assert_close(shown[:, 1], decode(generator, moved(own, direction, [2.0], range(2))))


def test_several_sliders_add_up_and_each_item_may_have_its_own() -> None:
    directions = torch.linalg.qr(torch.randn(12, 3, generator=torch.Generator().manual_seed(123)))[0].T
    z = latents(4)
    expected = z + 2 * directions[0] - directions[2]
    torch.testing.assert_close(moved(z, directions, [2, 0, -1]), expected)
    each = torch.zeros(4, 3)
    each[3] = torch.tensor([2.0, 0, -1])
    own = moved(z, directions, each)
    assert torch.equal(own[:3], z[:3])
    torch.testing.assert_close(own[3], expected[3])
    styles = z.unsqueeze(1).expand(-1, 5, -1)
    own = moved(styles, directions, each, [4])
    assert torch.equal(own[:, :4], styles[:, :4])
    torch.testing.assert_close(own[3, 4], expected[3])
    torch.testing.assert_close(spread(latents(20_000), directions), torch.ones(3), atol=0.03, rtol=0)


@pytest.mark.parametrize("along", ["linear", "spherical"])
def test_part_of_a_way_is_that_way(along) -> None:
    a, b = latents(3), latents(3, 124)
    way = between(a, b, 5, along)
    for place in range(5):
        torch.testing.assert_close(part_way(a, b, place / 4, along), way[:, place], atol=1e-5, rtol=1e-5)
    shares = torch.tensor([0.0, 0.5, 1.0])
    own = part_way(a, b, shares, along)
    torch.testing.assert_close(own[1], way[1, 2], atol=1e-5, rtol=1e-5)
    styles = torch.stack([a, b], 1)
    torch.testing.assert_close(part_way(styles, styles.flip(1), 0.5, along)[:, 0], way[:, 2], atol=1e-5, rtol=1e-5)


def test_mixing_by_a_share_goes_part_of_the_way_and_makes_grids() -> None:
    own, other = torch.zeros(2, 1, 4, 3), torch.ones(1, 3, 4, 3)
    both = mixed(own, other, [0, 3], 0.25)
    assert both.shape == (2, 3, 4, 3)
    assert bool((both[:, :, [0, 3]] == 0.25).all())
    assert not both[:, :, 1:3].any()


@pytest.mark.parametrize("kind", ["stylegan", "stylegan2"])
def test_noise_is_fixed_absent_drawn_or_given(kind: str) -> None:
    generator = made(kind)
    assert isinstance(generator, StyledGenerator)
    codes = encode(generator, latents(3))
    fixed, none = decode(generator, codes), decode(generator, codes, noise="none")
    assert torch.equal(decode(generator, codes, noise="fixed"), fixed)
    assert not torch.allclose(fixed, none)
    assert not torch.equal(decode(generator, codes, noise="random"), decode(generator, codes, noise="random"))
    maps = noise_maps(generator, 7)
    assert [len(m) for m in maps] == [1] * len(generator.noise_layers)
    given = decode(generator, codes, noise=maps)
    assert torch.equal(decode(generator, codes, noise=noise_maps(generator, 7)), given)
    assert not torch.allclose(decode(generator, codes, noise=noise_maps(generator, 8)), given)
    each = noise_maps(generator, 7, 3)
    torch.testing.assert_close(
        decode(generator, codes, noise=each, num_chunk=2), decode(generator, codes, noise=each), atol=1e-5, rtol=1e-4
    )
    zero = [torch.zeros_like(m) for m in maps]
    torch.testing.assert_close(decode(generator, codes, noise=zero), none)
    with pytest.raises(UserError, match="unknown noise 'loud'"):
        decode(generator, codes, noise="loud")
    with pytest.raises(UserError, match="1 maps of noise do not fit"):
        decode(generator, codes, noise=maps[:1])


def test_without_noise_nothing_is_to_be_chosen() -> None:
    for generator in (made("dcgan"), made("stylegan2", noise=False)):
        codes = encode(generator, latents(2))
        assert noise_maps(generator, 1) == []
        assert torch.equal(decode(generator, codes, noise="none"), decode(generator, codes))
        assert torch.equal(decode(generator, codes, noise=[]), decode(generator, codes))


@pytest.mark.parametrize("kind", GENERATORS)
def test_every_row_of_shapes_can_be_looked_into(kind: str) -> None:
    generator = made(kind)
    rows = [layer for layer in shapes(generator, latents(1)).layers if layer.output]
    codes = encode(generator, latents(3))
    plain = decode(generator, codes)
    with captured(generator, [row.name for row in rows]) as seen:
        assert torch.equal(decode(generator, codes), plain)
    styled = isinstance(generator, StyledGenerator)
    for row in rows:
        if styled and (row.name == "" or row.name.startswith("map.")):
            assert row.name not in seen  # codes are past the mapping network
        else:
            assert tuple(seen[row.name].shape[1:]) == row.output, row.name
    assert not any(m._forward_hooks for m in generator.modules())


def test_what_is_captured_is_what_was_there_before_it_was_changed_in_place() -> None:
    network = torch.nn.Sequential(torch.nn.Linear(12, 4), torch.nn.ReLU(inplace=True)).requires_grad_(False)
    with captured(network, ["0", "1", ""]) as seen:
        network(latents(2))
    assert bool((seen["0"] < 0).any())
    assert torch.equal(seen["1"], seen["0"].clamp_min(0))
    assert torch.equal(seen[""], seen["1"])
    with (
        pytest.raises(UserError, match=r"no layer 'layers.00'; did you mean 'layers.0'"),
        captured(made("dcgan"), ["layers.00"]),
    ):
        pass


def test_mistakes_are_told() -> None:
    plain, styled = made("dcgan"), made("stylegan2")
    z, codes = latents(2), encode(styled, latents(2))
    for wrong in (float("nan"), float("inf")):
        with pytest.raises(UserError, match="is no number"):
            truncated(plain, z, wrong)
    with pytest.raises(UserError, match="style-based"):
        truncated(plain, z, 0.5, 2)
    with pytest.raises(UserError, match="cut-off 99"):
        truncated(styled, codes, 0.5, 99)
    with pytest.raises(UserError, match="leave layers out"):
        mixed(z, z, [0])
    with pytest.raises(UserError, match="there are 0 to 5"):
        mixed(codes, codes, [6])
    with pytest.raises(UserError, match="do not move"):
        moved(z, torch.eye(12)[:2], [1.0])
    with pytest.raises(UserError, match="one shape"):
        part_way(z, z[:1], 0.5)


def test_a_frame_costs_little_more_than_the_forward_pass() -> None:
    """Ten sliders, mixing, truncation, capture: at most three times the time of the bare generator."""
    generator = made("stylegan2")
    own, other = encode(generator, latents(1)), encode(generator, latents(1, 125))
    directions = sefa(generator.style_weights(), 10).vectors

    def frame() -> None:
        codes = mixed(part_way(own, other, 0.3), other, range(2))
        with captured(generator, ["convolutions.2"]):
            decode(generator, truncated(generator, moved(codes, directions, [0.1] * 10), 0.7, 4))

    def seconds(call) -> float:
        call()
        times = []
        for _ in range(15):
            start = time.process_time()
            call()
            times.append(time.process_time() - start)
        return min(times)

    assert seconds(frame) < 3 * seconds(lambda: decode(generator, own))
