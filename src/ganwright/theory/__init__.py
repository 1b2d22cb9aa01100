"""Closed forms that tests, lessons and the studio share: pure functions of tensors. docs/theory derives each."""

from collections.abc import Callable

from torch import Tensor

from ganwright.theory.densities import (
    mixture_density,
    mixture_log_density,
    normal_density,
    normal_log_density,
    uniform_density,
)
from ganwright.theory.divergences import js_divergence, kl_divergence, reverse_kl_divergence, total_variation
from ganwright.theory.duality import Potential, Transport, lipschitz_potential, transport_plan
from ganwright.theory.gaussians import normal_js, normal_kl, normal_total_variation, normal_wasserstein
from ganwright.theory.kernel_density import density_of_samples, log_density_of_samples, silverman_bandwidth
from ganwright.theory.landscapes import (
    Landscape,
    non_saturating,
    non_saturating_of_logit,
    saturating,
    saturating_of_logit,
)
from ganwright.theory.masses import integrate, normalise
from ganwright.theory.optimal_discriminator import (
    DistanceToOptimal,
    discriminator_loss,
    distance_to_optimal,
    optimal_accuracy,
    optimal_logit,
    optimal_loss,
    optimal_probability,
    value_of_the_game,
)
from ganwright.theory.planes import blurred_masses
from ganwright.theory.separation import Separation, parallel_lines, shifted_normals, shifted_uniforms
from ganwright.theory.supports import CommonSupport, CoverageCost, coverage_cost, on_common_support
from ganwright.theory.wasserstein import optimal_critic, wasserstein_distance, wasserstein_of_samples

DIVERGENCES: dict[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "kl": kl_divergence,
    "reverse-kl": reverse_kl_divergence,
    "js": js_divergence,
    "total-variation": total_variation,
    "wasserstein": wasserstein_distance,
}
"""Divergences of two densities (..., K) on a grid (K,) by name: 0 where they are equal, above it elsewhere."""

__all__ = [
    "DIVERGENCES",
    "CommonSupport",
    "CoverageCost",
    "DistanceToOptimal",
    "Landscape",
    "Potential",
    "Separation",
    "Transport",
    "blurred_masses",
    "coverage_cost",
    "density_of_samples",
    "discriminator_loss",
    "distance_to_optimal",
    "integrate",
    "js_divergence",
    "kl_divergence",
    "lipschitz_potential",
    "log_density_of_samples",
    "mixture_density",
    "mixture_log_density",
    "non_saturating",
    "non_saturating_of_logit",
    "normal_density",
    "normal_js",
    "normal_kl",
    "normal_log_density",
    "normal_total_variation",
    "normal_wasserstein",
    "normalise",
    "on_common_support",
    "optimal_accuracy",
    "optimal_critic",
    "optimal_logit",
    "optimal_loss",
    "optimal_probability",
    "parallel_lines",
    "reverse_kl_divergence",
    "saturating",
    "saturating_of_logit",
    "shifted_normals",
    "shifted_uniforms",
    "silverman_bandwidth",
    "total_variation",
    "transport_plan",
    "uniform_density",
    "value_of_the_game",
    "wasserstein_distance",
    "wasserstein_of_samples",
]
