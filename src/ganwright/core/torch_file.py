"""Tensors out of files that torch.save wrote (.pth, .pt), without unpickling them.

Such a file holds a pickle: a program whose opcodes may call any function there is. Here the opcodes are only listed
(pickletools takes them apart and runs nothing) and read as data by a small stack machine that knows dicts, lists,
tuples, plain values, torch's storages by name and the two functions that say how a tensor lies in its storage.
Whatever asks for more is refused. Both formats are read: the zip of torch 1.6 and later, and the one before.
"""

import io
import mmap
import pickletools
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganwright.core.errors import UserError

_LEGACY_MAGIC, _LEGACY_VERSION = 0x1950A86A20F9469CFC6C, 1001
_MOST_NODES, _MOST_LEVELS = 300_000, 32
_DAMAGE = (ValueError, LookupError, TypeError, ArithmeticError, RuntimeError, MemoryError, zipfile.BadZipFile, EOFError)

_DTYPES = {
    "torch.DoubleStorage": torch.float64, "torch.FloatStorage": torch.float32, "torch.HalfStorage": torch.float16,
    "torch.BFloat16Storage": torch.bfloat16, "torch.LongStorage": torch.int64, "torch.IntStorage": torch.int32,
    "torch.ShortStorage": torch.int16, "torch.CharStorage": torch.int8, "torch.ByteStorage": torch.uint8,
    "torch.BoolStorage": torch.bool,
}  # fmt: skip
_DICT, _TENSOR = "collections.OrderedDict", "torch._utils._rebuild_tensor_v2"
_PARAMETER = "torch._utils._rebuild_parameter"
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": ()}


class _Name(str):
    """One of the known names, as a pickle refers to it; text that only reads so is none."""


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a file of torch.save, by name; those within dicts and lists have dotted names: "state_dict.bias".

    They lie on the CPU, with the strides they were saved with; some may share their storage. Values that are no tensors
    are left out. Raises UserError, and has run nothing, where the file holds code or objects of other classes, is
    damaged or cut short, or is no such file.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
            if start == b"PK\x03\x04":
                return _flat(_read_zip(path), path)
            if start[:1] != b"\x80":  # how pickles of protocol 2 and later begin
                raise ValueError("it is no file of torch.save")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _flat(_read_legacy(path, data), path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}") from error
    except _DAMAGE as error:
        if isinstance(error, UserError):
            raise
        reason = next(iter(str(error).splitlines()), "it does not fit into memory")[:100]
        raise UserError(f"cannot read tensors from {path}: {reason}; get it again, or as .safetensors") from error


def _read_zip(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        roots = [name.removesuffix("data.pkl") for name in entries if name.endswith("/data.pkl")]
        if len(roots) != 1:
            raise ValueError("it is a zip, but not one of torch.save")

        def read(name: str) -> bytes:
            entry = entries[roots[0] + name]
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ValueError("it is compressed, which torch.save never does")
            return archive.read(entry)

        if f"{roots[0]}byteorder" in entries and read("byteorder") != sys.byteorder.encode():
            raise ValueError("it comes from a machine of the other byte order")
        machine = _Machine(path, lambda key, values: _fill(values, read(f"data/{key}")))
        return machine.run(io.BytesIO(read("data.pkl")))


def _read_legacy(path: Path, data: mmap.mmap) -> object:
    """Magic number, version, system, object, keys of its storages: five pickles; then each storage, counted and raw."""
    storages: dict[str, Tensor] = {}
    machine = _Machine(path, storages.__setitem__)
    if machine.run(data) != _LEGACY_MAGIC or machine.run(data) != _LEGACY_VERSION:
        raise ValueError("it is a pickle, but not one of torch.save")
    system, tree, keys = (machine.run(data) for _ in range(3))
    if not isinstance(system, dict) or system.get("little_endian") is not (sys.byteorder == "little"):
        raise ValueError("it comes from a machine of the other byte order")
    if keys != sorted(storages):
        raise ValueError("its list of storages does not fit its tensors")
    for _, values in sorted(storages.items()):
        _fill(values, data.read(8 + len(values) * values.element_size()), struct.pack("=q", len(values)))
    return tree


def _fill(values: Tensor, raw: bytes, head: bytes = b"") -> None:
    if len(raw) != len(head) + len(values) * values.element_size() or not raw.startswith(head):
        raise ValueError("it is damaged or cut short: a storage has another length than its tensors say")
    if len(values):
        values.copy_(torch.frombuffer(bytearray(raw[len(head) :]), dtype=values.dtype))


class _Machine:
    """Reads the opcodes of pickles as data.

    load: called with the key of each storage and its values to be filled, once, when a pickle first names it.
    """

    def __init__(self, path: Path, load: Callable[[str, Tensor], None]) -> None:
        self._path, self._load = path, load
        self._room = path.stat().st_size  # the storages hold no more bytes than the file
        self._storages: dict[str, Tensor] = {}

    def run(self, program: Any) -> object:
        """Read one pickle from where `program` stands up to its end; return what it describes."""
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memo: dict[int, object] = {}
        for opcode, argument, _ in pickletools.genops(program):
            self._step(opcode.name, argument)
        return self._take(1)[0]

    def _step(self, opcode: str, argument: Any) -> None:
        stack = self._stack
        match opcode:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case "MARK":
                self._marks.append(len(stack))
            case "INT" | "BININT" | "BININT1" | "BININT2" | "LONG" | "LONG1" | "LONG4" | "FLOAT" | "BINFLOAT":
                stack.append(argument)
            case "UNICODE" | "BINUNICODE" | "SHORT_BINUNICODE" | "STRING" | "BINSTRING" | "SHORT_BINSTRING":
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE" | "EMPTY_TUPLE":
                stack.append(_CONSTANTS[opcode])
            case "EMPTY_DICT" | "EMPTY_LIST":
                stack.append({} if opcode == "EMPTY_DICT" else [])
            case "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(self._take(int(opcode[5:]) if opcode[5:] else None)))
            case "LIST":
                stack.append(self._take(None))
            case "DICT":
                stack.append(_pairs(self._take(None)))
            case "APPEND" | "APPENDS":
                items = self._take(1 if opcode == "APPEND" else None)
                _checked(stack[-1], list).extend(items)
            case "SETITEM" | "SETITEMS":
                items = self._take(2 if opcode == "SETITEM" else None)
                _checked(stack[-1], dict).update(_pairs(items))
            case "PUT" | "BINPUT" | "LONG_BINPUT" | "MEMOIZE":
                self._memo[len(self._memo) if argument is None else argument] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(self._memo[argument])
            case "GLOBAL" | "STACK_GLOBAL":
                full = ".".join(argument.split(" ", 1) if argument else [_checked(part, str) for part in self._take(2)])
                if full not in (_DICT, _TENSOR, _PARAMETER, *_DTYPES):
                    raise self._refusal(full)
                stack.append(_Name(full))
            case "BINPERSID":
                stack.append(self._storage(*self._take(1)))
            case "REDUCE":
                stack.append(self._rebuilt(*self._take(2)))
            case "BUILD":  # attributes of an OrderedDict, such as the versions of a module's state: not needed
                self._take(1)
                _checked(stack[-1], dict)
            case _:
                raise self._refusal(opcode)

    def _take(self, count: int | None) -> list[Any]:
        """Take the topmost `count` off the stack; None takes all above the last mark."""
        start = self._marks.pop() if count is None else len(self._stack) - count
        if start < max([0, *self._marks[-1:]]):
            raise ValueError("its stack runs dry")
        taken = self._stack[start:]
        del self._stack[start:]
        return taken

    def _refusal(self, what: str) -> UserError:
        return UserError(
            f"{self._path} holds code or objects besides tensors ({what[:80]!a}), which could do anything, so none of "
            "it was run; where you trust the file, save its state_dict as .safetensors and give that"
        )

    def _storage(self, reference: tuple[Any, ...]) -> Tensor:
        """("storage", its class, key, device, number of values), and in the older format a view, which must be None."""
        tag, kind, key, _, length, *view = reference
        if tag != "storage" or any(part is not None for part in view):
            raise ValueError("it names a storage in an unknown way")
        key, dtype = _checked(key, str), _DTYPES[_checked(kind, _Name)]
        if key not in self._storages:
            self._room -= length * dtype.itemsize
            if length < 0 or self._room < 0:
                raise ValueError("it claims more than there is")
            self._storages[key] = torch.empty(length, dtype=dtype)
            self._load(key, self._storages[key])
        values = self._storages[key]
        if values.dtype != dtype or len(values) != length:
            raise ValueError("it names one storage in two ways")
        return values

    def _rebuilt(self, function: object, arguments: tuple[Any, ...]) -> object:
        name = _checked(function, _Name)
        if name == _DICT and arguments == ():
            return {}
        if name == _PARAMETER:
            return _checked(arguments[0], Tensor)
        if name == _TENSOR:
            values, offset, size, stride, _, _, *flags = arguments
            if any(flags) or not all(type(n) is int and n >= 0 for n in (offset, *size, *stride)):
                raise ValueError("a tensor lies in its storage in an unknown way")
            return _checked(values, Tensor).as_strided(size, stride, offset)  # refuses to reach beyond the storage
        raise self._refusal(name)


def _checked(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"a {type(value).__name__} stands where a {kind.__name__.strip('_')} belongs")
    return value


def _pairs(items: list[Any]) -> dict[Any, Any]:
    if not all(isinstance(key, str | int | float | None) for key in items[::2]):
        raise ValueError("a dict has keys that are neither text nor numbers")
    return dict(zip(items[::2], items[1::2], strict=True))


def _flat(tree: object, path: Path) -> dict[str, Tensor]:
    """The tensors within dicts, lists and tuples, by dotted names; a tensor alone has the name ""."""
    found: dict[str, Tensor] = {}
    for number, (names, node) in enumerate(_nodes((), tree)):
        if number > _MOST_NODES or len(names) > _MOST_LEVELS:
            raise UserError(f"{path} holds too many values, or too deep ones, for weights; save only its state_dict")
        if isinstance(node, Tensor):
            found[".".join(names)] = node
    return found


def _nodes(names: tuple[str, ...], node: object) -> Iterator[tuple[tuple[str, ...], object]]:
    yield names, node
    if isinstance(node, dict | list | tuple):
        for name, part in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _nodes((*names, str(name)), part)
