"""Rules of resizing against independent oracles: Pillow's filters in float, and TensorFlow 1's formula in numpy."""

import numpy as np
import pytest
import torch
from PIL import Image

from ganwright.core.errors import UserError
from ganwright.metrics.features.prepare import Preparation, fitting, with_channels
from ganwright.metrics.features.resize import DEFAULT_RULE, RULES, described, resize

SIZES = [((28, 28), (32, 32)), ((64, 48), (15, 17)), ((5, 7), (31, 29)), ((32, 32), (32, 20))]
FILTERS = {
    "antialiased-bilinear": Image.Resampling.BILINEAR,
    "antialiased-bicubic": Image.Resampling.BICUBIC,
    "clean": Image.Resampling.BICUBIC,
}


def images(size: tuple[int, int], channels: int = 3, seed: int = 0) -> torch.Tensor:
    values = torch.randint(0, 256, (2, channels, *size), generator=torch.Generator().manual_seed(seed))
    return values.float() * 2 / 255 - 1


def by_pillow(values: torch.Tensor, size: tuple[int, int], resample: Image.Resampling) -> np.ndarray:
    planes = values.reshape(-1, *values.shape[2:]).numpy()
    out = [np.asarray(Image.fromarray(p).resize((size[1], size[0]), resample)) for p in planes]
    return np.stack(out).reshape(*values.shape[:2], *size)


def by_tensorflow_1(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The kernel as a double loop: in_y = y * height / out_height, without half a pixel."""
    height, width = values.shape[2:]
    out = np.zeros((*values.shape[:2], *size))
    for y in range(size[0]):
        for x in range(size[1]):
            in_y, in_x = y * height / size[0], x * width / size[1]
            top, left = int(in_y), int(in_x)
            bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
            dy, dx = in_y - top, in_x - left
            upper = values[:, :, top, left] * (1 - dx) + values[:, :, top, right] * dx
            lower = values[:, :, bottom, left] * (1 - dx) + values[:, :, bottom, right] * dx
            out[:, :, y, x] = upper * (1 - dy) + lower * dy
    return out


@pytest.mark.parametrize("rule", FILTERS)
@pytest.mark.parametrize(("before", "after"), SIZES)
def test_antialiased_rules_are_pillows_filters_in_float(
    rule: str, before: tuple[int, int], after: tuple[int, int]
) -> None:
    values = images(before)
    expected = by_pillow(values, after, FILTERS[rule])
    if rule == "clean":
        expected = expected.clip(-1, 1)
    np.testing.assert_allclose(resize(values, after, rule).numpy(), expected, atol=2e-6)


def test_clean_clips_what_bicubic_overshoots() -> None:
    values = images((8, 8)).sign()
    assert float(resize(values, (30, 30), "antialiased-bicubic").abs().max()) > 1.05
    assert float(resize(values, (30, 30), "clean").abs().max()) == 1


@pytest.mark.parametrize(("before", "after"), SIZES)
def test_legacy_tensorflow_is_its_formula(before: tuple[int, int], after: tuple[int, int]) -> None:
    values = images(before)
    expected = by_tensorflow_1(values.double().numpy(), after)
    np.testing.assert_allclose(resize(values, after, "legacy-tensorflow").numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(resize(values.double(), after, "legacy-tensorflow").numpy(), expected, atol=1e-14)


def test_legacy_rules_are_off_by_what_is_said_of_them() -> None:
    """On a ramp doubled in size: TF1 puts x / 2, half-pixel centres x / 2 - 1/4; shrinking, neither looks between."""
    ramp = torch.arange(8.0).repeat(8, 1)[None, None]
    tf = resize(ramp, (8, 16), "legacy-tensorflow")[0, 0, 0]
    centred = resize(ramp, (8, 16), "legacy-pytorch")[0, 0, 0]
    assert torch.equal(tf[:15], torch.arange(15) / 2)
    assert torch.allclose(centred[1:15], torch.arange(1, 15) / 2 - 0.25)
    stripes = torch.tensor([1.0, -1, -1, -1]).repeat(4).repeat(16, 1)[None, None]
    assert torch.equal(resize(stripes, (16, 4), "legacy-tensorflow"), torch.ones(1, 1, 16, 4))
    assert float(resize(stripes, (16, 4), "legacy-pytorch").max()) == -1
    assert float(resize(stripes, (16, 4), DEFAULT_RULE).mean()) == pytest.approx(-0.5, abs=0.1)


@pytest.mark.parametrize("rule", RULES)
def test_contract_of_every_rule(rule: str) -> None:
    assert 20 <= len(RULES[rule].description) <= 130
    values = images((12, 9))
    assert resize(values, (12, 9), rule) is values
    out = resize(values, (5, 20), rule)
    assert out.shape == (2, 3, 5, 20)
    assert out.dtype == torch.float32
    flat = torch.full((1, 1, 12, 9), 0.25)
    assert torch.allclose(resize(flat, (7, 30), rule), torch.tensor(0.25), atol=1e-6)
    alone = torch.cat([resize(values[i : i + 1, c : c + 1], (5, 20), rule) for i in (0, 1) for c in (0, 1, 2)])
    assert torch.allclose(out.flatten(0, 1)[:, None], alone, atol=1e-6)


def test_bad_input_is_one_line() -> None:
    values = images((8, 8))
    with pytest.raises(UserError, match="unknown resize rule 'legacy-tensorflo'; did you mean 'legacy-tensorflow'"):
        resize(values, (4, 4), "legacy-tensorflo")
    with pytest.raises(UserError, match=r"not uint8 \(2, 3, 8, 8\)"):
        resize(torch.zeros(2, 3, 8, 8, dtype=torch.uint8), (4, 4))
    with pytest.raises(UserError, match="only float images"):
        resize(torch.zeros(2, 8), (4, 4))
    with pytest.raises(UserError, match="0x4"):
        resize(values, (0, 4))


def test_channels_by_luma_and_repetition() -> None:
    gray = images((4, 4), 1)
    rgb = with_channels(gray, 3)
    assert rgb.shape == (2, 3, 4, 4)
    assert torch.allclose(with_channels(rgb, 1), gray, atol=1e-6)
    green = torch.tensor([0.0, 1, 0]).view(1, 3, 1, 1)
    assert float(with_channels(green, 1)) == pytest.approx(0.587)
    assert torch.equal(with_channels(torch.cat([rgb, gray], 1), 3), rgb)
    assert with_channels(torch.zeros(1, 5, 2, 2), 3).shape[1] == 5


def test_fitting_uses_the_rule() -> None:
    from ganwright.core.spec import DataSpec

    spec = DataSpec((1, 6, 5))
    values = images((9, 9))
    expected = resize(with_channels(values, 1), (6, 5), "legacy-tensorflow")
    assert torch.equal(fitting(values, spec, "legacy-tensorflow"), expected)
    assert not torch.equal(fitting(values, spec), expected)


def test_preparation() -> None:
    items = torch.tensor([0, 51, 255, 102], dtype=torch.uint8).view(1, 1, 2, 2)
    zero_one = Preparation(value_range="zero-one")(items)
    assert torch.allclose(zero_one.flatten(), torch.tensor([0.0, 0.2, 1.0, 0.4]), atol=1e-6)
    normal = Preparation(channels=3, value_range="zero-one", mean=(0.5, 0.4, 0.2), std=0.5)(items)
    assert torch.allclose(normal[0, :, 1, 0], torch.tensor([1.0, 1.2, 1.6]), atol=1e-6)
    assert Preparation(size=4)(items).shape == (1, 1, 4, 4)
    assert Preparation(size=4).resize == "antialiased-bilinear to 4x4" == described((4, 4), DEFAULT_RULE)
    assert Preparation().resize == "none"
    points = torch.randn(3, 2) * 9
    assert torch.equal(Preparation(value_range="zero-one", size=4)(points), points)
    keys = {Preparation().key, Preparation(mean=0.5).key, Preparation(std=0.5).key, Preparation(channels=1).key}
    assert len(keys | {Preparation(value_range="zero-one").key}) == 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rule": "cleen"}, "did you mean 'clean'"),
        ({"value_range": "0-255"}, "minus-one-one, zero-one"),
        ({"size": 0}, "0x0"),
        ({"std": (1.0, 0.0)}, "above 0"),
    ],
)
def test_bad_preparation(options: dict, said: str) -> None:
    with pytest.raises(UserError, match=said):
        Preparation(**options)


def test_numbers_must_be_one_a_channel() -> None:
    with pytest.raises(UserError, match="1 or 3 numbers"):
        Preparation(mean=(0.1, 0.2))(torch.zeros(1, 3, 4, 4))
