"""Classifiers as files: hashed weights with the network's config, the data they were fitted on and their test accuracy.

Those of MNIST and of the embedded digits ship with the package, so that figures compare between machines.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor

from ganwright.core.config import Config
from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of, write_atomic, write_json
from ganwright.core.spec import DataSpec
from ganwright.core.table import look_up
from ganwright.data.dataset import to_float
from ganwright.networks import CLASSIFIERS
from ganwright.networks.base import Classifier, ClassifierConfig

_NOT_SAVED = "num_batches_tracked"
SHIPPED = Path(__file__).parent / "assets"


@dataclass(frozen=True)
class FittedClassifier:
    """A trained classifier and what must be said of it.

    data: name of the data set it was fitted on. spec: what it takes; other sizes are resized to it.
    test_accuracy: share of held-out items it gets right. num_test: how many those are.
    hash: SHA-256 of its weights file, 64 hex digits.
    """

    network: Classifier
    config: ClassifierConfig
    data: str
    spec: DataSpec
    class_names: tuple[str, ...]
    test_accuracy: float
    num_test: int
    hash: str


def accuracy(network: Classifier, items: Tensor, labels: Tensor, batch_size: int = 500) -> float:
    """Share of items (uint8 or float) whose label the network gets right, in evaluation mode."""
    network.eval()
    with torch.no_grad():
        right = [
            (network(to_float(x)).argmax(1) == y).sum()
            for x, y in zip(items.split(batch_size), labels.split(batch_size), strict=True)
        ]
    return float(torch.stack(right).sum()) / len(labels)


def save(fitted: FittedClassifier, path: Path) -> None:
    """Write PATH.safetensors and PATH.json."""
    weights = {
        k: v.contiguous() for k, v in fitted.network.state_dict().items() if not k.endswith("num_batches_tracked")
    }
    file = path.with_suffix(".safetensors")
    write_atomic(file, lambda p: safetensors.torch.save_file(weights, p))
    record = {
        "network": fitted.config.plain(),
        "spec": asdict(fitted.spec),
        "data": fitted.data,
        "class_names": list(fitted.class_names),
        "test_accuracy": fitted.test_accuracy,
        "num_test": fitted.num_test,
        "sha256": sha256_of(file),
    }
    write_json(path.with_suffix(".json"), record)


def load(path: Path) -> FittedClassifier:
    """Read what `save` wrote. Raises UserError where a part is missing, damaged or does not fit."""
    file = path.with_suffix(".safetensors")
    try:
        record = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        spec = DataSpec(tuple(record["spec"]["shape"]), record["spec"]["num_classes"], record["spec"]["bounded"])
        config = _config(record["network"])
        if sha256_of(file) != record["sha256"]:
            raise UserError(f"classifier {file} is damaged (its hash differs); fit it again or restore the file")
        with torch.random.fork_rng(devices=()):  # the fresh weights are thrown away, so nobody's numbers change
            network = config.build(spec)
        found = network.load_state_dict(safetensors.torch.load_file(file), strict=False)
        if found.unexpected_keys or any(not k.endswith(_NOT_SAVED) for k in found.missing_keys):
            raise UserError(f"classifier {file} holds the weights of another network; fit it again")
    except OSError as error:
        raise UserError(
            f"cannot read classifier {path}: {error.strerror}; it needs a .safetensors and a .json"
        ) from error
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{path}.json does not describe a classifier: {str(error).splitlines()[0]}") from error
    names, score = tuple(record["class_names"]), record["test_accuracy"]
    return FittedClassifier(network, config, record["data"], spec, names, score, record["num_test"], record["sha256"])


def shipped(name: str) -> FittedClassifier | None:
    """The classifier that ships for a data set, or None."""
    path = SHIPPED / name
    return load(path) if path.with_suffix(".json").exists() else None


def _config(plain: dict[str, object]) -> ClassifierConfig:
    row: type[Config] = look_up(CLASSIFIERS, str(plain.get("kind")), "classifier")
    config = row.parse(plain, "classifier")
    assert isinstance(config, ClassifierConfig)
    return config
