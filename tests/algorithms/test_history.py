"""The buffer of past fakes: fills first, then exchanges half of each batch, every past fake equally likely."""

import torch

from ganwright.algorithms.history import ITEMS, SEEN, empty_history, mix_history
from ganwright.core.seeding import Draws

CPU = torch.device("cpu")


def numbered(start: int, num: int) -> torch.Tensor:
    return torch.arange(start, start + num).float()[:, None]


def test_it_fills_then_exchanges_half_of_the_batch() -> None:
    memory = empty_history(6, (1,))
    for batch in range(3):
        fake, labels = numbered(4 * batch, 4), torch.arange(4)
        mixed, mixed_labels, memory = mix_history(fake, labels, memory, Draws((batch,), CPU))
        assert torch.equal(mixed, fake), "nothing is exchanged while it fills"
        assert mixed_labels is not None
        assert torch.equal(mixed_labels, labels)
    assert memory[ITEMS].flatten().tolist() == [0, 1, 4, 5, 8, 9]
    assert memory[SEEN].item() == 6
    mixed, mixed_labels, after = mix_history(numbered(100, 4), torch.full((4,), 9), memory, Draws((9,), CPU))
    assert mixed_labels is not None
    assert torch.equal(mixed[2:], numbered(102, 2))
    assert set(mixed[:2].flatten().tolist()) <= {0.0, 1.0, 4.0, 5.0, 8.0, 9.0}
    gone = set(memory[ITEMS].flatten().tolist()) - set(after[ITEMS].flatten().tolist())
    assert gone == set(mixed[:2].flatten().tolist()), "what was shown left the buffer; its places went to new fakes"
    past = {value: int(value) % 4 for value in mixed[:2].flatten().tolist()}
    assert mixed_labels[:2].tolist() == list(past.values()), "past fakes keep the labels they were made for"
    assert mixed_labels[2:].tolist() == [9, 9]


def test_every_place_is_chosen_equally_often_and_never_twice() -> None:
    memory = empty_history(8, (1,)) | {ITEMS: numbered(0, 8), SEEN: torch.tensor(8)}
    counts = torch.zeros(8)
    for turn in range(400):
        mixed, _, _ = mix_history(numbered(100, 6), None, memory, Draws((turn,), CPU))
        shown = mixed[:3].flatten().long()
        assert len(set(shown.tolist())) == 3
        counts[shown] += 1
    assert (counts / 400 - 3 / 8).abs().max() < 0.08
