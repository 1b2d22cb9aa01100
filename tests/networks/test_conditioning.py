"""How classes enter: conditional batch norm in generators, auxiliary heads in discriminators."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import Discriminator, has_batch_norm
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.networks.layers.heads import AuxiliaryHead, LinearHead, head_of
from ganwright.networks.layers.norms import ConditionalBatchNorm, norm_of_images, norm_of_vectors
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig

SPEC = DataSpec((1, 16, 16), 5)
BY_NORM = {"conditional": True, "conditioning": "batch-norm", "norm": "batch"}
GENERATORS = [MlpGeneratorConfig(hidden=(8, 6)), DcganGeneratorConfig(width=4)]
DISCRIMINATORS = [MlpDiscriminatorConfig(hidden=(8, 6)), DcganDiscriminatorConfig(width=4)]
ITEMS = {
    "vectors": torch.randn(6, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 + 1,
    "images": torch.randn(6, 3, 2, 4, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 2 + 1,
}
LABELS = torch.tensor([4, 0, 2, 2, 1, 4])


def norms_of(items: Tensor) -> tuple[ConditionalBatchNorm, nn.Module]:
    """A conditional and a plain batch norm for items."""
    make = norm_of_images if items.ndim == 4 else norm_of_vectors
    conditional = make("batch", 3, 5)
    assert isinstance(conditional, ConditionalBatchNorm)
    return conditional.double(), make("batch", 3).double()


@pytest.mark.parametrize("kind", ITEMS)
def test_a_fresh_conditional_batch_norm_is_a_batch_norm(kind: str) -> None:
    conditional, plain = norms_of(ITEMS[kind])
    for _ in range(3):
        torch.testing.assert_close(conditional(ITEMS[kind], LABELS), plain(ITEMS[kind]))
    conditional.eval()
    plain.eval()
    torch.testing.assert_close(conditional(ITEMS[kind], LABELS), plain(ITEMS[kind]))


@pytest.mark.parametrize("kind", ITEMS)
def test_with_equal_rows_it_is_a_batch_norm_gradients_included(kind: str) -> None:
    conditional, plain = norms_of(ITEMS[kind])
    gain, bias = torch.randn(2, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        conditional.gain.copy_(gain.expand(5, -1))
        conditional.bias.copy_(bias.expand(5, -1))
        plain.weight.copy_(gain)  # type: ignore[operator]
        plain.bias.copy_(bias)  # type: ignore[operator]
    outputs, reference = conditional(ITEMS[kind], LABELS), plain(ITEMS[kind])
    torch.testing.assert_close(outputs, reference)
    target = torch.randn(outputs.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    gains, biases = torch.autograd.grad((outputs * target).sum(), [conditional.gain, conditional.bias])
    expected = torch.autograd.grad((reference * target).sum(), [plain.weight, plain.bias])  # type: ignore[list-item]
    torch.testing.assert_close(gains.sum(0), expected[0])
    torch.testing.assert_close(biases.sum(0), expected[1])
    assert [row.any().item() for row in gains] == [True, True, True, False, True]  # class 3 is not in the batch


@pytest.mark.parametrize("kind", ITEMS)
def test_each_item_takes_the_gain_and_bias_of_its_class(kind: str) -> None:
    conditional, _ = norms_of(ITEMS[kind])
    nn.init.normal_(conditional.gain)
    nn.init.normal_(conditional.bias)
    outputs = conditional(ITEMS[kind], LABELS)
    normal = conditional.norm(ITEMS[kind])
    for n, label in enumerate(LABELS.tolist()):
        for channel in range(3):
            expected = conditional.gain[label, channel] * normal[n, channel] + conditional.bias[label, channel]
            torch.testing.assert_close(outputs[n, channel], expected)


@pytest.mark.parametrize("norm", ["layer", "instance", "none"])
def test_only_batch_norm_can_be_conditional(norm: Any) -> None:
    with pytest.raises(ValueError, match=f"not '{norm}'"):
        norm_of_images(norm, 3, 5)


@pytest.mark.parametrize("config", GENERATORS)
def test_the_latent_enters_alone_and_every_norm_is_conditional(config: Any) -> None:
    plain = config.override({"norm": "batch"}).build(SPEC)
    network = config.override(BY_NORM).build(SPEC)
    assert network.num_classes == 5
    assert not any(isinstance(m, nn.Embedding) for m in network.modules())
    assert [type(m) for m in network.layers if not isinstance(m, ConditionalBatchNorm)] == [
        type(m) for m in plain.layers if not isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)
    ]
    norms = [m for m in network.layers if isinstance(m, ConditionalBatchNorm)]
    assert len(norms) == sum(isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d) for m in plain.modules())
    assert all(torch.equal(m.gain, torch.ones_like(m.gain)) and not m.bias.any() for m in norms)
    assert has_batch_norm(network)


@pytest.mark.parametrize("config", GENERATORS)
def test_labels_are_needed_and_matter_once_the_rows_differ(config: Any) -> None:
    torch.manual_seed(0)
    network = config.override({**BY_NORM, "init": "he"}).build(SPEC).eval()
    latents = torch.randn(6, network.latent_size)
    assert torch.equal(network(latents, LABELS), network(latents, (LABELS + 1) % 5))
    for module in network.modules():
        if isinstance(module, ConditionalBatchNorm):
            nn.init.normal_(module.gain)
    assert not torch.allclose(network(latents, LABELS), network(latents, (LABELS + 1) % 5))
    with pytest.raises(ValueError, match="needs labels"):
        network(latents)


@pytest.mark.parametrize("config", GENERATORS)
def test_other_norms_are_refused_in_one_line(config: Any) -> None:
    for norm in ("layer", "none"):
        bad = config.override({**BY_NORM, "norm": norm})
        with pytest.raises(
            UserError, match=rf"^generator\.conditioning: .*not '{norm}'; use --generator\.norm batch"
        ) as e:
            bad.build(SPEC)
        assert "\n" not in str(e.value)
        bad.override({"conditional": False}).build(DataSpec(SPEC.shape))  # without classes there is nothing to carry


def test_a_generator_without_hidden_layers_has_no_norm_to_carry_a_class() -> None:
    with pytest.raises(UserError, match="needs a hidden layer"):
        MlpGeneratorConfig.parse({**BY_NORM, "hidden": ()}).build(SPEC)


@pytest.mark.parametrize("config", GENERATORS)
def test_spectral_norm_of_a_generator_leaves_classes_and_norms_alone(config: Any) -> None:
    for ways in ({"conditional": True}, BY_NORM):
        torch.manual_seed(0)
        network = config.override({**ways, "spectral_norm": True, "init": "he"}).build(SPEC)
        latents = torch.randn(6, network.latent_size)
        for _ in range(40):
            network(latents, LABELS)
        assert network(latents, LABELS).isfinite().all()
        weighted = [m for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)]
        for module in weighted:
            rows = module.weight.transpose(0, 1) if isinstance(module, nn.ConvTranspose2d) else module.weight
            assert torch.linalg.matrix_norm(rows.flatten(1), 2).item() == pytest.approx(1, abs=0.01)
        names = list(network.state_dict())
        assert sum(n.endswith("parametrizations.weight.original") for n in names) == len(weighted) >= 2
        assert not any("gain.original" in n or n.startswith("join.embedding.param") for n in names)


@pytest.mark.parametrize("config", DISCRIMINATORS)
def test_only_auxiliary_discriminators_classify(config: Any) -> None:
    items = torch.randn(6, *SPEC.shape)
    for way, has_classes_head in (("concat", False), ("projection", False), ("auxiliary", True)):
        network = config.override({"conditional": True, "conditioning": way}).build(SPEC)
        features = network.features(items)
        assert network.has_classes_head == has_classes_head
        if has_classes_head:
            assert network.classify(features).shape == (6, 5)
        else:
            with pytest.raises(TypeError, match="tells no classes"):
                network.classify(features)
    unconditional = config.override({"conditioning": "auxiliary"}).build(SPEC)
    assert not unconditional.has_classes_head
    assert isinstance(unconditional.score, LinearHead)
    with pytest.raises(TypeError, match="tells no classes"):
        Discriminator().classify(items)


@pytest.mark.parametrize("config", DISCRIMINATORS)
def test_an_auxiliary_score_ignores_the_class_but_demands_it(config: Any) -> None:
    network = config.override({"conditional": True, "conditioning": "auxiliary"}).build(SPEC).eval()
    items = torch.randn(6, *SPEC.shape)
    assert torch.equal(network(items, LABELS), network(items, (LABELS + 1) % 5))
    with pytest.raises(ValueError, match="needs labels"):
        network(items)


@pytest.mark.parametrize("config", DISCRIMINATORS)
def test_each_loss_trains_its_own_head_and_both_train_the_layers_below(config: Any) -> None:
    torch.manual_seed(0)
    network = config.override({"conditional": True, "conditioning": "auxiliary"}).build(SPEC)
    features = network.features(torch.randn(6, *SPEC.shape))
    losses = {
        "score": F.softplus(-network.head(features, LABELS)).mean(),
        "classes": F.cross_entropy(network.classify(features), LABELS),
    }
    head = network.score
    assert isinstance(head, AuxiliaryHead)
    for name, loss in losses.items():
        network.zero_grad()
        loss.backward(retain_graph=True)
        for part in losses:
            gradient = getattr(head, part).weight.grad
            assert (gradient is not None and gradient.any()) == (part == name)
        assert all(p.grad is not None and p.grad.any() for p in network.layers.parameters())


def test_the_class_head_learns_the_classes() -> None:
    torch.manual_seed(0)
    head = head_of(16, 5, "auxiliary", 32, 0.2)
    centres = 2 * torch.randn(5, 16)
    labels = torch.arange(100) % 5
    features = centres[labels] + torch.randn(100, 16)
    optimiser = torch.optim.Adam(head.parameters(), 0.05)
    for _ in range(60):
        optimiser.zero_grad()
        F.cross_entropy(head.classify(features), labels).backward()
        optimiser.step()
    assert (head.classify(features).argmax(1) == labels).float().mean() > 0.95
