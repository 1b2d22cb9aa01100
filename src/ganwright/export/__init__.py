"""Floor 5: generators in files of their own, which need nothing of how they were trained.

A format is one file (what writes and what reads it) and one row.
"""

from pathlib import Path

from ganwright.core.errors import UserError
from ganwright.export import graphs, onnx, tensors
from ganwright.export.about import About
from ganwright.export.exported import Exported
from ganwright.export.format import Format

FORMATS: dict[str, Format] = {
    "safetensors": tensors.FORMAT,
    "onnx": onnx.FORMAT,
    "torch-export": graphs.FORMAT,
}

__all__ = ["FORMATS", "About", "Exported", "Format", "load"]


def load(path: str | Path) -> Exported:
    """Read an exported generator, on the CPU. Raises UserError where the file is none, or is damaged."""
    path = Path(path)
    if not path.is_file():
        raise UserError(f"there is no file {path}; `ganwright export RUN --out {path}` makes one")
    for form in FORMATS.values():
        if path.suffix == form.ending:
            return Exported(path, *form.read(path))
    endings = ", ".join(form.ending for form in FORMATS.values())
    raise UserError(f"{path} is no exported generator: its name ends in none of {endings}")
