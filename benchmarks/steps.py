"""How fast a training step is through the real engine, against the loop most tutorials teach.

Both train the same networks on the same data at batch 64, in turns within one run; printed are medians over rounds of
images a second and their ratio. The engine runs with events, averages and seeding on.

    python benchmarks/steps.py [--rounds 7] [--only mlp] [--data-dir DIR] [--json FILE]

The tutorial loop: a DataLoader over PIL images, converted and normalised one by one; D(real) and D(fake) apart; torch's
default Adam; the fake batch detached, the discriminator not frozen; `.item()` of both losses in every step.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ganwright import recipes
from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.seeding import seed_global
from ganwright.data import parse_data
from ganwright.data.dataset import Dataset
from ganwright.data.loader import Loader
from ganwright.recipes.run_config import RunConfig
from ganwright.training import Engine

BATCH = 64


class PictureFiles(TorchDataset[tuple[Tensor, int]]):
    """What a tutorial's data set and transforms do for every item: array -> PIL -> float tensor -> normalised."""

    def __init__(self, items: np.ndarray) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = Image.fromarray(self.items[index])
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True)).view(*picture.size, 1)
        tensor = pixels.permute(2, 0, 1).contiguous().to(torch.float32).div(255).clone()
        mean, std = torch.as_tensor((0.5,)), torch.as_tensor((0.5,))
        if (std == 0).any():
            raise ValueError("std must not be 0")
        return tensor.sub_(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1)), 0


def tutorial(config: RunConfig, data: Dataset) -> Callable[[int], None]:
    """Return a function that trains that many steps in the tutorial's way."""
    seed_global(0, "networks")
    networks = config.algorithm.build(data.spec).networks
    generator, discriminator = networks["generator"].train(), networks["discriminator"].train()
    g_optimiser = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_optimiser = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    loader = DataLoader(PictureFiles(data.items[:, 0].numpy()), batch_size=BATCH, shuffle=True, drop_last=True)

    def forever() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from loader

    batches = forever()
    losses: list[float] = []

    def train(steps: int) -> None:
        real_labels, fake_labels = torch.full((BATCH,), 0.9), torch.zeros(BATCH)
        for _ in range(steps):
            real, _ = next(batches)
            fake = generator(torch.randn(BATCH, generator.latent_size))
            d_optimiser.zero_grad()
            d_loss = F.binary_cross_entropy_with_logits(discriminator(real), real_labels)
            d_loss = d_loss + F.binary_cross_entropy_with_logits(discriminator(fake.detach()), fake_labels)
            d_loss.backward()
            d_optimiser.step()
            g_optimiser.zero_grad()
            fake = generator(torch.randn(BATCH, generator.latent_size))
            g_loss = F.binary_cross_entropy_with_logits(discriminator(fake), torch.ones(BATCH))
            g_loss.backward()
            g_optimiser.step()
            losses.append(d_loss.item() + g_loss.item())

    return train


def ours(config: RunConfig, data: Dataset, folder: Path) -> Callable[[int], None]:
    """Return a function that trains that many steps through the engine, logging as a run does."""
    seed_global(0, "networks")
    folder.mkdir()
    algorithm = config.algorithm.build(data.spec)
    device = torch.device("cpu")
    engine = Engine(algorithm, Loader(data, 0, device), config, folder, device, EventWriter(folder / "events.jsonl"))

    def train(steps: int) -> None:
        engine.config = engine.config.model_copy(
            update={"images": engine.num_images + steps * BATCH, "tick_images": 10**12}
        )
        engine.save = lambda **_: None  # checkpoints are not training
        engine.run()

    return train


def measure(rounds: int, steps: int, contestants: dict[str, Callable[[int], None]]) -> dict[str, list[float]]:
    """Images per second of each contestant in each round, in turns."""
    for train in contestants.values():
        train(max(steps // 4, 3))
    speeds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(rounds):
        order = list(contestants.items())
        for name, train in order if number % 2 else order[::-1]:
            start = time.perf_counter()
            train(steps)
            speeds[name].append(steps * BATCH / (time.perf_counter() - start))
    return speeds


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["mlp", "dcgan-28"])
    parser.add_argument("--data-dir", default=os.environ.get("GANWRIGHT_DATA"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    try:
        data = parse_data("mnist").build("train", arguments.data_dir)
    except UserError:
        data = parse_data("digits").override({"size": 28}).build("train")
    threads = torch.get_num_threads()
    print(f"{platform.platform()}, {threads} threads, torch {torch.__version__}, {data.name}, batch {BATCH}")
    results = []
    for name, steps in (("mlp", 300), ("dcgan-28", 12)):
        if arguments.only not in (None, name):
            continue
        config = recipes.recipe(name).override({"device": "cpu"})
        bf16 = config.override({"precision.dtype": "bfloat16"})
        with tempfile.TemporaryDirectory() as place:
            speeds = measure(
                arguments.rounds,
                steps,
                {
                    "tutorial": tutorial(config, data),
                    "float32": ours(config, data, Path(place) / "fp32"),
                    "bfloat16": ours(bf16, data, Path(place) / "bf16"),
                },
            )
        for kind, values in speeds.items():
            ratios = [v / t for v, t in zip(values, speeds["tutorial"], strict=True)]
            median, ratio = statistics.median(values), statistics.median(ratios)
            print(
                f"{name:10s} {kind:10s} {median:9.0f} images/s  {ratio:5.2f}x  ({min(ratios):.2f} to {max(ratios):.2f})"
            )
            results.append(
                {"recipe": name, "kind": kind, "images_per_second": median, "ratio": ratio, "ratios": ratios}
            )
    if arguments.json:
        about = {"date": datetime.date.today().isoformat(), "machine": platform.platform(), "torch": torch.__version__}
        about["threads"] = str(torch.get_num_threads())
        arguments.json.write_text(json.dumps({**about, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
