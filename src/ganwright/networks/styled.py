"""What style-based generators share: mapping, the mean style, truncation, style mixing, noise by choice."""

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from ganwright.networks.base import Generator, GeneratorConfig
from ganwright.networks.layers.equalised import EqualisedLinear
from ganwright.networks.layers.styles import Mapping, move_mean
from ganwright.networks.layers.styles import Noise as NoiseLayer

Noise = str | Sequence[Tensor]
"""Of every layer: "random", "fixed", "none", or a map (N or 1, 1, H, W) for each, in order."""
NOISES = ("random", "fixed", "none")


class StyledGeneratorConfig(GeneratorConfig):
    """What style-based generators have in common."""

    latent_size: int = Field(default=64, ge=1, le=65536)
    """Numbers in one latent."""

    style_size: int = Field(default=64, ge=1, le=65536)
    """Numbers in a style w, the space that the mapping network leads to."""

    num_mapping_layers: int = Field(default=2, ge=1, le=64)
    """Fully connected layers of the mapping network."""

    mapping_rate: float = Field(default=0.01, gt=0, le=1)
    """Learning rate of the mapping network, as a share of the generator's."""

    mixing: float = Field(default=0.9, ge=0, le=1)
    """Probability, in training, that layers from a random one on take the style of another latent; 0: never."""

    noise: bool = True
    """Add noise in every layer. Its strength is learned and begins at 0."""

    mean_decay: float = Field(default=0.995, ge=0, lt=1)
    """What the running mean of the styles, which truncation draws to, keeps of its past at each step."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""


class StyledGenerator(Generator):
    """Latents (N, latent_size) -> styles w (N, num_layers, style_size), one for each layer -> items.

    num_layers: how many styles an item has; the first ones make what is coarse.
    mean_w: (style_size,), the running mean of the styles of training, kept in a buffer.
    """

    keeps_range: ClassVar[bool] = False
    mean_w: Tensor
    num_layers: int

    def __init__(self, config: StyledGeneratorConfig, num_classes: int, num_layers: int) -> None:
        super().__init__()
        self.latent_size, self.num_classes, self.num_layers = config.latent_size, num_classes, num_layers
        self.style_size = config.style_size
        self.map = Mapping(
            config.latent_size, num_classes, config.style_size, config.num_mapping_layers, config.mapping_rate
        )
        self.mixing, self.mean_share = config.mixing, 1 - config.mean_decay
        self.has_noise = config.noise
        self.is_stochastic = config.mixing > 0 or config.noise
        self.register_buffer("mean_w", torch.zeros(config.style_size))

    def mapping(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Latents (N, latent_size) and labels (N,) -> styles (N, num_layers, style_size), the same for all layers.

        In training this moves `mean_w`.
        """
        styles = self.map(latents, labels)
        if self.training:
            move_mean(self.mean_w, styles, self.mean_share)
        return styles.unsqueeze(1).expand(-1, self.num_layers, -1)

    def styles(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """`mapping`; in training with some items mixed: from a random layer on they take another latent's style."""
        styles = self.mapping(latents, labels)
        if not (self.training and self.mixing):
            return styles
        others = self.map(torch.randn_like(latents), labels).unsqueeze(1)
        chance, place = torch.rand(2, len(latents), 1, 1, device=latents.device)
        layers = torch.arange(self.num_layers, device=latents.device).view(1, -1, 1)
        first = 1 + (place * (self.num_active_layers - 1)).floor()
        return torch.where((chance < self.mixing) & (layers >= first), others, styles)

    @property
    def num_active_layers(self) -> int:
        """How many of the layers are in use now."""
        return self.num_layers

    @property
    def noise_layers(self) -> list[NoiseLayer]:
        """The layers that add noise, in order."""
        return [module for module in self.modules() if isinstance(module, NoiseLayer)]

    def truncated(self, styles: Tensor, truncation: float, cutoff: int | None = None) -> Tensor:
        """Draw styles (N, num_layers, style_size) to their mean: mean + truncation * (w - mean).

        truncation: 1 leaves them, 0 gives the mean. cutoff: only the first so many layers; None: all of them.
        """
        if truncation == 1:
            return styles
        drawn = torch.lerp(self.mean_w.to(styles.dtype), styles, truncation)
        return drawn if cutoff is None else torch.cat((drawn[:, :cutoff], styles[:, cutoff:]), 1)

    def style_weights(self, layers: Iterable[int] | None = None) -> Tensor:
        """The linear map (rows, style_size) by which a style enters.

        layers: by which it enters these layers (SeFa finds other directions for coarse and for fine ones); None: all.
        """
        affine = self.affine()
        chosen = [each for place in (range(self.num_layers) if layers is None else layers) for each in affine[place]]
        return torch.cat([each.gain * each.weight for each in chosen])

    @abstractmethod
    def affine(self) -> list[list[EqualisedLinear]]:
        """For each layer, in order, the maps that take its style."""

    @abstractmethod
    def synthesis(self, styles: Tensor, noise: Noise | None = None) -> Tensor:
        """Styles (N, num_layers, style_size) -> items.

        noise: for all layers "random", "fixed" or "none", or a map for each; None: random in training, else fixed.
        """

    def forward(
        self,
        latents: Tensor,
        labels: Tensor | None = None,
        truncation: float = 1.0,
        cutoff: int | None = None,
        noise: Noise | None = None,
    ) -> Tensor:
        return self.synthesis(self.truncated(self.styles(latents, labels), truncation, cutoff), noise)

    def noises(self, noise: Noise | None, num: int) -> list[str | Tensor]:
        """What each of `num` layers with noise gets. Raises ValueError for what is no kind of noise."""
        if noise is None:
            noise = "random" if self.training else "fixed"
        if not self.has_noise:
            return ["none"] * num
        if isinstance(noise, str):
            if noise not in NOISES:
                raise ValueError(f"noise is one of {', '.join(NOISES)} or a map for each layer, not '{noise}'")
            return [noise] * num
        if len(noise) != num:
            raise ValueError(f"noise needs a map for each of {num} layers, not {len(noise)}")
        return list(noise)
