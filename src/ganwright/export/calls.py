"""A generator with all that it depends on as inputs, ready to be traced: what graphs of every format are made from."""

import copy
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ganwright.core.errors import UserError
from ganwright.networks.base import Generator
from ganwright.networks.layers.growth import Growth
from ganwright.networks.layers.styles import Noise
from ganwright.networks.styled import StyledGenerator

MOST_ITEMS = 2**20


def noise_layers(generator: Generator) -> list[Noise]:
    """The layers that add noise, in order; none where the generator is not style-based or has no noise."""
    return generator.noise_layers if isinstance(generator, StyledGenerator) else []


@torch.no_grad()
def call(
    generator: Generator,
    latents: Tensor,
    labels: Tensor | None = None,
    truncation: float | Tensor = 1.0,
    noise: Sequence[Tensor] | None = None,
) -> Tensor:
    """Items of a generator, float32; the arguments are those of `format.Make`. Style-based ones only are truncated."""
    if not isinstance(generator, StyledGenerator):
        return generator(latents, labels).float()
    styles = generator.mapping(latents, labels)
    share = torch.as_tensor(truncation, dtype=styles.dtype)
    return generator.synthesis(torch.lerp(generator.mean_w.to(styles.dtype), styles, share), noise).float()


class Traceable(nn.Module):
    """forward(latents, [labels], [truncation, noise_0, noise_1, ...]) -> images, as `names` lists them.

    A copy of the generator that no longer changes: fully normalised weights stand for parametrised ones, and a growing
    network stays as far as it has grown. A map of noise may be given for each item or for all.
    names: of the inputs. defaults: values of those that may be left out: truncation 1, and the maps that stay.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = frozen(generator)
        self.conditional = bool(generator.num_classes)
        layers = noise_layers(generator)
        self.defaults: dict[str, Tensor] = {}
        if isinstance(generator, StyledGenerator):
            self.defaults["truncation"] = torch.tensor(1.0)
            self.defaults |= {f"noise_{i}": layer.fixed.detach().clone() for i, layer in enumerate(layers)}
        self.names = ["latents", *(["labels"] if self.conditional else []), *self.defaults]

    def forward(self, *inputs: Tensor) -> Tensor:
        latents, *rest = inputs
        labels = rest.pop(0) if self.conditional else None
        if not rest:
            return self.generator(latents, labels).float()
        truncation, *maps = rest
        rows = torch.arange(latents.shape[0])
        # item n takes map n, or the only one; written so that both numbers stay free in every format
        last = [torch.arange(each.shape[0])[-1:] for each in maps]
        noise = [each.index_select(0, torch.minimum(rows, end)) for each, end in zip(maps, last, strict=True)]
        return call(self.generator, latents, labels, truncation, noise or None)

    def example(self, num: int = 3) -> tuple[Tensor, ...]:
        """Inputs to trace with."""
        first = [torch.randn(num, self.generator.latent_size)]
        if self.conditional:
            first.append(torch.arange(num) % self.generator.num_classes)
        maps = [torch.randn(2, *m.shape[1:]) if m.ndim else m for m in self.defaults.values()]
        return (*first, *maps)

    def dynamic(self) -> list[dict[int, Any]]:
        """Which dimensions of each input are free, by name: the number of items, and of maps of noise."""
        batch = torch.export.Dim("batch", min=1, max=MOST_ITEMS)
        free: list[dict[int, Any]] = []
        for name in self.names:
            if name.startswith("noise_"):
                free.append({0: torch.export.Dim(f"{name}_batch", min=1, max=MOST_ITEMS)})
            else:
                free.append({} if name == "truncation" else {0: batch})
        return free


def trace(generator: Generator) -> tuple[torch.export.ExportedProgram, Traceable]:
    """Trace a generator for any number of items. Raises UserError where torch cannot."""
    traceable = Traceable(generator)
    example = traceable.example()
    with torch.no_grad():
        # fills the caches of filters, which must not be filled while tracing; one item is enough
        traceable(*(each[:1] if each.ndim else each for each in example))
        shapes = {"inputs": tuple(traceable.dynamic())}
        try:
            return torch.export.export(traceable, example, dynamic_shapes=shapes, strict=False), traceable
        except Exception as error:  # torch's errors of tracing have no common class of their own
            raise UserError(f"this generator cannot be traced ({told(error)}); use --to safetensors") from error


def told(error: Exception) -> str:
    """The first line of another library's error."""
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]


def frozen(generator: Generator) -> Generator:
    """A copy in evaluation mode without what cannot be traced; it makes the same items."""
    copied = copy.deepcopy(generator).eval().requires_grad_(False)
    for module in copied.modules():
        if isinstance(module, Growth):
            stage = module.stage()
            setattr(module, "stage", lambda stage=stage: stage)  # noqa: B010  of this one module only
        if parametrize.is_parametrized(module):
            _settle(module)
    return copied.requires_grad_(False)


def _settle(module: nn.Module) -> None:
    """Let a copied module hold what its parametrised weights come to.

    torch's remove_parametrizations would change the class that the copy shares with its original.
    """
    values = {name: getattr(module, name).detach().clone() for name in cast(nn.ModuleDict, module.parametrizations)}
    del module._modules["parametrizations"]
    module.__class__ = type(module).__bases__[0]
    for name, value in values.items():
        setattr(module, name, nn.Parameter(value, requires_grad=False))
