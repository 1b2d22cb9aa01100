"""ganwright: train, understand, judge and ship generative adversarial networks.

    import ganwright as gw

    run = gw.train(gw.recipes.dcgan(), data="digits")
    images = run.sample(64)
    print(run.evaluate())

Importing this package imports nothing heavy; its parts are loaded when first used.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganwright import recipes
    from ganwright.core.errors import UserError
    from ganwright.runs import Run, compare, load, train

__version__ = "0.1.0"
__all__ = ["Run", "UserError", "__version__", "compare", "load", "recipes", "train"]

_PLACES = {
    "Run": "ganwright.runs",
    "compare": "ganwright.runs",
    "load": "ganwright.runs",
    "train": "ganwright.runs",
    "UserError": "ganwright.core.errors",
}


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    if name in ("recipes", "data", "networks", "losses", "penalties", "metrics"):
        return importlib.import_module(f"ganwright.{name}")
    raise AttributeError(f"module 'ganwright' has no attribute '{name}'")
