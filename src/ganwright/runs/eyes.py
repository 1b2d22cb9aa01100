"""The features that figures are measured on: named, or chosen to suit the data."""

from pathlib import Path

from ganwright.core.errors import UserError
from ganwright.core.table import look_up
from ganwright.data.dataset import DataConfig, Dataset
from ganwright.metrics.features import FeatureExtractor, default_features, parse_features
from ganwright.metrics.features.resize import RULES
from ganwright.runs.classifier import features_for as classifier_for


def eyes_for(
    source: DataConfig,
    data: Dataset,
    features: str = "auto",
    weights: str | Path | None = None,
    resize: str | None = None,
    data_dir: str | None = None,
) -> FeatureExtractor | None:
    """Return the features of that name, or None for "none".

    features: "auto": for points the points themselves; for images with labels the classifier that ships for the data,
        or one that is fitted on the labels now and kept; for others a fixed random embedding.
        "classifier", the same without a substitute. Else a row of the table FEATURES with what it takes: "inception",
        "random:7" or "onnx:FILE".
    weights: a file of weights, for features that want one. resize: a row of RULES, how images are brought to the size
        that named features want; None: their own rule.
    """
    name, _, path = features.partition(":")
    if name in ("auto", "none") and weights is not None:
        raise UserError(f"features '{features}' take no weights file; leave {weights} away, or name features")
    if resize is not None:
        look_up(RULES, resize, "resize rule")
        if name in ("auto", "none"):
            raise UserError(
                f"a resize rule goes with features that are named, such as --features random, not with '{features}'"
            )
    if features == "none":
        return None
    if name in ("auto", "classifier") and data.spec.is_image:
        given = path or weights
        found = classifier_for(source, data, given if given and name == "classifier" else "auto", data_dir)
        if found is not None:
            return found
    if features == "auto":
        return default_features(data.spec)
    return parse_features(features, data.spec, weights=None if weights is None else Path(weights), rule=resize)
