"""How options are asked for follows from their types."""

import pytest

from ganwright.core.options import Form, options_of
from ganwright.recipes import recipe

WANTED = {
    "seed": Form("integer", minimum=0),
    "signals": Form("flag"),
    "until": Form("text", optional=True),
    "signals_images": Form("integer", optional=True, minimum=1),
    "ema.warm_up": Form("number", minimum=0, maximum=1),
    "discriminator.dropout": Form("number", minimum=0, maximum=1, open_maximum=True),
    "loss.real_label": Form("number", minimum=0, maximum=1, open_minimum=True),
    "on_failure": Form("choice", ("warn", "stop", "recover")),
    "generator.norm": Form("choice", ("batch", "layer", "instance", "none"), optional=True),
    "optimisers.generator.kind": Form("choice", ("adam", "adamw", "rmsprop", "sgd")),
    "optimisers.generator.learning_rate": Form("part", ("linear", "cosine", "warm-cosine", "exponential")),
    "optimisers.generator.betas": Form("list"),
    "evaluate_metrics": Form("list"),
    "augmentations": Form("list", ("noise", "diffaugment", "ada")),
}


@pytest.mark.parametrize("name", WANTED)
def test_each_type_has_its_form(name: str) -> None:
    found = {option.name: option.form for option in options_of(recipe("dcgan"))}
    assert found[name] == WANTED[name]
