"""Run.score: logits of the discriminator, with classes where it needs them."""

from pathlib import Path

import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.runs import Run, train

SMALL = {"generator.width": 4, "discriminator.width": 4}


def trained(recipe: str, place: Path) -> Run:
    return train(
        recipe, "digits", images=16, options={"batch_size": 8, **({} if recipe == "cgan" else SMALL)}, out=place
    )


@pytest.mark.parametrize("recipe", ["cgan", "acgan", "projection"])
def test_a_conditional_discriminator_asks_for_classes(recipe: str, tmp_path: Path) -> None:
    run = trained(recipe, tmp_path / "run")
    items = run.sample(6)
    with pytest.raises(UserError, match=r"is conditional.* give score\(\) labels too, one of 0 to 9 an item"):
        run.score(items)
    assert run.score(items, torch.arange(6)).shape == (6,)


def test_an_unconditional_one_does_not(tmp_path: Path) -> None:
    run = trained("dcgan", tmp_path / "run")
    items = run.sample(6)
    assert torch.equal(run.score(items), run.score(items, torch.arange(6)))
