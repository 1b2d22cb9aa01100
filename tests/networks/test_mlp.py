"""Multilayer perceptrons: the lesson's layers, and the options."""

import pytest
import torch
from torch import nn

from ganwright.core.config import parse_value
from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.networks.base import has_batch_statistics
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig

MNIST = DataSpec((1, 28, 28), 10)
POINTS = DataSpec((2,), bounded=False)


def layers_of(network: nn.Module) -> list[str]:
    """Leaves in order, as text."""
    texts = []
    for module in network.modules():
        match module:
            case nn.Linear():
                texts.append(
                    f"{module.in_features}->{module.out_features}{'' if module.bias is not None else ' no bias'}"
                )
            case nn.LeakyReLU():
                texts.append(f"LeakyReLU {module.negative_slope}")
            case nn.Module() if not list(module.children()) and not isinstance(module, nn.Identity):
                texts.append(type(module).__name__)
    return [t for t in texts if t != "ClassInput"]


def test_the_lesson_s_generator():
    assert layers_of(MlpGeneratorConfig().build(MNIST)) == ["64->256", "ReLU", "256->512", "ReLU", "512->784", "Tanh"]


def test_the_lesson_s_discriminator():
    expected = ["784->512", "LeakyReLU 0.2", "512->256", "LeakyReLU 0.2", "256->1"]
    assert layers_of(MlpDiscriminatorConfig().build(MNIST)) == expected


def test_the_batch_norm_lesson_is_the_same_class_with_other_values():
    config = MlpGeneratorConfig(hidden=(256,), norm="batch", activation="leaky-relu")
    expected = ["64->256 no bias", "BatchNorm1d", "LeakyReLU 0.2", "256->784", "Tanh"]
    assert layers_of(config.build(MNIST)) == expected


def test_discriminator_norms_and_drops_by_choice_but_never_norms_the_first_layer():
    config = MlpDiscriminatorConfig(hidden=(8, 6), norm="batch", dropout=0.3, activation="relu")
    expected = ["784->8", "ReLU", "Dropout", "8->6 no bias", "BatchNorm1d", "ReLU", "Dropout", "6->1"]
    network = config.build(MNIST)
    assert layers_of(network) == expected
    assert has_batch_statistics(network)
    assert not has_batch_statistics(MlpDiscriminatorConfig(norm="layer").build(MNIST))


def test_points_are_unbounded():
    torch.manual_seed(0)
    generator = MlpGeneratorConfig(latent_size=2, hidden=()).build(POINTS)
    assert layers_of(generator) == ["2->2"]
    points = generator(100 * torch.randn(50, 2))
    assert points.shape == (50, 2)
    assert points.abs().max() > 1


def test_dropout_acts_in_training_only():
    network = MlpDiscriminatorConfig(dropout=0.5).build(MNIST)
    items = torch.randn(8, 1, 28, 28)
    assert not torch.equal(network(items), network(items))
    network.eval()
    assert torch.equal(network(items), network(items))


def test_features_are_what_the_head_takes():
    network = MlpDiscriminatorConfig(hidden=(8, 6)).build(MNIST)
    items = torch.randn(3, 1, 28, 28)
    assert network.features(items).shape == (3, 6)
    assert torch.equal(network.head(network.features(items)), network(items))


@pytest.mark.parametrize(
    ("text", "hidden"), [("128", (128,)), ("128,64", (128, 64)), ("[]", ()), ("[32, 16]", (32, 16))]
)
def test_widths_from_a_command_line(text, hidden):
    config = MlpGeneratorConfig().override({"hidden": parse_value(text)})
    assert config.hidden == hidden
    assert MlpGeneratorConfig.parse(config.plain()) == config


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hidden": (256, 0)}, "'hidden': each width must be from 1 to 65536"),
        ({"hidden": "wide"}, "hidden"),
        ({"norm": "instance"}, "'norm' is 'instance'.*'batch', 'layer' or 'none'"),
        ({"activation": "swish"}, "'activation' is 'swish'"),
        ({"latent_size": 0}, "latent_size"),
        ({"slope": 0.1, "slop": 1}, "did you mean 'slope'"),
    ],
)
def test_wrong_options_are_refused_in_one_line(options, message):
    with pytest.raises(UserError, match=message) as caught:
        MlpGeneratorConfig.parse(options)
    assert "\n" not in str(caught.value)


def test_skip_latent_joins_the_latent_to_every_layer():
    network = MlpGeneratorConfig(latent_size=3, hidden=(5, 4), skip_latent=True, activation="tanh").build(POINTS)
    latents = torch.randn(6, 3)
    first, second, last = (m for m in network.layers if isinstance(m, torch.nn.Linear))
    hidden = torch.tanh(second(torch.cat([torch.tanh(first(latents)), latents], 1)))
    torch.testing.assert_close(network(latents), last(torch.cat([hidden, latents], 1)))


def test_octaves_give_values_as_sines_and_cosines_too():
    network = MlpDiscriminatorConfig(hidden=(), octaves=(-1, 3)).build(POINTS)
    items = torch.randn(4, 2)
    x, y = items.T
    waves = [f(s * v) for f in (torch.sin, torch.cos) for v in (x, y) for s in (0.5, 8.0)]
    torch.testing.assert_close(network.features(items), torch.stack([x, y, *waves], 1))
    assert MlpDiscriminatorConfig.parse(MlpDiscriminatorConfig(octaves=(1,)).plain()).octaves == (1,)
    with pytest.raises(UserError, match="octaves"):
        MlpDiscriminatorConfig.parse({"octaves": [99]})
