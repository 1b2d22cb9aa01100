"""Any torch module of the user's as eyes: given in Python, or named as "python:package.module:name"."""

import copy
import hashlib
import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError, nearest
from ganwright.metrics.features.base import HASH_DIGITS, FeatureExtractor, Wanted, table_of, with_classes
from ganwright.metrics.features.prepare import Preparation, ValueRange, digest
from ganwright.metrics.features.resize import DEFAULT_RULE


class ModuleFeatures:
    """What a torch module says of items, in evaluation mode and without gradients.

    A copy of the module is kept, so training it further changes nothing here. Its output is features (N, D), or maps
    (N, D, H, W), which are averaged over positions, or a tuple whose second part are class logits (N, K): `outputs`
    gives these, and `with_classes` makes eyes that classify.

    name: as printed beside a figure; None: the module's class.
    size: (height, width) that images are brought to, or one number for both; None: as they are.
    channels: 1 or 3 to turn RGB and gray into one another; None: as they are.
    value_range: what the module takes black to white for: "minus-one-one" or "zero-one".
    mean, std: taken off and divided by after that, one number or one a channel; None: neither.
    rule: of resizing. device: to compute on; None: the CPU.

    The hash covers the parameters and buffers by name, the classes of the module's parts, value_range, channels, mean
    and std. It does not see the code of `forward`: name modules of different code differently.
    """

    def __init__(
        self,
        module: nn.Module,
        name: str | None = None,
        size: int | tuple[int, int] | None = None,
        channels: int | None = None,
        value_range: ValueRange = "minus-one-one",
        mean: float | tuple[float, ...] | None = None,
        std: float | tuple[float, ...] | None = None,
        rule: str = DEFAULT_RULE,
        device: torch.device | None = None,
    ) -> None:
        self._prepare = Preparation(size, channels, rule, value_range, mean, std)
        self._device = device or torch.device("cpu")
        self._module = copy.deepcopy(module).eval().requires_grad_(False).to(self._device)
        self.name = name or f"module {type(module).__name__}"
        self.hash = digest(hash_of_module(module), self._prepare.key)[:HASH_DIGITS]
        self.resize = self._prepare.resize

    def __call__(self, items: Tensor) -> Tensor:
        """Items uint8 or float in [-1, 1] -> features (N, D) on the CPU."""
        return self.outputs(items)[0]

    @torch.no_grad()
    def outputs(self, items: Tensor) -> tuple[Tensor, Tensor | None]:
        """Items -> features (N, D) and, where the module gives a second output, that (N, K), else None.

        Raises UserError where the module cannot look at such items or gives something else.
        """
        inputs = self._prepare(items.to(self._device))
        try:
            found = self._module(inputs)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            if isinstance(error, UserError):
                raise
            raise UserError(
                f"features '{self.name}' cannot look at input of shape {tuple(inputs.shape[1:])}: {_line(error)}; "
                "set size and channels of ModuleFeatures"
            ) from error
        parts = found if isinstance(found, (tuple, list)) else (found,)
        if not parts or not all(isinstance(part, Tensor) for part in parts[:2]):
            raise UserError(
                f"features '{self.name}' must give a tensor or a tuple (features, logits), not {type(found).__name__}"
            )
        features = table_of(parts[0], len(items), "features", self.name)
        return features, table_of(parts[1], len(items), "logits", self.name) if len(parts) > 1 else None


def hash_of_module(module: nn.Module) -> str:
    """SHA-256 over names, types, shapes and values of parameters and buffers and the names of the parts' classes."""
    content = hashlib.sha256()
    for name, part in module.named_modules():
        content.update(f"{name} {type(part).__qualname__}\n".encode())
    for name, value in sorted([*module.named_parameters(), *module.named_buffers()]):
        plain = value.detach().cpu().contiguous()
        content.update(f"{name} {plain.dtype} {tuple(plain.shape)}\n".encode())
        content.update(plain.flatten().view(torch.uint8).numpy().tobytes())
    return content.hexdigest()


def build(wanted: Wanted) -> FeatureExtractor:
    """`python:package.module:name`: a torch module, a callable without arguments that returns one, or eyes themselves.

    The folder the program was started in is searched too. Eyes, such as ModuleFeatures with their options, are taken
    as they come. Raises UserError where there is no such module or name, and where it fails or is something else.
    """
    path = wanted.argument or ""
    place, _, name = path.partition(":")
    if not place or not name:
        raise UserError(f"name a torch module as 'python:package.module:attribute', not 'python:{path}'")
    found = _made(_attribute(_imported(place, path), name, path), path)
    if isinstance(found, nn.Module):
        rule = wanted.rule or DEFAULT_RULE
        return with_classes(ModuleFeatures(found, f"module {path}", rule=rule, device=wanted.device), wanted.spec)
    if not isinstance(found, FeatureExtractor):
        raise UserError(
            f"'python:{path}' is a {type(found).__name__}; it must be a torch module, or a callable that returns one"
        )
    return with_classes(found, wanted.spec) if isinstance(found, ModuleFeatures) else found


def _imported(place: str, path: str) -> ModuleType:
    try:
        with _working_folder():
            return importlib.import_module(place)
    except Exception as error:
        raise UserError(
            f"'python:{path}': cannot import '{place}' ({_line(error)}); start where it lies, or install it"
        ) from error


def _attribute(module: ModuleType, name: str, path: str) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            known = [n for n in dir(found) if not n.startswith("_")]
            raise UserError(f"'python:{path}': there is no '{part}' in '{module.__name__}'; {nearest(part, known)}")
        found = getattr(found, part)
    return found


def _made(found: Any, path: str) -> Any:
    """The object, or what it returns where it is a function or a class."""
    if isinstance(found, nn.Module) or not callable(found):
        return found
    if not isinstance(found, type) and isinstance(found, FeatureExtractor):
        return found
    try:
        with _working_folder():
            return found()
    except Exception as error:
        raise UserError(f"'python:{path}' failed when it was called without arguments: {_line(error)}") from error


@contextmanager
def _working_folder() -> Iterator[None]:
    """Searched last, so that nothing installed is shadowed."""
    folder = os.getcwd()
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _line(error: BaseException) -> str:
    return f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')[:200]}".removesuffix(": ")
