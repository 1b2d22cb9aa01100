"""Moving pixels: against flips, padding and cropping, and rot90."""

from typing import Literal

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from ganwright.ops.augment_filters import mirrored
from ganwright.ops.augment_space import blit, flip, shift
from ganwright.ops.augment_warp import quarter_turns, scaling, translation

torch.manual_seed(0)
IMAGES = torch.randn(6, 3, 7, 9)


def moved_by_hand(image: Tensor, right: int, down: int, padding: Literal["constant", "reflect"]) -> Tensor:
    """Pad by 5 on all sides and crop."""
    height, width = image.shape[1:]
    padded = F.pad(image[None], (5, 5, 5, 5), mode=padding)[0]
    return padded[:, 5 - down : 5 - down + height, 5 - right : 5 - right + width]


def test_flip_is_torch_flip_where_asked():
    flipped = torch.tensor([True, False, True, True, False, False])
    for image, turned, result in zip(IMAGES, flipped, flip(IMAGES, flipped), strict=True):
        assert torch.equal(result, image.flip(-1) if turned else image)


@pytest.mark.parametrize("padding", ["zero", "reflect"])
def test_shift_is_padding_and_cropping(padding):
    right, down = torch.tensor([0, 1, -5, 5, 2, -3]), torch.tensor([0, -1, 5, 4, -5, -2])
    result = shift(IMAGES, right, down, padding)
    for i, image in enumerate(IMAGES):
        mode = "constant" if padding == "zero" else "reflect"
        assert torch.equal(result[i], moved_by_hand(image, int(right[i]), int(down[i]), mode))


def test_shift_beyond_the_image_leaves_nothing_or_mirrors_again():
    far = torch.full((6,), 9)
    assert not shift(IMAGES, far, torch.zeros_like(far)).any()
    period = 2 * (9 - 1)
    round_trip = shift(IMAGES, torch.full((6,), period), torch.zeros_like(far), "reflect")
    assert torch.equal(round_trip, IMAGES)


@pytest.mark.parametrize("size", [1, 2, 5])
def test_mirrored_walks_to_and_fro(size):
    there_and_back = [*range(size), *range(size - 2, 0, -1)]
    expected = [there_and_back[i % len(there_and_back)] for i in range(-20, 21)]
    index = torch.arange(-20, 21)
    assert mirrored(index, size).tolist() == expected
    assert mirrored(index.double(), size).tolist() == expected
    assert mirrored(torch.tensor([-0.25, size - 1 + 0.25]), size).tolist() == (
        [0.25, size - 1.25] if size > 1 else [0, 0]
    )


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_blit_of_quarter_turns_is_rot90(quarters):
    square = IMAGES[..., :7]
    inverse = quarter_turns(torch.full((6,), -quarters % 4))
    clockwise = torch.rot90(square, -quarters, (2, 3))
    assert torch.equal(blit(square, inverse), clockwise)


@pytest.mark.parametrize("size", [6, 7])
def test_blit_of_all_three_is_one_after_the_other(size):
    square = IMAGES[..., :6, :6] if size == 6 else IMAGES[..., :7]
    ones = torch.ones(6)
    inverse = scaling(-ones, ones) @ quarter_turns(torch.full((6,), 3)) @ translation(-2 * ones, ones)
    by_hand = [moved_by_hand(torch.rot90(image.flip(-1), -1, (1, 2)), 2, -1, "reflect") for image in square]
    assert torch.equal(blit(square, inverse), torch.stack(by_hand))


def test_differentiable_and_vmap_equals_a_loop():
    right, down = torch.tensor([[0, 1, -2, 3, 2, -3]] * 3) + torch.arange(3)[:, None], torch.arange(18).view(3, 6) % 4
    stack = torch.randn(3, 6, 3, 7, 9)
    moves = [shift, lambda x, r, d: shift(x, r, d, "reflect"), lambda x, r, d: flip(x, r > d)]
    for move in moves:
        together = torch.func.vmap(move)(stack, right, down)
        alone = torch.stack([move(*arguments) for arguments in zip(stack, right, down, strict=True)])
        assert torch.equal(together, alone)
        shared = torch.func.vmap(move, in_dims=(None, 0, 0))(stack[0], right, down)
        assert torch.equal(shared[2], move(stack[0], right[2], down[2]))
        tiny = torch.randn(6, 1, 3, 4, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradgradcheck(lambda x, move=move: move(x, right[0], down[0]).square(), (tiny,))
