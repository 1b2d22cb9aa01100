"""A small vision transformer as a classifier, to set beside the CNN and to measure features with.

Paper: Dosovitskiy et al. 2021, "An image is worth 16x16 words" (arXiv:2010.11929): patches as tokens, a class token,
learned positions, pre-norm blocks. Ours is small: patch 4, width 128, 4 heads, 4 layers, and perceptrons twice as wide
as a token instead of four times. Steps as such networks need them: AdamW, a rate that rises, then falls as a cosine.
Command: ganwright train cifar10 --recipe classifier-vit --data.flip true.
Ours: the test accuracy stands in the file of each fitted classifier and beside every figure made with it.
"""

from ganwright.algorithms.classification import ClassificationConfig
from ganwright.core.schedules import WarmCosine
from ganwright.data.digits import DigitsConfig
from ganwright.networks.vit import ViTClassifierConfig
from ganwright.recipes.run_config import RunConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import AdamW


def classifier_vit() -> RunConfig:
    """A small vision transformer as a classifier, with full attention or windows."""
    return RunConfig(
        recipe="classifier-vit",
        data=DigitsConfig(),
        algorithm=ClassificationConfig(classifier=ViTClassifierConfig(), label_smoothing=0.05, shift=2),
        optimisers={"classifier": AdamW(learning_rate=WarmCosine(peak=1e-3, end=1e-5), weight_decay=0.05)},
        ema=EMAConfig(half_life_images=5_000),
        batch_size=128,
        images=400_000,
        log_images=5_000,
        tick_images=50_000,
        keep_checkpoints=1,
    )
