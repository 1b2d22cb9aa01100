"""ViTGAN's networks: L2 attention, modulated norms, spectral norms that keep the scale, patches that overlap."""

import pytest
import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.layers.spectral import normalise_spectrally
from ganwright.networks.layers.tokens import SelfAttention, SelfModulatedNorm
from ganwright.networks.vitgan import Painter, VitganDiscriminatorConfig, VitganGeneratorConfig
from ganwright.ops.attention import attention, l2_attention_inputs, windowed_attention

SPEC = DataSpec((3, 16, 24), 10)


def l2_attention(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """The definition, with torch's own distances."""
    distances = torch.cdist(queries, keys, compute_mode="donot_use_mm_for_euclid_dist")
    return (-distances.square() / queries.shape[-1] ** 0.5).softmax(-1) @ values


def test_l2_attention_equals_its_definition_with_gradients() -> None:
    torch.manual_seed(0)
    tokens = [torch.randn(2, 3, n, d, dtype=torch.float64, requires_grad=True) for n, d in ((5, 4), (7, 4), (7, 6))]
    mine = attention(*l2_attention_inputs(tokens[0], tokens[1]), tokens[2])
    right = l2_attention(*tokens)
    torch.testing.assert_close(mine, right)
    direction = torch.randn_like(right)
    both = [torch.autograd.grad((out * direction).sum(), tokens, create_graph=True) for out in (mine, right)]
    for one, other in zip(*both, strict=True):
        torch.testing.assert_close(one, other)
    # torch has no second derivative of cdist; a difference of first ones stands for it
    step = 1e-6 * torch.randn_like(tokens[0])
    slope = (both[0][1] * tokens[1]).sum()
    (second,) = torch.autograd.grad(slope, tokens[0])
    moved = [(tokens[0] + sign * step).detach().requires_grad_() for sign in (1, -1)]
    ends = []
    for queries in moved:
        out = l2_attention(queries, tokens[1], tokens[2])
        (gradient,) = torch.autograd.grad((out * direction).sum(), tokens[1])
        ends.append((gradient * tokens[1]).sum())
    torch.testing.assert_close((second * step).sum(), (ends[0] - ends[1]) / 2, rtol=1e-4, atol=1e-10)


def test_one_window_that_holds_the_grid_is_full_l2_attention() -> None:
    torch.manual_seed(0)
    keys, values = torch.randn(2, 1 + 12, 4), torch.randn(2, 1 + 12, 4)
    inputs = l2_attention_inputs(keys, keys)
    torch.testing.assert_close(windowed_attention(*inputs, values, (3, 4), 4, 1), l2_attention(keys, keys, values))


def test_queries_and_keys_of_l2_attention_are_tied() -> None:
    layer = SelfAttention(8, 2, (2, 2), None, 0, distances=True).double()
    assert layer.project.weight.shape == (16, 8)
    tokens = torch.randn(3, 4, 8, dtype=torch.float64)
    shared, values = layer.project(tokens).chunk(2, 2)
    heads = [l2_attention(q, q, v) for q, v in zip(shared.split(4, 2), values.split(4, 2), strict=True)]
    torch.testing.assert_close(layer(tokens), layer.join(torch.cat(heads, 2)))


def test_modulated_norm_is_a_layer_norm_with_the_style_s_gain_and_bias() -> None:
    layer = SelfModulatedNorm(6, 3)
    tokens, styles = torch.randn(2, 5, 6), torch.randn(2, 3)
    gain, bias = layer.affine(styles).chunk(2, 1)
    normal = nn.LayerNorm(6, elementwise_affine=False)(tokens)
    torch.testing.assert_close(layer(tokens, styles), gain[:, None] * normal + bias[:, None])
    torch.testing.assert_close(layer(tokens, torch.zeros(2, 3)), normal)


def test_spectral_norms_keep_the_scale_and_hold_it() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(20, 30)
    before = layer.weight.detach().clone()
    normalise_spectrally(layer, keep_scale=True)
    largest = torch.linalg.svdvals(before)[0]
    for _ in range(200):
        _ = layer.weight
    held = layer.weight
    torch.testing.assert_close(torch.linalg.svdvals(held)[0], largest, rtol=1e-2, atol=0)
    torch.testing.assert_close(held, before, rtol=2e-2, atol=1e-3)
    with torch.no_grad():
        layer.parametrizations["weight"].original.mul_(7)  # type: ignore[union-attr,operator,index]
    torch.testing.assert_close(layer.weight, held, rtol=1e-4, atol=1e-6)


def test_patches_overlap_by_half() -> None:
    network = VitganDiscriminatorConfig(width=8, heads=2, layers=1, patch=4).build(SPEC).eval()
    images = torch.randn(1, *SPEC.shape, requires_grad=True)
    tokens = network.embed(images)
    assert tokens.shape == (1, 8, 4, 6)
    (gradient,) = torch.autograd.grad(tokens[0, :, 1, 2].sum(), images)
    seen = gradient[0].abs().sum(0).nonzero()
    assert seen.min(0).values.tolist() == [2, 6]  # the patch is rows 4 to 7 and columns 8 to 11, and 2 around
    assert seen.max(0).values.tolist() == [9, 13]


def test_a_painter_gives_each_token_its_patch() -> None:
    painter = Painter(8, 4, 3)
    tokens = torch.randn(2, 6, 8)
    images = painter(tokens, (2, 3))
    assert images.shape == (2, 3, 8, 12)
    changed = tokens.clone()
    changed[:, 4] += 1.0  # row 1, column 1
    moved = (painter(changed, (2, 3)) - images).abs().sum((0, 1)).nonzero()
    assert moved.min(0).values.tolist() == [4, 4]
    assert moved.max(0).values.tolist() == [7, 7]
    alone = painter(tokens[:, 4:5], (1, 1))
    torch.testing.assert_close(images[:, :, 4:8, 4:8], alone)


@pytest.mark.parametrize("attention", ["full", "window"])
def test_shapes_and_counts_of_the_paper_s_cifar_networks(attention: str) -> None:
    spec, tokens = DataSpec((3, 32, 32)), 64
    sizes = {"width": 384, "heads": 6, "attention": attention}
    with torch.device("meta"):
        generator = VitganGeneratorConfig.parse({**sizes, "latent_size": 384}).build(spec)
        discriminator = VitganDiscriminatorConfig.parse({**sizes, "spectral_norm": False}).build(spec)
        assert generator(torch.empty(2, 384)).shape == (2, 3, 32, 32)
    block = 12 * 384**2 + 9 * 384  # attention 4, perceptron 8, and their biases
    styles = 2 * 384 * 385
    painted = (3 * 384) + 384**2 + 384 * 385 + 3 * 385
    own = sum(p.numel() for p in generator.parameters())
    num_tokens = tokens + (attention == "window")
    assert own == 2 * 384 * 385 + num_tokens * 384 + 4 * (block + 2 * styles) + styles + painted
    judged = sum(p.numel() for p in discriminator.parameters())
    block = 11 * 384**2 + 8 * 384 + 4 * 384  # queries are keys; two layer norms
    assert judged == 384 * (3 * 64 + 1) + 384 + 65 * 384 + 4 * block + 2 * 384 + 385


def test_windows_learn_of_each_other() -> None:
    torch.manual_seed(0)
    config = VitganDiscriminatorConfig(width=8, heads=2, layers=2, attention="window", window=2)
    network = config.build(SPEC).eval()
    images = torch.randn(1, *SPEC.shape, requires_grad=True)
    (gradient,) = torch.autograd.grad(network(images).sum(), images)
    assert (gradient.abs().sum((0, 1)) > 0).all()


def test_what_it_cannot_cut_is_refused_in_one_line() -> None:
    with pytest.raises(
        UserError, match=r"^generator: vitgan cannot cut 30x30 .*--generator.patch 2 or .*--data.size 32$"
    ):
        VitganGeneratorConfig().build(DataSpec((3, 30, 30)))
    with pytest.raises(UserError, match=r"^discriminator: vitgan works on images"):
        VitganDiscriminatorConfig().build(DataSpec((2,), bounded=False))
    with pytest.raises(UserError, match="width 10 is not a multiple of heads 4"):
        VitganGeneratorConfig.parse({"width": 10})
