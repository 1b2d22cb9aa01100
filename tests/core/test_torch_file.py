"""Files of torch.save: equal to what torch.load makes of them, and nothing that they hold is ever run."""

import io
import os
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.core.torch_file import read_tensors

DTYPES = [
    torch.float64,
    torch.float32,
    torch.float16,
    torch.bfloat16,
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.bool,
]
FORMATS = pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])


def saved(value, path: Path, zipped: bool = True, protocol: int = 2) -> Path:
    torch.save(value, path, pickle_protocol=protocol, _use_new_zipfile_serialization=zipped)
    return path


def flat(node, names=()) -> dict[str, torch.Tensor]:
    if isinstance(node, torch.Tensor):
        return {".".join(names): node}
    parts = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list | tuple) else ()
    return {k: v for name, part in parts for k, v in flat(part, (*names, str(name))).items()}


def assert_as_torch_loads(path: Path) -> dict[str, torch.Tensor]:
    found, expected = read_tensors(path), flat(torch.load(path, weights_only=False))
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].stride() == tensor.stride()
        assert torch.equal(found[name], tensor)
    return found


@FORMATS
@pytest.mark.parametrize("protocol", [2, 4])
def test_every_dtype_and_shape(tmp_path, zipped, protocol):
    values = {str(d): (10 * torch.randn(3, 4)).to(d) for d in DTYPES}
    values |= {"scalar": torch.tensor(2.5), "empty": torch.empty(0, 3), "long": torch.arange(70_000)}
    found = assert_as_torch_loads(saved(values, tmp_path / "w.pth", zipped, protocol))
    assert len(found) == len(DTYPES) + 3


@FORMATS
def test_state_of_a_module_and_parameters(tmp_path, zipped):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    found = assert_as_torch_loads(saved(network.state_dict(), tmp_path / "w.pth", zipped))
    assert list(found) == list(network.state_dict())
    parameters = OrderedDict(network.named_parameters())
    found = assert_as_torch_loads(saved(parameters, tmp_path / "p.pth", zipped))
    assert not any(t.requires_grad for t in found.values())


@FORMATS
def test_views_share_their_storage(tmp_path, zipped):
    whole = torch.arange(24.0).view(4, 6)
    views = {
        "whole": whole,
        "turned": whole.t(),
        "part": whole[1:3, ::2],
        "row": whole[3],
        "wide": whole[0].expand(5, 6),
    }
    found = assert_as_torch_loads(saved(views, tmp_path / "w.pth", zipped))
    assert len({t.untyped_storage().data_ptr() for t in found.values()}) == 1
    found["whole"][3, 0] = -1
    assert found["row"][0] == -1


@FORMATS
def test_nested_dicts_and_lists_have_dotted_names(tmp_path, zipped):
    checkpoint = {
        "epoch": 3,
        "loss": 0.5,
        "name": "größer",
        "done": True,
        "none": None,
        "big": 2**80,
        "state_dict": {"a": {"weight": torch.ones(2)}},
        "groups": [{"step": torch.tensor(7)}, (torch.zeros(1), ())],
    }
    found = assert_as_torch_loads(saved(checkpoint, tmp_path / "w.pth", zipped))
    assert list(found) == ["state_dict.a.weight", "groups.0.step", "groups.1.0"]
    assert list(read_tensors(saved(torch.ones(2), tmp_path / "one.pth", zipped))) == [""]


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return os.system, (f"touch {self.trace}",)


@FORMATS
@pytest.mark.parametrize("protocol", [2, 4])
def test_code_is_refused_and_not_run(tmp_path, zipped, protocol):
    trace = tmp_path / "trace"
    path = saved({"fine": torch.ones(3), "evil": Evil(trace)}, tmp_path / "w.pth", zipped, protocol)
    with pytest.raises(UserError, match=r"holds code .*system.*none of it was run.*\.safetensors") as caught:
        read_tensors(path)
    assert "\n" not in str(caught.value)
    assert not trace.exists()
    torch.load(path, weights_only=False)
    assert trace.exists()  # the file was a real threat


@FORMATS
def test_whole_modules_are_refused(tmp_path, zipped):
    with pytest.raises(UserError, match=r"holds code or objects besides tensors .'torch\.nn\.modules\.linear\.Linear'"):
        read_tensors(saved(nn.Linear(2, 2), tmp_path / "w.pth", zipped))


@FORMATS
def test_files_cut_short_are_refused(tmp_path, zipped):
    data = saved(nn.Linear(5, 5).state_dict(), tmp_path / "w.pth", zipped).read_bytes()
    short = tmp_path / "short.pth"
    for length in [*range(0, 60, 7), *range(60, len(data), len(data) // 40), len(data) - 1]:
        short.write_bytes(data[:length])
        with pytest.raises(UserError, match=r"cannot read tensors from .*get it again") as caught:
            read_tensors(short)
        assert "\n" not in str(caught.value)


def test_flipped_bytes_are_refused_or_give_tensors(tmp_path):
    data = bytearray(saved({"a": torch.ones(3), "b": [torch.zeros(2, 2).t()]}, tmp_path / "w.pth", False).read_bytes())
    damaged, generator = tmp_path / "damaged.pth", torch.Generator().manual_seed(0)
    for _ in range(200):
        place = int(torch.randint(len(data), (), generator=generator))
        old, data[place] = data[place], int(torch.randint(256, (), generator=generator))
        damaged.write_bytes(data)
        with suppress(UserError):
            assert all(isinstance(t, torch.Tensor) for t in read_tensors(damaged).values())
        data[place] = old


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "w.pth"
    for content in (b"", b"hello", b"\x80", pickle.dumps({"a": 1}), b"\x89PNG"):
        path.write_bytes(content)
        with pytest.raises(UserError, match="cannot read tensors from"):
            read_tensors(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/b.txt", "text")
    with pytest.raises(UserError, match=r"a zip, but not one of torch\.save"):
        read_tensors(path)
    with pytest.raises(UserError, match=r"cannot read .*absent\.pth: No such file"):
        read_tensors(tmp_path / "absent.pth")
    with pytest.raises(UserError, match="Is a directory"):
        read_tensors(tmp_path)


def written(path: Path, program: bytes, storages: dict[str, bytes], **more: bytes) -> Path:
    """A zip as torch.save lays it out, around a pickle made by hand."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/data.pkl", program)
        for name, content in {**{f"data/{k}": v for k, v in storages.items()}, **more}.items():
            archive.writestr(f"x/{name}", content)
    return path


def tensor_program(offset=0, size=(2, 2), stride=(2, 1), length=4, reference: tuple | None = None) -> bytes:
    """The pickle of one float tensor."""

    class Storage:
        pass

    class Whole:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (Storage(), offset, size, stride, False, OrderedDict())  # pyright: ignore

    class Pickler(pickle.Pickler):
        def persistent_id(self, obj):
            if isinstance(obj, Storage):
                return reference or ("storage", torch.FloatStorage, "0", "cpu", length)
            return None

    buffer = io.BytesIO()
    Pickler(buffer, protocol=2).dump({"w": Whole()})
    return buffer.getvalue()


def test_programs_made_by_hand_are_read(tmp_path):
    raw = struct.pack("=4f", 1, 2, 3, 4)
    path = written(tmp_path / "w.pth", tensor_program(1, (2,), (2,)), {"0": raw}, byteorder=sys.byteorder.encode())
    assert read_tensors(path)["w"].tolist() == [2, 4]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (tensor_program(1), "storage"),
        (tensor_program(size=(2, 3)), "storage"),
        (tensor_program(size=(2**40, 2**40), stride=(2**40, 1)), "torage size calculation overflowed"),
        (tensor_program(size=(2**63, 2)), "verflow"),
        (tensor_program(stride=(-2, 1)), "in an unknown way"),
        (tensor_program(-1), "in an unknown way"),
        (tensor_program(size=(2.0, 2)), "in an unknown way"),
        (tensor_program(size=(2,)), "mismatch"),
        (tensor_program(length=8), "claims more|another length"),
        (tensor_program(length=10**12), "claims more"),
        (tensor_program(length=-1), "claims more"),
        (tensor_program(reference=("storage", "torch.FloatStorage", "0", "cpu", 4)), "str stands where a Name"),
        (tensor_program(reference=("storage", torch.FloatStorage, "1", "cpu", 4)), "no item named|data/1"),
        (tensor_program(reference=("module", torch.FloatStorage, "0", "cpu", 4)), "unknown way"),
        (tensor_program(reference=("storage", torch.FloatStorage, "0", "cpu", 4, ("1", 0, 4))), "unknown way"),
        (b"\x80\x02}(]K\x01u.", "keys that are neither"),
        (b"\x80\x02(u.", "belongs|range"),
        (b"\x80\x02.", "runs dry"),
        (b"\x80\x02(K\x010.", "holds code.*'POP'"),
        (b"\x80\x02ccollections\nOrderedDict\n)R0.", "holds code.*'POP'"),
        (b"\x80\x02ctorch\nFloatStorage\n)R.", "holds code.*FloatStorage"),
        (b"\x80\x02}q\x00(K\x01h\x00u.", "too deep"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.", "holds code.*posix.system"),
        (b"\x80\x04\x8c\x02a\n\x8c\x02b\n\x93.", r"holds code or objects besides tensors .'a\\n\.b\\n'"),
    ],
)
def test_impossible_programs_are_refused(tmp_path, program, message):
    path = written(tmp_path / "w.pth", program, {"0": struct.pack("=4f", 1, 2, 3, 4)})
    with pytest.raises(UserError, match=message) as caught:
        read_tensors(path)
    assert len(str(caught.value).splitlines()) == 1


def test_laughing_lists_are_given_up(tmp_path):
    """Twenty lists, each holding the one before ten times: 10^20 values in a few bytes."""
    node = []
    for _ in range(20):
        node = [node] * 10
    with pytest.raises(UserError, match="too many values"):
        read_tensors(written(tmp_path / "w.pth", pickle.dumps(node, protocol=2), {}))


def test_another_byte_order_and_compression_are_said(tmp_path):
    raw = {"0": struct.pack("=4f", 1, 2, 3, 4)}
    other = b"big" if sys.byteorder == "little" else b"little"
    with pytest.raises(UserError, match="other byte order"):
        read_tensors(written(tmp_path / "w.pth", tensor_program(), raw, byteorder=other))
    with zipfile.ZipFile(tmp_path / "c.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", tensor_program())
    with pytest.raises(UserError, match="compressed"):
        read_tensors(tmp_path / "c.pth")
