"""What network families share: initialisation, norms, activations, spectral norm and conditioning."""

from math import sqrt
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.layers.activations import activation_of, negative_slope
from ganwright.networks.layers.conditioning import ClassInput, classes_to_learn
from ganwright.networks.layers.heads import ConcatHead, LinearHead, ProjectionHead, head_of
from ganwright.networks.layers.initialise import fans, initialise
from ganwright.networks.layers.norms import norm_of_images, norm_of_vectors
from ganwright.networks.layers.spectral import normalise_spectrally

LAYERS = {
    "linear": (lambda: nn.Linear(200, 150), (512, 200)),
    "conv": (lambda: nn.Conv2d(32, 64, 4, stride=2, padding=1), (16, 32, 32, 32)),
    "grouped conv": (lambda: nn.Conv2d(32, 64, 3, padding=1, groups=4), (16, 32, 32, 32)),
    "transposed conv": (lambda: nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1), (16, 64, 16, 16)),
}


@pytest.mark.parametrize("name", LAYERS)
def test_fans_count_the_terms(name):
    make, shape = LAYERS[name]
    layer = make()
    nn.init.ones_(layer.weight)
    items = torch.ones(1, *shape[1:], requires_grad=True)
    outputs = layer(items) - (layer.bias if items.ndim == 2 else layer.bias[:, None, None])
    outputs.sum().backward()
    assert items.grad is not None
    inputs = items.grad
    if items.ndim == 4:
        outputs, inputs = outputs[..., 4:-4, 4:-4], inputs[..., 4:-4, 4:-4]
    assert outputs.mean().item() == pytest.approx(fans(layer)[0])
    assert inputs.mean().item() == pytest.approx(fans(layer)[1])


@pytest.mark.parametrize("slope", [0.0, 0.2, 1.0])
@pytest.mark.parametrize("name", LAYERS)
def test_he_keeps_the_scale_of_activations(name, slope):
    make, shape = LAYERS[name]
    torch.manual_seed(0)
    layer = make()
    initialise(layer, "he", slope)
    outputs = layer(F.leaky_relu(torch.randn(shape), slope))
    inner = outputs[..., 4:-4, 4:-4] if outputs.ndim == 4 else outputs
    assert inner.var().item() == pytest.approx(1, rel=0.1)
    assert torch.equal(layer.bias, torch.zeros_like(layer.bias))


@pytest.mark.parametrize("name", LAYERS)
def test_stds_are_those_of_the_papers(name):
    torch.manual_seed(0)
    layer = LAYERS[name][0]()
    initialise(layer, "normal")
    assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)
    initialise(layer, "xavier")
    assert layer.weight.std().item() == pytest.approx(sqrt(2 / sum(fans(layer))), rel=0.05)
    before = layer.weight.detach().clone()
    initialise(layer, "default")
    assert torch.equal(layer.weight, before)


@pytest.mark.parametrize("name", LAYERS)
def test_orthogonal_rows_or_columns(name):
    layer = LAYERS[name][0]().double()
    initialise(layer, "orthogonal")
    matrix = layer.weight.detach().flatten(1)
    short = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    torch.testing.assert_close(short @ short.T, torch.eye(len(short), dtype=torch.float64), atol=1e-6, rtol=0)


def test_normal_also_draws_batch_norm_scales():
    norm = nn.BatchNorm2d(5000)
    initialise(norm, "he")
    assert torch.equal(norm.weight, torch.ones(5000))
    initialise(norm, "normal")
    assert norm.weight.mean().item() == pytest.approx(1, abs=0.001)
    assert norm.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert torch.equal(norm.bias, torch.zeros(5000))


IMAGES = torch.randn(6, 8, 5, 7, generator=torch.Generator().manual_seed(0)) * 3 + 2


@pytest.mark.parametrize(("norm", "over"), [("batch", (0, 2, 3)), ("layer", (1, 2, 3)), ("instance", (2, 3))])
def test_image_norms_standardise_over_their_axes(norm, over):
    outputs = norm_of_images(norm, 8)(IMAGES)
    mean, variance = IMAGES.mean(over, keepdim=True), IMAGES.var(over, correction=0, keepdim=True)
    torch.testing.assert_close(outputs, (IMAGES - mean) / (variance + 1e-5).sqrt())


@pytest.mark.parametrize(("norm", "over"), [("batch", 0), ("layer", 1)])
def test_vector_norms_standardise_over_their_axis(norm, over):
    vectors = IMAGES[:, :, 0, 0]
    mean, variance = vectors.mean(over, keepdim=True), vectors.var(over, correction=0, keepdim=True)
    torch.testing.assert_close(norm_of_vectors(norm, 8)(vectors), (vectors - mean) / (variance + 1e-5).sqrt())


def test_none_leaves_items_alone_and_vectors_have_no_instance_norm():
    assert torch.equal(norm_of_images("none", 8)(IMAGES), IMAGES)
    assert torch.equal(norm_of_vectors("none", 8)(IMAGES), IMAGES)
    with pytest.raises(ValueError, match="instance norm needs"):
        norm_of_vectors("instance", 8)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("relu", F.relu),
        ("leaky-relu", lambda x: torch.where(x > 0, x, 0.3 * x)),
        ("tanh", torch.tanh),
        ("silu", lambda x: x * x.sigmoid()),
        ("gelu", F.gelu),
    ],
)
def test_activations(name, function):
    torch.testing.assert_close(activation_of(name, 0.3)(IMAGES.clone()), function(IMAGES))
    assert negative_slope(name, 0.3) == (0.3 if name == "leaky-relu" else 0)


def test_spectral_norm_brings_every_largest_singular_value_to_1():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 8, 4), nn.Flatten(), nn.Linear(8, 6), nn.Embedding(5, 4))
    initialise(network, "he")
    normalise_spectrally(network)
    weighted: list[Any] = [network[0], network[2], network[3]]
    for module in weighted:
        for _ in range(30):
            module.weight  # each look in training mode is one power iteration
        assert torch.linalg.matrix_norm(module.weight.flatten(1), 2).item() == pytest.approx(1, abs=1e-3)


def test_class_input_puts_the_embedding_beside_the_latent():
    join = ClassInput(4, 3, 2)
    latents, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    joined = join(latents, labels)
    assert join.size == 6
    assert join.embedding is not None
    torch.testing.assert_close(joined, torch.cat((latents, join.embedding.weight[labels]), 1))
    with pytest.raises(ValueError, match="needs labels"):
        join(latents, None)


def test_class_input_without_classes_is_the_latent():
    join = ClassInput(4, 0, 2)
    latents = torch.randn(5, 4)
    assert join.size == 4
    assert join(latents, None) is latents
    assert not list(join.parameters())


def class_difference(head: nn.Module, features: torch.Tensor) -> torch.Tensor:
    zeros = torch.zeros(len(features), dtype=torch.int64)
    return head(features, zeros) - head(features, zeros + 1)


@pytest.mark.parametrize("conditioning", ["concat", "projection"])
def test_conditional_heads_let_the_class_change_what_is_real(conditioning):
    # A head in which the class only shifts the score would have the same difference for every item.
    torch.manual_seed(0)
    head = head_of(16, 3, conditioning, 8, 0.2)
    differences = class_difference(head, torch.randn(64, 16))
    assert differences.std() > 0.1 * differences.abs().mean()


def test_head_of_chooses():
    assert isinstance(head_of(16, 0, "projection", 8, 0.2), LinearHead)
    assert isinstance(head_of(16, 3, "projection", 8, 0.2), ProjectionHead)
    assert isinstance(head_of(16, 3, "concat", 8, 0.2), ConcatHead)


def test_projection_is_an_inner_product():
    head = ProjectionHead(16, 3)
    features, labels = torch.randn(4, 16), torch.tensor([2, 0, 1, 2])
    expected = torch.stack(
        [head.score(f)[0] + head.embedding.weight[c] @ f for f, c in zip(features, labels, strict=True)]
    )
    torch.testing.assert_close(head(features, labels), expected)


def test_conditioning_needs_labelled_data():
    assert classes_to_learn(False, DataSpec((1, 8, 8), 10), "generator") == 0
    assert classes_to_learn(True, DataSpec((1, 8, 8), 10), "generator") == 10
    with pytest.raises(UserError, match=r"^generator.conditional: .*no labels.*--generator.conditional false$"):
        classes_to_learn(True, DataSpec((1, 8, 8)), "generator")
