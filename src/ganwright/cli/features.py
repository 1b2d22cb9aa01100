"""`ganwright features`: what figures can be measured on, and classifiers fitted for that."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App

from ganwright.cli.flags import DataDir, Flag, Json, MaybeWhole, Quiet, Whole, verb

if TYPE_CHECKING:
    from ganwright.metrics.classifiers import FittedClassifier

app = App(name="features", help="What figures are measured on; fit classifiers for it.")

fit_app = verb(
    "features fit",
    "DATA [flags]",
    """
ganwright features fit digits
ganwright features fit cifar10 --network vit --flip
ganwright features fit folder:faces --images 200_000 --out classifiers/faces
""",
)
list_app = verb(
    "features list",
    "[--json]",
    """
ganwright features list
ganwright features list --json
""",
)
app.command(fit_app)
app.command(list_app)


@fit_app.default
def fit(
    data: str,
    /,
    *,
    network: str = "cnn",
    images: MaybeWhole = None,
    seed: Whole = 0,
    flip: Flag = False,
    out: Path | None = None,
    data_dir: DataDir = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fit a classifier on the labels of data, to measure samples with.

    It is trained once and kept in the cache; the same command again only prints
    what is there. `evaluate` takes the CNN of its data by itself.

    Args:
        data: Labelled images, as `train` takes them.
        network: cnn, compact and quick, or vit, a small vision transformer.
        images: Training images seen; by default 300,000 (cnn) or 400,000 (vit), or eight passes where that is more.
        seed: Of weights, order and augmentation, 0 or more.
        flip: Mirror training images at random. For photos; not for digits or letters.
        out: Write PATH.safetensors and PATH.json too.
    """
    from ganwright.cli import output
    from ganwright.cli.progress import progress
    from ganwright.core.errors import UserError
    from ganwright.data import parse_data
    from ganwright.metrics.classifiers import save
    from ganwright.runs.classifier import planned_fit

    if seed < 0 or (images is not None and images < 1):
        raise UserError("--seed is 0 or more, and --images 1 or more")
    source, place = parse_data(data), None if data_dir is None else str(data_dir)
    dataset = source.load("train", place)
    wanted = planned_fit(source, dataset, place, network=network, images=images, seed=seed, flip=flip)
    messages, config = output.messages(quiet), wanted.config
    if wanted.done:
        messages.print(f"fitted before; it is in {wanted.place.parent}")
        fitted = wanted.fitted()
    else:
        messages.print(
            f"{config.recipe} on {dataset.name} ({len(wanted.train):,} items, {dataset.spec}), seed {config.seed}"
        )
        with progress(messages, config.images) as display:
            fitted = wanted.fitted([display])
    path = wanted.place
    if out is not None:
        save(fitted, out)
        path = out.with_suffix("")
    output.print_result(json, _plain(path, fitted), _lines(path, fitted))


@list_app.default
def list_features(*, json: Json = False) -> None:
    """List the features there are and the classifiers fitted so far."""
    from ganwright.cli import output
    from ganwright.cli.list import describe
    from ganwright.metrics.features import FEATURES
    from ganwright.runs.classifier import cache_folder, cached

    table = {name: describe(row) for name, row in FEATURES.items()}
    fitted = cached()
    plain = {
        "features": [{"name": name, "description": text} for name, text in table.items()],
        "classifiers": [_plain(path, own) for path, own in fitted.items()],
        "cache": cache_folder(),
    }
    lines: list[Any] = [*output.table(("features", "what they are"), list(table.items())), ""]
    if fitted:
        rows = [
            (own.data, own.config.tag, f"{own.test_accuracy:.2%} of {own.num_test:,}", own.hash[:12], path.name)
            for path, own in fitted.items()
        ]
        lines += [*output.table(("data", "network", "right in test", "hash", "file"), rows), f"in {cache_folder()}"]
    else:
        lines.append("no classifier has been fitted yet; `ganwright features fit DATA` does")
    output.print_result(json, plain, lines)


def _plain(path: Path, fitted: "FittedClassifier") -> dict[str, Any]:
    """What there is to know of a classifier, for a program."""
    return {
        "data": fitted.data,
        "network": fitted.config.plain(),
        "shape": fitted.spec.shape,
        "num_classes": fitted.spec.num_classes,
        "test_accuracy": fitted.test_accuracy,
        "num_test": fitted.num_test,
        "sha256": fitted.hash,
        "path": path,
    }


def _lines(path: Path, fitted: "FittedClassifier") -> Iterator[str]:
    """The same for people."""
    yield f"fitted   {fitted.config.tag} on {fitted.data}, {fitted.spec}"
    yield f"right    {fitted.test_accuracy:.2%} of {fitted.num_test:,} test items"
    yield f"hash     {fitted.hash[:12]}"
    yield f"file     {path}.safetensors"
    yield f"next     ganwright evaluate RUN --features classifier:{path}"
