"""A run folder as training leaves it, made without training: real digits, samples that grow from noise to digits."""

import functools
import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from ganwright.core.pictures import panel, write_png

CONFIG: dict[str, Any] = {
    "recipe": "dcgan",
    "seed": 3,
    "images": 120_000,
    "batch_size": 64,
    "accumulation": 1,
    "device": "auto",
    "log_images": 1000,
    "tick_images": 5000,
    "evaluate_images": "none",
    "keep_checkpoints": 2,
    "panel_size": 64,
    "data": {"kind": "digits", "flip": False, "balanced": False},
    "ema": {"kind": "half-life", "half_life_images": 10_000, "warmup": 0.05},
    "precision": {"autocast": "none", "channels_last": False},
    "optimisers": {
        "generator": {"kind": "adam", "learning_rate": 2e-4, "betas": [0.5, 0.999]},
        "discriminator": {"kind": "adam", "learning_rate": 1e-4, "betas": [0.5, 0.999]},
    },
    "algorithm": {
        "kind": "adversarial",
        "generator": {"kind": "dcgan", "latent_size": 100, "width": 64, "norm": "batch", "init": "normal"},
        "discriminator": {"kind": "dcgan", "width": 64, "norm": "batch", "init": "normal"},
        "loss": {"kind": "non-saturating", "real_label": 0.9},
        "penalties": [],
    },
}
PROTOCOL = {"data": "digits", "split": "train", "n_real": 898, "n_fake": 898, "seed": 0}
EYES = {"features": "classifier of digits (98.9% on its test set)", "features_hash": "3f1c9a7be201", "resize": "none"}
CITATION = """@article{radford2015dcgan,
  title  = {Unsupervised Representation Learning with Deep Convolutional Generative Adversarial Networks},
  author = {Radford, Alec and Metz, Luke and Chintala, Soumith},
  year   = {2015}
}"""


def figures(share: float) -> list[dict[str, Any]]:
    """What an evaluation finds when the samples are `share` good."""
    bad = 1 - share
    rows = [
        ("fid", 2.1 + 60 * bad, None, 1.93, "", EYES),
        ("classes_covered", 10.0 - round(4 * bad), 10.0, None, "classes", EYES),
        ("class_entropy", 2.28 - bad, 2.3022, None, "nats", EYES),
        ("smallest_class_share", 0.061 * share, 0.0947, None, "", EYES),
        ("largest_class_share", 0.142 + 0.3 * bad, 0.1069, None, "", EYES),
        ("discriminator_score", -0.83 - bad, 0.52, None, "logit", {}),
        ("pixel_mean", 0.3047, 0.3055, None, "", {}),
        ("pixel_std", 0.371, 0.3760, None, "", {}),
        ("cosine_similarity", 0.402, 0.3913, None, "", {"pairs_of": 898}),
        ("pairwise_distance", 7.61, 7.794, None, "", {"pairs_of": 898}),
    ]
    keys = ("name", "value", "real", "floor", "unit")
    return [{**dict(zip(keys, row[:5], strict=True)), "protocol": {**PROTOCOL, **row[5]}} for row in rows]


def scalars(rng: random.Random, t: float, wave: float) -> dict[str, float]:
    """Losses, scores and norms at share `t` of the run; `wave` moves G against D."""
    real = 0.5 + 0.28 * math.exp(-2 * t) + 0.05 * wave + rng.gauss(0, 0.012)
    fake = 0.5 - 0.3 * math.exp(-2 * t) - 0.05 * wave + rng.gauss(0, 0.012)
    return {
        "discriminator/loss": -math.log(real) - math.log(1 - fake) + rng.gauss(0, 0.02),
        "discriminator/real_score": math.log(real / (1 - real)),
        "discriminator/fake_score": math.log(fake / (1 - fake)),
        "discriminator/real_probability": real,
        "discriminator/fake_probability": fake,
        "gradient_norm/discriminator": 1.2 * math.exp(rng.gauss(0, 0.18)) * (0.6 + t),
        "generator/loss": -math.log(fake) + rng.gauss(0, 0.03),
        "gradient_norm/generator": 0.35 * math.exp(rng.gauss(0, 0.2)) * (1 + t),
        "learning_rate/discriminator": 1e-4,
        "learning_rate/generator": 2e-4 * (1 if t < 0.5 else 2 - 2 * t),
    }


@functools.cache
def real_digits() -> Tensor:
    """The embedded digits (1797, 1, 8, 8) in [0, 1]."""
    pixels = torch.tensor(load_digits(return_X_y=True)[0], dtype=torch.float32)
    return pixels.view(-1, 1, 8, 8) / 16


def images(t: float, key: int) -> Tensor:
    """64 digits, at share `t` of the run hidden in less and less noise."""
    generator = torch.Generator().manual_seed(key)
    digits = real_digits()
    chosen = digits[torch.randint(len(digits), (64,), generator=generator)]
    clear = 1 - math.exp(-4 * t)
    noise = torch.rand(chosen.shape, generator=generator)
    return (255 * (clear * chosen + (1 - clear) * noise)).to(torch.uint8)


def points(t: float, key: int) -> Tensor:
    """1,000 points that spread from the middle to eight places on a circle."""
    generator = torch.Generator().manual_seed(key)
    angle = torch.randint(8, (1000,), generator=generator) * math.pi / 4
    centre = torch.stack([angle.cos(), angle.sin()], 1)
    return centre * min(1.0, 1.5 * t) + (0.25 - 0.22 * t) * torch.randn(1000, 2, generator=generator)


class RunMaker:
    """Writes run folders with chosen faults. Call it for one; the arguments choose what it is like."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __call__(
        self,
        name: str = "run",
        num_images: int = 120_000,
        ending: dict[str, Any] | None = None,
        num_panels: int = 2,
        resumed_at: tuple[int, ...] = (),
        bad_at: tuple[int, ...] = (),
        kind: str = "images",
        log_images: int = 1000,
        evaluations: int = 1,
        **started: Any,
    ) -> Path:
        """Write one and return its folder; `ending` is its last event, an empty one leaves it out."""
        folder, rng = self.place / name, random.Random(0)
        make: Callable[[float, int], Tensor] = images if kind == "images" else points
        real = None if kind == "images" else points(1, 99)
        (folder / "samples").mkdir(parents=True)
        (folder / "run.toml").write_text(tomli_w.dumps(CONFIG | {"images": 120_000}), encoding="utf-8")
        write_png(panel(images(9, 1) if real is None else real), folder / "samples/real.png", {}, synthetic=False)
        events = [("started", 0, started_fields() | started)]
        for seen in range(log_images, num_images + 1, log_images):
            t = seen / 120_000
            wave = math.sin(14 * t) * math.exp(-t)
            told = scalars(rng, t, wave) | ({"generator/loss": "nan"} if seen in bad_at else {})
            speed = 2150 + rng.gauss(0, 60)
            events.append(("log", seen, {"scalars": told, "images_per_second": speed, "training_seconds": seen / 2150}))
            if seen in resumed_at:
                events.append(("resumed", seen, {"checkpoint": f"{seen:012d}"}))
        for index in range(num_panels):
            seen = num_images * (index + 1) // num_panels
            files = {"fixed": f"samples/fixed-{seen:012d}.png", "fresh": f"samples/fresh-{seen:012d}.png"}
            for which, file in files.items():
                items = make(seen / 120_000, 5 if which == "fixed" else seen)
                write_png(panel(items, real), folder / file, {"recipe": "dcgan"})
            events.append(("samples", seen, files))
        for index in range(evaluations):
            seen = num_images * (index + 1) // evaluations
            notes = ["FID from 898 < 5000 items a side is biased upwards: read it against its floor"]
            events.append(
                (
                    "metrics",
                    seen,
                    {"figures": figures(1 - math.exp(-4 * seen / 120_000)), "notes": notes, "seconds": 2.1},
                )
            )
        events.sort(key=lambda e: e[1])
        ending = {"type": "finished", "seconds": num_images / 2000} if ending is None else ending
        if ending:
            events.append((ending.pop("type"), num_images, ending))
        with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
            for type, seen, fields in events:
                event = {
                    "type": type,
                    "iteration": seen // 64,
                    "num_images": seen,
                    "time": 1.7e9 + seen / 2000,
                    **fields,
                }
                file.write(json.dumps(event) + "\n")
        return folder


def started_fields() -> dict[str, Any]:
    """The fields of a `started` event."""
    return {
        "run": {"recipe": "dcgan", "data": "digits", "seed": 3, "out": "runs/digits-dcgan"},
        "data": {
            "name": "digits",
            "num_items": 1797,
            "shape": [1, 8, 8],
            "num_classes": 10,
            "content_hash": "9c0ffee1",
        },
        "parameters": {"generator": 1_813_377, "discriminator": 663_169},
        "changed": ["seed", "optimisers.discriminator.learning_rate", "loss.real_label"],
        "forked_from": "",
        "environment": {
            "ganwright": "0.1.0",
            "python": "3.11.7",
            "torch": "2.13.0",
            "device": "cpu",
            "num_threads": 2,
            "num_cores": 2,
            "platform": "Linux-6.1-x86_64",
        },
        "command": "ganwright train digits --seed 3 --optimisers.discriminator.learning_rate 1e-4",
        "citation": CITATION,
    }


@pytest.fixture
def make_run(tmp_path: Path) -> RunMaker:
    """Makes run folders below the test's temporary folder."""
    return RunMaker(tmp_path)
