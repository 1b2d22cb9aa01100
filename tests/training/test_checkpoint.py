"""Checkpoints: whole or not at all, and never trusted without their hash."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from ganwright.core.errors import UserError
from ganwright.training.checkpoint import checkpoints, load_optimiser, optimiser_tensors, prune, save


def three(folder: Path) -> None:
    for num_images in (100, 200, 300):
        save(folder, num_images, {"a": torch.full((3,), float(num_images))}, {"iteration": num_images})


def test_round_trip(tmp_path: Path) -> None:
    three(tmp_path)
    assert [c.num_images for c in checkpoints(tmp_path)] == [100, 200, 300]
    tensors, state = checkpoints(tmp_path)[1].load()
    assert torch.equal(tensors["a"], torch.full((3,), 200.0))
    assert state["iteration"] == 200


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.95])
def test_a_flipped_byte_is_named_and_the_previous_one_offered(tmp_path: Path, suffix: str, place: float) -> None:
    three(tmp_path)
    file = checkpoints(tmp_path)[-1].path.with_suffix(suffix)
    content = bytearray(file.read_bytes())
    content[int(place * len(content))] ^= 1
    file.write_bytes(content)
    with pytest.raises(UserError) as caught:
        checkpoints(tmp_path)[-1].load()
    message = str(caught.value)
    assert str(file) in message
    assert "damaged" in message
    assert "previous one, 000000000200" in message
    assert "\n" not in message


def test_a_missing_half_is_damage(tmp_path: Path) -> None:
    three(tmp_path)
    (tmp_path / "000000000100.safetensors").unlink()
    with pytest.raises(UserError, match="there is no earlier one"):
        checkpoints(tmp_path)[0].load()


def test_an_unknown_format_says_so(tmp_path: Path) -> None:
    import hashlib

    three(tmp_path)
    file = tmp_path / "000000000300.json"
    state = json.loads(file.read_text())["state"] | {"format": 99}
    digest = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
    file.write_text(json.dumps({"digest": digest, "state": state}))
    with pytest.raises(UserError, match="format 99"):
        checkpoints(tmp_path)[-1].load()


def test_tensors_without_json_do_not_count_and_are_cleared(tmp_path: Path) -> None:
    three(tmp_path)
    (tmp_path / "000000000300.json").unlink()
    (tmp_path / ".000000000300.safetensors.abc").write_text("half")
    assert [c.num_images for c in checkpoints(tmp_path)] == [100, 200]
    prune(tmp_path, keep=1, protect={100})
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "000000000100.json",
        "000000000100.safetensors",
        "000000000200.json",
        "000000000200.safetensors",
    ]


def test_a_full_disk_keeps_the_earlier_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    three(tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        save(tmp_path, 400, {"a": torch.zeros(3)}, {})
    assert [c.num_images for c in checkpoints(tmp_path)] == [100, 200, 300]
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    "make",
    [
        lambda p: torch.optim.Adam(p, fused=True),
        lambda p: torch.optim.AdamW(p, fused=True),
        lambda p: torch.optim.RMSprop(p),
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    ],
)
def test_an_optimiser_goes_on_as_if_it_had_never_stopped(make: Callable[..., torch.optim.Optimizer]) -> None:
    def net() -> nn.Module:
        torch.manual_seed(1)
        network = nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(16, 1))
        return network.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def step(network: nn.Module, optimiser: torch.optim.Optimizer, seed: int) -> None:
        torch.manual_seed(seed)
        network(torch.randn(3, 2, 4, 4)).sum().backward()
        optimiser.step()
        optimiser.zero_grad()

    first = net()
    one = make(first.parameters())
    for seed in range(3):
        step(first, one, seed)
    tensors = {k: v.clone() for k, v in optimiser_tensors("o", one)}
    second = net()
    second.load_state_dict(first.state_dict())
    two = make(second.parameters())
    load_optimiser("o", two, tensors)
    step(first, one, 9)
    step(second, two, 9)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))
