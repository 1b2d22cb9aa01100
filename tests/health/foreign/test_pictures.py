"""Folders of samples of other programs: steps in names, sheets, and what is measured on them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganwright.core.errors import UserError
from ganwright.data.digits import DigitsConfig
from ganwright.health.foreign.pictures import Samples, measure, step_of

NUM = 24


@pytest.fixture(scope="module")
def digits() -> torch.Tensor:
    return DigitsConfig().build("train").items


def write(path: Path, image: torch.Tensor) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image[0].numpy().astype(np.uint8)).save(path)


def value(found: Samples, at: int, name: str) -> float:
    told = found.events[at]["values"][name]
    assert isinstance(told, float)
    return told


@pytest.fixture
def collapsing(tmp_path: Path, digits: torch.Tensor) -> Path:
    """Steps 100, 200 and 300: digits, other digits, and one digit all over."""
    for step, rows in ((100, range(NUM)), (200, range(NUM, 2 * NUM)), (300, [0] * NUM)):
        for index, row in enumerate(rows):
            write(tmp_path / f"step_{step}" / f"{index}.png", digits[row])
    return tmp_path


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("step_000100", 100),
        ("fakes000200", 200),
        ("epoch-12_3", 12),
        ("0003-of-9", 3),
        ("run2_iter500", 500),
        ("made", None),
        ("9" * 40, None),
    ],
)
def test_the_step_in_a_name(name: str, step: int | None) -> None:
    assert step_of(name) == step


def test_a_sub_folder_a_step_against_data(collapsing: Path) -> None:
    data, other = DigitsConfig().build("train"), DigitsConfig().build("test")
    found = measure(collapsing, data, other, scale=64)
    assert [e["num_images"] for e in found.events] == [6400, 12800, 19200]
    assert value(found, 0, "diversity_live") == pytest.approx(1, abs=0.25)
    assert value(found, 2, "diversity_averaged") == pytest.approx(0, abs=1e-4)
    assert value(found, 2, "distinct_live") == pytest.approx(1 / NUM, abs=1e-4)
    assert value(found, 2, "left_out_live") > 0.5
    assert value(found, 2, "distance") > 2 * value(found, 0, "distance")
    assert value(found, 2, "nearest_train_share") >= 0.5
    assert "movement" not in found.events[0]["values"]
    assert value(found, 1, "movement") > 0.3


def test_without_data_relative_to_the_best_of_its_own(collapsing: Path) -> None:
    found = measure(collapsing)
    assert max(value(found, at, "diversity_live") for at in range(3)) == pytest.approx(1)
    assert value(found, 2, "duplicates_live") == 1
    assert not [n for n in found.events[2]["values"] if n.startswith(("coverage", "distance", "left_out", "nearest"))]
    assert "--real says more" in found.notes[-1]


def test_sheets_are_split_where_a_grid_is_named(tmp_path: Path, digits: torch.Tensor) -> None:
    for step in (1, 2):
        sheet = torch.cat(
            [torch.cat([digits[8 * step + 4 * row + column] for column in range(4)], 2) for row in range(3)], 1
        )
        write(tmp_path / f"samples_{step:04}.png", sheet)
    found = measure(tmp_path, grid=(3, 4))
    assert [e["num_images"] for e in found.events] == [1, 2]
    assert value(found, 0, "distinct_live") == pytest.approx(1)
    with pytest.raises(UserError, match="--grid ROWSxCOLUMNS"):
        measure(tmp_path)
    with pytest.raises(UserError, match="too few for a grid of 90x90"):
        measure(tmp_path, grid=(90, 90))


def test_files_that_carry_step_and_number(tmp_path: Path, digits: torch.Tensor) -> None:
    for step in (10, 20):
        for index in range(9):
            write(tmp_path / f"iter{step}_{index}.png", digits[index + step])
    found = measure(tmp_path)
    assert len(found.events) == 2
    assert "movement" in found.events[1]["values"]


def test_what_cannot_be_measured_is_told(tmp_path: Path, digits: torch.Tensor, collapsing: Path) -> None:
    with pytest.raises(UserError, match="no folder that exists"):
        measure(tmp_path / "nowhere")
    write(tmp_path / "other" / "made.png", digits[0])
    with pytest.raises(UserError, match="no step in the names"):
        measure(tmp_path / "other")
    for step in (1, 2):
        write(tmp_path / "few" / f"step{step}" / "a.png", digits[0])
    with pytest.raises(UserError, match="8 samples or more"):
        measure(tmp_path / "few")
    (collapsing / "step_300" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(UserError, match=r"3\.png"):
        measure(collapsing)
