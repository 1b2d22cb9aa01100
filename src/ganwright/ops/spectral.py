"""Spectral normalisation (Miyato et al. 2018) that also works under torch.func: vmap over stacked networks, grad, vjp.

torch's own parametrization writes its buffers with `out=`, which vmap refuses, and inside a gradient transform it would
change a captured tensor, which grad and vjp refuse. An autograd function with a rule for vmap may do both. Names of
buffers, the numbers drawn at the start and the values are those of torch.nn.utils.parametrizations.spectral_norm.
"""

from typing import Any

import torch
from torch import Tensor, nn

from ganwright.ops.autocast import without_autocast

START_ITERATIONS = 15
EPSILON = 1e-12


def power_iteration(matrix: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """One round of the power method, from v, on matrices (..., R, C): the next u (..., R) and v (..., C), unit vectors.

    u <- W v / |W v|, then v <- W^T u / |W^T u| (Miyato et al. 2018, algorithm 1).
    """
    u = _unit(_times(matrix, v))
    v = _unit(_times(matrix.mT, u))
    return u, v


def _times(matrix: Tensor, vector: Tensor) -> Tensor:
    return torch.mv(matrix, vector) if matrix.ndim == 2 else (matrix @ vector.unsqueeze(-1)).squeeze(-1)


def _unit(vector: Tensor) -> Tensor:
    return vector / torch.linalg.vector_norm(vector, dim=-1, keepdim=True).clamp_min(EPSILON)


class _TrackedIteration(torch.autograd.Function):
    """One power iteration that also writes its result into the u and v that it was given. It passes no gradient."""

    @staticmethod
    def forward(matrix: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:  # pyright: ignore[reportIncompatibleMethodOverride]
        with torch.no_grad():
            new_u, new_v = power_iteration(matrix, u, v)
            u.copy_(new_u)
            v.copy_(new_v)
        return new_u, new_v

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        ctx.mark_non_differentiable(*output)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[None, None, None]:
        return None, None, None

    @staticmethod
    def vmap(  # pyright: ignore[reportIncompatibleMethodOverride]
        info: Any, in_dims: tuple[int | None, ...], matrix: Tensor, u: Tensor, v: Tensor
    ) -> tuple[tuple[Tensor, Tensor], tuple[int, int]]:
        matrix_dim, u_dim, v_dim = in_dims
        if u_dim is None or v_dim is None:
            raise ValueError(
                "spectral norm under vmap needs its buffers stacked as its weights are (stack_module_state)"
            )
        matrix = matrix.expand(info.batch_size, -1, -1) if matrix_dim is None else matrix.movedim(matrix_dim, 0)
        return _TrackedIteration.apply(matrix, u.movedim(u_dim, 0), v.movedim(v_dim, 0)), (0, 0)


class SpectralNorm(nn.Module):
    """Parametrization: a weight divided by its largest singular value, as a matrix with one row per output.

    weight: the tensor it is made for, two dimensions or more; the vectors start with 15 iterations on it.
    output_dim: the dimension of the weight that counts outputs: 1 for transposed convolutions, else 0.

    In training mode each call is one power iteration first. The vectors count as constants, so that
    sigma = u^T W v has the gradient u v^T, which is the true one once they have converged. In evaluation mode they are
    brought to length 1, which an average of networks (EMA) does not keep.
    """

    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, output_dim: int = 0) -> None:
        super().__init__()
        self.output_dim = output_dim
        with torch.no_grad():
            matrix = self._matrix(weight)
            rows, columns = matrix.shape
            u = _unit(matrix.new_empty(rows).normal_())
            v = _unit(matrix.new_empty(columns).normal_())
            for _ in range(START_ITERATIONS):
                u, v = power_iteration(matrix, u, v)
        self.register_buffer("_u", u)
        self.register_buffer("_v", v)

    def forward(self, weight: Tensor) -> Tensor:
        matrix = self._matrix(weight)
        with without_autocast(weight.device):
            if self.training:
                u, v = _TrackedIteration.apply(matrix.detach(), self._u, self._v)
            else:
                u, v = _unit(self._u), _unit(self._v)
            return weight / torch.dot(u, torch.mv(matrix, v))

    def right_inverse(self, value: Tensor) -> Tensor:
        """An assigned weight is the one to normalise, not the normalised one."""
        return value

    def _matrix(self, weight: Tensor) -> Tensor:
        return weight.movedim(self.output_dim, 0).flatten(1)
