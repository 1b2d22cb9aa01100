"""Generators that are kept loaded for exploring, the few that were used last, and what was worked out about them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch

from ganwright.core.errors import UserError
from ganwright.core.seeding import generator_for
from ganwright.metrics.spectrum import SpectrumSums
from ganwright.runs.exploring_live import Live, layers_of
from ganwright.studio.explore.shown import spectrum_plain
from ganwright.studio.opened import Kept
from ganwright.studio.state import Studio

NUM_FOR_SPECTRUM = 1000
NUM_POINTS = 2000


class Broken(Exception):
    """A bug in the work for a browser; the RuntimeError that it was would look like a browser that has left."""


class Lives:
    """The studio's service.

    sockets: pages that explore now. heavy: held while a long search runs. pool: the threads that draw.
    """

    def __init__(self, studio: Studio) -> None:
        self._data_dir = None if studio.data_dir is None else str(studio.data_dir)
        self._kept: Kept[tuple[Live, dict[str, Any]]] = Kept(lambda run: (Live.of(run), {}))
        self._lock = threading.Lock()
        self.sockets = 0
        self.heavy = threading.Lock()
        self.pool = ThreadPoolExecutor(2, "explore")

    def close(self) -> None:
        """Wait for what is being drawn."""
        self.pool.shutdown(cancel_futures=True)

    def of(self, folder: Path) -> Live:
        """The generator of the run in this folder. Raises UserError where there is none."""
        return self._kept.of(folder)[0]

    def facts(self, folder: Path) -> dict[str, Any]:
        """What a page must know of a run to draw its controls."""
        live, worked_out = self._kept.of(folder)
        here, generator = live.here, live.here.generator
        with self._lock:
            if "layers" not in worked_out:
                worked_out["layers"] = [
                    {"name": one.name, "kind": one.kind, "shape": list(one.output), "parameters": one.num_parameters}
                    for one in layers_of(live)
                ]
        return {
            "recipe": here.run.config.recipe,
            "data": here.run.config.data.tag,
            "num_images": here.run.checkpoint.num_images,
            "generator": type(generator).__name__,
            "kind": "images" if here.spec.is_image else "points",
            "shape": list(here.spec.shape),
            "latent_size": generator.latent_size,
            "classes": [here.name_of(k) for k in range(here.algorithm.num_classes)],
            "num_layers": live.num_layers,
            "along": live.along,
            "truncation": live.truncation,
            "noise": live.styled is not None and len(live.styled.noise_layers) > 0,
            "directions": {by: self.directions(live, by) for by in ("sefa", "classes")},
            "labelled": bool(here.spec.num_classes),
            "layers": worked_out["layers"],
            "discriminator": "discriminator" in here.networks,
        }

    @staticmethod
    def directions(live: Live, by: str) -> dict[str, Any] | None:
        """Names of directions and how they were found; None where they are not known yet."""
        try:
            ways = live.ways(by)
        except UserError:
            return None
        return {"names": list(ways.names), "about": ways.about}

    def spectrum(self, folder: Path) -> dict[str, Any]:
        """Radially averaged power of samples and of the training data, as many of each. Raises UserError for points."""
        live, worked_out = self._kept.of(folder)
        if not live.here.spec.is_image:
            raise UserError("points have no spectrum")
        with self._lock:
            if "spectrum" not in worked_out:
                data, _ = live.here.data(self._data_dir)
                num = min(NUM_FOR_SPECTRUM, len(data))
                real, fake = SpectrumSums(), SpectrumSums()
                real.add(data.items[torch.randperm(len(data), generator=generator_for(0, "spectrum"))[:num]])
                for batch in live.here.run.sample_batches(num):
                    fake.add(batch.clamp(-1, 1))
                worked_out["spectrum"] = {
                    "num": num,
                    "data": data.name,
                    **{name: spectrum_plain(sums) for name, sums in (("real", real), ("fake", fake))},
                }
            return worked_out["spectrum"]

    def real_points(self, folder: Path) -> dict[str, Any]:
        """Points of the training data to draw below samples. Raises UserError for images."""
        live, worked_out = self._kept.of(folder)
        if live.here.spec.is_image:
            raise UserError("this run makes images; there are no points to draw")
        with self._lock:
            if "points" not in worked_out:
                data, _ = live.here.data(self._data_dir)
                worked_out["points"] = {"data": data.name, "points": data.items[:NUM_POINTS].tolist()}
            return worked_out["points"]
