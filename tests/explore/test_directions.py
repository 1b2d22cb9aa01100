"""SeFa against numpy, linear maps of every family against autograd, probes on what is known."""

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.core.spec import DataSpec
from ganwright.explore import captured, decode, probe, sefa, traverse
from ganwright.networks import GENERATORS
from ganwright.networks.base import Generator
from ganwright.networks.layers.equalised import EqualisedLinear
from ganwright.networks.styled import StyledGenerator

SPEC = DataSpec((1, 16, 16), 3)
SIZE = 12


def made(kind: str, **options: object) -> Generator:
    torch.manual_seed(103)
    return GENERATORS[kind].model_validate({"latent_size": SIZE, **options}).build(SPEC).eval().requires_grad_(False)


def test_sefa_equals_the_eigenvectors() -> None:
    weights = torch.randn(40, 9, generator=torch.Generator().manual_seed(104), dtype=torch.float64)
    found = sefa(weights)
    values, vectors = np.linalg.eigh((weights.T @ weights).numpy())
    np.testing.assert_allclose(found.strengths.numpy(), values[::-1], rtol=1e-10)
    ours, theirs = found.vectors.numpy(), vectors.T[::-1]
    np.testing.assert_allclose(np.abs((ours * theirs).sum(1)), 1, atol=1e-10)
    torch.testing.assert_close(found.vectors @ found.vectors.T, torch.eye(9, dtype=torch.float64))
    # a step along the strongest changes the output by the largest singular value
    stretched = (weights @ found.vectors[0]).norm()
    assert float(stretched) == pytest.approx(float(torch.linalg.matrix_norm(weights, 2)))
    assert torch.equal(sefa(weights, 3).vectors, found.vectors[:3])


def test_sefa_refuses_what_it_cannot_find() -> None:
    with pytest.raises(UserError, match="ask for 1 to 4"):
        sefa(torch.eye(4), 5)
    with pytest.raises(UserError, match="not finite"):
        sefa(torch.full((3, 3), float("nan")))


@pytest.mark.parametrize("conditional", [False, True])
@pytest.mark.parametrize("kind", GENERATORS)
def test_every_family_tells_its_linear_map(kind: str, conditional: bool) -> None:
    generator = made(kind, conditional=conditional)
    weights = generator.style_weights()
    size = getattr(generator, "style_size", SIZE)
    assert weights.ndim == 2
    assert weights.shape[1] == size
    assert len(weights) >= 1
    assert bool(weights.abs().sum(0).gt(0).all())  # no number of a latent is without effect


@pytest.mark.parametrize("kind", ["mlp", "dcgan", "sn-cnn", "resnet", "biggan", "r3gan", "vitgan"])
def test_the_map_is_how_the_first_layer_answers_to_a_latent(kind: str) -> None:
    """A^T A from hooks: the latent is moved, and the first layer's output moves by A times that."""
    options = {"hierarchical": False} if kind == "biggan" else {}
    generator = made(kind, conditional=True, **options)
    first = {"mlp": "layers.0", "r3gan": "layers.0", "vitgan": "mapping.0"}.get(kind, "stem")
    seen: list[torch.Tensor] = []
    handle = generator.get_submodule(first).register_forward_hook(lambda m, i, o: seen.append(o.flatten(1).clone()))
    latents = torch.randn(2, SIZE, generator=torch.Generator().manual_seed(105))
    generator(latents, torch.tensor([1, 1]))
    handle.remove()
    moved = seen[0][1] - seen[0][0]
    weights, step = generator.style_weights(), latents[1] - latents[0]
    assert float((weights @ step).norm()) == pytest.approx(float(moved.norm()), rel=1e-4)


def test_the_map_of_styles_is_that_of_all_affine_layers() -> None:
    generator = made("stylegan2")
    layers = [m for n, m in generator.named_modules() if isinstance(m, EqualisedLinear) and n.endswith("affine")]
    style = torch.randn(1, generator.style_size)  # pyright: ignore
    answers = torch.cat([layer(style) - layer(torch.zeros_like(style)) for layer in layers], 1)
    ours = generator.style_weights() @ style[0]
    assert float(ours.norm()) == pytest.approx(float(answers.norm()), rel=1e-5)
    torch.testing.assert_close(ours.sort().values, answers[0].sort().values, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", ["stylegan", "stylegan2"])
def test_the_map_of_some_layers_is_what_their_styles_reach(kind: str) -> None:
    """Moving the style of a layer changes what comes out of the maps that are said to take it, and of no other."""
    generator = made(kind)
    assert isinstance(generator, StyledGenerator)
    styles = torch.randn(1, generator.num_layers, generator.style_size)
    names = [n for n, m in generator.named_modules() if isinstance(m, EqualisedLinear) and n.endswith("affine")]
    for layer in range(generator.num_layers):
        seen = []
        for step in (0.0, 1.0):
            changed = styles.clone()
            changed[:, layer] += step
            with captured(generator, names) as found:
                decode(generator, changed)
            seen.append(dict(found))
        apart = torch.cat([seen[1][n] - seen[0][n] for n in names if not torch.equal(seen[0][n], seen[1][n])], 1)[0]
        ours = generator.style_weights([layer]).sum(1)
        torch.testing.assert_close(apart.sort().values, ours.sort().values, atol=1e-4, rtol=1e-4)


def test_hierarchical_latents_enter_in_parts() -> None:
    generator = made("biggan")
    weights = generator.style_weights()
    first = generator.chunks[0]  # pyright: ignore
    rows = len(generator.stem.weight)  # pyright: ignore
    assert not weights[:rows, first:].any()
    assert not weights[rows:, :first].any()


def test_probes_find_the_direction_that_targets_follow() -> None:
    generator = torch.Generator().manual_seed(106)
    vectors = torch.randn(2000, 8, generator=generator)
    truth = torch.nn.functional.normalize(torch.randn(8, generator=generator), dim=0)
    told = torch.sigmoid(4 * vectors @ truth)
    noise = torch.rand(2000, generator=generator)
    found = probe(vectors, torch.stack([told, noise, torch.ones(2000)], 1))
    assert float(found.vectors[0] @ truth) > 0.99
    assert float(found.accuracy[0]) > 0.98
    assert abs(float(found.accuracy[1]) - 0.5) < 0.1
    assert bool(found.accuracy[2].isnan())  # a target that never varies tells nothing
    with pytest.raises(UserError, match="16"):
        probe(vectors[:5], told[:5, None])
    with pytest.raises(UserError, match="need"):
        probe(vectors, told)


def test_a_traverse_passes_through_the_item_itself() -> None:
    generator = made("dcgan")
    latents = torch.randn(2, SIZE, generator=torch.Generator().manual_seed(107))
    direction = sefa(generator.style_weights(), 1).vectors[0]
    items = traverse(generator, latents, direction, [-2, 0, 2])
    torch.testing.assert_close(items[:, 1], generator(latents), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(items[:, 2], generator(latents + 2 * direction), atol=1e-6, rtol=1e-5)


def test_layers_alone_can_follow_a_direction() -> None:
    generator = made("stylegan2")
    latents = torch.randn(1, SIZE, generator=torch.Generator().manual_seed(108))
    styles = generator.mapping(latents)  # pyright: ignore
    direction = torch.randn(styles.shape[2])
    moved = traverse(generator, styles[:, 0], direction, [1.5], space="w", layers=range(1, 3))
    styles = styles.clone()
    styles[:, 1:3] += 1.5 * direction
    torch.testing.assert_close(moved[:, 0], generator.synthesis(styles), atol=1e-5, rtol=1e-4)  # pyright: ignore
    with pytest.raises(UserError, match="leave layers out"):
        traverse(generator, latents, direction[:SIZE], [1.0], layers=range(1))
