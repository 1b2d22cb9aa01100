"""The compact CNN whose features FID on small images is measured on.

Paper: none; four 3x3 convolutions with batch normalisation and a mean over the image, shifted images, averaged weights.
Command: ganwright train mnist --recipe classifier-cnn --epochs 8.
Ours: the test accuracy stands in the file of each fitted classifier and beside every figure made with it.
"""

from ganwright.algorithms.classification import ClassificationConfig
from ganwright.core.schedules import Cosine
from ganwright.data.digits import DigitsConfig
from ganwright.networks.classifier import CnnClassifierConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import Adam


def classifier_cnn() -> RunConfig:
    """A compact CNN classifier: the eyes of FID on small labelled images."""
    return RunConfig(
        recipe="classifier-cnn",
        data=DigitsConfig(),
        algorithm=ClassificationConfig(classifier=CnnClassifierConfig(), label_smoothing=0.05, shift=2),
        optimisers={"classifier": Adam(learning_rate=Cosine(start=3e-3, end=1e-5), betas=(0.9, 0.999))},
        ema=EMAConfig(half_life_images=5_000),
        batch_size=128,
        images=300_000,
        log_images=5_000,
        tick_images=50_000,
        keep_checkpoints=1,
    )
