"""The game at resolutions that grow."""

from pathlib import Path
from typing import Any

import pytest
import torch

from ganwright.algorithms.phase import Batch, Step
from ganwright.algorithms.progressive import ProgressiveConfig
from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.seeding import Draws, seed_global
from ganwright.core.spec import DataSpec
from ganwright.data.loader import Loader
from ganwright.networks.layers.growth import faded, shrunk
from ganwright.recipes import RunConfig, recipe
from ganwright.training import Engine
from ganwright.training.checkpoint import checkpoints

CPU = torch.device("cpu")
SPEC = DataSpec((1, 16, 16))
SMALL: dict[str, Any] = {
    **{f"{player}.{name}": n for player in ("generator", "discriminator") for name, n in {"capacity": 32}.items()},
    "generator.latent_size": 6,
    "data.size": 16,
    "fade_images": 32,
    "hold_images": 16,
    "batch_size": 8,
    "log_images": 8,
    "tick_images": 1000,
}


def engine_of(config: RunConfig, folder: Path) -> Engine:
    seed_global(0, "networks")
    data = config.data.build("train")
    algorithm = config.algorithm.build(data.spec)
    return Engine(algorithm, Loader(data, 0, CPU), config, folder, CPU, EventWriter(folder / "events.jsonl"))


@pytest.mark.parametrize("name", ["progan", "stylegan"])
def test_it_grows_with_the_images_seen_and_goes_on_in_mid_fade_bit_for_bit(name: str, tmp_path: Path) -> None:
    config = recipe(name).override({**SMALL, "first_level": 0, "images": 72})
    whole, first, second = (tmp_path / n for n in ("whole", "first", "second"))
    for folder in (whole, first, second):
        folder.mkdir()
    engine = engine_of(config, whole)
    levels = []
    while engine.num_images < 72:
        engine.iterate()
        levels.append(round(engine._logbook.drain()["discriminator/level"], 3))
    # 16 images of hold, 32 of fade, 16 of hold, the next fade
    assert levels == [0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]

    part = engine_of(config.override({"images": 40}), first)
    part.run()
    assert part.networks["generator"].growth.stage()[0] == 1  # type: ignore[union-attr]
    again = engine_of(config, second)
    again.load(checkpoints(first / "checkpoints")[-1])
    while again.num_images < 72:
        again.iterate()
    theirs = engine._tensors()
    for key, tensor in again._tensors().items():
        assert torch.equal(tensor, theirs[key]), key


def test_the_average_grows_too_and_samples_have_full_size(tmp_path: Path) -> None:
    config = recipe("progan").override(SMALL)
    engine = engine_of(config, tmp_path)
    for _ in range(4):
        engine.iterate()
    networks = engine.averaged()
    assert networks["generator"].growth.stage() == (1, 0.25)  # type: ignore[union-attr]
    assert engine.algorithm.sample is not None
    images = engine.algorithm.sample(networks, torch.randn(3, 6), None)
    assert images.shape == (3, *engine.batches.batch(0, 1)[0].shape[1:])


def test_the_game_is_played_at_the_size_of_the_level() -> None:
    config = recipe("progan").override(SMALL).algorithm
    algorithm = config.build(SPEC)
    items = torch.randn(8, 1, 16, 16)
    seen: list[torch.Tensor] = []
    discriminator = algorithm.networks["discriminator"]
    layers = discriminator.from_images
    assert isinstance(layers, torch.nn.ModuleList)
    layers[1].register_forward_hook(lambda _, given, made: seen.append(given[0]))
    draws = Draws(("test",), CPU)
    step = Step(algorithm.networks, lambda: Batch(items, None), draws, 8, num_images=24, total_images=100)
    algorithm.phases[0].loss(step)
    assert {tuple(images.shape[1:]) for images in seen} == {(1, 8, 8)}
    torch.testing.assert_close(seen[0], faded(shrunk(items, 2), 0.25))


def test_what_cannot_grow_is_refused_in_one_line() -> None:
    config = recipe("progan").override(SMALL).algorithm
    assert isinstance(config, ProgressiveConfig)
    for changes, message in (
        ({"generator": "dcgan"}, r"generator: 'dcgan' does not grow; use --generator\.kind progan"),
        ({"discriminator": "dcgan", "penalties": []}, "discriminator: 'dcgan' does not grow"),
        ({"history": 8}, "history: past fakes have another size"),
    ):
        with pytest.raises(UserError, match=message) as told:
            config.override(changes).build(SPEC)
        assert "\n" not in str(told.value)
    with pytest.raises(UserError, match="nothing would grow"):
        config.override({"fade_images": 0, "hold_images": 0})


def test_path_lengths_in_w_need_styles_and_full_images() -> None:
    penalty = {"kind": "path-length", "space": "w"}
    with pytest.raises(UserError, match="needs a generator with styles, such as stylegan2, not 'dcgan'"):
        recipe("dcgan").override({"penalties": [penalty], "generator.norm": "none"}).algorithm.build(SPEC)
    with pytest.raises(UserError, match="works on full images"):
        recipe("stylegan").override({**SMALL, "penalties": [penalty]}).algorithm.build(SPEC)
