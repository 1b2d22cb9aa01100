"""Spectra of known images: noise, waves, blur; Parseval; and rings against a plain loop."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from ganwright.core.errors import UserError
from ganwright.metrics.spectrum import ROUNDING, SpectrumSums
from ganwright.metrics.spectrum_gap import spectrum_gap, spectrum_gap_of


def noise(num: int, *shape: int, seed: int = 0) -> Tensor:
    return 0.2 * torch.randn(num, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def seen(items: Tensor, batch: int = 1000) -> SpectrumSums:
    sums = SpectrumSums()
    for part in items.split(batch):
        sums.add(part)
    return sums


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 7, 10), (2, 9, 5), (1, 1, 6)])
def test_rings_are_those_of_a_plain_loop(shape: tuple[int, int, int]) -> None:
    items = noise(4, *shape)
    found = seen(items)
    _, height, width = shape
    power = np.abs(np.fft.fft2((items.numpy() + 1) / 2)) ** 2 / (height * width)
    totals, sizes = np.zeros(len(found.power)), np.zeros(len(found.power))
    for i in range(height):
        for j in range(width):
            a, b = min(i, height - i) / height, min(j, width - j) / width
            ring = round(math.hypot(a, b) * min(height, width))
            totals[ring] += power[:, :, i, j].mean()
            sizes[ring] += 1
    assert found.sizes.numpy() == pytest.approx(sizes)
    assert found.power.numpy() == pytest.approx(totals / sizes, rel=1e-9)


def test_no_ring_is_empty_whatever_the_shape() -> None:
    for height in range(1, 20):
        for width in range(1, 20):
            sums = seen(torch.zeros(1, 1, height, width))
            assert bool((sums.sizes > 0).all())
            assert int(sums.sizes.sum()) == height * width


def test_parseval() -> None:
    for shape in ((3, 16, 16), (1, 9, 14)):
        items = noise(10, *shape)
        sums = seen(items)
        whole = float((sums.power * sums.sizes).sum() / sums.sizes.sum())
        assert whole == pytest.approx(float(((items + 1) / 2).square().mean()), rel=1e-12)


def test_white_noise_is_flat_and_a_wave_is_one_ring() -> None:
    curve = seen(noise(800, 1, 16, 16)).decibels
    assert curve[1:].numpy() == pytest.approx(np.full(len(curve) - 1, 20 * math.log10(0.1)), abs=0.3)
    wave = (2 * math.pi * 5 / 32 * torch.arange(32, dtype=torch.float64)).sin().expand(1, 1, 32, 32)
    power = seen(wave).power
    sums = seen(wave)
    # A wave of half the range: mean square 1/8, all of it in ring 5.
    assert float(power[5] * sums.sizes[5]) / 32**2 == pytest.approx(1 / 8, rel=1e-9)
    others = [r for r in range(len(power)) if r not in (0, 5)]
    assert float(power[others].max()) < 1e-20


def test_blur_lowers_high_frequencies_only() -> None:
    real = noise(300, 1, 32, 32)
    kernel = torch.tensor([0.25, 0.5, 0.25], dtype=torch.float64)
    blurred = functional.conv2d(
        functional.pad(real, (1, 1, 1, 1), mode="circular"), torch.outer(kernel, kernel)[None, None]
    )
    gap = spectrum_gap_of(seen(real), seen(blurred))
    lost = np.array(gap.details["real_db"]) - np.array(gap.details["fake_db"])
    assert lost[1:3] == pytest.approx(0, abs=0.5)
    assert bool((np.diff(lost[1:17]) > 0).all())
    assert lost[16] > 5
    assert gap.details["cycles_per_pixel"][16] == 0.5
    # Along an axis at half of the highest frequency the kernel lets cos(pi/4)^4 of the power through.
    assert lost[8] == pytest.approx(-10 * math.log10(math.cos(math.pi / 4) ** 4), abs=0.7)


def test_gap_of_equal_scaled_and_brighter_images() -> None:
    real = noise(40, 3, 12, 12)
    assert spectrum_gap(real, real.flip(0)) == pytest.approx(0, abs=1e-9)
    assert spectrum_gap(real, real / 2) == pytest.approx(20 * math.log10(2), rel=1e-9)
    assert spectrum_gap(real, real + 0.3) == pytest.approx(0, abs=1e-9)  # brightness is ring 0
    other = noise(40, 3, 12, 12, seed=1) * 0.8
    assert spectrum_gap(real, other) == pytest.approx(spectrum_gap(other, real), rel=1e-12)


def test_batches_order_and_bytes() -> None:
    generator = torch.Generator().manual_seed(0)
    items = torch.randint(256, (37, 3, 8, 10), generator=generator, dtype=torch.uint8)
    whole, parts, flipped = seen(items), seen(items, 5), seen(items.flip(0))
    assert parts.power.numpy() == pytest.approx(whole.power.numpy(), rel=1e-12)
    assert parts.counts.tolist() == whole.counts.tolist() == [4] * 7 + [3] * 3
    assert flipped.power.numpy() == pytest.approx(whole.power.numpy(), rel=1e-12)
    assert seen(items.float() / 127.5 - 1).power.numpy() == pytest.approx(whole.power.numpy(), rel=1e-5)


def test_black_images_stand_at_what_rounding_makes() -> None:
    black = seen(torch.zeros(3, 1, 8, 8, dtype=torch.uint8))
    assert black.decibels.tolist() == pytest.approx([10 * math.log10(ROUNDING)] * len(black.decibels))
    assert math.isfinite(spectrum_gap(noise(5, 1, 8, 8), -torch.ones(5, 1, 8, 8)))


def test_the_error_is_the_spread_of_repeated_draws() -> None:
    found = [
        spectrum_gap_of(seen(noise(60, 1, 8, 8, seed=s)), seen(0.7 * noise(60, 1, 8, 8, seed=900 + s)))
        for s in range(40)
    ]
    assert np.mean([f.error or 0.0 for f in found]) == pytest.approx(np.std([f.value for f in found]), rel=0.4)
    assert spectrum_gap_of(seen(noise(9, 1, 8, 8)), seen(noise(20, 1, 8, 8))).error is None


def test_bad_input() -> None:
    images = noise(12, 1, 8, 8)
    for real, fake, message in [
        (images, noise(12, 1, 8, 9), "no spectrum in common"),
        (noise(12, 5), images, "needs images"),
        (images, images * torch.nan, "not finite"),
        (images[:0], images, "at least 1 image, not 0"),
        (noise(3, 1, 1, 1), noise(3, 1, 1, 1), "no frequencies"),
    ]:
        with pytest.raises(UserError, match=message) as caught:
            spectrum_gap(real, fake)
        assert "\n" not in str(caught.value)
    sums = seen(images)
    with pytest.raises(UserError, match="no spectrum in common"):
        sums.add(noise(2, 3, 8, 8))
