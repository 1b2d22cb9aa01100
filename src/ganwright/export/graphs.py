"""torch-export (.pt2): a graph of torch's operations, for programs with torch that need no Python class of a network.

torch reads parts of such archives with pickle and by evaluating text. So before anything of a file is read by it, the
file is looked through: it must hold tensors as plain bytes, calls of torch's own operations and plain arithmetic.
"""

import base64
import json
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.export.about import KEY, About, read_about
from ganwright.export.calls import told, trace
from ganwright.export.format import Format, Make
from ganwright.networks.base import Generator

_DEFAULTS = "defaults"
_DAMAGE = (zipfile.BadZipFile, ValueError, LookupError, TypeError, RuntimeError, AssertionError, OSError)
_OPERATIONS = re.compile(
    r"torch\.ops\.aten\.\w+\.\w+|torch\.sym_\w+|torch\.ops\.higher_order\.wrap_with_(autocast|set_grad_enabled)"
    r"|_operator\.(add|sub|mul|neg|floordiv|mod|truediv|pow|eq|ne|lt|le|gt|ge|and_|or_|getitem)|math\.\w+"
)
_SYMBOL = re.compile(r"Symbol\('[su]\d+'(, \w+=(True|False))*\)")
_FORMULA = re.compile(
    r"((Integer|Rational|Add|Mul|Pow|Mod|Max|Min|PythonMod|FloorDiv|CleanDiv|Equality|Unequality|GreaterThan|LessThan"
    r"|StrictGreaterThan|StrictLessThan|Eq|Ne|Ge|Le|Gt|Lt|true|false)\b|[us]?\d+\b|[\s()+*/,<>=-])*"
)


def write(generator: Generator, about: About, path: Path) -> None:
    """Write the graph and its weights. Raises UserError where this version of torch writes pickles."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program, traceable = trace(generator)
        program.example_inputs = None  # they would be written as a pickle
        defaults = base64.b64encode(safetensors.torch.save(traceable.defaults)).decode()
        with path.open("wb") as file:
            torch.export.save(program, file, extra_files={KEY: about.model_dump_json(), _DEFAULTS: defaults})


def read(path: Path) -> tuple[About, Make]:
    """Read the graph, after it was looked through."""
    extra = {KEY: "", _DEFAULTS: ""}
    try:
        _look_through(path)
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")
            program: Any = torch.export.load(file, extra_files=extra).module()
        about = read_about(extra[KEY], path)
        defaults = safetensors.torch.load(base64.b64decode(extra[_DEFAULTS]))
    except _DAMAGE as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"cannot read {path}: {told(error)}; export the run again") from error
    maps = [defaults[f"noise_{i}"] for i in range(len(about.noises))]

    @torch.no_grad()
    def make(
        latents: Tensor, labels: Tensor | None, truncation: float = 1.0, noise: Sequence[Tensor] | None = None
    ) -> Tensor:
        classes = [labels] if about.num_classes else []
        styled = [torch.tensor(truncation), *(noise or maps)] if about.truncation == "style" else []
        return program(latents, *classes, *styled)

    return about, make


def _look_through(path: Path) -> None:
    """Refuse all that could run code while it is read or used."""
    with zipfile.ZipFile(path) as archive:
        models = 0
        for name in archive.namelist():
            inner = name.partition("/")[2]
            size = archive.getinfo(name).file_size
            if inner.startswith("models/"):
                models += 1
                _look_at_graph(json.loads(archive.read(name)), path)
            elif inner.endswith("_config.json"):
                for entry in json.loads(archive.read(name))["config"].values():
                    if entry["use_pickle"] or not re.fullmatch(r"(weight|tensor)_\d+", entry["path_name"]):
                        raise _unsafe(path, f"the pickle {entry['path_name']}")
            elif inner.startswith("data/aotinductor") or (inner.startswith("data/sample_inputs") and size):
                raise _unsafe(path, inner)
        if models != 1:
            raise ValueError("it is no archive of one graph of torch.export")


def _look_at_graph(graph: Any, path: Path) -> None:
    for name, value in _values(graph):
        if name == "target" and isinstance(value, str) and not _OPERATIONS.fullmatch(value):
            raise _unsafe(path, f"a call of {value[:80]}")
        if name == "expr_str" and isinstance(value, str) and not _FORMULA.fullmatch(_SYMBOL.sub("", value)):
            raise _unsafe(path, f"the formula {value[:80]!a}")


def _values(node: Any) -> Iterator[tuple[str, Any]]:
    """Every named value within dicts and lists."""
    for name, value in node.items() if isinstance(node, dict) else (("", v) for v in node):
        yield str(name), value
        if isinstance(value, dict | list):
            yield from _values(value)


def _unsafe(path: Path, what: str) -> UserError:
    return UserError(f"{path} holds {what}, which could run code, so none of it was read; export the run again")


FORMAT = Format(".pt2", "a graph of torch's operations; for programs with torch", write, read)
