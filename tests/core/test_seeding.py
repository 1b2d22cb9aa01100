"""Random numbers by key."""

import torch

from ganwright.core.seeding import Draws, derive_seed, generator_for

CPU = torch.device("cpu")


def test_equal_keys_give_equal_seeds_and_neighbours_differ() -> None:
    assert derive_seed(0, "a", 1) == derive_seed(0, "a", 1)
    keys = [(s, p, i) for s in range(5) for p in ("d", "g") for i in range(20)]
    assert len({derive_seed(*k) for k in keys}) == len(keys)
    assert derive_seed(1, 23) != derive_seed(12, 3)


def test_purposes_are_independent_streams_that_repeat() -> None:
    draws = Draws((0, 0, 5, "generator", 0, 0), CPU)
    first, other = draws.normal("latents", 1000), draws.normal("noise", 1000)
    assert torch.equal(first, draws.normal("latents", 1000))
    assert abs(float((first * other).mean())) < 0.2
    assert not torch.equal(first, Draws((0, 0, 5, "generator", 1, 0), CPU).normal("latents", 1000))


def test_distributions() -> None:
    draws = Draws((0,), CPU)
    assert abs(float(draws.normal("a", 20_000).std()) - 1) < 0.02
    uniform = draws.uniform("b", 20_000)
    assert float(uniform.min()) >= 0
    assert float(uniform.max()) < 1
    assert set(draws.integers("c", 3, 100).tolist()) == {0, 1, 2}
    assert torch.equal(torch.rand(3, generator=generator_for("x")), torch.rand(3, generator=generator_for("x")))
