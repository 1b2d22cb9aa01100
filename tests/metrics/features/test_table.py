"""What every row of the table of features promises, and what each does by itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_float
from ganwright.metrics.classifiers import save, shipped
from ganwright.metrics.features import (
    FEATURES,
    ClassifyingExtractor,
    FeatureExtractor,
    default_features,
    parse_features,
)
from ganwright.metrics.features.pixels import PixelFeatures
from ganwright.metrics.features.random import RandomFeatures, draw_weights

SPEC = DataSpec((1, 12, 12))
Make = Callable[[int], FeatureExtractor]


class Net(nn.Module):
    """Features as maps and logits of three classes, with weights by a seed."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.first = nn.Conv2d(1, 5, 3)
        self.last = nn.Linear(5, 3)
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(torch.randn(p.shape, generator=generator) / 3)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        maps = self.first(images).tanh()
        return maps, self.last(maps.mean((2, 3)))


def write_onnx(path: Path, seed: int = 0, batch: int | str = "n", classes: bool = True) -> Path:
    """Features of 12 x 12 images: the values times a random matrix; logits: three of them."""
    onnx = pytest.importorskip("onnx", reason="needs onnx to write a file")
    pytest.importorskip("onnxruntime", reason="needs onnxruntime to run a file")
    helper, float32 = onnx.helper, onnx.TensorProto.FLOAT
    matrix = np.random.default_rng(seed).standard_normal((144, 6)).astype(np.float32) / 12
    initial = [
        onnx.numpy_helper.from_array(matrix, "matrix"),
        onnx.numpy_helper.from_array(matrix[:6, :3].copy(), "head"),
    ]
    nodes = [
        helper.make_node("Flatten", ["images"], ["flat"]),
        helper.make_node("MatMul", ["flat", "matrix"], ["features"]),
        helper.make_node("MatMul", ["features", "head"], ["logits"]),
    ]
    outputs = [helper.make_tensor_value_info("features", float32, [batch, 6])]
    if classes:
        outputs.append(helper.make_tensor_value_info("logits", float32, [batch, 3]))
    inputs = [helper.make_tensor_value_info("images", float32, [batch, 1, 12, 12])]
    graph = helper.make_graph(nodes if classes else nodes[:2], "eyes", inputs, outputs, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def make_random(place: Path, other: int) -> FeatureExtractor:
    return parse_features(f"random:{other}", SPEC)


def make_pixels(place: Path, other: int) -> FeatureExtractor:
    return parse_features("pixels", SPEC)


def make_classifier(place: Path, other: int) -> FeatureExtractor:
    fitted = shipped("digits")
    assert fitted is not None
    with torch.no_grad():
        for p in fitted.network.parameters():
            p.add_(0.01 * other)
    save(fitted, place / f"c{other}")
    return parse_features(f"classifier:{place / f'c{other}'}", SPEC)


def make_onnx(place: Path, other: int) -> FeatureExtractor:
    return parse_features("onnx", SPEC, weights=write_onnx(place / f"{other}.onnx", other, batch=4 if other else "n"))


def make_python(place: Path, other: int) -> FeatureExtractor:
    from ganwright.metrics.features.base import with_classes
    from ganwright.metrics.features.module import ModuleFeatures

    with torch.random.fork_rng(devices=()):
        net = Net(other)
    return with_classes(ModuleFeatures(net), SPEC)


MAKERS = {
    "random": make_random,
    "pixels": make_pixels,
    "classifier": make_classifier,
    "onnx": make_onnx,
    "python": make_python,
}
ELSEWHERE = {"inception": "test_inception.py: its weights cannot be had here"}


@pytest.fixture(params=FEATURES)
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    name = request.param
    if name in ELSEWHERE:
        pytest.skip(ELSEWHERE[name])
    return lambda other: MAKERS[name](tmp_path, other)


def items(num: int = 11, spec: DataSpec = SPEC) -> torch.Tensor:
    generator = torch.Generator().manual_seed(4)
    return torch.randint(0, 256, (num, *spec.shape), generator=generator).to(torch.uint8)


def test_every_row_is_tested() -> None:
    assert set(MAKERS) | set(ELSEWHERE) == set(FEATURES)
    for row in FEATURES.values():
        assert 20 <= len(row.description) <= 130


def test_features_are_a_finite_table(make: Make) -> None:
    eyes, images = make(0), items()
    found = eyes(images)
    assert found.shape[0] == 11
    assert found.ndim == 2
    assert found.dtype == torch.float32
    assert not found.requires_grad
    assert bool(found.isfinite().all())
    assert bool((found.std(0) > 0).any())
    assert isinstance(eyes, FeatureExtractor)
    assert eyes.name
    assert eyes.resize
    assert len(eyes.hash) == 12
    int(eyes.hash, 16)


def test_features_do_not_depend_on_batches_or_order(make: Make) -> None:
    eyes, images = make(0), items()
    together = eyes(images)
    tolerance = 1e-5 * float(together.abs().max())
    parts = torch.cat([eyes(part) for part in images.split(3)])
    assert torch.allclose(together, parts, rtol=0, atol=tolerance)
    assert torch.allclose(together.flip(0), eyes(images.flip(0)), rtol=0, atol=tolerance)
    assert torch.allclose(together[4:5], eyes(images[4:5]), rtol=0, atol=tolerance)


def test_bytes_and_equal_floats_agree(make: Make) -> None:
    eyes, images = make(0), items()
    before = images.clone()
    assert torch.equal(eyes(images), eyes(to_float(images)))
    assert torch.equal(images, before)


def test_hash_is_that_of_the_weights(make: Make) -> None:
    first, again, other = make(0), make(0), make(1)
    assert first.hash == again.hash
    if isinstance(first, PixelFeatures):
        assert other.hash == first.hash
    else:
        assert other.hash != first.hash
        assert not torch.allclose(first(items()), other(items()))


def test_making_and_using_them_leaves_the_global_generator(make: Make) -> None:
    state = torch.get_rng_state()
    make(0)(items())
    assert torch.equal(torch.get_rng_state(), state)


def test_those_that_classify_give_probabilities_with_the_same_features(make: Make) -> None:
    eyes = make(0)
    if not isinstance(eyes, ClassifyingExtractor):
        assert isinstance(eyes, (PixelFeatures, RandomFeatures))
        return
    features, probabilities = eyes.classify(items())
    assert torch.equal(features, eyes(items()))
    assert probabilities.shape[0] == 11
    assert bool((probabilities >= 0).all())
    assert torch.allclose(probabilities.sum(1), torch.ones(11), atol=1e-5)


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("randon", {}, "unknown features 'randon'; did you mean 'random'"),
        ("classifier", {}, "'classifier' need PATH behind a colon"),
        ("onnx", {}, "'onnx' need FILE"),
        ("random:", {}, "'random' need SEED"),
        ("random:x", {}, "whole number from 0"),
        ("random:-1", {}, "whole number from 0"),
        ("random:99999999999999999999999", {}, "2\\^64 - 1"),
        ("pixels:3", {}, "take nothing behind a colon"),
        ("random", {"weights": Path("w")}, "take no weights file"),
        ("onnx:a", {"weights": Path("w")}, "name a file already"),
        ("random", {"rule": "cleen"}, "did you mean 'clean'"),
        ("classifier:nowhere", {}, "cannot read classifier nowhere"),
    ],
)
def test_bad_names_are_one_line(text: str, options: dict, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        parse_features(text, SPEC, **options)
    assert "\n" not in str(caught.value)


def test_the_rule_reaches_the_features() -> None:
    spec = DataSpec((3, 64, 40))
    for name in ("random", "pixels"):
        eyes, legacy = parse_features(name, spec), parse_features(name, spec, rule="legacy-tensorflow")
        assert eyes.resize.startswith("antialiased-bilinear to ")
        assert legacy.resize.startswith("legacy-tensorflow to ")
        assert eyes.hash == legacy.hash
        assert not torch.allclose(eyes(items(2, spec)), legacy(items(2, spec)))


def test_default_features() -> None:
    assert isinstance(default_features(SPEC), RandomFeatures)
    assert isinstance(default_features(DataSpec((1, 3, 9))), PixelFeatures)
    points = torch.randn(5, 2) * 40
    eyes = default_features(DataSpec((2,), bounded=False))
    assert torch.equal(eyes(points), points)
    assert (eyes.name, eyes.resize) == ("coordinates", "none")


def test_pixels_are_the_values_up_to_32() -> None:
    images = items(3)
    eyes = PixelFeatures(SPEC)
    assert eyes.resize == "none"
    assert torch.equal(eyes(images), to_float(images).flatten(1))
    large = DataSpec((3, 40, 80))
    eyes = PixelFeatures(large)
    assert eyes.resize == "antialiased-bilinear to 16x32"
    assert eyes(items(2, large)).shape == (2, 3 * 16 * 32)
    with pytest.raises(UserError, match="cannot look at items"):
        eyes(images)
    with pytest.raises(UserError, match="longer side"):
        PixelFeatures(SPEC, largest=0)


def test_random_weights_are_the_same_everywhere() -> None:
    """Pinned: these come from integer arithmetic and correctly rounded operations only."""
    assert parse_features("random", DataSpec((1, 28, 28))).hash == "6487158e5c30"
    assert parse_features("random", DataSpec((3, 32, 32))).hash == "6e6dfd169c7a"
    assert parse_features("random:1", DataSpec((1, 28, 28))).hash == "d2b6825fa502"


def test_random_weights_have_hes_variance() -> None:
    for weight in draw_weights(3, 5):
        fan_in = weight[0].size
        assert weight.var() == pytest.approx(2 / (1.04 * fan_in), rel=0.1)
        assert abs(weight.mean()) < 4 * (weight.var() / weight.size) ** 0.5


@pytest.mark.parametrize("shape", [(1, 4, 4), (2, 4, 9), (4, 8, 8), (3, 33, 20), (1, 64, 64)])
def test_random_features_of_any_shape(shape: tuple[int, ...]) -> None:
    spec = DataSpec(shape)
    eyes = RandomFeatures(spec)
    found = eyes(items(6, spec))
    assert found.shape == (6, 512)
    assert bool((found.std(0) > 1e-4).all())
    side = 64 if max(shape[1:]) > 32 else 32
    assert eyes.resize == f"antialiased-bilinear to {side}x{side}"
    assert "nothing trained" in eyes.name


def test_random_features_see_more_of_what_is_further_away() -> None:
    """Noise of growing strength moves the features further and further."""
    images = to_float(items(40))
    eyes = RandomFeatures(SPEC)
    noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(0))
    gaps = [float((eyes(images + s * noise).mean(0) - eyes(images).mean(0)).norm()) for s in (0.1, 0.3, 0.9)]
    assert gaps[0] < gaps[1] < gaps[2]


def test_random_features_refuse_what_they_cannot_see() -> None:
    with pytest.raises(UserError, match="name 'pixels' for points"):
        parse_features("random", DataSpec((2,), bounded=False))
    with pytest.raises(UserError, match="at least 4x4"):
        parse_features("random", DataSpec((1, 3, 8)))
    with pytest.raises(UserError, match="cannot look at items"):
        RandomFeatures(SPEC)(torch.zeros(2, 3, 12, 12))


def test_classifier_takes_images_of_any_size_by_the_rule(tmp_path: Path) -> None:
    make_classifier(tmp_path, 0)
    text = f"classifier:{tmp_path / 'c0'}"
    eyes, legacy = parse_features(text, SPEC), parse_features(text, SPEC, rule="legacy-pytorch")
    assert eyes.resize == "antialiased-bilinear to 16x16 where sizes differ"
    assert not torch.allclose(eyes(items()), legacy(items()))
    small = items(4, DataSpec((1, 16, 16)))
    assert torch.equal(eyes(small), legacy(small))
    with pytest.raises(UserError, match="cannot look at items of 2"):
        parse_features(text, DataSpec((2,), bounded=False))
    (tmp_path / "c0.safetensors").write_bytes(b"x")
    with pytest.raises(UserError, match="damaged"):
        parse_features(text, SPEC)
