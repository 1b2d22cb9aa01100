"""How fast a training step is through the real engine, against the loop most tutorials teach.

Both train networks of the same shapes on the same data at batch 64, in turns within one run; printed are medians over
rounds of images a second and their ratio. The engine runs with events, averages and seeding on.

    python benchmarks/steps.py [--rounds 7] [--only mlp] [--data-dir DIR] [--json FILE]

The tutorial loop: a DataLoader over PIL images, converted and normalised one by one; D(real) and D(fake) apart; torch's
default Adam; the fake batch detached, the discriminator not frozen; `.item()` of both losses in every step.
"""

import argparse
import datetime
import json
import multiprocessing
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
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
from ganwright.training.precision import flushed_denormals

BATCH = 64
KINDS = ("tutorial", "float32", "bfloat16")


class PictureFiles(TorchDataset[tuple[Tensor, int]]):
    """What a tutorial's data set and transforms do for every item: array -> PIL -> float tensor -> normalised."""

    def __init__(self, data: Dataset) -> None:
        assert data.labels is not None
        self.items, self.labels = data.items[:, 0], data.labels

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        item, label = self.items[index], int(self.labels[index])
        picture = Image.fromarray(item.numpy())
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True)).view(*picture.size, 1)
        tensor = pixels.permute(2, 0, 1).contiguous().to(torch.float32).div(255).clone()
        mean, std = torch.as_tensor((0.5,)), torch.as_tensor((0.5,))
        if (std == 0).any():
            raise ValueError("std must not be 0")
        return tensor.sub_(mean.view(-1, 1, 1)).div_(std.view(-1, 1, 1)), label


def tutorial_networks(name: str) -> tuple[nn.Module, nn.Module, int]:
    """The networks of a recipe as a tutorial writes them down, and the latent's size."""
    if name == "mlp":
        layers = [nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 784), nn.Tanh()]
        generator = nn.Sequential(*layers, nn.Unflatten(1, (1, 28, 28)))
        layers = [nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)]
        return generator, nn.Sequential(nn.Flatten(), *layers, nn.Flatten(0)), 64
    generator = nn.Sequential(
        nn.Unflatten(1, (100, 1, 1)),
        *(nn.ConvTranspose2d(100, 256, 7, bias=False), nn.BatchNorm2d(256), nn.ReLU()),
        *(nn.ConvTranspose2d(256, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU()),
        *(nn.ConvTranspose2d(128, 1, 4, 2, 1, bias=False), nn.Tanh()),
    )
    discriminator = nn.Sequential(
        *(nn.Conv2d(1, 64, 4, 2, 1), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(64, 128, 4, 2, 1, bias=False), nn.BatchNorm2d(128), nn.LeakyReLU(0.2)),
        *(nn.Conv2d(128, 1, 7), nn.Flatten(0)),
    )
    return generator, discriminator, 100


def tutorial(name: str, data: Dataset) -> Callable[[int], None]:
    """Return a function that trains that many steps in the tutorial's way."""
    seed_global(0, "networks")
    generator, discriminator, latent_size = tutorial_networks(name)
    g_optimiser = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    d_optimiser = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
    loader = DataLoader(PictureFiles(data), batch_size=BATCH, shuffle=True, drop_last=True)

    def forever() -> Iterator[tuple[Tensor, Tensor]]:
        while True:
            yield from loader

    batches = forever()
    losses: list[float] = []

    def train(steps: int) -> None:
        real_labels, fake_labels = torch.full((BATCH,), 0.9), torch.zeros(BATCH)
        for _ in range(steps):
            real, _ = next(batches)
            fake = generator(torch.randn(BATCH, latent_size))
            d_optimiser.zero_grad()
            d_loss = F.binary_cross_entropy_with_logits(discriminator(real), real_labels)
            d_loss = d_loss + F.binary_cross_entropy_with_logits(discriminator(fake.detach()), fake_labels)
            d_loss.backward()
            d_optimiser.step()
            g_optimiser.zero_grad()
            fake = generator(torch.randn(BATCH, latent_size))
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


def contestant(kind: str, name: str, data_dir: str | None, orders: Connection) -> None:
    """A process of its own for each contestant, so that none changes the others' floating-point mode or threads.

    Trains as many steps as it is told, answers with the seconds, and ends at 0.
    """
    mode = nullcontext() if kind == "tutorial" else flushed_denormals()  # first of all, as `ganwright train` does
    with mode, tempfile.TemporaryDirectory() as place:
        data = load_data(data_dir)
        if kind == "tutorial":
            train = tutorial(name, data)
        else:
            config = recipes.recipe(name).override({"device": "cpu", "precision.dtype": kind})
            train = ours(config, data, Path(place) / "run")
        while steps := orders.recv():
            start = time.perf_counter()
            train(steps)
            orders.send(time.perf_counter() - start)


def measure(name: str, rounds: int, steps: int, data_dir: str | None) -> dict[str, list[float]]:
    """Images per second of each contestant in each round, in turns."""
    context = multiprocessing.get_context("spawn")
    lines, processes = {}, []
    for kind in KINDS:
        lines[kind], theirs = context.Pipe()
        processes.append(context.Process(target=contestant, args=(kind, name, data_dir, theirs), daemon=True))
        processes[-1].start()
    speeds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(-1, rounds):
        for kind in KINDS if number % 2 else KINDS[::-1]:
            lines[kind].send(steps)
            seconds = lines[kind].recv()
            if number >= 0:  # the round before the first warms up
                speeds[kind].append(steps * BATCH / seconds)
    for kind, process in zip(KINDS, processes, strict=True):
        lines[kind].send(0)
        process.join()
    return speeds


def load_data(data_dir: str | None) -> Dataset:
    """MNIST where it can be had, else the embedded digits at its size."""
    try:
        return parse_data("mnist").build("train", data_dir)
    except UserError:
        return parse_data("digits").override({"size": 28}).build("train")


def main() -> None:
    """Print a table of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=["mlp", "dcgan-28"])
    parser.add_argument("--data-dir", default=os.environ.get("GANWRIGHT_DATA"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    data = load_data(arguments.data_dir)
    threads = torch.get_num_threads()
    print(f"{platform.platform()}, {threads} threads, torch {torch.__version__}, {data.name}, batch {BATCH}")
    results = []
    for name, steps in (("mlp", 300), ("dcgan-28", 12)):
        if arguments.only not in (None, name):
            continue
        speeds = measure(name, arguments.rounds, steps, arguments.data_dir)
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
