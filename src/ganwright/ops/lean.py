"""torch's optimisers without torch's compiler, whose import takes longer than a short run.

Every optimiser of torch imports torch._dynamo when it is made and at each step, to mark what the compiler should leave
alone. Nothing here compiles a training step, so that there is nothing to mark: the same methods are called unmarked.
"""

from functools import cache
from inspect import unwrap
from typing import TypeVar, cast

import torch

_MARKED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")

Kind = TypeVar("Kind", bound=torch.optim.Optimizer)


def lean(kind: type[Kind]) -> type[Kind]:
    """The optimiser of the same arithmetic and state that imports nothing more. Not for `differentiable` ones."""
    return cast(type[Kind], _made(kind))


@cache
def _made(kind: type[torch.optim.Optimizer]) -> type:
    methods = {name: unwrap(getattr(kind, name)) for name in _MARKED}
    return type(kind.__name__, (kind,), {**methods, "step": torch.no_grad()(unwrap(kind.step))})
