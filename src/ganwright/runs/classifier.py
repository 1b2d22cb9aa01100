"""The classifier that figures are measured with: shipped, given as a file, or fitted once on the data's labels."""

import sys
import tempfile
from pathlib import Path

import pooch

from ganwright.core.errors import UserError
from ganwright.core.events import EventWriter
from ganwright.core.seeding import seed_global
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.data.loader import Loader
from ganwright.data.stacked import StackedDigits
from ganwright.metrics.classifiers import ClassifierFeatures, FittedClassifier, accuracy, load, save, shipped
from ganwright.metrics.features import FeatureExtractor
from ganwright.metrics.modes import StackFeatures
from ganwright.networks.base import Classifier
from ganwright.recipes.classifier_cnn import classifier_cnn
from ganwright.training import Engine, Interrupted
from ganwright.training.precision import choose_device

MIN_PER_CLASS = 20
HELD_OUT = 10  # without a test split, every tenth item judges the classifier


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
    place = Path(pooch.os_cache("ganwright")) / "classifiers" / f"{source.tag}-{data.content_hash[:16]}"
    if not place.with_suffix(".json").exists():
        print(f"fitting a classifier on {data.name} (once; kept in {place.parent})", file=sys.stderr)
        save(fit(source, data, data_dir), place)
    return ClassifierFeatures(load(place))


def fit(
    source: DataConfig, data: Dataset, data_dir: str | None = None, images: int | None = None, seed: int = 0
) -> FittedClassifier:
    """Train the recipe `classifier-cnn` on the labels of a data set, through the same engine as everything.

    images: training images; None: the recipe's, or eight epochs where that is more (at most a million).
    Its accuracy is measured on the test split; without one, on every tenth item, held out from training.
    """
    test = _test_split(source, data, data_dir)
    train = data
    if test is None:
        if len(data) < MIN_PER_CLASS * len(data.class_names):
            raise UserError(f"{data.name} has too few items to fit a classifier; evaluate with --classifier none")
        test, train = data.subset(slice(0, None, HELD_OUT)), data.without(slice(0, None, HELD_OUT))
    config = classifier_cnn()
    images = images or min(max(config.images, 8 * len(train)), 1_000_000)
    config = config.override({"seed": seed, "images": images, "batch_size": min(128, len(train))})
    device = choose_device("auto")
    seed_global(seed, "networks")
    algorithm = config.algorithm.build(train.spec)
    with tempfile.TemporaryDirectory() as place:
        events = EventWriter(Path(place) / "events.jsonl")
        engine = Engine(algorithm, Loader(train, seed, device), config, Path(place), device, events)
        try:
            engine.run()
        except Interrupted as stop:  # what was to be evaluated is untouched; the fit starts again next time
            raise KeyboardInterrupt from stop
    network = engine.averaged()["classifier"].cpu()
    assert isinstance(network, Classifier)
    assert test.labels is not None
    score = accuracy(network, test.items, test.labels)
    network_config = config.algorithm.classifier  # pyright: ignore[reportAttributeAccessIssue]
    return FittedClassifier(network, network_config, data.name, train.spec, data.class_names, score, len(test), "")


def _test_split(source: DataConfig, data: Dataset, data_dir: str | None) -> Dataset | None:
    try:
        test = source.build("test", data_dir)
    except UserError:
        return None
    return test if len(test) and test.labels is not None else None
