"""Logs of other programs as tables: every form, torn and odd ones included."""

import base64
import json
import math
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ganwright.core.errors import UserError
from ganwright.health import foreign
from ganwright.health.foreign import event_files, text_files
from ganwright.health.foreign.log import read_log, read_table

# Written by TensorBoard's own writer: five steps of Loss/D and Loss/G as floats, "grad" and "grad_bytes" as tensors
# (float_val; tensor_content of a double), one NaN, and a picture, which is no scalar.
WRITTEN_BY_TENSORBOARD = base64.b64decode(
    "SAAAAAAAAAD+kkidCQijccLnwNpBGg1icmFpbi5FdmVudDoyUi4KLHRlbnNvcmJvYXJkLnN1bW1hcnkud3JpdGVyLmV2ZW50X2ZpbGVfd3JpdG"
    "Vy9URF5YUAAAAAAAAA6YrMWQkAAAAAAECPQCp6Cg0KBkxvc3MvRBUYcrE/Cg0KBkxvc3MvRxUzMzM/Ch0KBGdyYWRCCAgBKgQAAMA/SgsKCQoH"
    "c2NhbGFycwonCgpncmFkX2J5dGVzQgwIAiIIAAAAAAAAAABKCwoJCgdzY2FsYXJzChIKA3BpYyILCAEQARgBIgNhYmNFmOD5hwAAAAAAAAC4b1"
    "fmCQAAAAAASI9AEGQqegoNCgZMb3NzL0QVobOxPwoNCgZMb3NzL0cVMzMzPwodCgRncmFkQggIASoEAAAgQEoLCgkKB3NjYWxhcnMKJwoKZ3Jh"
    "ZF9ieXRlc0IMCAIiCAAAAAAAAPA/SgsKCQoHc2NhbGFycwoSCgNwaWMiCwgBEAEYASIDYWJjqfCRmZkAAAAAAAAAiFnRSwkAAAAAAFCPQBDIAS"
    "qKAQoNCgZMb3NzL0QVKvWxPwoNCgZMb3NzL0cVMzMzPwoOCgdMb3NzL0QyFQAAwH8KHQoEZ3JhZEIICAEqBAAAYEBKCwoJCgdzY2FsYXJzCicK"
    "CmdyYWRfYnl0ZXNCDAgCIggAAAAAAAAAQEoLCgkKB3NjYWxhcnMKEgoDcGljIgsIARABGAEiA2FiYxCAoPuIAAAAAAAAAPze7OIJAAAAAABYj0"
    "AQrAIqegoNCgZMb3NzL0QVtDayPwoNCgZMb3NzL0cVMzMzPwodCgRncmFkQggIASoEAACQQEoLCgkKB3NjYWxhcnMKJwoKZ3JhZF9ieXRlc0IM"
    "CAIiCAAAAAAAAAhASgsKCQoHc2NhbGFycwoSCgNwaWMiCwgBEAEYASIDYWJj6+eRfYgAAAAAAAAA/N7s4gkAAAAAAGCPQBCQAyp6Cg0KBkxvc3"
    "MvRBU9eLI/Cg0KBkxvc3MvRxUzMzM/Ch0KBGdyYWRCCAgBKgQAALBASgsKCQoHc2NhbGFycwonCgpncmFkX2J5dGVzQgwIAiIIAAAAAAAAEEBK"
    "CwoJCgdzY2FsYXJzChIKA3BpYyILCAEQARgBIgNhYmMWmozK"
)


def table(text: str) -> dict[str, list[float | None]]:
    return dict(foreign.read(text.encode(), "log").columns)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_any_delimiter(delimiter: str) -> None:
    text = "step,d_loss,g_loss\n1,1.5,-2\n2,1e-1,3\n".replace(",", delimiter)
    assert table(text) == {"step": [1, 2], "d_loss": [1.5, 0.1], "g_loss": [-2, 3]}


def test_empty_cells_are_gaps_and_named_ones_are_not() -> None:
    found = table("step,d_loss,g_loss\n1,,inf\n2,nan,\n3,tensor(0.5, device='cuda:0')\n")
    assert found["d_loss"][0] is None
    assert math.isnan(found["d_loss"][1] or 0)
    assert found["g_loss"] == [math.inf, None, None]


def test_decimal_commas_comments_quotes_and_a_byte_order_mark() -> None:
    assert table("step;d_loss\n1;0,5\n2;0,25\n")["d_loss"] == [0.5, 0.25]
    assert table("# step d_loss\n1 0.5\n2 0.25\n")["d_loss"] == [0.5, 0.25]
    assert table("# made by us\nstep,d_loss\n1,2\n")["d_loss"] == [2]
    assert table('\ufeffstep,"loss, d"\n1,2\n')["loss, d"] == [2]
    assert dict(foreign.read("step,d_loss\n1,2\n".encode("utf-16"), "log").columns)["d_loss"] == [2]


def test_without_a_header_columns_are_numbered() -> None:
    assert table("1,0.5,3\n2,0.4,4\n") == {"1": [1, 2], "2": [0.5, 0.4], "3": [3, 4]}


def test_columns_of_one_name_stay_apart() -> None:
    assert list(table("step,loss,loss,\n1,2,3,4\n")) == ["step", "loss", "loss (3)", "column (4)"]


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is empty"), ("\n \n", "is empty"), ("step,d_loss\n", "has a header"), ("PK\0\0\1", "neither text")],
)
def test_what_is_no_log_is_told_in_a_line(text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        table(text)


def test_json_lines_with_inner_names_means_and_a_torn_end() -> None:
    lines = [{"step": 1, "loss": {"d": 0.5, "g": "nan"}, "Loss/D/loss": {"num": 8, "mean": 0.7, "std": 1}}, {"step": 2}]
    found = table("\n".join(map(json.dumps, lines)) + '\n{"step": 3, "lo')
    assert found["step"] == [1, 2]
    assert found["loss/d"] == [0.5, None]
    assert found["Loss/D/loss"] == [0.7, None]
    assert math.isnan(found["loss/g"][0] or 0)


def test_a_json_list_and_an_object_of_lists() -> None:
    assert table('[{"step": 1, "d_loss": 2},\n {"step": 2, "d_loss": true}]') == {"step": [1, 2], "d_loss": [2, None]}
    assert table('{"d_loss": [1, 2, 3], "g_loss": [4]}') == {"d_loss": [1, 2, 3], "g_loss": [4, None, None]}


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        (
            "[2/5][50/1583]\tLoss_D: 0.40\tLoss_G: 5.1\tD(x): 0.8\tD(G(z)): 0.1 / 0.01",
            {"epoch": 2, "iteration": 50, "Loss_D": 0.4, "Loss_G": 5.1, "D(x)": 0.8, "D(G(z))": 0.1},
        ),
        (
            "[Epoch 1/200] [Batch 3/938] [D loss: 0.68] [G loss: 7e-1]",
            {"Epoch": 1, "Batch": 3, "D loss": 0.68, "G loss": 0.7},
        ),
        ("12 [D loss: 0.69, acc.: 50.00%] [G loss: 0.7]", {"step": 12, "D loss": 0.69, "acc": 50, "G loss": 0.7}),
        ("Iter 5 | D: -1.2e+01 | G: 3", {"Iter": 5, "D": -12, "G": 3}),
        ("(epoch: 1, iters: 100) D_real: 0.6 D_fake: 0.4", {"epoch": 1, "iters": 100, "D_real": 0.6, "D_fake": 0.4}),
        ("Starting Training Loop...", {}),
    ],
)
def test_printed_lines(line: str, numbers: dict[str, float]) -> None:
    assert text_files.pairs(line) == numbers


def test_event_files_as_tensorboard_writes_them(tmp_path: Path) -> None:
    (tmp_path / "events.out.tfevents.1").write_bytes(WRITTEN_BY_TENSORBOARD)
    found = read_table(tmp_path).columns
    assert read_table(tmp_path / "events.out.tfevents.1").columns.keys() == found.keys()
    assert found["step"] == [0, 100, 200, 300, 400]
    assert found["Loss/D"] == pytest.approx([math.log(4) + 0.002 * i for i in range(5)], abs=1e-6)
    assert found["grad"] == [1.5, 2.5, 3.5, 4.5, 5.5]
    assert found["grad_bytes"] == [0, 1, 2, 3, 4]
    assert math.isnan(found["Loss/D2"][2] or 0)
    assert "pic" not in found


def test_event_files_in_sub_folders_and_cut_short(tmp_path: Path) -> None:
    for name, length in (("loss_d", len(WRITTEN_BY_TENSORBOARD)), ("loss_g", len(WRITTEN_BY_TENSORBOARD) - 5)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "events.out.tfevents.1").write_bytes(WRITTEN_BY_TENSORBOARD[:length])
    found = read_table(tmp_path).columns
    assert found["loss_d/Loss/D"][-1] is not None
    assert found["loss_g/Loss/D"][-1] is None


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400), place=st.integers(0, len(WRITTEN_BY_TENSORBOARD) - 1))
def test_bytes_of_any_kind_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, place: int
) -> None:
    folder = tmp_path_factory.mktemp("any")
    damaged = bytearray(WRITTEN_BY_TENSORBOARD)
    damaged[place] ^= 1 + len(data) % 255
    for name, content in (("log.csv", data), ("tfevents", bytes(damaged)), ("cut", WRITTEN_BY_TENSORBOARD[:place])):
        (folder / name).write_bytes(content)
        with suppress(UserError):
            read_log(folder / name, {})


def test_the_start_of_an_event_file() -> None:
    assert event_files.is_event_file(WRITTEN_BY_TENSORBOARD)
    assert not event_files.is_event_file(WRITTEN_BY_TENSORBOARD[1:])
    assert not event_files.is_event_file(b"step,d_loss,g_loss")
