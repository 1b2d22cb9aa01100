"""An audit finds what was put there, in folders and in every other kind."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganwright.core.errors import UserError
from ganwright.data.audit import audit
from ganwright.data.folder import FolderConfig
from ganwright.data.mixtures import Ring8Config

from .writers import cifar_rows, write_mnist, write_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """20 cats and 4 dogs; one copy, one near copy, two corrupt files, one note, one turned photo, one icon."""
    root = tmp_path / "pets"
    pixels = write_pictures(root / "cat", 18)
    write_pictures(root / "dog", 4)
    (root / "cat" / "copy.png").write_bytes((root / "cat" / "3.png").read_bytes())
    near = np.clip(pixels[5].astype(int) + np.random.default_rng(0).integers(-1, 2, pixels[5].shape), 0, 255)
    Image.fromarray(near.astype(np.uint8)).save(root / "cat" / "near.png")
    (root / "cat" / "empty.png").touch()
    (root / "dog" / "cut.png").write_bytes((root / "dog" / "0.png").read_bytes()[:90])
    (root / "notes.txt").touch()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20), "red").save(root / "cat" / "turned.jpg", exif=exif)
    Image.new("RGBA", (16, 16), (255, 0, 0, 0)).save(root / "cat" / "icon.png")
    return root


def test_a_folder(folder: Path):
    found = audit(folder)
    assert found.name == f"folder:{folder}"
    assert found.num_items == {"train": 26}
    assert found.num_ignored == 1
    assert found.corrupt == {"cat/empty.png": "the file is empty", "dog/cut.png": found.corrupt["dog/cut.png"]}
    assert found.corrupt["dog/cut.png"].startswith("damaged or cut short")
    assert found.sizes == {"16x16": 25, "20x40": 1}
    assert found.modes == {"RGB": 25, "RGBA": 1}
    assert found.num_transparent == 1
    assert found.classes == {"cat": 22, "dog": 4}
    assert found.duplicates == [["cat/3.png", "cat/copy.png"]]
    assert found.near_duplicates == [["cat/5.png", "cat/near.png"]]
    assert found.num_compared == 25
    assert found.trained_shape == [3, 16, 16]
    assert found.advice == [
        "2 pictures cannot be read and would be left out: mend or remove them",
        "the sizes differ: training would see 16x16, or what size says",
        "1 picture with transparency, shown on white: background chooses another colour, channels=rgba keeps it",
        "1 exact copy of other items, which are drawn that much more often",
        "1 item almost like another: look at the groups, and remove copies",
        "the classes are uneven, from 4 ('dog') to 22 ('cat'): balanced=true draws them equally often",
        "only 26 training items: the discriminator may learn them by heart; more pictures, or flip where mirrored ones "
        "are as real, help",
    ]
    json.dumps(found.plain(), allow_nan=False)


def test_moments_of_a_folder(tmp_path: Path):
    Image.new("L", (10, 10), 0).save(tmp_path / "a.png")
    Image.new("L", (20, 20), 200).save(tmp_path / "b.png")
    found = audit(str(tmp_path))
    assert found.mean == [100]
    assert found.std == [100]
    Image.new("RGB", (5, 5), (0, 100, 200)).save(tmp_path / "b.png")
    assert audit(str(tmp_path)).mean == [0, 50, 100]


def test_copies_in_both_splits_are_a_warning(tmp_path: Path):
    write_pictures(tmp_path / "train", 5)
    write_pictures(tmp_path / "test", 5)
    found = audit(tmp_path)
    assert found.num_items == {"train": 5, "test": 5}
    assert any("training and test data share 5 groups of duplicates" in line for line in found.advice)


def test_shapes_are_advised_on(tmp_path: Path):
    for number in range(3):
        Image.new("RGB", (90, 30), (number * 50, 0, 0)).save(tmp_path / f"{number}.png")
    assert any("not 90x30: set size=16" in line for line in audit(tmp_path).advice)
    cut = audit(FolderConfig(path=str(tmp_path), size=64)).advice
    assert any("3 pictures smaller than 64x64 would be enlarged" in line for line in cut)
    assert any("loses 67% of the pictures on average: crop=pad" in line for line in cut)
    assert not any("crop=pad" in line for line in audit(FolderConfig(path=str(tmp_path), size=64, crop="pad")).advice)


def test_nothing_readable_is_a_finding_but_no_folder_is_an_error(tmp_path: Path):
    (tmp_path / "a.png").touch()
    found = audit(tmp_path)
    assert found.num_items == {}
    assert found.corrupt == {"a.png": "the file is empty"}
    with pytest.raises(UserError, match="there is no file or folder"):
        audit(tmp_path / "nowhere")


def test_other_kinds(tmp_path: Path):
    write_mnist(tmp_path / "mnist", num=40)
    found = audit("mnist", str(tmp_path))
    assert found.num_items == {"train": 40, "test": 40}
    assert found.sizes == {"28x28": 80}
    assert found.modes == {"L": 80}
    assert found.classes == {str(n): 8 for n in range(10)}
    assert len(found.duplicates) == 40  # both splits hold the same images
    assert found.duplicates[0] == ["train 0", "test 0"]
    assert any("training and test data share 40 groups" in line for line in found.advice)


def test_a_missing_test_set_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "cifar10" / "data_batch_1.bin").write_bytes(cifar_rows(20).tobytes())
    monkeypatch.setattr("ganwright.data.cifar.fetch", lambda *_: (_ for _ in ()).throw(UserError("offline")))
    found = audit("cifar10", str(tmp_path))
    assert found.advice[:2] == [
        "cifar10: found 1 of 5 train batches, 20 of 50,000 images",
        "the test data was not looked at: offline",
    ]


def test_points():
    found = audit(Ring8Config(labelled=True))
    assert found.sizes == {"2 numbers": 100_000}
    assert found.mean == pytest.approx([0, 0], abs=0.01)
    assert sum(found.classes.values()) == 100_000
    assert found.advice == []


def test_progress_counts_to_the_end(folder: Path):
    seen = []
    audit(folder, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(n, 28) for n in range(1, 29)]
