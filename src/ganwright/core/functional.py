"""Modules as functions of their weights."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn


class _Shell(nn.Module):
    """Holds a module so that functional_call can give it other weights while any function of it runs."""

    def __init__(self, content: nn.Module) -> None:
        super().__init__()
        self.content = content

    def forward(self, function: Callable[[nn.Module], Any]) -> Any:
        return function(self.content)


def with_weights(module: nn.Module, weights: Mapping[str, Tensor], function: Callable[[Any], Any]) -> Any:
    """Return function(module) as if the module had these parameters and buffers, by name."""
    named = {f"content.{name}": tensor for name, tensor in weights.items()}
    return torch.func.functional_call(_Shell(module), named, (function,))
