"""ganwright: train, understand, judge and ship generative adversarial networks.

    import ganwright as gw

    run = gw.train(gw.recipes.dcgan(), data="digits")
    images = run.sample(64)
    print(run.evaluate())

Importing this package imports nothing heavy; its parts are loaded when first used.
"""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganwright import recipes
    from ganwright.core.errors import UserError
    from ganwright.export import Exported
    from ganwright.runs import Run, compare, diagnose, train

__version__ = "0.1.0"
__all__ = ["Exported", "Run", "UserError", "__version__", "compare", "diagnose", "load", "recipes", "train"]

_PLACES = {
    "Exported": "ganwright.export",
    "Run": "ganwright.runs",
    "compare": "ganwright.runs",
    "diagnose": "ganwright.runs",
    "train": "ganwright.runs",
    "UserError": "ganwright.core.errors",
}


_FILES = (".safetensors", ".onnx", ".pt2")


def load(path: str | Path) -> Any:
    """Open a run folder, as a `Run`, or an exported generator, as an `Exported`, which needs nothing of training.

    Raises UserError where it is neither.
    """
    file = Path(path)
    room = "export" if file.is_file() or (file.suffix in _FILES and not file.is_dir()) else "runs"
    return importlib.import_module(f"ganwright.{room}").load(file)


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    if name in ("recipes", "data", "networks", "losses", "penalties", "metrics"):
        return importlib.import_module(f"ganwright.{name}")
    raise AttributeError(f"module 'ganwright' has no attribute '{name}'")
