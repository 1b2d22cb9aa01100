"""Checkpoints: a safetensors file of tensors and a json file of the rest, both hashed, written whole or not at all.

The json file is written last: a checkpoint exists once it does. No pickle is read or written.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of, write_atomic, write_json

FORMAT = 1
State = dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """A saved state: `path` names both files, with the suffixes .safetensors and .json."""

    path: Path

    @property
    def num_images(self) -> int:
        """Images seen when it was saved."""
        return int(self.path.name)

    def state(self) -> State:
        """Read the json part. Raises UserError where it is damaged or of another format."""
        file = self.path.with_suffix(".json")
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            digest, state = record["digest"], record["state"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._damaged(file) from error
        if digest != _digest(state):
            raise self._damaged(file)
        if state["format"] != FORMAT:
            raise UserError(f"{file} has format {state['format']}; this version of ganwright reads format {FORMAT}")
        return state

    def load(self) -> tuple[dict[str, Tensor], State]:
        """Read both parts, after their hashes were checked. Tensors come to the CPU."""
        state = self.state()
        file = self.path.with_suffix(".safetensors")
        if not file.exists() or sha256_of(file) != state["sha256"]:
            raise self._damaged(file)
        return safetensors.torch.load_file(file), state

    def delete(self) -> None:
        """Remove both files; the json first, so that no half of it counts as a checkpoint."""
        self.path.with_suffix(".json").unlink(missing_ok=True)
        self.path.with_suffix(".safetensors").unlink(missing_ok=True)

    def _damaged(self, file: Path) -> UserError:
        others = [c for c in checkpoints(self.path.parent) if c.path != self.path]
        earlier = [c for c in others if c.num_images < self.num_images]
        if earlier:
            mend = f"delete {self.path.name}.* there to go on from the previous one, {earlier[-1].path.name}"
        else:
            mend = "there is no earlier one; start again with another --out"
        return UserError(f"checkpoint {file} is damaged (its bytes do not match its hash); {mend}")


def checkpoints(folder: Path) -> list[Checkpoint]:
    """The checkpoints in a folder, oldest first."""
    files = [f for f in folder.glob("*.json") if f.stem.isdigit()]
    return sorted((Checkpoint(f.with_suffix("")) for f in files), key=lambda c: c.num_images)


def save(folder: Path, num_images: int, tensors: Mapping[str, Tensor], state: State) -> Checkpoint:
    """Write a checkpoint. Raises UserError where the disk is full or read-only; earlier ones stay as they are."""
    path = folder / f"{num_images:012d}"
    whole = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    tensor_file = path.with_suffix(".safetensors")
    write_atomic(tensor_file, lambda p: _write_tensors(whole, p))
    state = {**state, "format": FORMAT, "sha256": sha256_of(tensor_file)}
    write_json(path.with_suffix(".json"), {"digest": _digest(state), "state": state})
    return Checkpoint(path)


def _write_tensors(tensors: dict[str, Tensor], path: Path) -> None:
    try:
        safetensors.torch.save_file(tensors, path)
    except safetensors.SafetensorError as error:  # its way to report a full disk
        raise OSError(str(error)) from error


def prune(folder: Path, keep: int, protect: Collection[int] = ()) -> None:
    """Delete all but the last `keep` checkpoints and those of `protect` images, and what a kill left half written."""
    there = checkpoints(folder)
    for old in there[:-keep]:
        if old.num_images not in protect:
            old.delete()
    for file in folder.glob(".*"):
        file.unlink(missing_ok=True)
    for file in folder.glob("*.safetensors"):
        if not file.with_suffix(".json").exists():
            file.unlink(missing_ok=True)


def _digest(state: State) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()


def optimiser_tensors(prefix: str, optimiser: torch.optim.Optimizer) -> Iterator[tuple[str, Tensor]]:
    """Yield an optimiser's state as named tensors: prefix/parameter index/name."""
    for index, values in optimiser.state_dict()["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor):
                yield f"{prefix}/{index}/{name}", value


def load_optimiser(prefix: str, optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put named tensors back as an optimiser's state, each in the memory layout of its parameter."""
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    for key, saved in tensors.items():
        if key.startswith(f"{prefix}/"):
            index, name = key.removeprefix(f"{prefix}/").split("/")
            parameter = parameters[int(index)]
            if saved.shape == parameter.shape and saved.ndim:
                value = torch.empty_like(parameter, dtype=saved.dtype).detach().copy_(saved)
            else:
                value = saved.to(parameter.device)
            optimiser.state[parameter][name] = value
