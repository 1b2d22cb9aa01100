"""What an exported file says of itself: how to call the generator, where it comes from, how good it is."""

import hashlib
from pathlib import Path
from typing import Any, Literal

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.pictures import TRAINED_ALGORITHMIC_MEDIA
from ganwright.core.spec import DataSpec
from ganwright.ops.latents import Latent

KEY = "ganwright"
"""Name of the entry of a file's metadata that holds it, as JSON."""

VERSION = 1

Truncation = Literal["style", "latent", "none"]


class About(BaseModel):
    """All that is known of an exported generator.

    version: of this layout. kind, generator: the network's kind and its config.
    shape, bounded: of an item, and whether its values lie in [-1, 1] (images).
    num_classes: that it can be asked for; 0 where it is unconditional. class_names: theirs, or the data's.
    latent_size, latent, latent_limit: how latents are drawn. truncation: what can be truncated.
    noises: (H, W) of the map of noise that each layer takes; empty where there is none.
    recipe, config, num_images, state: of the run, which is not needed to sample; state: how it ended.
    data, licence, data_hash: what it was trained on. figures: of its last evaluation. health: its verdict.
    weights_sha256: of all its tensors. citation: BibTeX of its paper.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Literal[1] = VERSION
    kind: str
    generator: dict[str, Any]
    shape: tuple[int, ...]
    bounded: bool
    num_classes: int
    class_names: tuple[str, ...]
    latent_size: int
    latent: Latent
    latent_limit: float
    truncation: Truncation
    noises: tuple[tuple[int, int], ...]
    recipe: str
    config: dict[str, Any]
    num_images: int
    state: str
    data: str
    licence: str
    data_hash: str
    figures: list[dict[str, Any]]
    health: str
    citation: str
    weights_sha256: str
    versions: dict[str, str]
    digital_source_type: str = TRAINED_ALGORITHMIC_MEDIA

    @property
    def spec(self) -> DataSpec:
        """Of the items it makes."""
        return DataSpec(self.shape, self.num_classes, self.bounded)

    def entries(self) -> dict[str, str]:
        """A file's metadata: everything as JSON, and by themselves what other programs look for."""
        return {
            KEY: self.model_dump_json(),
            "digital_source_type": self.digital_source_type,
            "data_licence": self.licence,
            "weights_sha256": self.weights_sha256,
        }


def read_about(text: str | None, path: Path) -> About:
    """Read the JSON of a file's metadata. Raises UserError where it is missing or is not what `entries` writes."""
    if not text:
        raise UserError(f"{path} was not written by `ganwright export`; export the run again")
    try:
        return About.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "metadata"
        raise UserError(
            f"{path} says of itself what this version of ganwright cannot read ({place}: {first['msg']}); export again"
        ) from error


def hash_of(tensors: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of tensors, in the order of their names, as 64 hex digits."""
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
