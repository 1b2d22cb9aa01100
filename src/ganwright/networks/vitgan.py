"""ViTGAN (Lee et al. 2022, arXiv:2107.04589): transformers on both sides.

The discriminator is held by L2 attention, by spectral norms that keep the scale weights begin with, and by patches that
overlap. The generator takes its latent in through every layer norm, and paints each patch as a function of the place.
"""

from typing import Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from ganwright.core.config import Config
from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import DiscriminatorConfig, Generator, GeneratorConfig
from ganwright.networks.layers.conditioning import ClassInput, classes_to_learn
from ganwright.networks.layers.heads import HeadedDiscriminator, head_of
from ganwright.networks.layers.spectral import normalise_spectrally
from ganwright.networks.layers.tokens import Seeing, SelfAttention, SelfModulatedNorm, perceptron

POSITION_STD = 0.02
FREQUENCY_STD = 4.0  # of a patch's sines at first, in radians for half of its side


class VitganGenerator(Generator):
    """Latent -> style; learned positions -> blocks whose norms the style sets -> pixels of each token's patch.

    With windows, one token of no place goes along that all see, through which windows learn of each other.
    """

    def __init__(self, config: "VitganGeneratorConfig", spec: DataSpec) -> None:
        super().__init__()
        self.grid, width = patch_grid(config.patch, spec, "generator"), config.width
        self.latent_size = config.latent_size
        self.num_classes = classes_to_learn(config.conditional, spec, "generator")
        self.num_global = 1 if config.attention == "window" else 0
        self.join = ClassInput(config.latent_size, self.num_classes, config.embedding_size)
        self.mapping = _mapping(self.join.size, width, config.mapping_layers)
        num_tokens = self.num_global + self.grid[0] * self.grid[1]
        self.positions = nn.Parameter(torch.randn(num_tokens, width) * POSITION_STD)
        self.blocks = nn.ModuleList([_StyledBlock(config, self.grid, self.num_global) for _ in range(config.layers)])
        self.norm = SelfModulatedNorm(width, width)
        self.paint = Painter(width, config.patch, spec.shape[0])
        self.bound = nn.Tanh() if spec.bounded else nn.Identity()

    def style_weights(self) -> Tensor:
        first = self.mapping[0]
        assert isinstance(first, nn.Linear)
        return first.weight[:, : self.latent_size]

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        # equations 14 to 19 of the paper
        styles = self.mapping(self.join(latents, labels))
        tokens = self.positions.expand(styles.shape[0], -1, -1)
        for block in self.blocks:
            tokens = block(tokens, styles)
        return self.bound(self.paint(self.norm(tokens, styles)[:, self.num_global :], self.grid))


class Painter(nn.Module):
    """Tokens (N, T, width) of a grid -> images (N, C, H, W): the colour of each pixel from its patch's token and from
    where in the patch it lies, as sines of learned frequencies, by a perceptron of two layers (equation 19).
    """

    places: Tensor

    def __init__(self, width: int, patch: int, channels: int) -> None:
        super().__init__()
        self.patch = patch
        middle = (2 * torch.arange(patch) + 1) / patch - 1
        places = torch.stack(torch.meshgrid(middle, middle, indexing="ij"), -1).flatten(0, 1)
        self.register_buffer("places", places, persistent=False)
        self.waves = nn.Linear(2, width)
        nn.init.normal_(self.waves.weight, 0.0, FREQUENCY_STD)
        self.of_place = nn.Linear(width, width, bias=False)
        self.of_token = nn.Linear(width, width)
        self.act = nn.GELU()
        self.colour = nn.Linear(width, channels)

    def forward(self, tokens: Tensor, grid: tuple[int, int]) -> Tensor:
        place = self.of_place(self.waves(self.places).sin())
        colours = self.colour(self.act(self.of_token(tokens).unsqueeze(2) + place))  # (N, T, P^2, C)
        squares = colours.unflatten(2, (self.patch, self.patch)).unflatten(1, grid)
        return squares.permute(0, 5, 1, 3, 2, 4).flatten(4, 5).flatten(2, 3)


class VitganDiscriminator(HeadedDiscriminator):
    """Overlapping patches -> tokens, and a class token -> blocks of L2 attention -> the class token -> norm -> head."""

    def __init__(self, config: "VitganDiscriminatorConfig", spec: DataSpec) -> None:
        super().__init__()
        grid, width = patch_grid(config.patch, spec, "discriminator"), config.width
        self.num_classes = classes_to_learn(config.conditional, spec, "discriminator")
        overlap = config.patch // 2
        self.embed = nn.Conv2d(spec.shape[0], width, config.patch + 2 * overlap, config.patch, overlap)
        self.class_token = nn.Parameter(torch.randn(1, width) * POSITION_STD)
        self.positions = nn.Parameter(torch.randn(1 + grid[0] * grid[1], width) * POSITION_STD)
        self.blocks = nn.Sequential(*(_Block(config, grid) for _ in range(config.layers)))
        self.norm = nn.LayerNorm(width)
        self.score = head_of(width, self.num_classes, "projection", width, 0.0)
        if config.spectral_norm:
            normalise_spectrally(self, keep_scale=True)

    def features(self, items: Tensor) -> Tensor:
        """Images -> the class token after all blocks, normalised (N, width)."""
        patches = self.embed(items).flatten(2).transpose(1, 2)
        first = self.class_token.to(patches.dtype).expand(len(patches), 1, -1)
        return self.norm(self.blocks(torch.cat((first, patches), 1) + self.positions)[:, 0])


class _StyledBlock(nn.Module):
    """x + attention(norm(x, w)), then x + perceptron(norm(x, w)) (equations 15 and 16)."""

    def __init__(self, config: "_Transformer", grid: tuple[int, int], num_global: int) -> None:
        super().__init__()
        width = config.width
        self.attention_norm, self.perceptron_norm = SelfModulatedNorm(width, width), SelfModulatedNorm(width, width)
        self.attention = SelfAttention(width, config.heads, grid, config.window_side, num_global, distances=False)
        self.perceptron = perceptron(width, config.mlp_ratio)

    def forward(self, tokens: Tensor, styles: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.attention_norm(tokens, styles))
        return tokens + self.perceptron(self.perceptron_norm(tokens, styles))


class _Block(nn.Module):
    """x + attention(norm(x)), then x + perceptron(norm(x)); one token is of no place."""

    def __init__(self, config: "VitganDiscriminatorConfig", grid: tuple[int, int]) -> None:
        super().__init__()
        width, distances = config.width, config.similarity == "distance"
        self.attention_norm, self.perceptron_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = SelfAttention(width, config.heads, grid, config.window_side, 1, distances)
        self.perceptron = perceptron(width, config.mlp_ratio)

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self.attention(self.attention_norm(tokens))
        return tokens + self.perceptron(self.perceptron_norm(tokens))


def _mapping(size: int, width: int, layers: int) -> nn.Sequential:
    parts: list[nn.Module] = []
    for depth in range(layers):
        parts += [nn.Linear(width if depth else size, width), nn.GELU()]
    return nn.Sequential(*parts[:-1])


def patch_grid(patch: int, spec: DataSpec, part: str) -> tuple[int, int]:
    """Patches a column and a row. Raises UserError for points and for sides that are no whole patches."""
    if not spec.is_image:
        raise UserError(
            f"{part}: vitgan works on images, not on points of {spec.num_values} numbers; use --{part}.kind mlp"
        )
    _, height, width = spec.shape
    if height % patch or width % patch:
        common = [n for n in range(2, min(height, width, 64) + 1) if height % n == 0 and width % n == 0]
        choice = " or ".join(f"--{part}.patch {n}" for n in common[:4])
        resize = f"--data.size {-(-min(height, width) // patch) * patch}"
        raise UserError(
            f"{part}: vitgan cannot cut {height}x{width} pixels into patches of {patch}; "
            f"use {choice + ' or ' if choice else ''}{resize}"
        )
    return height // patch, width // patch


class _Transformer(Config):
    """What both networks have."""

    patch: int = Field(default=4, ge=2, le=64)
    """Pixels a side of the square patch that a token stands for; must divide both sides of the image."""

    width: int = Field(default=96, ge=1, le=8192)
    """Numbers in a token; a multiple of `heads`."""

    heads: int = Field(default=4, ge=1, le=64)
    """Attention heads of a block."""

    layers: int = Field(default=4, ge=1, le=64)
    """Blocks, one after the other."""

    mlp_ratio: int = Field(default=4, ge=1, le=16)
    """Hidden units of a block's perceptron for each number of a token."""

    attention: Seeing = "full"
    """What tokens see: full: all others; window: those of their window, and one token that sees and is seen by all."""

    window: int = Field(default=8, ge=1, le=64)
    """Longest side of a window, in tokens; the grid is cut into as few and as equal ones as fit. Only for window."""

    @property
    def window_side(self) -> int | None:
        """Longest side of a window; None: every token sees all."""
        return self.window if self.attention == "window" else None

    @model_validator(mode="after")
    def _heads_divide(self) -> "_Transformer":
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        return self


class VitganGeneratorConfig(_Transformer, GeneratorConfig):
    """A transformer whose layer norms take the latent in, and which paints each patch as a function of the place."""

    kind: Literal["vitgan"] = "vitgan"

    latent_size: int = Field(default=128, ge=1, le=65536)
    """Numbers in one latent."""

    mapping_layers: int = Field(default=2, ge=1, le=64)
    """Linear layers from the latent to the style that the norms take."""

    conditional: bool = False
    """Make images of a class that is asked for. Needs labels."""

    embedding_size: int = Field(default=32, ge=1, le=65536)
    """Numbers that stand for a class beside the latent; used by conditional networks only."""

    def build(self, spec: DataSpec) -> VitganGenerator:
        """Make a generator for images (C, H, W). Raises UserError for sides that are no whole patches."""
        return VitganGenerator(self, spec)


class VitganDiscriminatorConfig(_Transformer, DiscriminatorConfig):
    """A transformer on overlapping patches, with L2 attention and spectral norms that keep the first scale."""

    kind: Literal["vitgan"] = "vitgan"

    similarity: Literal["distance", "product"] = "distance"
    """How attention compares tokens: by their distance (L2 attention), or by their product, as transformers do."""

    spectral_norm: bool = True
    """Hold the largest singular value of every weight at what it is at first."""

    conditional: bool = False
    """Judge an image together with its class, by a projection. Needs labels."""

    def build(self, spec: DataSpec) -> VitganDiscriminator:
        """Make a discriminator for images (C, H, W). Raises UserError for sides that are no whole patches."""
        return VitganDiscriminator(self, spec)
