"""The Inception of FID: names and shapes of all its parameters, what every block pools, and its output."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.networks import CLASSIFIERS
from ganwright.networks.inception import BLOCKS, FidInception

# name: (channels in, channels out, kernel height, kernel width)
STEM = {
    "Conv2d_1a_3x3": (3, 32, 3, 3),
    "Conv2d_2a_3x3": (32, 32, 3, 3),
    "Conv2d_2b_3x3": (32, 64, 3, 3),
    "Conv2d_3b_1x1": (64, 80, 1, 1),
    "Conv2d_4a_3x3": (80, 192, 3, 3),
}


def fine(c: int, pool: int) -> dict[str, tuple[int, int, int, int]]:
    return {
        "branch1x1": (c, 64, 1, 1),
        "branch5x5_1": (c, 48, 1, 1),
        "branch5x5_2": (48, 64, 5, 5),
        "branch3x3dbl_1": (c, 64, 1, 1),
        "branch3x3dbl_2": (64, 96, 3, 3),
        "branch3x3dbl_3": (96, 96, 3, 3),
        "branch_pool": (c, pool, 1, 1),
    }


def middle(m: int) -> dict[str, tuple[int, int, int, int]]:
    return {
        "branch1x1": (768, 192, 1, 1),
        "branch7x7_1": (768, m, 1, 1),
        "branch7x7_2": (m, m, 1, 7),
        "branch7x7_3": (m, 192, 7, 1),
        "branch7x7dbl_1": (768, m, 1, 1),
        "branch7x7dbl_2": (m, m, 7, 1),
        "branch7x7dbl_3": (m, m, 1, 7),
        "branch7x7dbl_4": (m, m, 7, 1),
        "branch7x7dbl_5": (m, 192, 1, 7),
        "branch_pool": (768, 192, 1, 1),
    }


def coarse(c: int) -> dict[str, tuple[int, int, int, int]]:
    return {
        "branch1x1": (c, 320, 1, 1),
        "branch3x3_1": (c, 384, 1, 1),
        "branch3x3_2a": (384, 384, 1, 3),
        "branch3x3_2b": (384, 384, 3, 1),
        "branch3x3dbl_1": (c, 448, 1, 1),
        "branch3x3dbl_2": (448, 384, 3, 3),
        "branch3x3dbl_3a": (384, 384, 1, 3),
        "branch3x3dbl_3b": (384, 384, 3, 1),
        "branch_pool": (c, 192, 1, 1),
    }


MIXED = {
    "Mixed_5b": fine(192, 32),
    "Mixed_5c": fine(256, 64),
    "Mixed_5d": fine(288, 64),
    "Mixed_6a": {
        "branch3x3": (288, 384, 3, 3),
        "branch3x3dbl_1": (288, 64, 1, 1),
        "branch3x3dbl_2": (64, 96, 3, 3),
        "branch3x3dbl_3": (96, 96, 3, 3),
    },
    "Mixed_6b": middle(128),
    "Mixed_6c": middle(160),
    "Mixed_6d": middle(160),
    "Mixed_6e": middle(192),
    "Mixed_7a": {
        "branch3x3_1": (768, 192, 1, 1),
        "branch3x3_2": (192, 320, 3, 3),
        "branch7x7x3_1": (768, 192, 1, 1),
        "branch7x7x3_2": (192, 192, 1, 7),
        "branch7x7x3_3": (192, 192, 7, 1),
        "branch7x7x3_4": (192, 192, 3, 3),
    },
    "Mixed_7b": coarse(1280),
    "Mixed_7c": coarse(2048),
}
# block: (channels, side) of its output for images of 299x299
OUTPUTS = {
    "Conv2d_1a_3x3": (32, 149),
    "Conv2d_2a_3x3": (32, 147),
    "Conv2d_2b_3x3": (64, 147),
    "Conv2d_3b_1x1": (80, 73),
    "Conv2d_4a_3x3": (192, 71),
    "Mixed_5b": (256, 35),
    "Mixed_5c": (288, 35),
    "Mixed_5d": (288, 35),
    "Mixed_6a": (768, 17),
    "Mixed_6b": (768, 17),
    "Mixed_6c": (768, 17),
    "Mixed_6d": (768, 17),
    "Mixed_6e": (768, 17),
    "Mixed_7a": (1280, 8),
    "Mixed_7b": (2048, 8),
    "Mixed_7c": (2048, 8),
}


def spread(size: torch.Size, bound: float, salt: int) -> Tensor:
    """Numbers from -bound to bound by whole arithmetic alone, so that they are the same everywhere."""
    steps = (torch.arange(size.numel()) + 7919 * salt) * 2654435761 & 0xFFFFFFFF
    steps = (steps ^ (steps >> 15)) * 2246822519 & 0xFFFFFFFF
    return ((steps.double() / 2**31 - 1) * bound).float().view(size)


def filled() -> FidInception:
    with torch.device("meta"):
        network = FidInception()
    network = network.to_empty(device="cpu").eval().requires_grad_(False)
    for salt, (name, tensor) in enumerate(network.state_dict().items()):
        if name.endswith(("running_var", "bn.weight")):
            tensor.copy_(1 + spread(tensor.shape, 0.3, salt))
        elif name.endswith("num_batches_tracked"):
            tensor.zero_()
        else:
            fan = tensor[0].numel() if tensor.ndim > 1 else 100
            tensor.copy_(spread(tensor.shape, (6 / fan) ** 0.5, salt))
    return network


@pytest.fixture(scope="module")
def network() -> FidInception:
    return filled()


@pytest.fixture(scope="module")
def seen(network) -> dict[str, tuple[Tensor, Tensor]]:
    """Input and output of every module, by name, for one image of 299x299; "" is the network."""
    found: dict[str, tuple[Tensor, Tensor]] = {}
    hooks = [
        module.register_forward_hook(lambda _, args, out, name=name: found.update({name: (args[0], out)}))
        for name, module in network.named_modules()
    ]
    with torch.no_grad():
        network(spread(torch.Size([1, 3, 299, 299]), 1, 0))
    for hook in hooks:
        hook.remove()
    return found


def test_every_parameter_has_the_name_and_shape_of_the_common_file(network):
    expected: dict[str, tuple[int, ...]] = {"fc.weight": (1008, 2048), "fc.bias": (1008,)}
    convs = {**STEM, **{f"{block}.{name}": shape for block, parts in MIXED.items() for name, shape in parts.items()}}
    for name, (inner, outer, height, width) in convs.items():
        expected[f"{name}.conv.weight"] = (outer, inner, height, width)
        expected |= {f"{name}.bn.{part}": (outer,) for part in ("weight", "bias", "running_mean", "running_var")}
    state = {k: tuple(v.shape) for k, v in network.state_dict().items() if not k.endswith("num_batches_tracked")}
    assert state == expected
    assert len(convs) == 94
    assert sum(p.numel() for p in network.parameters()) == 23_850_960
    assert len(network.state_dict()) == 94 * 6 + 2
    assert list(BLOCKS) == list(MIXED)


def test_batch_norm_has_tensorflows_epsilon(network):
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert {m.eps for m in norms} == {0.001}
    assert all(m.bias is None for m in network.modules() if isinstance(m, nn.Conv2d))


def test_strides_and_padding(network):
    halving = {"Conv2d_1a_3x3", "Mixed_6a.branch3x3", "Mixed_6a.branch3x3dbl_3"}
    halving |= {"Mixed_7a.branch3x3_2", "Mixed_7a.branch7x7x3_4"}
    unpadded = halving | {"Conv2d_2a_3x3", "Conv2d_4a_3x3"}
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d):
            unit = name.removesuffix(".conv")
            assert module.stride == ((2, 2) if unit in halving else (1, 1))
            height, width = module.kernel_size
            assert module.padding == ((0, 0) if unit in unpadded else ((height - 1) // 2, (width - 1) // 2))


@pytest.mark.parametrize("name", [name for name in MIXED if name not in ("Mixed_6a", "Mixed_7a", "Mixed_7c")])
def test_means_leave_the_padding_out(seen, name):
    into, pooled = seen[name][0], seen[f"{name}.branch_pool"][0]
    inside = F.conv2d(torch.ones(1, 1, *into.shape[2:]), torch.ones(1, 1, 3, 3), padding=1)  # 4 in corners, 6, 9
    expected = F.avg_pool2d(into, 3, 1, 1, count_include_pad=True) * 9 / inside
    torch.testing.assert_close(pooled, expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(pooled, F.avg_pool2d(into, 3, 1, 1, count_include_pad=False))
    assert (pooled - F.avg_pool2d(into, 3, 1, 1)).abs().max() > 1e-3


def test_the_last_block_takes_the_maximum(seen):
    into, pooled = seen["Mixed_7c"][0], seen["Mixed_7c.branch_pool"][0]
    assert torch.equal(pooled, F.max_pool2d(into, 3, 1, 1))
    assert not torch.equal(pooled, F.avg_pool2d(into, 3, 1, 1, count_include_pad=False))


@pytest.mark.parametrize("name", ["Mixed_6a", "Mixed_7a"])
def test_halving_blocks_pass_the_maximum_on(seen, name):
    into, out = seen[name]
    assert torch.equal(out[:, -into.shape[1] :], F.max_pool2d(into, 3, 2))


@pytest.mark.parametrize(("before", "after"), [("Conv2d_2b_3x3", "Conv2d_3b_1x1"), ("Conv2d_4a_3x3", "Mixed_5b")])
def test_the_stem_halves_by_the_maximum(seen, before, after):
    assert torch.equal(seen[after][0], F.max_pool2d(seen[before][1], 3, 2))


@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("Mixed_5c", ["branch1x1", "branch5x5_2", "branch3x3dbl_3", "branch_pool"]),
        ("Mixed_6a", ["branch3x3", "branch3x3dbl_3"]),
        ("Mixed_6c", ["branch1x1", "branch7x7_3", "branch7x7dbl_5", "branch_pool"]),
        ("Mixed_7a", ["branch3x3_2", "branch7x7x3_4"]),
        (
            "Mixed_7b",
            ["branch1x1", "branch3x3_2a", "branch3x3_2b", "branch3x3dbl_3a", "branch3x3dbl_3b", "branch_pool"],
        ),
    ],
)
def test_branches_are_joined_in_the_common_order(seen, name, order):
    joined = torch.cat([seen[f"{name}.{branch}"][1] for branch in order], 1)
    assert torch.equal(seen[name][1][:, : joined.shape[1]], joined)


def test_convolutions_follow_one_another(network, seen):
    """A unit whose name ends in a number above 1 takes the one before; both ends of a cross take the same."""
    for block, parts in MIXED.items():
        for name in parts:
            stem, _, number = name.rpartition("_")
            if number[:1].isdecimal() and number[0] != "1":
                before = seen[f"{block}.{stem}_{int(number[0]) - 1}"][1]
                assert torch.equal(seen[f"{block}.{name}"][0], before)
            elif name != "branch_pool":
                assert torch.equal(seen[f"{block}.{name}"][0], seen[block][0])
    unit = seen["Mixed_5b.branch5x5_2"]
    weights = network.get_submodule("Mixed_5b.branch5x5_2").state_dict()
    mean, variance = weights["bn.running_mean"], weights["bn.running_var"]
    normed = F.batch_norm(
        F.conv2d(unit[0], weights["conv.weight"], padding=2),
        mean,
        variance,
        weights["bn.weight"],
        weights["bn.bias"],
        eps=0.001,
    )
    torch.testing.assert_close(unit[1], normed.clamp(min=0))


def test_shapes_features_and_logits(network, seen):
    for name, (channels, side) in OUTPUTS.items():
        assert seen[name][1].shape == (1, channels, side, side)
    features, logits = seen["fc"]
    assert features.shape == (1, 2048)
    assert logits.shape == (1, 1008)
    torch.testing.assert_close(features, seen["Mixed_7c"][1].flatten(2).mean(2))
    torch.testing.assert_close(network.unbiased_head(features), logits - network.fc.bias, rtol=1e-4, atol=1e-4)
    assert (network.num_features, network.num_classes) == (2048, 1008)
    assert not any(issubclass(FidInception, row) for row in CLASSIFIERS.values())


# also what another program's FID Inception gives for these weights and this image
GOLDEN = [1.16454, 1.55704, 0.39085, 3.06659, 1.71205, 1.47043, 3.57306, -0.11802, -3.02911, 0.38857]


def test_golden_output(seen):
    features, logits = seen["fc"]
    found = torch.tensor([features.mean(), features.std(), *features[0, [0, 500, 1000, 1500, 2047]], *logits[0, :3]])
    torch.testing.assert_close(found, torch.tensor(GOLDEN), rtol=1e-3, atol=1e-4)
