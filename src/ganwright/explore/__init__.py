"""Floor 3: what a generator learnt, as pure functions on it, its latents and features of its items."""

from ganwright.explore.blend import blended
from ganwright.explore.codes import captured, decode, encode, mixed, moved, noise_maps, part_way, spread, truncated
from ganwright.explore.directions import Directions, Probe, probe, sefa, traverse
from ganwright.explore.interpolate import between, interpolate
from ganwright.explore.invert import Found, invert
from ganwright.explore.mix import layer_groups, mix, parse_layers
from ganwright.explore.shapes import Layer, Shapes, shapes
from ganwright.explore.space import Space, as_styled
from ganwright.explore.truncate import truncate, truncate_latents

__all__ = [
    "Directions",
    "Found",
    "Layer",
    "Probe",
    "Shapes",
    "Space",
    "as_styled",
    "between",
    "blended",
    "captured",
    "decode",
    "encode",
    "interpolate",
    "invert",
    "layer_groups",
    "mix",
    "mixed",
    "moved",
    "noise_maps",
    "parse_layers",
    "part_way",
    "probe",
    "sefa",
    "shapes",
    "spread",
    "traverse",
    "truncate",
    "truncate_latents",
    "truncated",
]
