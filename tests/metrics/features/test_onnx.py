"""ONNX files as eyes: sizes, layouts, types and batches as the graph says."""

import builtins
from pathlib import Path

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import to_float
from ganwright.metrics.features import ClassifyingExtractor, parse_features
from ganwright.metrics.features.onnx import OnnxFeatures
from ganwright.metrics.features.resize import resize

onnx = pytest.importorskip("onnx", reason="needs onnx to write files")
pytest.importorskip("onnxruntime", reason="needs onnxruntime to run them")

SPEC = DataSpec((1, 6, 6))
FLOAT = onnx.TensorProto.FLOAT


def write(path: Path, shape: list, kind: int = FLOAT, second: bool = False, num_inputs: int = 1) -> Path:
    """A graph that gives its input, flattened, as floats; and twice that as logits."""
    helper = onnx.helper
    inputs = [helper.make_tensor_value_info(f"in{i}", kind, shape) for i in range(num_inputs)]
    nodes = [
        helper.make_node("Cast", ["in0"], ["cast"], to=FLOAT),
        helper.make_node("Flatten", ["cast"], ["flat"]),
        helper.make_node("Add", ["flat", "flat"], ["twice"]),
    ]
    outputs = [helper.make_tensor_value_info(n, FLOAT, None) for n in (["flat", "twice"] if second else ["flat"])]
    graph = helper.make_graph(nodes, "eyes", inputs, outputs)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path


def items(num: int = 5, spec: DataSpec = SPEC) -> torch.Tensor:
    return torch.randint(0, 256, (num, *spec.shape), generator=torch.Generator().manual_seed(1)).to(torch.uint8)


def test_fixed_and_free_batches_agree(tmp_path: Path) -> None:
    free = OnnxFeatures(write(tmp_path / "a.onnx", ["n", 1, 6, 6]))
    fixed = OnnxFeatures(write(tmp_path / "b.onnx", [3, 1, 6, 6]))
    assert torch.equal(free(items()), to_float(items()).flatten(1))
    assert torch.equal(fixed(items()), free(items()))
    assert torch.equal(fixed(items(1)), free(items(1)))
    assert free.hash != fixed.hash


def test_size_and_channels_of_the_graph(tmp_path: Path) -> None:
    eyes = OnnxFeatures(write(tmp_path / "a.onnx", ["n", 3, 4, 5]))
    assert eyes.resize == "antialiased-bilinear to 4x5"
    expected = resize(to_float(items()), (4, 5)).expand(-1, 3, -1, -1).flatten(1)
    assert torch.allclose(eyes(items()), expected, atol=1e-6)
    with pytest.raises(UserError, match="takes images of 4x5 only"):
        OnnxFeatures(tmp_path / "a.onnx", size=9)


def test_size_given_where_the_graph_leaves_it_free(tmp_path: Path) -> None:
    path = write(tmp_path / "a.onnx", ["n", 1, "h", "w"])
    assert OnnxFeatures(path).resize == "none"
    assert OnnxFeatures(path)(items()).shape == (5, 36)
    eyes = OnnxFeatures(path, size=3, rule="clean", name="mine")
    assert (eyes.name, eyes.resize) == ("mine", "clean to 3x3")
    assert torch.allclose(eyes(items()), resize(to_float(items()), (3, 3), "clean").flatten(1))


def test_channels_last(tmp_path: Path) -> None:
    spec = DataSpec((3, 6, 6))
    eyes = OnnxFeatures(write(tmp_path / "a.onnx", ["n", 6, 6, 3]))
    assert torch.equal(eyes(items(5, spec)), to_float(items(5, spec)).permute(0, 2, 3, 1).flatten(1))


@pytest.mark.parametrize("value_range", ["minus-one-one", "zero-one"])
def test_bytes_are_given_back(tmp_path: Path, value_range) -> None:
    path = write(tmp_path / "a.onnx", ["n", 1, 6, 6], onnx.TensorProto.UINT8)
    eyes = OnnxFeatures(path, value_range=value_range)
    assert torch.equal(eyes(items()), items().float().flatten(1))


@pytest.mark.parametrize(("kind", "rounding"), [("DOUBLE", 1e-7), ("FLOAT16", 1e-3)])
def test_other_floats(tmp_path: Path, kind: str, rounding: float) -> None:
    eyes = OnnxFeatures(write(tmp_path / "a.onnx", ["n", 1, 6, 6], getattr(onnx.TensorProto, kind)))
    assert torch.allclose(eyes(items()), to_float(items()).flatten(1), atol=rounding)


def test_points(tmp_path: Path) -> None:
    points = torch.randn(5, 2) * 9
    path = write(tmp_path / "a.onnx", ["n", 2])
    assert torch.equal(parse_features(f"onnx:{path}", DataSpec((2,), bounded=False))(points), points)
    with pytest.raises(UserError, match=r"look at points \(N, D\), not items of \(1, 6, 6\)"):
        parse_features(f"onnx:{path}", SPEC)


def test_a_second_output_tells_classes_apart(tmp_path: Path) -> None:
    eyes = parse_features(f"onnx:{write(tmp_path / 'a.onnx', ['n', 1, 6, 6], second=True)}", SPEC)
    assert isinstance(eyes, ClassifyingExtractor)
    features, probabilities = eyes.classify(items())
    assert torch.allclose(probabilities, (2 * features).softmax(1))
    plain = parse_features(f"onnx:{write(tmp_path / 'b.onnx', ['n', 1, 6, 6])}", SPEC)
    assert not isinstance(plain, ClassifyingExtractor)
    assert plain.name == "onnx b.onnx"


def test_hash_is_of_the_file_its_weights_and_the_options(tmp_path: Path) -> None:
    path = write(tmp_path / "a.onnx", ["n", 1, 6, 6])
    first = OnnxFeatures(path).hash
    path.rename(tmp_path / "moved.onnx")
    assert OnnxFeatures(tmp_path / "moved.onnx").hash == first
    assert OnnxFeatures(tmp_path / "moved.onnx", mean=0.5).hash != first
    (tmp_path / "moved.onnx.data").write_bytes(np.ones(3).tobytes())
    assert OnnxFeatures(tmp_path / "moved.onnx").hash != first


def test_bad_files_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, said: str) -> None:
        with pytest.raises(UserError, match=said) as caught:
            parse_features(f"onnx:{path}", SPEC)
        assert "\n" not in str(caught.value)

    refuse(tmp_path / "none.onnx", "there is no ONNX file")
    (tmp_path / "bad.onnx").write_bytes(b"not a graph")
    refuse(tmp_path / "bad.onnx", "is no ONNX graph that can be run")
    refuse(write(tmp_path / "two.onnx", ["n", 1, 6, 6], num_inputs=2), r"has 2 inputs \(in0, in1\)")
    refuse(write(tmp_path / "ints.onnx", ["n", 1, 6, 6], onnx.TensorProto.INT32), r"is tensor\(int32\) of 4")
    refuse(write(tmp_path / "deep.onnx", ["n", 1, 6, 6, 6]), "of 5 dimensions")
    refuse(write(tmp_path / "five.onnx", ["n", 5, 6, 6]), "cannot look at input of shape")

    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    refuse(tmp_path / "two.onnx", r"pip install ganwright\[onnx\]")
