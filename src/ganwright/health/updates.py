"""How far one iteration moves the weights, for their size; and numbers that are not finite."""

from ganwright.health.signal import Signal


def _update(network: str) -> Signal:
    return Signal(
        f"length of the last iteration's change of the {network}'s weights over that of the weights",
        "ratio",
        (0, None),
        "about 1e-4 to 1e-2; 0 stands still, above 0.1 forgets what was learnt",
        lambda s: s.updates[network],
        (f"updates of the {network}",),
    )


def _nonfinite(where: str, what: str) -> Signal:
    return Signal(what, "count", (0, None), "0", lambda s: s.num_nonfinite[where].float())


UPDATES: dict[str, Signal] = {
    "update_generator": _update("generator"),
    "update_discriminator": _update("discriminator"),
    "nonfinite_samples": _nonfinite("samples", "numbers in the samples that are not finite"),
    "nonfinite_scores": _nonfinite("scores", "scores, and their gradients by the items, that are not finite"),
    "nonfinite_weights": _nonfinite("weights", "tensors of weights that hold a number that is not finite"),
}
