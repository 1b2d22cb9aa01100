"""Shapes, parameters and work of layers, against counts by hand; drawings of them."""

import threading

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore import shapes
from ganwright.explore.drawing import _tensors, frames, sheet, slabs
from ganwright.networks import DISCRIMINATORS, GENERATORS

SPEC = DataSpec((3, 16, 16), 4)


def test_layers_are_counted_as_by_hand() -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(128, 5))
    found = shapes(network, torch.zeros(2, 3, 8, 8))
    assert [layer.kind for layer in found.layers] == ["Conv2d", "MaxPool2d", "Flatten", "Linear"]
    convolution, pool, flat, linear = found.layers
    assert (convolution.input, convolution.output) == ((3, 8, 8), (8, 8, 8))
    assert convolution.multiply_adds == 8 * 8 * 8 * 3 * 9
    assert convolution.num_parameters == 8 * 3 * 9 + 8
    assert pool.output == (8, 4, 4)
    assert flat.output == (128,)
    assert (linear.num_parameters, linear.multiply_adds) == (128 * 5 + 5, 128 * 5)
    assert found.multiply_adds == convolution.multiply_adds + 640
    assert found.output == (5,)


def test_nothing_is_computed_on_meta() -> None:
    with torch.device("meta"):
        network = nn.Sequential(nn.Linear(50_000, 50_000), nn.Linear(50_000, 10))
        found = shapes(network, torch.zeros(1, 50_000))
    assert found.multiply_adds == 50_000 * 50_000 + 500_000


@pytest.mark.parametrize("table", [GENERATORS, DISCRIMINATORS], ids=["generators", "discriminators"])
def test_sums_are_right_for_every_family(table) -> None:
    for kind, config in table.items():
        torch.manual_seed(113)
        network = config(conditional=True).build(SPEC)
        items = torch.zeros(1, network.latent_size) if table is GENERATORS else torch.zeros(1, *SPEC.shape)
        found = shapes(network, items, torch.zeros(1, dtype=torch.int64))
        assert sum(layer.num_parameters for layer in found.layers) == found.num_parameters, kind
        assert found.num_parameters == sum(p.numel() for p in network.parameters())
        assert found.output == (SPEC.shape if table is GENERATORS else ())
        assert found.multiply_adds > 0
        assert network.training
        assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules()), kind
        assert slabs({kind: found}).width > 100


@pytest.mark.parametrize("kind", ["biggan", "stylegan2", "resnet", "dcgan"])
def test_a_drawing_of_a_generator_never_shrinks_on_its_way(kind: str) -> None:
    """What stands beside the main way (shortcuts before they are enlarged, keys of attention) is not drawn."""
    network = GENERATORS[kind].model_validate({"attention_at": 8} if kind in ("biggan", "resnet") else {}).build(SPEC)
    found = shapes(network, torch.zeros(1, network.latent_size))
    sides = [shape[2] for shape, _ in _tensors(found) if len(shape) == 3]
    assert sides == sorted(sides)
    assert sides[-1] == 16
    judge = DISCRIMINATORS["resnet"].model_validate({"attention_at": 8}).build(SPEC)
    sides = [shape[2] for shape, _ in _tensors(shapes(judge, torch.zeros(1, *SPEC.shape))) if len(shape) == 3]
    assert sides == sorted(sides, reverse=True)


def test_spectral_norm_hides_no_parameters() -> None:
    network = DISCRIMINATORS["dcgan"].model_validate({"spectral_norm": True}).build(SPEC)
    found = shapes(network, torch.zeros(1, 3, 16, 16))
    assert not any("parametrizations" in layer.name for layer in found.layers)
    assert {layer.kind for layer in found.layers} >= {"Conv2d", "Linear"}


def test_sheets_hold_items_captions_and_groups() -> None:
    items = torch.full((2, 3, 1, 8, 8), 255, dtype=torch.uint8)
    plain, named = sheet(items), sheet(items, ["a", "b"], ["1", "2", "3"], title="what it is")
    assert named.width > plain.width
    assert named.height > plain.height
    assert plain.getpixel((plain.width // 2, plain.height // 2 - 20)) == (255, 255, 255)
    assert sheet(torch.stack([items, items]), groups=["x", "y"]).height > 2 * (plain.height - 20)
    assert sheet(items.expand(-1, -1, 4, -1, -1)).mode == "RGB"  # transparency lets the page through
    with pytest.raises(UserError, match="sheet"):
        sheet(items[0])


def test_frames_go_there_and_back() -> None:
    items = torch.arange(5, dtype=torch.uint8).view(1, 5, 1, 1, 1).expand(2, -1, 1, 8, 8)
    shown = [frame.getpixel((0, 0)) for frame in frames(items)]
    assert [tone[0] for tone in shown] == [0, 1, 2, 3, 4, 3, 2, 1]  # pyright: ignore


def test_counting_leaves_networks_of_other_threads_alone() -> None:
    """A gradient that another thread takes meanwhile goes through."""
    network, done, failures = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8)), threading.Event(), []

    def differentiate() -> None:
        items = torch.randn(4, 8)
        while not done.is_set():
            try:
                torch.autograd.grad(network(items.requires_grad_()).sum(), items)
            except RuntimeError as error:
                failures.append(error)

    other = threading.Thread(target=differentiate)
    other.start()
    counted = nn.Sequential(*(nn.Linear(4, 4) for _ in range(20)))
    try:
        for _ in range(30):
            assert shapes(counted, torch.zeros(1, 4)).multiply_adds == 20 * 16
    finally:
        done.set()
        other.join()
    assert failures == []
