"""DiffAugment: against a slow version in loops, and the ranges of the paper."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.core.errors import UserError
from ganwright.core.seeding import Draws
from ganwright.data.augment.diffaugment import DiffAugment

DRAWS = Draws((5,), torch.device("cpu"))
OFF = {"color": False, "translation": 0.0, "cutout": 0.0}


def apply(config: DiffAugment, items: Tensor) -> Tensor:
    return config.apply(items, DRAWS, "seen", {}, lambda _: 0.0)


def slow(images: Tensor) -> Tensor:
    """All three parts, one image after the other, from the same random numbers."""
    num, _, height, width = images.shape
    down_most, right_most, tall, wide = (int(s * r + 0.5) for r in (1 / 8, 1 / 2) for s in (height, width))
    purpose = "seen/diffaugment"
    numbers = DRAWS.uniform(f"{purpose}/color", num, 3)
    right = DRAWS.integers(f"{purpose}/right", 2 * right_most + 1, num) - right_most
    down = DRAWS.integers(f"{purpose}/down", 2 * down_most + 1, num) - down_most
    left = DRAWS.integers(f"{purpose}/left", width + 1 - wide % 2, num) - wide // 2
    top = DRAWS.integers(f"{purpose}/top", height + 1 - tall % 2, num) - tall // 2
    results = []
    for i, image in enumerate(images):
        brightness, saturation, contrast = numbers[i].tolist()
        image = image + brightness - 0.5
        if len(image) == 3:
            image = (image - image.mean(0)) * 2 * saturation + image.mean(0)
        image = (image - image.mean()) * (contrast + 0.5) + image.mean()
        x, y = right_most - int(right[i]), down_most - int(down[i])
        image = F.pad(image, (right_most, right_most, down_most, down_most))[:, y : y + height, x : x + width].clone()
        x, y = int(left[i]), int(top[i])
        image[:, max(y, 0) : max(y + tall, 0), max(x, 0) : max(x + wide, 0)] = 0
        results.append(image)
    return torch.stack(results)


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 32, 32), (3, 10, 14), (1, 28, 28)])
def test_equals_a_slow_version(shape):
    images = torch.rand(12, *shape) * 2 - 1
    torch.testing.assert_close(apply(DiffAugment(), images), slow(images))


@pytest.mark.parametrize("part", ["color", "translation", "cutout"])
def test_each_part_alone(part):
    images = torch.rand(64, 3, 16, 16) + 1  # nowhere 0
    config = DiffAugment(**{**OFF, part: DiffAugment.model_fields[part].default})
    changed = apply(config, images)
    assert torch.equal(apply(DiffAugment(**OFF), images), images)
    same = (changed == images).all(1)
    gone = (changed == 0).all(1)
    if part == "color":
        assert not same.all((1, 2)).any()
    elif part == "cutout":
        assert (same | gone).all()
        sizes = gone.sum((1, 2))
        assert sizes.max() == 64  # 8 by 8 where it lies inside, a quarter of that in a corner
        assert sizes.min() >= 16
    else:
        assert (gone.all(1).sum(1) <= 2).all()  # columns that moved in
        assert (gone.all(2).sum(1) <= 2).all()
        assert (~gone).any()
        assert changed[~same.all((1, 2))].numel()


def test_shifts_of_every_length_are_equally_likely():
    images = torch.zeros(8000, 1, 16, 1)
    images[:, 0, 8] = 1
    changed = apply(DiffAugment(color=False, cutout=0), images)
    place = changed[:, 0, :, 0].argmax(1)
    counts = torch.bincount(place, minlength=16)
    assert counts[6:11].sum() == 8000
    assert (counts[6:11] > 1450).all()  # 1600 expected, std 36


def test_color_stays_in_the_papers_ranges():
    images = torch.rand(4000, 3, 4, 4) * 2 - 1
    changed = apply(DiffAugment(translation=0, cutout=0), images)
    shift = (changed.mean((1, 2, 3)) - images.mean((1, 2, 3))).sort().values
    torch.testing.assert_close(shift, torch.linspace(-0.5, 0.5, 4000), atol=0.03, rtol=0)
    gray, changed_gray = images.mean(1), changed.mean(1)
    stretch = (changed_gray.std((1, 2)) / gray.std((1, 2))).sort().values
    torch.testing.assert_close(stretch, torch.linspace(0.5, 1.5, 4000), atol=0.03, rtol=0)
    spread = (changed - changed_gray[:, None]).std((1, 2, 3)) / (images - gray[:, None]).std((1, 2, 3))
    saturation = (spread / (changed_gray.std((1, 2)) / gray.std((1, 2)))).sort().values
    torch.testing.assert_close(saturation, torch.linspace(0, 2, 4000), atol=0.06, rtol=0)


@pytest.mark.parametrize(("name", "value"), [("translation", 1.5), ("cutout", -0.1), ("colour", True)])
def test_wrong_options_are_refused_in_one_line(name, value):
    with pytest.raises(UserError, match=name) as caught:
        DiffAugment.parse({name: value})
    assert "\n" not in str(caught.value)
