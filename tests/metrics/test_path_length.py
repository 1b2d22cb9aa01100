"""Path length of linear generators against its closed form, and of real ones against the formula written plainly."""

import math

import pytest
import torch
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.metrics.path_length import Generate, path_length, path_length_of, slerp


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


MAP = normal(4, 6, seed=7)
SEEN = normal(6, 3, seed=8)


def linear(latents: Tensor, labels: Tensor | None = None) -> Tensor:
    return latents @ MAP.to(latents.dtype)


def curved(latents: Tensor, labels: Tensor | None = None) -> Tensor:
    return (latents @ MAP).tanh()


def see(items: Tensor) -> Tensor:
    return items @ SEEN.to(items.dtype)


def test_linear_generators_have_the_closed_form() -> None:
    starts, ends = normal(50, 4), normal(50, 4, seed=1)
    known = ((ends - starts) @ MAP @ SEEN).square().sum(1)
    for sampling in ("full", "end"):
        found = path_length(linear, see, starts, ends, interpolate="linear", sampling=sampling, trim=0)
        assert found.lengths.numpy() == pytest.approx(known.numpy(), rel=1e-6)
        assert found.mean == pytest.approx(float(known.mean()), rel=1e-6)
        assert found.error == pytest.approx(float(known.std()) / math.sqrt(50), rel=1e-6)
    assert found.num_kept == 50


def test_slerp_on_a_sphere_has_the_speed_of_its_angle() -> None:
    starts, ends = normal(40, 5), normal(40, 5, seed=1)
    starts, ends = (v / v.norm(dim=1, keepdim=True) for v in (starts, ends))
    found = path_length(lambda z, _: z, lambda x: x, starts, ends, trim=0)
    angles = (starts * ends).sum(1).acos()
    assert found.lengths.numpy() == pytest.approx(angles.square().numpy(), rel=1e-6)


def test_slerp_reaches_both_ends_and_keeps_lengths_and_equal_directions() -> None:
    a, b = normal(20, 3), normal(20, 3, seed=1)
    ones = torch.ones(20, 1, dtype=torch.float64)
    assert torch.allclose(slerp(a, b, 0 * ones), a)
    assert torch.allclose(slerp(a, b, ones), b)
    middle = slerp(a, b, 0.5 * ones)
    assert torch.allclose(middle.norm(dim=1), (a.norm(dim=1) + b.norm(dim=1)) / 2)
    assert torch.allclose(slerp(a, 3 * a, 0.5 * ones), 2 * a)
    assert torch.allclose(slerp(a, a, 0.3 * ones), a)


def test_the_extreme_paths_are_left_out() -> None:
    starts, ends = normal(200, 4), normal(200, 4, seed=1)
    ends[13] *= 1000
    found = path_length(linear, see, starts, ends, interpolate="linear")
    ordered = ((ends - starts) @ MAP @ SEEN).square().sum(1).sort().values
    assert found.num_kept == 198  # percentiles 1 and 99 fall between values: one is left out at either end
    assert found.mean == pytest.approx(float(ordered[1:-1].mean()), rel=1e-6)


def test_batches_do_not_matter_the_seed_does_and_t_is_as_said() -> None:
    starts, ends = normal(30, 4), normal(30, 4, seed=1)
    whole = path_length(curved, see, starts, ends, batch_size=30)
    done: list[tuple[int, int]] = []
    parts = path_length(curved, see, starts, ends, batch_size=7, progress=lambda n, m: done.append((n, m)))
    assert parts.mean == pytest.approx(whole.mean, rel=1e-9)
    assert done[-1] == (30, 30)
    assert path_length(curved, see, starts, ends, seed=1).mean != whole.mean
    at_end = path_length(curved, see, starts, ends, sampling="end", interpolate="linear", trim=0)
    slope = (1 - curved(starts).square()) * ((ends - starts) @ MAP)
    assert at_end.mean == pytest.approx(float((slope @ SEEN).square().sum(1).mean()), rel=1e-3)


def test_labels_go_with_their_paths() -> None:
    def conditional(latents: Tensor, labels: Tensor | None) -> Tensor:
        assert labels is not None
        return latents * labels[:, None]

    starts, ends, labels = normal(20, 4), normal(20, 4, seed=1), torch.arange(20)
    found = path_length(
        conditional, lambda x: x, starts, ends, labels=labels, interpolate="linear", batch_size=6, trim=0
    )
    known = (ends - starts).square().sum(1) * labels.square()
    assert found.lengths.numpy() == pytest.approx(known.numpy(), rel=1e-6)


def test_a_float32_generator_comes_close() -> None:
    starts, ends = normal(100, 4).float(), normal(100, 4, seed=1).float()
    known = float(((ends - starts).double() @ MAP @ SEEN).square().sum(1).mean())
    found = path_length_of(linear, see, starts, ends, interpolate="linear", trim=0, protocol={"features": "see"})
    assert found.value == pytest.approx(known, rel=2e-2)
    assert found.protocol["features"] == "see"
    assert found.protocol["paths"] == 100
    assert len(found.details["percentiles"]) == 5


def noisy(latents: Tensor, labels: Tensor | None = None) -> Tensor:
    return latents + torch.randn_like(latents)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ends": normal(20, 3)}, "pairs of latents"),
        ({"starts": normal(3, 4), "ends": normal(3, 4)}, "needs 10 paths, not 3"),
        ({"labels": torch.zeros(2)}, "2 labels do not fit 20 paths"),
        ({"interpolate": "cubic"}, "'slerp' or 'linear', not 'cubic'"),
        ({"sampling": "half"}, "'full' or 'end', not 'half'"),
        ({"starts": normal(20, 1), "ends": normal(20, 1)}, "lie on no sphere"),
        ({"eps": 0.0}, "eps must be"),
        ({"trim": 0.5}, "trim in"),
        ({"starts": normal(20, 4) * torch.nan}, "latents are not finite"),
        ({"generate": noisy}, "different items of the same latents"),
        ({"generate": lambda z, _: z.mul(100).to(torch.uint8)}, "needs float items"),
        ({"features": lambda x: x * torch.nan}, "features are not finite"),
        ({"features": lambda x: x[:1]}, "1 rows for 40 items"),
    ],
)
def test_bad_input(options: dict[str, object], message: str) -> None:
    generate: Generate = linear
    given = {"generate": generate, "features": lambda x: x, "starts": normal(20, 4), "ends": normal(20, 4, seed=1)}
    with pytest.raises(UserError, match=message) as caught:
        path_length(**{**given, **options})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
