"""Archives in every accepted layout; others are refused with a line that says what they hold."""

from pathlib import Path

import numpy as np
import pytest
import torch

from ganwright.core.errors import UserError
from ganwright.data.dataset import NoTestSplit
from ganwright.data.npz import NpzConfig

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 3, 5, 7), dtype=np.uint8)


def saved(tmp_path: Path, **arrays: np.ndarray) -> NpzConfig:
    np.savez(tmp_path / "a.npz", **arrays)  # type: ignore[arg-type]
    return NpzConfig(path=str(tmp_path / "a.npz"))


@pytest.mark.parametrize("name", ["images", "x", "arr_0", "faces"])
@pytest.mark.parametrize(
    "array",
    [
        PIXELS,
        PIXELS.transpose(0, 2, 3, 1),
        PIXELS.astype(np.int64),
        (PIXELS / 255).astype(np.float32),
        PIXELS / 127.5 - 1,
        (PIXELS / 255).transpose(0, 2, 3, 1),
    ],
)
def test_colour_images(tmp_path: Path, name: str, array: np.ndarray):
    assert np.array_equal(saved(tmp_path, **{name: array}).build().items.numpy(), PIXELS)


def test_gray_and_one_bit_images(tmp_path: Path):
    gray = PIXELS[:, 0]
    for array in (gray, gray[..., None], gray[:, None]):
        assert np.array_equal(saved(tmp_path, x=array).build().items.numpy(), gray[:, None])
    assert np.array_equal(saved(tmp_path, x=gray > 100).build().items.numpy(), (gray[:, None] > 100) * 255)


def test_the_first_fitting_array_by_name(tmp_path: Path):
    config = saved(tmp_path, arr_0=PIXELS[:2], images=np.arange(6), y=np.arange(2), x=PIXELS[:2] // 2)
    assert np.array_equal(config.build().items.numpy(), PIXELS[:2] // 2)


def test_points(tmp_path: Path):
    points = np.random.default_rng(0).normal(5, 3, (10, 2))
    dataset = saved(tmp_path, x=points).build()
    assert np.allclose(dataset.items.numpy(), points)
    assert dataset.spec.bounded is False
    assert dataset.spec.shape == (2,)


def test_labels_and_class_names(tmp_path: Path):
    labels = np.array([[0], [2], [1], [0], [2], [2]], np.uint8)
    dataset = saved(tmp_path, x=PIXELS, y=labels).build()
    assert dataset.labels is not None
    assert dataset.labels.tolist() == [0, 2, 1, 0, 2, 2]
    assert dataset.class_names == ("0", "1", "2")
    named = saved(tmp_path, x=PIXELS, labels=labels, class_names=np.array(["a", "b", "c"])).build()
    assert named.class_names == ("a", "b", "c")


def test_held_out_items(tmp_path: Path):
    many = np.random.default_rng(1).integers(0, 256, (200, 4, 4), dtype=np.uint8)
    labels = np.arange(200) % 5
    config = saved(tmp_path, x=many, y=labels).model_copy(update={"test_fraction": 0.2})
    train, test = config.build(), config.build("test")
    assert len(train) + len(test) == 200
    assert 20 < len(test) < 65
    assert test.labels is not None
    rows = {m.tobytes(): int(n) for m, n in zip(many, labels, strict=True)}
    assert [rows[i.numpy().tobytes()] for i in test.items] == test.labels.tolist()
    with pytest.raises(NoTestSplit, match="has no test data; hold some out with test_fraction"):
        saved(tmp_path, x=many).build("test")


def test_size_and_hash(tmp_path: Path):
    config = saved(tmp_path, x=PIXELS)
    assert config.model_copy(update={"size": 8}).build().spec.shape == (3, 8, 8)
    assert config.build().content_hash == config.build().content_hash


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": PIXELS / 10}, r"x float64 \(6, 3, 5, 7\): values from 0 to 25.5, neither in 0..1 nor in -1..1"),
        ({"x": np.full((2, 4, 4), np.nan)}, "values from nan to nan"),
        ({"x": PIXELS.astype(int) * 2}, r"values from 0 to 510, not in 0..255"),
        ({"x": PIXELS[:, :2]}, r"neither \(N, H, W\) nor"),
        ({"x": np.arange(5)}, r"x int64 \(5,\): neither"),
        ({"x": np.full((3, 2), np.inf)}, "empty, or not all finite"),
        ({"x": np.array([[["a"]]])}, "no numbers"),
        ({}, "it is empty"),
        ({"x": PIXELS, "y": np.arange(5)}, r"y int64 \(5,\) are no labels; expected 6 whole numbers from 0"),
        ({"x": PIXELS, "y": np.linspace(0, 1, 6)}, "y float64 .* are no labels"),
        ({"x": PIXELS, "y": np.arange(6) - 1}, "y hold -1"),
        ({"x": PIXELS, "y": np.arange(6) * 10000}, "y go up to 50000"),
        ({"x": PIXELS, "y": np.arange(6), "class_names": np.array(["a"])}, "label 5 is outside 0 to 0"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, arrays: dict[str, np.ndarray], message: str):
    with pytest.raises(UserError, match=message) as caught:
        saved(tmp_path, **arrays).build()
    assert "a.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_are_no_archives(tmp_path: Path):
    path = tmp_path / "a.npz"
    config = NpzConfig(path=str(path))
    with pytest.raises(UserError, match=r"cannot read .*a.npz: No such file"):
        config.build()
    path.write_bytes(b"hello")
    with pytest.raises(UserError, match="no archive of plain arrays"):
        config.build()
    path.touch()
    path.write_bytes(b"")
    with pytest.raises(UserError, match="cannot read"):
        config.build()
    np.savez(path, x=PIXELS)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UserError, match="cannot read"):
        config.build()
    with path.open("wb") as file:
        np.save(file, PIXELS)
    with pytest.raises(UserError, match="is one array, not an archive"):
        config.build()


def test_pickles_are_never_read(tmp_path: Path):
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (exec, ("raise SystemExit('a pickle was read')",))

    objects = np.array([Trap()], dtype=object)
    np.savez(tmp_path / "a.npz", x=objects)
    with pytest.raises(UserError, match="no archive of plain arrays"):
        NpzConfig(path=str(tmp_path / "a.npz")).build()


def test_a_damaged_member_is_one_line(tmp_path: Path):
    config = saved(tmp_path, x=PIXELS)
    path = tmp_path / "a.npz"
    data = bytearray(path.read_bytes())
    data[300] ^= 255
    path.write_bytes(bytes(data))
    with pytest.raises(UserError, match="cannot read"):
        config.build()
    assert torch.is_tensor(saved(tmp_path, x=PIXELS).build().items)
