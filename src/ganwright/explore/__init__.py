"""Floor 3: what a generator learnt, as pure functions on it, its latents and features of its items."""

from ganwright.explore.blend import blended
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
    "interpolate",
    "invert",
    "layer_groups",
    "mix",
    "parse_layers",
    "probe",
    "sefa",
    "shapes",
    "traverse",
    "truncate",
    "truncate_latents",
]
