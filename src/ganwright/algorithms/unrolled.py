"""Unrolled GANs (Metz et al. 2017, arXiv:1611.02163): the generator is judged by the discriminator of some steps ahead.

phi_0 = phi; phi_(k+1) = phi_k - rate * dL_D(theta, phi_k)/dphi_k; the generator minimises L_G(theta, phi_K), and its
gradient flows through every phi_k as well (equations 7 to 9).
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganwright.core.functional import with_weights


def unroll(network: nn.Module, loss: Callable[[nn.Module], Tensor], steps: int, rate: float) -> dict[str, Tensor]:
    """Return the weights after `steps` steps of gradient descent on `loss`, differentiable in all the loss depends on.

    The network itself, its buffers included, stays as it is. `loss` may be called on other weights of the network.
    """
    weights: dict[str, Tensor] = {name: tensor.detach() for name, tensor in network.named_parameters()}

    def value(trained: dict[str, Tensor]) -> Tensor:
        buffers = {name: tensor.clone() for name, tensor in network.named_buffers()}
        return with_weights(network, {**trained, **buffers}, loss)

    for _ in range(steps):
        gradients = torch.func.grad(value)(weights)
        weights = {name: weight - rate * gradients[name] for name, weight in weights.items()}
    return weights
