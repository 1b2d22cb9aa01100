"""Standing statistics: batch norms that know the activations they will meet (Brock et al. 2019, BigGAN, appendix B)."""

import copy
from collections.abc import Iterable
from typing import TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


@torch.no_grad()
def with_standing_statistics(network: Network, batches: Iterable[tuple[Tensor, Tensor | None]]) -> Network:
    """Return a copy in evaluation mode whose batch norms hold the mean statistics of these batches, all counting alike.

    batches: latents (N, latent_size) and labels (N,) or None, as the copy will be given them: truncated by the same
        limit. Running averages of the training belong to other latents, and to other weights than those of an average
        of networks. Everything but batch norms (spectral norm too) stays in evaluation mode throughout.
    """
    standing = copy.deepcopy(network).eval()
    norms = [module for module in standing.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
        norm.train()
    empty = True
    for latents, labels in batches:
        standing(latents, labels)
        empty = False
    if empty:
        raise ValueError("standing statistics need at least one batch")
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return standing.eval()
