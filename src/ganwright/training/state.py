"""A run's tensors by name: weights, optimiser states and averages, as a checkpoint holds them."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.training import checkpoint

Optimisers = Mapping[str, torch.optim.Optimizer]
Modules = Mapping[str, nn.Module]


def state_tensors(networks: Modules, averages: Modules, optimisers: Optimisers) -> dict[str, Tensor]:
    """Names: network/NAME/..., average/NAME/..., optimiser/NAME/INDEX/..."""
    tensors: dict[str, Tensor] = {}
    for name, network in networks.items():
        tensors |= {f"network/{name}/{k}": v for k, v in network.state_dict().items()}
    for name, network in averages.items():
        tensors |= {f"average/{name}/{k}": v for k, v in network.state_dict().items()}
    for name, optimiser in optimisers.items():
        tensors |= dict(checkpoint.optimiser_tensors(f"optimiser/{name}", optimiser))
    return tensors


def load_optimisers(optimisers: Optimisers, tensors: Mapping[str, Tensor]) -> None:
    """Put back what state_tensors named."""
    for name, optimiser in optimisers.items():
        optimiser.state.clear()
        checkpoint.load_optimiser(f"optimiser/{name}", optimiser, tensors)


def load_weights(networks: Modules, averages: Modules, tensors: Mapping[str, Tensor]) -> None:
    """Load weights and averages by name. Raises UserError where names or shapes are another network's."""
    for kind, modules in (("network", networks), ("average", averages)):
        for name, network in modules.items():
            prefix = f"{kind}/{name}/"
            mine = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
            try:
                network.load_state_dict(mine)
            except RuntimeError as error:
                reason = str(error).splitlines()[1].strip() if "\n" in str(error) else str(error)
                raise UserError(f"the checkpoint's {name} does not fit this config's: {reason}") from error
