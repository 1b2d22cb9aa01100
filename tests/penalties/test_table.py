"""What every row of PENALTIES promises, on small networks."""

import copy
from dataclasses import dataclass

import pytest
import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.core.spec import DataSpec
from ganwright.networks.dcgan import DcganDiscriminatorConfig, DcganGeneratorConfig
from ganwright.networks.mlp import MlpDiscriminatorConfig, MlpGeneratorConfig
from ganwright.penalties import PENALTIES
from ganwright.penalties.base import Play, Player

from .plays import DRAWS, OTHER_DRAWS, play_of

PLAYERS: tuple[Player, ...] = ("discriminator", "generator")


def config_of(kind: str, **options):
    """A row's config, with all its players."""
    return PENALTIES[kind](**({"on": "both"} if kind == "orthogonal" else {}), **options)


ROWS = [pytest.param(kind, player, id=f"{kind}-{player}") for kind in PENALTIES for player in config_of(kind).players]
TERMS = pytest.mark.parametrize(("kind", "player"), ROWS)
KINDS = pytest.mark.parametrize("kind", PENALTIES)
WEIGHTS = ("weight", "gamma", "real_weight", "fake_weight", "discriminator_weight", "generator_weight")
DRAWING = ("gp", "dragan", "path-length", "cr", "bcr", "zcr")
IMAGES, POINTS = DataSpec((1, 8, 8)), DataSpec((2,), bounded=False)
MLP = (
    MlpGeneratorConfig(latent_size=3, hidden=(6,), activation="tanh"),
    MlpDiscriminatorConfig(hidden=(8, 5), activation="tanh"),
)
CONVOLUTIONS = (
    DcganGeneratorConfig(latent_size=3, width=4, norm="instance", init="he"),
    DcganDiscriminatorConfig(width=4, norm="none", init="he", spectral_norm=True),
)


class Pair(nn.Module):
    """Both networks, as one module that torch.func can give other weights."""

    def __init__(self, spec: DataSpec, configs=MLP) -> None:
        super().__init__()
        self.generator, self.discriminator = (config.build(spec) for config in configs)

    def forward(self, look):
        return look(self)


@dataclass
class Given:
    """What a play is made of beside the networks."""

    real: Tensor
    latents: Tensor
    memory: dict[str, Tensor]
    draws: Draws = DRAWS


def given(kind: str, spec: DataSpec) -> Given:
    generator = torch.Generator().manual_seed(3)
    memory = {name: torch.full_like(t, 0.3) for name, t in config_of(kind).memory().items()}
    return Given(
        torch.randn(6, *spec.shape, generator=generator).double(),
        torch.randn(6, 3, generator=generator).double(),
        memory,
    )


def play(pair: Pair, player: Player, given: Given, updates: dict[str, Tensor]) -> Play:
    fake = pair.generator(given.latents)
    return play_of(
        pair.discriminator,
        real=given.real,
        fake=fake.detach() if player == "discriminator" else fake,
        latents=given.latents,
        generate=pair.generator,
        features=pair.discriminator.features,
        networks={"generator": pair.generator, "discriminator": pair.discriminator},
        memory=given.memory,
        updates=updates,
        draws=given.draws,
    )


def term(config, player: Player, pair: Pair, given: Given) -> tuple[Tensor, dict[str, Tensor]]:
    """The value of a term, and what it remembers."""
    updates: dict[str, Tensor] = {}
    look = play(pair, player, given, updates)
    return (config.discriminator(look) if player == "discriminator" else config.generator(look)), updates


def pair_of(seed: int = 0, spec: DataSpec = IMAGES, configs=MLP) -> Pair:
    torch.manual_seed(seed)
    return Pair(spec, configs).double()


@KINDS
def test_row_is_named_by_its_kind_and_round_trips(kind):
    config = PENALTIES[kind](every=1 if kind == "clip" else 4)
    assert config.plain()["kind"] == kind
    assert PENALTIES[kind].parse(config.plain()) == config


@KINDS
def test_everything_is_documented(kind):
    assert "20" in (PENALTIES[kind].__doc__ or "")  # the year of its source
    fields = {name: field for name, field in PENALTIES[kind].model_fields.items() if name != "kind"}
    assert all(field.description for field in fields.values())


@KINDS
@pytest.mark.parametrize("every", [0, -1, 1.5])
def test_intervals_outside_the_range_are_refused(kind, every):
    with pytest.raises(UserError, match="every"):
        PENALTIES[kind].parse({"every": every})


@KINDS
def test_weights_below_zero_are_refused(kind):
    for name in set(WEIGHTS) & set(PENALTIES[kind].model_fields):
        with pytest.raises(UserError, match=name):
            PENALTIES[kind].parse({name: -1})


@KINDS
def test_only_those_named_get_a_term(kind):
    config, pair, parts = config_of(kind), pair_of(), given(kind, IMAGES)
    assert set(config.players) <= set(PLAYERS)
    for player in PLAYERS:
        if player not in config.players:
            with pytest.raises(TypeError, match="adds nothing"):
                term(config, player, pair, parts)


@KINDS
def test_after_step_changes_weights_only_where_there_is_no_term(kind):
    network = pair_of().discriminator
    before = [p.detach().clone() for p in network.parameters()]
    PENALTIES[kind]().after_step(network)
    changed = any(not torch.equal(b, p) for b, p in zip(before, network.parameters(), strict=True))
    assert changed == (not PENALTIES[kind]().players)


@TERMS
@pytest.mark.parametrize("spec", [IMAGES, POINTS], ids=["images", "points"])
def test_a_term_is_a_finite_scalar_with_a_gradient_for_its_player(kind, player, spec):
    if PENALTIES[kind].images_only and not spec.is_image:
        pytest.skip("images only")
    pair, other = pair_of(spec=spec), {"discriminator": "generator", "generator": "discriminator"}[player]
    for p in getattr(pair, other).parameters():
        p.requires_grad_(False)  # as the engine does
    value, _ = term(config_of(kind), player, pair, given(kind, spec))
    assert value.shape == ()
    assert value.isfinite()
    value.backward()
    gradients = [p.grad for p in getattr(pair, player).parameters() if p.grad is not None]
    assert all(g.isfinite().all() for g in gradients)
    assert sum(float(g.norm()) for g in gradients) > 0


@TERMS
def test_equal_draws_give_equal_numbers(kind, player):
    pair, parts = pair_of(), given(kind, IMAGES)
    value, _ = term(config_of(kind), player, pair, parts)
    assert torch.equal(value, term(config_of(kind), player, pair, parts)[0])
    parts.draws = OTHER_DRAWS
    assert torch.equal(value, term(config_of(kind), player, pair, parts)[0]) == (kind not in DRAWING)


@TERMS
def test_a_term_is_proportional_to_its_weights(kind, player):
    pair, parts = pair_of(), given(kind, IMAGES)
    plain = config_of(kind).model_dump()
    names = set(WEIGHTS) & set(plain)
    assert names
    value, _ = term(config_of(kind), player, pair, parts)
    double, zero = (PENALTIES[kind](**plain | {n: s * plain[n] for n in names}) for s in (2, 0))
    torch.testing.assert_close(term(double, player, pair, parts)[0], 2 * value)
    assert term(zero, player, pair, parts)[0] == 0


@TERMS
def test_how_often_is_left_to_the_algorithm(kind, player):
    pair, parts = pair_of(), given(kind, IMAGES)
    once, lazy = (term(config_of(kind, every=e), player, pair, parts)[0] for e in (1, 16))
    assert torch.equal(once, lazy)


@TERMS
def test_memory_keeps_its_names_and_shapes_and_survives_a_file(kind, player):
    config, pair, parts = config_of(kind), pair_of(), given(kind, IMAGES)
    parts.memory = config.memory()
    _, first = term(config, player, pair, parts)
    assert {n: t.shape for n, t in first.items()} == {n: t.shape for n, t in config.memory().items()}
    assert not any(t.requires_grad for t in first.values())
    assert all(t.is_floating_point() and t.dtype == torch.float32 for t in config.memory().values())
    parts.memory = first
    value, second = term(config, player, pair, parts)
    assert all(not torch.equal(second[n], first[n]) for n in first)
    parts.memory = load(save(first))
    assert torch.equal(term(config, player, pair, parts)[0], value)


@TERMS
def test_a_play_is_not_changed(kind, player):
    pair, parts = pair_of(), given(kind, IMAGES)
    kept = copy.deepcopy((parts.real, parts.latents, parts.memory, pair.state_dict()))
    term(config_of(kind), player, pair, parts)
    torch.testing.assert_close((parts.real, parts.latents, parts.memory, pair.state_dict()), kept, rtol=0, atol=0)


@TERMS
@pytest.mark.parametrize("configs", [MLP, CONVOLUTIONS], ids=["mlp", "convolutions"])
def test_many_seeds_at_once_equal_each_alone(kind, player, configs):
    # Value, gradient and memory under vmap, with the weights, the latents and the memory of each seed.
    config, pairs, parts = config_of(kind), [pair_of(seed, configs=configs) for seed in range(3)], given(kind, IMAGES)
    latents = torch.stack([parts.latents, parts.latents.flip(0), 2 * parts.latents])
    memory = {n: torch.stack([t, 2 * t, 0 * t + 0.5]) for n, t in parts.memory.items()}
    parameters, buffers = torch.func.stack_module_state(pairs)
    own = {n: p.detach() for n, p in parameters.items() if n.startswith(player)}
    others = {n: p.detach() for n, p in parameters.items() if n not in own}
    skeleton = copy.deepcopy(pairs[0])

    def one(own, others, buffers, latents, memory):
        def look(pair):
            return term(config, player, pair, Given(parts.real, latents, memory))

        return torch.func.functional_call(skeleton, own | others | buffers, (look,))

    def both(*arguments):
        return torch.func.grad_and_value(one, has_aux=True)(*arguments)

    gradients, (values, updates) = torch.func.vmap(both, randomness="same")(
        own, others, {n: b.clone() for n, b in buffers.items()}, latents, memory
    )
    assert values.shape == (3,)
    for seed, pair in enumerate(pairs):
        alone = Given(parts.real, latents[seed], {n: t[seed] for n, t in memory.items()})
        value, updated = term(config, player, pair, alone)
        value.backward()
        torch.testing.assert_close(values[seed], value.detach())
        for name, parameter in getattr(pair, player).named_parameters():
            expected = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
            torch.testing.assert_close(gradients[f"{player}.{name}"][seed], expected)
        assert set(updates) == set(updated)
        for name, tensor in updated.items():
            torch.testing.assert_close(updates[name][seed], tensor)
