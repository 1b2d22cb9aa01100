"""A run at one moment, as probes see it: fixed latents, fixed real items, and what both networks make of them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property

import torch
from torch import Tensor, nn

from ganwright.algorithms.adversarial import AdversarialConfig
from ganwright.core.errors import UserError
from ganwright.core.functional import with_weights
from ganwright.core.seeding import Draws, generator_for
from ganwright.data.dataset import to_float, to_uint8
from ganwright.data.mixtures import Mixture
from ganwright.lessons.attending import AttentionTimes, attention_times, position_similarity
from ganwright.lessons.faults import POOL, Faults, given_faults
from ganwright.losses.adversarial import CrossEntropyLoss
from ganwright.losses.base import LossConfig
from ganwright.metrics.classes import class_counts
from ganwright.metrics.features import ClassifyingExtractor
from ganwright.metrics.manifolds import Manifolds, manifolds
from ganwright.metrics.modes import ModeCount, count_modes
from ganwright.networks.base import Classifier
from ganwright.networks.vit import NUM_CLASS_TOKENS, ViTClassifier
from ganwright.runs.classifier import features_for
from ganwright.runs.plan import Plan
from ganwright.theory import (
    DistanceToOptimal,
    density_of_samples,
    distance_to_optimal,
    log_density_of_samples,
    mixture_density,
    mixture_log_density,
    normalise,
    optimal_logit,
    silverman_bandwidth,
)
from ganwright.training import Engine

NUM_POINTS = 2_500
NUM_IMAGES = 1_000
NUM_CROWD = 5_000
CHUNK = 500
NUM_GRADIENT = 256
NUM_PLACES = 161
GRID_STDS = 8.0
NUM_TESTED = 2_000
LEAST_DENSITY = 3e-3  # of the highest: with less, an estimate of q says nothing of p / (p + q)
LEAST_BANDWIDTH = 0.5  # of the grid's steps: narrower peaks would fall between its places


class Truth:
    """What does not change during a run: real items, their features, and the places on the line.

    num: samples and real items that probes look at: 2,500 points, or 1,000 images but at most half the data set.
    num_crowd: of those that look at many: 5,000, but at most half the data set.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.data, self.seed = plan, plan.dataset, plan.config.seed
        self.num = min(NUM_IMAGES, len(self.data) // 2) if self.data.spec.is_image else NUM_POINTS
        self.num_crowd = min(NUM_CROWD, len(self.data) // 2)
        self._order = torch.randperm(len(self.data), generator=generator_for(self.seed, "probe"))
        order = self._order[: self.num]
        self.items = self.data.items[order]
        self.labels = None if self.data.labels is None else self.data.labels[order]

    @cached_property
    def features(self) -> ClassifyingExtractor:
        """Eyes that tell classes apart. Raises UserError where there are none for this data."""
        eyes = features_for(self.plan.config.data, self.data, "auto", self.plan.data_dir)
        if not isinstance(eyes, ClassifyingExtractor):
            raise UserError(f"{self.data.name} has no classifier, so classes and FID cannot be measured")
        return eyes

    @cached_property
    def seen(self) -> tuple[Tensor, Tensor]:
        """Features and class probabilities of the real items."""
        return self.features.classify(self.items)

    @cached_property
    def crowd(self) -> Tensor:
        """Features (num_crowd, D) of the first real items of the order, those of `items` among them."""
        return self._features(0)

    @cached_property
    def rest(self) -> Tensor:
        """Features (num_crowd, D) of as many others: real against real is the floor of a distance."""
        return self._features(self.num_crowd)

    def _features(self, start: int) -> Tensor:
        rows = self._order[start : start + self.num_crowd]
        return torch.cat([self.features.classify(self.data.items[chosen])[0] for chosen in rows.split(CHUNK)])

    @cached_property
    def real_manifolds(self) -> Manifolds:
        """What precision and recall come to for `num` other real items."""
        return manifolds(self.seen[0], self.rest[: self.num])

    @cached_property
    def unseen(self) -> Tensor:
        """As many real items as `num`, or all there are, of the split that is not trained on."""
        return self.plan.config.data.load("test", self.plan.data_dir).items[: self.num]

    @cached_property
    def tested(self) -> tuple[Tensor, Tensor]:
        """Items and labels of the first 2,000 items of the test split. Raises UserError where it has no labels."""
        test = self.plan.config.data.load("test", self.plan.data_dir)
        if test.labels is None:
            raise UserError(f"the test split of {test.name} has no labels, so accuracy cannot be measured")
        return test.items[:NUM_TESTED], test.labels[:NUM_TESTED]

    @cached_property
    def attention_times(self) -> AttentionTimes:
        """Seconds that full and window attention take on this machine, measured once a run."""
        return attention_times()

    @property
    def mixture(self) -> Mixture:
        """The data. Raises UserError where it is no mixture of Gaussians."""
        if not isinstance(self.data, Mixture):
            raise UserError(f"{self.data.name} is no mixture of Gaussians, so its modes and densities are not known")
        return self.data

    @cached_property
    def grid(self) -> Tensor:
        """Places (161,) on the line, 8 standard deviations beyond the outermost centres."""
        mixture = self.mixture
        if mixture.centres.shape[1] != 1:
            raise UserError(f"{self.data.name} does not lie on a line; this is measured on gaussian1d")
        margin = GRID_STDS * mixture.std
        return torch.linspace(float(mixture.centres.min()) - margin, float(mixture.centres.max()) + margin, NUM_PLACES)

    @property
    def line(self) -> Tensor:
        """The real points (num,) on the line. Raises UserError where the data does not lie on one."""
        _ = self.grid
        return self.items[:, 0]


class Scene:
    """A run at one moment. Samples come from the same latents each time; looking changes nothing in the run."""

    def __init__(self, engine: Engine, truth: Truth) -> None:
        self.engine, self.truth = engine, truth

    @property
    def loss(self) -> LossConfig:
        """The loss that is played for."""
        algorithm = self.truth.plan.config.algorithm
        assert isinstance(algorithm, AdversarialConfig)
        return algorithm.loss

    @cached_property
    def latents(self) -> Tensor:
        """The same (num, latent_size) at every moment of the run."""
        assert self.engine.algorithm.latents is not None
        return self.engine.algorithm.latents(Draws((self.truth.seed, "probe"), self.engine.device), self.truth.num)

    @cached_property
    def labels(self) -> Tensor | None:
        """The classes that samples are asked for: those of the real items; None where they are not asked for any."""
        labels = self.truth.labels
        return labels.to(self.engine.device) if self.engine.algorithm.num_classes and labels is not None else None

    @cached_property
    def fake(self) -> Tensor:
        """Samples (num, *shape) as float, images in [-1, 1], of the (averaged) generator."""
        assert self.engine.algorithm.sample is not None
        with torch.no_grad():
            return self.engine.algorithm.sample(self.engine.averaged(), self.latents, self.labels).float()

    @cached_property
    def real(self) -> Tensor:
        """Real items in the same form."""
        return to_float(self.truth.items.to(self.engine.device))

    @cached_property
    def written(self) -> Tensor:
        """Samples as a file would hold them: uint8 images, or points, on the CPU."""
        fake = self.fake.cpu()
        return to_uint8(fake) if self.truth.data.spec.is_image else fake

    @cached_property
    def scores(self) -> tuple[Tensor, Tensor]:
        """The discriminator's logits of real items and of samples, (num,) each."""
        with torch.no_grad():
            return self.score(self.real), self.score(self.fake)

    @cached_property
    def scores_unseen(self) -> Tensor:
        """The discriminator's logits of real items that it is not trained on; it must not ask for their classes."""
        with torch.no_grad():
            return self.score(to_float(self.truth.unseen.to(self.engine.device)), labelled=False)

    @cached_property
    def scores_on_grid(self) -> Tensor:
        """The discriminator's logits at the places on the line, on the CPU."""
        with torch.no_grad():
            return self.score(self.truth.grid[:, None].to(self.engine.device), labelled=False).cpu()

    @cached_property
    def seen(self) -> tuple[Tensor, Tensor]:
        """Features and class probabilities of the samples."""
        return self.truth.features.classify(self.written)

    @cached_property
    def crowd(self) -> Tensor:
        """Features (num_crowd, D) of that many samples, from the same latents at every moment."""
        return self._classify(self._samples("probe crowd", self.truth.num_crowd))[0]

    @cached_property
    def manifolds(self) -> Manifolds:
        """Precision, recall, density and coverage of the samples."""
        return manifolds(self.truth.seen[0], self.seen[0])

    @cached_property
    def faults(self) -> Faults:
        """What the samples are like when given faults on purpose."""
        samples = self._samples("probe faults", POOL * self.truth.num)
        noise = torch.randn(
            samples[: self.truth.num].shape, generator=generator_for(self.truth.seed, "probe faults", "noise")
        )
        return given_faults(samples, self.truth.seen[0], self.truth.rest[: self.truth.num], self._classify, noise)

    def _samples(self, purpose: str, num: int) -> Tensor:
        """Samples (num, *shape) as float on the CPU; of a generator that is not asked for classes."""
        algorithm = self.engine.algorithm
        assert algorithm.latents is not None
        assert algorithm.sample is not None
        latents = algorithm.latents(Draws((self.truth.seed, purpose), self.engine.device), num)
        networks = self.engine.averaged()
        with torch.no_grad():
            return torch.cat([algorithm.sample(networks, z, None).float().cpu() for z in latents.split(CHUNK)])

    def _classify(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        """Features and class probabilities of samples as a file would hold them."""
        seen = [self.truth.features.classify(to_uint8(part)) for part in samples.split(CHUNK)]
        return torch.cat([s[0] for s in seen]), torch.cat([s[1] for s in seen])

    @property
    def classifier(self) -> Classifier:
        """The (averaged) network that is trained to tell classes apart. Raises UserError where none is."""
        network = self.engine.averaged().get("classifier")
        if not isinstance(network, Classifier):
            raise UserError(f"this run on {self.truth.data.name} trains no classifier; its accuracy cannot be measured")
        return network

    @cached_property
    def positions(self) -> Tensor:
        """Cosine similarity of the position embeddings of patches (H, W, H, W), on the CPU."""
        network = self.classifier
        if not isinstance(network, ViTClassifier):
            raise UserError(f"the classifier of this run on {self.truth.data.name} has no position embeddings")
        return position_similarity(network.positions.detach().cpu()[NUM_CLASS_TOKENS:], network.grid)

    def score(self, items: Tensor, labelled: bool = True) -> Tensor:
        """Logits of items by the discriminator in evaluation mode."""
        score = self.engine.algorithm.score
        assert score is not None
        labels = self.truth.labels if labelled else None
        with _evaluating(self.engine.networks["discriminator"]):
            own = None if labels is None else labels[: len(items)].to(self.engine.device)
            return score(self.engine.networks, items, own).float()

    def generator_gradient(self, loss: Callable[[Tensor], Tensor]) -> float:
        """Norm of the gradient of a loss of fake logits by the generator's weights, in its training mode."""
        generator, labels = self.engine.networks["generator"], self.labels
        latents, own = self.latents[:NUM_GRADIENT], None if labels is None else labels[:NUM_GRADIENT]

        def value(weights: Mapping[str, Tensor]) -> Tensor:
            buffers = {name: tensor.clone() for name, tensor in generator.named_buffers()}
            fake = with_weights(generator, {**weights, **buffers}, lambda network: network(latents, own))
            return loss(self.score(fake.float()))

        with torch.no_grad():  # of the discriminator's weights; what is differentiated inside is not touched by it
            gradients = torch.func.grad(value)({name: p.detach() for name, p in generator.named_parameters()})
        return float(torch.stack([g.double().square().sum() for g in gradients.values()]).sum().sqrt())

    def slopes(self) -> Tensor:
        """|dC/dx| at random places between pairs of a real item and a sample, (num,): where WGAN-GP looks."""
        share = Draws((self.truth.seed, "probe"), self.engine.device).uniform("slopes", self.truth.num)
        share = share.view(-1, *[1] * (self.real.ndim - 1))
        between = share * self.real + (1 - share) * self.fake
        with torch.no_grad():
            return torch.func.grad(lambda x: self.score(x).sum())(between).flatten(1).norm(dim=1)

    # -- what several probes share -------------------------------------------------------------------------------

    @cached_property
    def modes(self) -> ModeCount:
        """What the samples have of the mixture's modes."""
        mixture = self.truth.mixture
        return count_modes(self.written, mixture.centres, mixture.std)

    @cached_property
    def counts(self) -> Tensor:
        """Samples of each class (K,)."""
        return class_counts(self.seen[1])

    @cached_property
    def line(self) -> Tensor:
        """Samples (num,) on the line; those beyond the grid stand at its ends."""
        grid = self.truth.grid
        return self.written[:, 0].clamp(float(grid[0]), float(grid[-1]))

    @cached_property
    def bandwidth(self) -> float:
        """Of the samples' density: Silverman's, but never so narrow that a peak falls between two places."""
        step = float(self.truth.grid[1] - self.truth.grid[0])
        alike = float(self.line.std()) < 1e-6 * step
        return LEAST_BANDWIDTH * step if alike else max(float(silverman_bandwidth(self.line)), LEAST_BANDWIDTH * step)

    @cached_property
    def densities(self) -> tuple[Tensor, Tensor]:
        """Of the data and of the samples at the places on the line; each integrates to 1."""
        grid, mixture = self.truth.grid, self.truth.mixture
        real = mixture_density(grid, mixture.centres[:, 0], mixture.std)
        fake = density_of_samples(self.line, grid, self.bandwidth)
        return normalise(real, grid), normalise(fake, grid)

    @cached_property
    def labels_told(self) -> tuple[float, float]:
        """What the discriminator is told of real items and of fakes."""
        loss = self.loss
        return (loss.real_label, loss.fake_label) if isinstance(loss, CrossEntropyLoss) else (1.0, 0.0)

    @cached_property
    def best_logits(self) -> Tensor:
        """The optimal discriminator's logits at the places on the line; NaN where there are next to no items."""
        grid, mixture = self.truth.grid, self.truth.mixture
        real = mixture_log_density(grid, mixture.centres[:, 0], mixture.std)
        logits = optimal_logit(real, log_density_of_samples(self.line, grid, self.bandwidth), *self.labels_told)
        both = torch.stack(self.densities).sum(0)
        return logits.where(both > LEAST_DENSITY * both.max(), torch.nan)

    @cached_property
    def from_optimal(self) -> DistanceToOptimal:
        """How far the discriminator is from the optimal one."""
        real_label, fake_label = self.labels_told
        return distance_to_optimal(
            *self.densities, self.truth.grid, logits=self.scores_on_grid, real_label=real_label, fake_label=fake_label
        )


@contextmanager
def _evaluating(network: nn.Module) -> Iterator[None]:
    """Evaluation mode for a while: no dropout, and batch norm neither uses nor moves by this batch."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)
