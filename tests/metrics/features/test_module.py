"""A user's torch module as eyes, in Python and by name."""

from pathlib import Path

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_float
from ganwright.metrics.features import ClassifyingExtractor, parse_features
from ganwright.metrics.features.base import with_classes
from ganwright.metrics.features.module import ModuleFeatures, hash_of_module

SPEC = DataSpec((1, 6, 6))
SOURCE = """
import torch
from torch import nn
from ganwright.metrics.features.module import ModuleFeatures

class Flat(nn.Module):
    def forward(self, x):
        return x.flatten(1)

flat = Flat()

class Two(nn.Module):
    def forward(self, x):
        return x.flatten(1), x.flatten(1)[:, :4]

def made():
    return ModuleFeatures(Flat(), name="mine", size=3, value_range="zero-one")

def fails():
    raise RuntimeError("no weights\\nsecond line")

def needs(x):
    return x

class Namespace:
    inner = flat

number = 3
"""


class Of(nn.Module):
    """Gives whatever a function makes of its input."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "my_eyes.py").write_text(SOURCE)
    (tmp_path / "broken_eyes.py").write_text("raise ValueError('half done')")
    monkeypatch.chdir(tmp_path)
    for name in ("my_eyes", "broken_eyes"):
        monkeypatch.delitem(__import__("sys").modules, name, raising=False)
    return tmp_path


def items(num: int = 5) -> torch.Tensor:
    return torch.randint(0, 256, (num, 1, 6, 6), generator=torch.Generator().manual_seed(1)).to(torch.uint8)


def test_a_table_is_taken_and_maps_are_averaged() -> None:
    images = items()
    assert torch.equal(ModuleFeatures(nn.Flatten())(images), to_float(images).flatten(1))
    assert torch.allclose(ModuleFeatures(nn.Identity())(images)[:, 0], to_float(images).mean((1, 2, 3)))


def test_options_prepare_the_input() -> None:
    eyes = ModuleFeatures(nn.Flatten(), size=(3, 4), channels=3, value_range="zero-one", mean=0.5, std=0.25)
    found = eyes(items())
    assert found.shape == (5, 36)
    assert torch.equal(found[:, :12], found[:, 12:24])
    assert float(found.min()) >= -2
    assert float(found.max()) <= 2
    assert eyes.resize == "antialiased-bilinear to 3x4"
    assert eyes.name == "module Flatten"


def test_points_are_taken_as_they_are() -> None:
    points = torch.randn(4, 2) * 7
    assert torch.equal(ModuleFeatures(nn.Identity())(points), points)


def test_evaluation_mode_of_a_copy() -> None:
    module = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(36), nn.Dropout(0.5)).train()
    eyes = ModuleFeatures(module)
    before = eyes(items())
    assert module.training
    assert all(p.requires_grad for p in module.parameters())
    with torch.no_grad():
        module[1].bias.add_(1)  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert torch.equal(eyes(items()), before)
    assert ModuleFeatures(module).hash != eyes.hash


def test_hash_sees_values_names_shapes_buffers_and_options() -> None:
    def norm(change: str = "") -> nn.Module:
        batch = nn.BatchNorm1d(36)
        assert batch.running_mean is not None
        with torch.no_grad():
            batch.weight[3] = 1.5 if change == "value" else 1
            batch.running_mean[0] = 0.1 if change == "buffer" else 0
        return nn.Sequential(*[nn.Identity()] * (change == "name"), nn.Flatten(), batch)

    hashes = [hash_of_module(norm(c)) for c in ("", "", "value", "buffer", "name")]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4
    assert hash_of_module(norm().double()) != hashes[0]
    options = [{}, {"value_range": "zero-one"}, {"mean": 0.5}, {"std": 0.5}, {"channels": 3}]
    assert len({ModuleFeatures(norm(), **o).hash for o in options}) == 5
    assert ModuleFeatures(norm(), size=4).hash == ModuleFeatures(norm(), rule="clean").hash  # told by `resize`


def test_a_second_output_tells_classes_apart() -> None:
    logits = Of(lambda x: (x.flatten(1), x.flatten(1)[:, :4] * 3))
    eyes = with_classes(ModuleFeatures(logits), SPEC)
    assert isinstance(eyes, ClassifyingExtractor)
    expected = (to_float(items()).flatten(1)[:, :4] * 3).softmax(1)
    assert torch.allclose(eyes.classify(items())[1], expected)
    ready = with_classes(ModuleFeatures(Of(lambda x: (x.flatten(1), x.flatten(1)[:, :4].softmax(1)))), SPEC)
    assert isinstance(ready, ClassifyingExtractor)
    assert torch.allclose(ready.classify(items())[1], to_float(items()).flatten(1)[:, :4].softmax(1))
    plain = with_classes(ModuleFeatures(nn.Flatten()), SPEC)
    assert not isinstance(plain, ClassifyingExtractor)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (nn.Linear(7, 2), "cannot look at input of shape"),
        (Of(lambda x: {"features": x}), "must give a tensor or a tuple .* not dict"),
        (Of(lambda x: ()), "must give a tensor"),
        (Of(lambda x: x.flatten(1)[:2]), r"the features of 5 items must be \(N, D\)"),
        (Of(lambda x: x.flatten(2)), r"must be \(N, D\)"),
        (Of(lambda x: (x.flatten(1), x.flatten())), "the logits of 5 items"),
    ],
)
def test_bad_modules_are_one_line(module: nn.Module, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        ModuleFeatures(module)(items())
    assert "\n" not in str(caught.value)


def test_named_on_the_command_line(folder: Path) -> None:
    flat = to_float(items()).flatten(1)
    for name in ("flat", "Flat", "Namespace.inner"):
        eyes = parse_features(f"python:my_eyes:{name}", SPEC)
        assert torch.equal(eyes(items()), flat)
        assert eyes.name == f"module my_eyes:{name}"
    assert isinstance(parse_features("python:my_eyes:Two", SPEC), ClassifyingExtractor)
    own = parse_features("python:my_eyes:made", SPEC)
    assert (own.name, own.resize) == ("mine", "antialiased-bilinear to 3x3")
    assert str(folder) not in __import__("sys").path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("my_eyes", "name a torch module as 'python:package.module:attribute'"),
        ("my_eyes:", "name a torch module"),
        ("no_such_eyes:flat", "cannot import 'no_such_eyes' .*No module named"),
        ("broken_eyes:flat", "cannot import 'broken_eyes' .*half done"),
        ("my_eyes:flatt", "there is no 'flatt' in 'my_eyes'; did you mean 'flat'"),
        ("my_eyes:fails", "failed when it was called without arguments: RuntimeError: no weights"),
        ("my_eyes:needs", "failed when it was called without arguments: TypeError"),
        ("my_eyes:number", "is a int; it must be a torch module"),
    ],
)
def test_bad_names_are_one_line(folder: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        parse_features(f"python:{text}", SPEC)
    assert "\n" not in str(caught.value)
