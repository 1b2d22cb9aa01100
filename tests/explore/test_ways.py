"""Interpolation, truncation and mixing: what must be exact is exact."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore import (
    Space,
    between,
    blended,
    interpolate,
    layer_groups,
    mix,
    parse_layers,
    truncate,
    truncate_latents,
)
from ganwright.networks import GENERATORS
from ganwright.networks.base import Generator
from ganwright.networks.styled import StyledGenerator

SPEC = DataSpec((1, 16, 16), 3)


def made(kind: str, **options: object) -> Generator:
    torch.manual_seed(100)
    small = {"hidden": (16,)} if kind == "mlp" else {"max_width": 16}
    small = small if set(small) <= set(GENERATORS[kind].model_fields) else {}
    return (
        GENERATORS[kind]
        .model_validate({"latent_size": 12, **small, **options})
        .build(SPEC)
        .eval()
        .requires_grad_(False)
    )


@pytest.fixture(scope="module")
def styled() -> StyledGenerator:
    generator = made("stylegan2", style_size=10)
    assert isinstance(generator, StyledGenerator)
    generator.mean_w.copy_(torch.randn(10))
    return generator


def pairs(num: int = 4, size: int = 12) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(101)
    a, b = torch.randn(2, num, size, generator=generator)
    return a, b


def test_spherical_ways_keep_the_norm_and_linear_ones_do_not() -> None:
    a, b = (v / v.norm(dim=1, keepdim=True) * 3 for v in pairs())
    norms = between(a, b, 7, "spherical").norm(dim=2)
    torch.testing.assert_close(norms, torch.full_like(norms, 3.0))
    assert float(between(a, b, 7, "linear").norm(dim=2)[:, 3].max()) < 2.9


@pytest.mark.parametrize("along", ["linear", "spherical"])
def test_ends_are_exact_and_steps_even(along) -> None:
    a, b = pairs()
    way = between(a, b, 6, along)
    assert torch.equal(way[:, 0], a)
    assert torch.equal(way[:, -1], b)
    if along == "linear":
        torch.testing.assert_close(way.diff(dim=1), ((b - a) / 5)[:, None].expand(-1, 5, -1), atol=1e-5, rtol=0)
    else:
        unit = way / way.norm(dim=2, keepdim=True)
        angles = (unit[:, 1:] * unit[:, :-1]).sum(2).clamp(-1, 1).acos()
        torch.testing.assert_close(angles, angles[:, :1].expand_as(angles), atol=2e-3, rtol=0)


def test_ways_that_do_not_pair_are_refused() -> None:
    a, b = pairs()
    wrong: Any = ((a, b[:2], 3), (a, b, 1), (a, b, 3, "curly"))
    for arguments in wrong:
        with pytest.raises(UserError):
            between(*arguments)


@pytest.mark.parametrize("space", ["z", "w"])
def test_interpolation_begins_and_ends_with_the_samples(styled: StyledGenerator, space) -> None:
    a, b = pairs(2)
    items = interpolate(styled, a, b, 3, space=space)
    assert items.shape == (2, 3, 1, 16, 16)
    torch.testing.assert_close(items[:, 0], styled(a), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(items[:, -1], styled(b), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", GENERATORS)
def test_classes_are_blended_on_the_way(kind: str) -> None:
    generator = made(kind, conditional=True)
    a = pairs(2)[0]
    own, other = torch.tensor([0, 1]), torch.tensor([2, 2])
    for parameter in generator.parameters():
        parameter.add_(0.1 * torch.randn_like(parameter))
    items = interpolate(generator, a, a, 3, labels=own, end_labels=other)
    torch.testing.assert_close(items[:, 0], generator(a, own), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(items[:, -1], generator(a, other), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(items[:, 1], items[:, 0], atol=1e-6)
    assert not torch.allclose(items[:, 1], items[:, 2], atol=1e-6)


def test_a_blend_of_embeddings_is_their_mean_and_leaves_no_trace() -> None:
    generator = made("dcgan", conditional=True)
    a, labels, other = pairs(2)[0], torch.tensor([0, 1]), torch.tensor([1, 2])
    before = generator(a, labels)
    with blended(generator, other, torch.full((2,), 0.5)):
        middle = generator(a, labels)
    assert torch.equal(generator(a, labels), before)
    table: Any = generator.join.embedding.weight  # pyright: ignore
    table[0] = (table[0] + table[1]) / 2
    torch.testing.assert_close(middle[:1], generator(a[:1], labels[:1]))


def test_an_end_without_a_start_and_classes_nowhere_are_refused() -> None:
    a, b = pairs(1)
    label = torch.tensor([1])
    with pytest.raises(UserError, match="give labels too"):
        interpolate(made("mlp"), a, b, 3, end_labels=label)
    with pytest.raises(UserError, match="no embeddings"):
        interpolate(made("mlp"), a, b, 3, labels=label, end_labels=label)


def test_truncation_1_is_the_identity_and_0_the_mean(styled: StyledGenerator) -> None:
    a = pairs(3)[0]
    assert torch.equal(truncate(styled, a, 1.0), styled(a))
    mean = styled.synthesis(styled.mean_w.expand(1, styled.num_layers, -1))
    torch.testing.assert_close(truncate(styled, a, 0.0), mean.expand(3, -1, -1, -1), atol=1e-6, rtol=1e-5)


def test_a_cut_off_truncates_the_first_layers_alone(styled: StyledGenerator) -> None:
    a = pairs(2)[0]
    torch.testing.assert_close(truncate(styled, a, 0.3, cutoff=0), styled(a), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(truncate(styled, a, 0.3, cutoff=styled.num_layers), truncate(styled, a, 0.3))
    styles = styled.mapping(a).clone()
    styles[:, :2] = styled.mean_w + 0.3 * (styles[:, :2] - styled.mean_w)
    torch.testing.assert_close(truncate(styled, a, 0.3, cutoff=2), styled.synthesis(styles))
    with pytest.raises(UserError, match="cut-off 99"):
        truncate(styled, a, 0.3, cutoff=99)


def test_truncated_latents_have_the_truncated_distribution() -> None:
    normal = torch.randn(20_000, generator=torch.Generator().manual_seed(102))
    assert torch.equal(truncate_latents(normal, math.inf), normal)
    assert not truncate_latents(normal, 0.0).any()
    cut = truncate_latents(normal, 1.0)
    assert float(cut.abs().max()) <= 1
    # variance of N(0, 1) within +-1: 1 - 2 phi(1) / (2 Phi(1) - 1)
    assert float(cut.var()) == pytest.approx(1 - 2 * 0.24197 / 0.68269, abs=0.01)
    torch.testing.assert_close(
        truncate_latents(cut, 0.5, "truncated", 1.0), truncate_latents(normal, 0.5), atol=1e-4, rtol=0
    )
    assert torch.equal(truncate_latents(cut, 1.0, "truncated", 1.0), cut)
    assert torch.equal(truncate_latents(normal, 0.5, "uniform"), normal * 0.5)
    for value, drawn in ((-1.0, "normal"), (2.0, "uniform"), (1.0, "constant"), (math.nan, "normal")):
        with pytest.raises(UserError):
            truncate_latents(normal, value, drawn)  # pyright: ignore


def test_plain_generators_take_no_cut_off() -> None:
    with pytest.raises(UserError, match="style-based"):
        truncate(made("mlp"), pairs(1)[0], 1.0, cutoff=2)


def test_mixing_takes_the_layers_asked_for(styled: StyledGenerator) -> None:
    a, b = pairs(2)
    every, none = mix(styled, a, b, range(styled.num_layers)), mix(styled, a, b, range(0))
    for row in range(2):
        torch.testing.assert_close(every[row], styled(b), atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(none[:, row], styled(a), atol=1e-5, rtol=1e-4)
    styles = styled.mapping(a[:1]).clone()
    styles[:, 2:4] = styled.mapping(b[1:])[:, 2:4]
    torch.testing.assert_close(mix(styled, a, b, range(2, 4))[0, 1], styled.synthesis(styles)[0])
    with pytest.raises(UserError, match="style-based"):
        mix(made("dcgan"), a, b, range(1))


@pytest.mark.parametrize("num", [4, 6, 8, 10, 14, 18])
def test_layer_groups_cover_all_layers_in_order(num: int) -> None:
    groups = layer_groups(num)
    assert [layer for group in groups.values() for layer in group] == list(range(num))
    assert all(groups.values())


def test_layer_groups_of_a_large_generator_are_the_papers() -> None:
    assert layer_groups(18) == {"coarse": range(4), "middle": range(4, 8), "fine": range(8, 18)}
    assert parse_layers("2-3", 6) == range(2, 4)
    assert parse_layers("5", 6) == range(5, 6)
    for wrong in ("6", "4-9", "3-2", "corse", "-1", ""):
        with pytest.raises(UserError, match="unknown"):
            parse_layers(wrong, 6)


def test_space_w_needs_styles(styled: StyledGenerator) -> None:
    with pytest.raises(UserError, match="style-based"):
        Space(made("mlp"), "w")
    assert torch.equal(Space(styled, "w").centre, styled.mean_w)
    assert Space(styled, "w").size == 10
    assert Space(styled, "z").size == 12
