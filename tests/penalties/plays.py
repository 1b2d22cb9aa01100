"""Plays made by hand: a penalty that looks at what a test did not give fails."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ganwright.core.schedules import value_at
from ganwright.core.seeding import Draws
from ganwright.penalties.base import Play

DRAWS = Draws(("test",), torch.device("cpu"))
OTHER_DRAWS = Draws(("other",), torch.device("cpu"))
REAL = torch.linspace(-1, 1, 4 * 3, dtype=torch.float64).view(4, 3)
FAKE = torch.linspace(2, -3, 4 * 3, dtype=torch.float64).view(4, 3).sin()


def not_given(*arguments: Any) -> Any:
    raise AssertionError("the penalty looks at what it has no business with")


def play_of(
    critic: Callable[[Tensor], Tensor] = not_given,
    *,
    real: Tensor | None = None,
    fake: Tensor | None = None,
    latents: Tensor | None = None,
    generate: Callable[[Tensor], Tensor] = not_given,
    features: Callable[[Tensor], Tensor] = not_given,
    logits: Callable[[], tuple[Tensor, Tensor]] | None = None,
    draw_gradients: Callable[[], tuple[Tensor, Tensor]] | None = None,
    networks: Mapping[str, nn.Module] | None = None,
    memory: Mapping[str, Tensor] | None = None,
    updates: dict[str, Tensor] | None = None,
    draws: Draws = DRAWS,
    num_images: int = 0,
    styles: Callable[[Tensor], Tensor] | None = None,
    synthesise: Callable[[Tensor], Tensor] | None = None,
) -> Play:
    """A play of a run of 100 images. What is remembered lands in `updates`."""
    fake = torch.empty(0) if fake is None else fake
    updates = {} if updates is None else updates
    return Play(
        networks=networks or {},
        critic=critic,
        features=features,
        generate=generate,
        latents=torch.empty(0) if latents is None else latents,
        draw_fake=lambda: fake,
        draw_real=not_given if real is None else lambda: real,
        draw_logits=logits or (not_given if real is None else lambda: (critic(real), critic(fake))),
        draws=draws,
        memory=memory or {},
        remember=updates.__setitem__,
        at=lambda schedule: value_at(schedule, num_images, 100),
        draw_gradients=draw_gradients,
        styles=styles,
        synthesise=synthesise,
    )


def linear(weight: Tensor) -> Callable[[Tensor], Tensor]:
    """C(x) = w.x + 0.3"""
    return lambda items: items.flatten(1) @ weight + 0.3


def quadratic(curvature: Tensor) -> Callable[[Tensor], Tensor]:
    """C(x) = a/2 |x|^2"""
    return lambda items: 0.5 * curvature * items.flatten(1).square().sum(1)


def value_and_gradient(term: Callable[[Tensor], Tensor], parameter: Tensor) -> tuple[Tensor, Tensor]:
    """A term as a function of a parameter, and its gradient."""
    parameter = parameter.clone().requires_grad_()
    value = term(parameter)
    return value.detach(), torch.autograd.grad(value, parameter)[0]
