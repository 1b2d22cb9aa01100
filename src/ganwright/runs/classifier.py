"""Classifiers that figures are measured with: shipped, given as a file, or fitted once on the data's labels."""

import hashlib
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pooch

from ganwright.algorithms.classification import ClassificationConfig
from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.seeding import seed_global
from ganwright.core.table import look_up
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.data.loader import Loader
from ganwright.data.stacked import StackedDigits
from ganwright.metrics.classifiers import FittedClassifier, accuracy, load, save, shipped
from ganwright.metrics.features import FeatureExtractor
from ganwright.metrics.features.classifier import ClassifierFeatures
from ganwright.metrics.modes import StackFeatures
from ganwright.networks.base import Classifier, ClassifierConfig
from ganwright.networks.vit import ViTClassifierConfig
from ganwright.recipes.classifier_cnn import classifier_cnn
from ganwright.recipes.classifier_vit import classifier_vit
from ganwright.recipes.run_config import RunConfig
from ganwright.training import Callback, Engine, Interrupted
from ganwright.training.precision import choose_device

RECIPES: dict[str, Callable[[], RunConfig]] = {"cnn": classifier_cnn, "vit": classifier_vit}
"""The recipe that trains each kind of network."""

MIN_PER_CLASS = 20
HELD_OUT = 10  # without a test split, every tenth item judges the classifier
SMALL_SIDE = 16
SMALL_SHIFT, SMALL_PATCH = 1, 2  # pixels, of images with a side shorter than that


def features_for(
    source: DataConfig, data: Dataset, classifier: str | Path | None, data_dir: str | None
) -> FeatureExtractor | None:
    """Return the features for a data set as `Run.evaluate` describes, or None where no classifier can be had.

    Stacked digits are judged channel by channel, by a classifier of single digits.
    """
    if classifier is None or classifier == "none":
        return None
    if isinstance(data, StackedDigits):
        single = shipped(data.digits) if classifier == "auto" else load(Path(classifier))
        return None if single is None else StackFeatures(ClassifierFeatures(single))
    if classifier != "auto":
        return ClassifierFeatures(load(Path(classifier)))
    if not data.spec.is_image:
        return None
    ready = shipped(source.tag)
    if ready is not None:
        return ClassifierFeatures(ready)
    if data.labels is None or len(data.class_names) < 2:
        return None
    wanted = planned_fit(source, data, data_dir)
    if not wanted.done:
        print(f"fitting a classifier on {data.name} (once; kept in {wanted.place.parent})", file=sys.stderr)
    return ClassifierFeatures(wanted.fitted())


def ready_for(source: DataConfig, data: Dataset, data_dir: str | None) -> FittedClassifier | None:
    """The classifier of a data set's classes that is there already: shipped, or in the cache; else None."""
    if isinstance(data, StackedDigits) or not data.spec.is_image:
        return None
    ready = shipped(source.tag)
    if ready is not None or data.labels is None:
        return ready
    with suppress(UserError):  # too few items, or a single class
        wanted = planned_fit(source, data, data_dir)
        return wanted.fitted() if wanted.done else None
    return None


@dataclass(frozen=True)
class Fit:
    """A classifier to be trained, or one that was trained just so and lies in the cache.

    config: what it is trained by. train, test: what on, and what its accuracy is measured on.
    flip: whether training images are mirrored with probability 1/2.
    place: its files in the cache, without endings; named by a hash of the data and of all that shapes the weights.
    """

    config: RunConfig
    train: Dataset
    test: Dataset
    flip: bool
    place: Path

    @property
    def done(self) -> bool:
        """True where the cache holds it."""
        return self.place.with_suffix(".json").exists()

    def fitted(self, callbacks: Sequence[Callback] = ()) -> FittedClassifier:
        """Return it from the cache, or train it and keep it there."""
        if not self.done:
            save(self.run(callbacks), self.place)
        return load(self.place)

    def run(self, callbacks: Sequence[Callback] = ()) -> FittedClassifier:
        """Train it through the same engine as everything, and measure its accuracy. The hash comes with its file."""
        device, seed = choose_device("auto"), self.config.seed
        seed_global(seed, "networks")
        algorithm = self.config.algorithm.build(self.train.spec)
        loader = Loader(self.train, seed, device, flip=self.flip)
        with tempfile.TemporaryDirectory() as place:
            events = EventWriter(Path(place) / "events.jsonl")
            engine = Engine(algorithm, loader, self.config, Path(place), device, events, callbacks=callbacks)
            try:
                engine.run()
            except Interrupted as stop:  # what was to be evaluated is untouched; the fit starts again next time
                raise KeyboardInterrupt from stop
        network = engine.averaged()["classifier"].cpu()
        assert isinstance(network, Classifier)
        assert self.test.labels is not None
        score = accuracy(network, self.test.items, self.test.labels)
        names, own = self.train.class_names, _classifier_of(self.config)
        return FittedClassifier(network, own, self.train.name, self.train.spec, names, score, len(self.test), "")


def planned_fit(
    source: DataConfig,
    data: Dataset,
    data_dir: str | None = None,
    *,
    network: str = "cnn",
    images: int | None = None,
    seed: int = 0,
    flip: bool = False,
) -> Fit:
    """Resolve what is to be fitted on the labels of a data set; nothing is trained yet.

    network: a row of RECIPES. Images with a side below 16 pixels are moved by 1 pixel at most, and cut by the ViT into
        patches of 2; others as the recipe says.
    images: training images seen; None: the recipe's, or eight epochs where that is more (at most a million).
    seed: of weights, order and augmentation.
    flip: mirror training images with probability 1/2. For photographs; digits and letters have a left and a right.
    Its accuracy is measured on the test split; without one, on every tenth item, held out from training.
    Raises UserError for points, for data without labels or with too few items, and for an unknown network.
    """
    config = look_up(RECIPES, network, "network")()
    if not data.spec.is_image:
        raise UserError(f"{data.name} holds points; a classifier looks at images")
    if data.labels is None or len(data.class_names) < 2:
        raise UserError(f"{data.name} has no labels of at least 2 classes, and a classifier learns from labels")
    test, train = _test_split(source, data, data_dir), data
    if test is None:
        if len(data) < MIN_PER_CLASS * len(data.class_names):
            least = MIN_PER_CLASS * len(data.class_names)
            raise UserError(
                f"{data.name} has too few items to fit a classifier: {len(data):,}, and {least:,} are needed without a "
                "test split; evaluate with --features none"
            )
        test, train = data.subset(slice(0, None, HELD_OUT)), data.without(slice(0, None, HELD_OUT))
    images = images or min(max(config.images, 8 * len(train)), 1_000_000)
    options: dict[str, Any] = {"seed": seed, "images": images, "batch_size": min(config.batch_size, len(train))}
    if min(train.spec.shape[1:]) < SMALL_SIDE:
        options["shift"] = SMALL_SHIFT
        if isinstance(_classifier_of(config), ViTClassifierConfig):
            options["classifier.patch"] = SMALL_PATCH
    config = config.override(options)
    key = f"{data.content_hash} {test.content_hash} {flip} {_shaping(config)}"
    name = f"{source.tag}-{network}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"
    return Fit(config, train, test, flip, cache_folder() / name)


def fit(source: DataConfig, data: Dataset, data_dir: str | None = None, **options: Any) -> FittedClassifier:
    """Train a classifier anew on the labels of a data set; arguments as in `planned_fit`."""
    return planned_fit(source, data, data_dir, **options).run()


def cached() -> dict[Path, FittedClassifier]:
    """The classifiers in the cache, by the path of their files without endings; damaged ones are left out."""
    found: dict[Path, FittedClassifier] = {}
    for path in sorted(cache_folder().glob("*.json")):
        with suppress(UserError):
            found[path.with_suffix("")] = load(path)
    return found


def cache_folder() -> Path:
    """Where fitted classifiers are kept, in the user's cache."""
    return Path(pooch.os_cache("ganwright")) / "classifiers"


def _classifier_of(config: RunConfig) -> ClassifierConfig:
    assert isinstance(config.algorithm, ClassificationConfig)
    return config.algorithm.classifier


def _shaping(config: RunConfig) -> str:
    """All of a config that the weights depend on; the data is known by its content."""
    parts = ("algorithm", "optimisers", "ema", "precision", "seed", "images", "batch_size", "accumulation")
    plain = config.plain()
    return json.dumps({part: plain[part] for part in parts if part in plain}, sort_keys=True)


def _test_split(source: DataConfig, data: Dataset, data_dir: str | None) -> Dataset | None:
    try:
        test = source.build("test", data_dir)
    except UserError:
        return None
    return test if len(test) and test.labels is not None else None
