"""Files written whole or not at all."""

from pathlib import Path

import pytest

from ganwright.core.errors import UserError
from ganwright.core.files import sha256_of, write_atomic, write_json, write_text


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_text(file, "old")

    def full_disk(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(UserError, match=r"cannot write .*a\.txt: No space left on device; free some space"):
        write_atomic(file, full_disk)
    assert file.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    with pytest.raises(UserError, match="cannot write"):
        write_json(tmp_path / "blocked" / "x.json", {})


def test_sha256_is_of_the_bytes(tmp_path: Path) -> None:
    write_text(tmp_path / "x", "abc")
    assert sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
