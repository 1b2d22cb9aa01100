"""The figures that look beyond two sides: at the training data, at unseen data, at the generator itself."""

from ganwright.metrics.base import Estimate, Pair, Scene
from ganwright.metrics.memorisation import memorisation_of
from ganwright.metrics.parzen import parzen_of
from ganwright.metrics.path_length import path_length_of

NUM_PATHS = 2_000


def memorisation_in(scene: Scene) -> Estimate:
    """How often samples are nearer to the training data than unseen data is."""
    assert scene.training is not None
    assert scene.held_out is not None
    pair = Pair(scene.held_out, scene.fake, scene.progress)
    return memorisation_of(pair, scene.training, train_items=scene.training_items)


def parzen_in(scene: Scene) -> Estimate:
    """How likely unseen items are under windows at the samples."""
    assert scene.held_out is not None
    return parzen_of(Pair(scene.held_out, scene.fake, scene.progress))


def path_length_in(scene: Scene) -> Estimate:
    """How far features move along paths through latent space."""
    walk, features = scene.walk, scene.features
    assert walk is not None
    assert features is not None
    ends = walk.latents(2 * NUM_PATHS)
    labels = None if walk.labels is None else walk.labels[:NUM_PATHS]
    if labels is not None and len(labels) < NUM_PATHS:
        labels = labels.repeat(-(-NUM_PATHS // len(labels)))[:NUM_PATHS]
    return path_length_of(
        walk.generate,
        features,
        ends[:NUM_PATHS],
        ends[NUM_PATHS:],
        labels=labels,
        seed=scene.fake.seed,
        progress=scene.progress,
    )
