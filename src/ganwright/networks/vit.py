"""A vision transformer that classifies (Dosovitskiy et al. 2021, arXiv:2010.11929), small enough for a processor."""

from typing import Literal

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import Classifier, ClassifierConfig
from ganwright.ops.attention import attention, multiply_adds, windowed_attention

TOKEN_STD = 0.02
NUM_CLASS_TOKENS = 1


class ViTClassifier(Classifier):
    """Patches as tokens behind a class token, learned positions, pre-norm blocks; features are the class token's.

    grid: (H, W), how many patches a column and a row have.
    positions: learned embeddings (1 + H * W, width): the class token's first, then the patches' row by row.
    """

    def __init__(self, config: "ViTClassifierConfig", spec: DataSpec) -> None:
        super().__init__()
        self.grid = grid_of(config, spec)
        self.num_classes, self.num_features = spec.num_classes, config.width
        window = config.window if config.attention == "window" else None
        self.embed = nn.Conv2d(spec.shape[0], config.width, config.patch, stride=config.patch)
        self.class_token = nn.Parameter(torch.empty(config.width))
        self.positions = nn.Parameter(torch.empty(NUM_CLASS_TOKENS + self.grid[0] * self.grid[1], config.width))
        self.blocks = nn.Sequential(
            *(_Block(config.width, config.heads, config.mlp_ratio, self.grid, window) for _ in range(config.layers))
        )
        self.norm = nn.LayerNorm(config.width)
        self.score = nn.Linear(config.width, spec.num_classes)
        nn.init.normal_(self.class_token, std=TOKEN_STD)
        nn.init.normal_(self.positions, std=TOKEN_STD)
        for module in self.blocks.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)

    def features(self, items: Tensor) -> Tensor:
        """Images -> the class token after the last block, normalised (N, num_features)."""
        patches = self.embed(items).flatten(2).transpose(1, 2)
        first = self.class_token.expand(len(patches), NUM_CLASS_TOKENS, -1)
        # equations 1 to 4 of the paper
        tokens = torch.cat((first, patches), 1) + self.positions
        return self.norm(self.blocks(tokens)[:, 0])

    def head(self, features: Tensor) -> Tensor:
        return self.score(features)


class _Block(nn.Module):
    """x + attention(norm(x)), then x + perceptron(norm(x)), on tokens (N, T, width)."""

    def __init__(self, width: int, heads: int, mlp_ratio: int, grid: tuple[int, int], window: int | None) -> None:
        super().__init__()
        self.heads, self.grid, self.window = heads, grid, window
        self.attention_norm = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.join = nn.Linear(width, width)
        self.perceptron = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, mlp_ratio * width), nn.GELU(), nn.Linear(mlp_ratio * width, width)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens + self._attended(self.attention_norm(tokens))
        return tokens + self.perceptron(tokens)

    def _attended(self, tokens: Tensor) -> Tensor:
        split = self.project(tokens).unflatten(2, (3, self.heads, -1))
        queries, keys, values = split.permute(2, 0, 3, 1, 4).unbind(0)
        if self.window is None:
            found = attention(queries, keys, values)
        else:
            found = windowed_attention(queries, keys, values, self.grid, self.window, NUM_CLASS_TOKENS)
        return self.join(found.transpose(1, 2).flatten(2))


class ViTClassifierConfig(ClassifierConfig):
    """A small vision transformer for images whose sides are whole patches, gray or RGB."""

    kind: Literal["vit"] = "vit"

    patch: int = Field(default=4, ge=1, le=64)
    """Pixels a side of the square patches that become tokens; must divide both sides of the image."""

    width: int = Field(default=128, ge=1, le=4096)
    """Numbers in a token, and features; a multiple of `heads`."""

    heads: int = Field(default=4, ge=1, le=64)
    """Attention heads of a block."""

    layers: int = Field(default=4, ge=1, le=64)
    """Blocks, one after the other."""

    mlp_ratio: int = Field(default=2, ge=1, le=16)
    """Hidden units of a block's perceptron for each number of a token. The paper has 4; 2 takes a third less work."""

    attention: Literal["full", "window"] = "full"
    """What tokens see: full: all others; window: those of their window, and the class token, which sees all."""

    window: int = Field(default=7, ge=1, le=64)
    """Longest side of a window, in tokens; the grid is cut into as few and as equal ones as fit. Only for window."""

    @model_validator(mode="after")
    def _heads_divide(self) -> "ViTClassifierConfig":
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        return self

    def build(self, spec: DataSpec) -> ViTClassifier:
        """Make a classifier. Raises UserError for points, unlabelled data and sides that are no whole patches."""
        return ViTClassifier(self, spec)


def grid_of(config: ViTClassifierConfig, spec: DataSpec) -> tuple[int, int]:
    """Patches a column and a row. Raises UserError for what cannot be cut into them, and for data without classes."""
    if not spec.is_image:
        raise UserError(f"classifier: vit works on images, not on points of {spec.num_values} numbers")
    if spec.num_classes < 2:
        raise UserError("classifier: this data has no labels; a classifier needs data of at least 2 classes")
    _, height, width = spec.shape
    if height % config.patch or width % config.patch:
        common = [n for n in range(1, min(height, width, 64) + 1) if height % n == 0 and width % n == 0]
        raise UserError(
            f"classifier: vit cannot cut {height}x{width} pixels into patches of {config.patch}; "
            f"set classifier.patch to one of {', '.join(map(str, common))}, or resize with data.size"
        )
    return height // config.patch, width // config.patch


def count_multiply_adds(config: ViTClassifierConfig, spec: DataSpec) -> int:
    """Multiply-adds of one forward pass over one image: convolution, projections, attention, perceptrons and head.

    Norms, activations and sums are left out, as is usual.
    """
    grid, width = grid_of(config, spec), config.width
    num_patches = grid[0] * grid[1]
    num_tokens = NUM_CLASS_TOKENS + num_patches
    window = config.window if config.attention == "window" else None
    block = num_tokens * width**2 * (4 + 2 * config.mlp_ratio) + multiply_adds(grid, width, window, NUM_CLASS_TOKENS)
    patches = num_patches * width * spec.shape[0] * config.patch**2
    return patches + config.layers * block + width * spec.num_classes
