"""The networks that judge, ready to be asked: which pixels a place sees, and what patches do to a score."""

import threading
from collections import OrderedDict
from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.data.dataset import Dataset, to_float, to_uint8
from ganwright.explore.patches import PatchScores, covered, shares
from ganwright.explore.receptive import receptive_field
from ganwright.explore.shapes import shapes
from ganwright.networks.committee import Committee
from ganwright.recipes.catalog import recipe
from ganwright.runs.blueprint import judge_of, one_item
from ganwright.runs.run import Run
from ganwright.studio.architectures.drawn import Drawn, spec_of
from ganwright.studio.explore.targets import Targets
from ganwright.studio.opened import Kept, opened_runs
from ganwright.studio.replies import Query
from ganwright.studio.state import Studio

MOST_MULTIPLY_ADDS = 3e9
MOST_PARAMETERS = 60e6
MOST_NETWORKS = 3
MOST_SHOWN = 64
NUM_NOISE = 4
NUM_CONTEXT = 64
PICTURE = r"^(real|sample):[0-9]{1,6}$|^upload:[A-Za-z0-9_-]{8,32}$"


class Seen(Drawn):
    """A place of a layer's output of the network that judges."""

    layer: str = Field(max_length=200)
    row: int = Field(default=0, ge=0, le=1000)
    column: int = Field(default=0, ge=0, le=1000)


class Shown(Query):
    """A picture for a run: "real:N" of its training data, "sample:N" of its generator, or "upload:NAME"."""

    run: str = Field(max_length=1000)
    picture: str = Field(default="real:0", pattern=PICTURE)


class Judged(Shown):
    """What patches of the picture do to the score.

    method: "shares" of the last feature map's places, or patches "covered" in the image. side: covered patches along
    the shorter side. label: the class that a conditional run is told; None: the picture's own, or the first.
    """

    method: Literal["shares", "covered"] = "covered"
    side: int = Field(default=8, ge=1, le=32)
    label: int | None = Field(default=None, ge=0, le=100_000)


class Judges:
    """The studio's service. One question at a time: answers come from hooks on networks that are shared."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self._fresh: OrderedDict[Any, nn.Module] = OrderedDict()
        self._data: Kept[Dataset] = Kept(self._load)
        self._context: dict[str, dict[str, list[float]]] = {}
        self._lock = threading.RLock()

    # -- what a place sees ---------------------------------------------------------------------------------------

    def field(self, query: Seen) -> dict[str, Any]:
        """The receptive field of one place."""
        with self._lock:
            network, spec, pack = self._judge(query)
            if not spec.is_image:
                raise UserError("points have no pixels, so no place of a layer has a receptive field")
            items, labels = _noise(spec, pack), _labels(network, NUM_NOISE)
            found = receptive_field(network, query.layer, items, query.row, query.column, labels)
            height, width = spec.shape[1:]
            factor = -(-max(height, width) // MOST_SHOWN)
            influence = torch.nn.functional.avg_pool2d(found.influence[None, None], factor, ceil_mode=True)[0, 0]
            return {
                "layer": found.layer,
                "grid": list(found.grid),
                "place": list(found.place),
                "box": [found.top, found.left, found.bottom, found.right],
                "size": [height, width],
                "influence": [[round(v, 3) for v in row] for row in (influence / influence.max()).tolist()],
                "half": _half(found.influence),
            }

    def _judge(self, query: Drawn) -> tuple[nn.Module, DataSpec, int]:
        if query.run is not None:
            run = self._run(query.run)
            return _judge_of_run(run), spec_of(run), getattr(run.config.algorithm, "pack", 1)
        spec, config = query.spec, recipe(query.recipe, query.preset)
        pack = getattr(config.algorithm, "pack", 1)
        key = (query.recipe, query.preset, spec)
        if key not in self._fresh:
            with torch.device("meta"):
                draft = judge_of(config, spec)
                work = shapes(draft, *one_item(draft, spec, pack))
            if work.multiply_adds > MOST_MULTIPLY_ADDS or work.num_parameters > MOST_PARAMETERS:
                raise UserError(
                    f"this network is too large to be traced here ({work.num_parameters:,} parameters, "
                    f"{work.multiply_adds:,} multiply-adds); choose a smaller shape or preset"
                )
            self._fresh[key] = judge_of(config, spec)
        self._fresh.move_to_end(key)
        while len(self._fresh) > MOST_NETWORKS:
            self._fresh.popitem(last=False)
        return self._fresh[key], spec, pack

    # -- what patches do -----------------------------------------------------------------------------------------

    def facts(self, query: Shown) -> dict[str, Any]:
        """What can be asked about a run's pictures."""
        with self._lock:
            run = self._run(query.run)
            network, spec = _judge_of_run(run), spec_of(run)
            if not spec.is_image:
                raise UserError(f"{run.path.name} makes points; patches are of pictures")
            _check_alone(run)
            context = self._scores(run, network)
            return {
                "shape": list(spec.shape),
                "num_real": len(self._data.of(run.path)),
                "conditional": bool(getattr(network, "num_classes", 0)),
                "class_names": list(run.class_names),
                "sides": [s for s in (2, 4, 7, 8, 14, 16, 28, 32) if s <= min(spec.shape[1:])],
                "context": context,
            }

    def item(self, query: Shown) -> tuple[Tensor, int | None]:
        """The picture, float (C, H, W) in [-1, 1], and its class where it has one."""
        with self._lock:
            run = self._run(query.run)
            kind, _, name = query.picture.partition(":")
            if kind == "upload":
                item = self.studio.service(Targets).of(name)
                if tuple(item.shape) != spec_of(run).shape:
                    raise UserError("the picture was made ready for another run; choose it again")
                return item, None
            number = int(name)
            if kind == "sample":
                classes = run.model[0].num_classes
                return run.sample(number % 256 + 1)[-1].clamp(-1, 1), number % 256 % classes if classes else None
            data = self._data.of(run.path)
            index = number % len(data)
            label = None if data.labels is None else int(data.labels[index])
            return to_float(data.items[index]), label

    def patches(self, query: Judged) -> dict[str, Any]:
        """The score of a picture and what its parts do to it."""
        with self._lock:
            run = self._run(query.run)
            _check_alone(run)
            network = _judge_of_run(run)
            item, own = self.item(query)
            asked = own if query.label is None else query.label
            classes = getattr(network, "num_classes", 0)
            if classes and (asked or 0) >= classes:
                raise UserError(f"there is no class {asked}; classes are 0 to {classes - 1}")
            label = torch.tensor([asked or 0]) if classes else None
            exact = None
            if not isinstance(network, Committee) and not _looks_at_batch(network):
                exact = shares(network, item, label)
            if query.method == "shares" and exact is None:
                raise UserError(
                    "this discriminator's score is no sum over places of a feature map; cover patches of the image"
                )
            found = exact if query.method == "shares" else None
            found = found or covered(_scorer(run, network, label), item, query.side)
            return {**_plain(found), "has_shares": exact is not None, "label": None if label is None else int(label)}

    def _scores(self, run: Run, network: nn.Module) -> dict[str, list[float]]:
        """Of some real items and samples, sorted: what a score is to be compared with."""
        key = str(run.checkpoint.state()["sha256"])
        if key not in self._context:
            data = self._data.of(run.path)
            rows = torch.linspace(0, len(data) - 1, min(NUM_CONTEXT, len(data))).long()
            labels = data.labels[rows] if data.labels is not None and getattr(network, "num_classes", 0) else None
            classes = run.model[0].num_classes
            made = run.sample(len(rows)).clamp(-1, 1)
            theirs = torch.arange(len(rows)) % classes if classes else labels
            real = _scores_of(run, network, to_float(data.items[rows]), labels)
            fake = _scores_of(run, network, made, theirs)
            while len(self._context) > 16:
                self._context.pop(next(iter(self._context)))
            self._context[key] = {"real": real, "fake": fake}
        return self._context[key]

    def _run(self, id: str) -> Run:
        return opened_runs(self.studio).of(self.studio.run_folder(id))

    def _load(self, run: Run) -> Dataset:
        folder = self.studio.data_dir
        return run.config.data.load("train", str(folder) if folder else run._data_dir())


def pixels(item: Tensor) -> Tensor:
    """An item as uint8 (1, C, H, W)."""
    return to_uint8(item[None])


def _judge_of_run(run: Run) -> nn.Module:
    networks = run.model[1]
    found = networks.get("discriminator") or networks.get("classifier")
    if found is None:
        raise UserError(f"{run.path.name} has no network that judges images")
    return found


def _check_alone(run: Run) -> None:
    if run.model[0].score is None:
        raise UserError(f"{run.path.name} trains no discriminator; nothing scores its pictures")
    if (pack := getattr(run.config.algorithm, "pack", 1)) > 1:
        raise UserError(f"this discriminator judges {pack} pictures together, so none has a score of its own")


def _looks_at_batch(network: nn.Module) -> bool:
    """True where an item's score depends on the others in evaluation too: minibatch layers; batch norm's does not."""
    return any(getattr(m, "uses_batch_statistics", False) for m in network.modules())


def _scorer(run: Run, network: nn.Module, label: Tensor | None) -> Any:
    """Scores items each by itself."""

    def score(items: Tensor) -> Tensor:
        parts = items.split(1) if _looks_at_batch(network) else (items,)
        return torch.cat([run.score(part, None if label is None else label.expand(len(part))) for part in parts])

    return score


def _scores_of(run: Run, network: nn.Module, items: Tensor, labels: Tensor | None) -> list[float]:
    """Of each item by itself, sorted."""
    own = [None] * len(items) if labels is None else labels.split(1)
    scores = [_scorer(run, network, label)(item[None]) for item, label in zip(items, own, strict=True)]
    return torch.cat(scores).sort().values.tolist()


def _labels(network: nn.Module, num: int) -> Tensor | None:
    conditional = getattr(network, "num_classes", 0) and hasattr(network, "has_classes_head")
    return torch.zeros(num, dtype=torch.int64) if conditional else None


def _noise(spec: DataSpec, pack: int) -> Tensor:
    channels, *size = spec.shape
    return torch.rand(NUM_NOISE, channels * pack, *size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def _half(influence: Tensor) -> float:
    """The share of the image's pixels that have half of the influence between them."""
    falling = influence.flatten().sort(descending=True).values.cumsum(0)
    return float((falling < 0.5).sum() + 1) / influence.numel()


def _plain(found: PatchScores) -> dict[str, Any]:
    return {
        "values": [[float(f"{v:.4g}") for v in row] for row in found.values.tolist()],
        "score": found.score,
        "rest": found.rest,
        "layer": found.layer,
    }
