"""Activations by name."""

from typing import Literal

from torch import nn

Activation = Literal["relu", "leaky-relu", "tanh", "silu", "gelu"]


def activation_of(activation: Activation, slope: float = 0.2) -> nn.Module:
    """Make one activation. slope: of the negative half of "leaky-relu"; the others have none."""
    match activation:
        case "relu":
            return nn.ReLU(inplace=True)
        case "leaky-relu":
            return nn.LeakyReLU(slope, inplace=True)
        case "tanh":
            return nn.Tanh()
        case "silu":
            return nn.SiLU()
        case "gelu":
            return nn.GELU()


def negative_slope(activation: Activation, slope: float) -> float:
    """How much of a negative input passes: what He's initialisation must know."""
    return slope if activation == "leaky-relu" else 0.0
