"""BigGAN's generator: published parameters, how class and latent reach the norms, standing statistics."""

import copy
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.biggan import BigganGeneratorConfig
from ganwright.networks.layers.norms import ModulatedBatchNorm
from ganwright.networks.standing import with_standing_statistics
from ganwright.recipes import recipe

SPEC = DataSpec((3, 32, 32), 5)
IMAGENET = DataSpec((3, 128, 128), 1000)


def num_parameters(config: Any, spec: DataSpec) -> int:
    with torch.device("meta"):  # where spectral norm, which adds none, has no weights to look at
        return sum(p.numel() for p in config.override({"spectral_norm": False}).build(spec).parameters())


def test_at_128_both_networks_have_the_parameters_of_the_authors_code() -> None:
    game: Any = recipe("biggan").algorithm
    assert num_parameters(game.generator, IMAGENET) == 70_433_988
    assert num_parameters(game.discriminator, IMAGENET) == 87_982_370


def test_the_same_by_hand() -> None:
    def conv(inputs: int, outputs: int, kernel: int) -> int:
        return inputs * outputs * kernel**2 + outputs

    widths = [96 * m for m in (16, 16, 8, 4, 2, 1)]
    condition = 128 + 20
    total = 1000 * 128 + (20 + 1) * 16 * widths[0] + 2 * 96 + conv(96, 3, 3)
    for a, b in pairwise(widths):
        total += conv(a, b, 3) + conv(b, b, 3) + conv(a, b, 1) + 2 * condition * (a + b)
    total += 192 * (24 + 24 + 96 + 96) + 1
    assert total == 70_433_988


def test_the_latent_is_split_over_the_stem_and_the_blocks() -> None:
    with torch.device("meta"):
        assert BigganGeneratorConfig(width=1).build(IMAGENET).chunks == [20] * 6
        assert BigganGeneratorConfig(latent_size=10).build(SPEC).chunks == [3, 3, 2, 2]
        assert BigganGeneratorConfig(hierarchical=False).build(SPEC).chunks == [120, 0, 0, 0]
    with pytest.raises(UserError, match=r"latent_size: 3 numbers .* 3 blocks; use 4 or more"):
        BigganGeneratorConfig(latent_size=3).build(SPEC)


def test_a_part_of_the_latent_reaches_its_block_and_no_earlier_one() -> None:
    torch.manual_seed(0)
    network = BigganGeneratorConfig(width=4, max_width=8, latent_size=8).build(SPEC).eval()
    made: list[list[Any]] = []
    for block in network.blocks:
        block.register_forward_hook(lambda m, i, o: made[-1].append(o))
    latents = torch.randn(2, 8)
    for part in range(4):
        moved = latents.clone()
        moved[:, 2 * part : 2 * part + 2] += 1
        made.append([])
        network(latents)
        made.append([])
        network(moved)
        same = [torch.equal(a, b) for a, b in zip(*made[-2:], strict=True)]
        assert same == [depth + 1 < part for depth in range(3)]


def test_gains_and_biases_are_linear_in_the_vector() -> None:
    torch.manual_seed(0)
    norm = ModulatedBatchNorm(3, 4).double()
    items, vectors = torch.randn(6, 3, 5, 2, dtype=torch.float64) * 2 + 1, torch.randn(6, 4, dtype=torch.float64)
    normal = nn.BatchNorm2d(3, affine=False).double()(items)
    expected = (1 + vectors @ norm.gain.weight.T)[:, :, None, None] * normal
    expected = expected + (vectors @ norm.bias.weight.T)[:, :, None, None]
    torch.testing.assert_close(norm(items, vectors), expected)
    torch.testing.assert_close(norm.eval()(items, torch.zeros_like(vectors)), norm.norm.eval()(items))


def test_all_norms_share_one_embedding_and_it_is_not_normalised() -> None:
    network = BigganGeneratorConfig(width=4, conditional=True, spectral_norm=True).build(SPEC)
    assert [tuple(m.weight.shape) for m in network.modules() if type(m) is nn.Embedding] == [(5, 128)]
    assert network.embedding is not None
    torch.testing.assert_close(network.embedding.weight @ network.embedding.weight.T, torch.eye(5))


def test_without_hierarchy_and_classes_norms_are_plain() -> None:
    network = BigganGeneratorConfig(width=4, hierarchical=False).build(SPEC)
    assert not any(isinstance(m, ModulatedBatchNorm) for m in network.modules())


# -- standing statistics --------------------------------------------------------------------------------------------


def small() -> Any:
    torch.manual_seed(0)
    return BigganGeneratorConfig(width=4, max_width=8, conditional=True, spectral_norm=True).build(SPEC)


def test_standing_statistics_of_one_batch_are_those_of_a_training_pass() -> None:
    network = small()
    latents, labels = torch.randn(64, 120) * 0.3, torch.arange(64) % 5
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    standing = with_standing_statistics(network, [(latents, labels)])
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert network.training
    assert not standing.training
    other = copy.deepcopy(network).eval()
    norms = [m for m in other.modules() if isinstance(m, nn.BatchNorm2d)]
    for norm in norms:
        norm.train()
    expected = other(latents, labels)
    # running variances are unbiased, those of a training pass are not: 1 / (64 * 4 * 4) apart at most
    torch.testing.assert_close(standing(latents, labels), expected, atol=5e-3, rtol=5e-3)
    state = standing.state_dict()
    assert all(torch.equal(state[n], before[n]) for n in state if "running" not in n and "batches" not in n)


def test_all_batches_count_alike() -> None:
    norm = nn.BatchNorm1d(3)

    class Only(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = norm

        def forward(self, latents: torch.Tensor, labels: None) -> torch.Tensor:
            return self.norm(latents)

    batches = [torch.randn(8, 3) + shift for shift in (0.0, 5.0, -3.0)]
    standing = with_standing_statistics(Only(), [(b, None) for b in batches])
    torch.testing.assert_close(standing.norm.running_mean, torch.stack(batches).mean((0, 1)))
    torch.testing.assert_close(standing.norm.running_var, torch.stack([b.var(0) for b in batches]).mean(0))
    assert standing.norm.momentum == norm.momentum == 0.1
    with pytest.raises(ValueError, match="at least one"):
        with_standing_statistics(Only(), [])
