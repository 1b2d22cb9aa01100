"""What is printed: JSON that any reader takes, tables, human units."""

import io
import json
import math
from pathlib import Path

import pytest

from ganwright.cli import output


def test_json_is_one_object_that_any_reader_takes(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_result(
        True, {"path": Path("a"), "pair": (1, 2), "bad": [math.nan, -math.inf], "é": {"x": None}}, ["no"]
    )
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert json.loads(out) == {"path": "a", "pair": [1, 2], "bad": ["nan", "-inf"], "é": {"x": None}}


def test_text_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    line = "[bold]not markup[/bold] :smile: 12 " + "x" * 500
    output.print_result(False, {}, [line])
    assert capsys.readouterr().out == line + "\n"


def test_tables_in_a_pipe_keep_each_row_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [["a", "x" * 200, "last"], ["long name", "y", "[b]"]]
    output.print_result(False, {}, output.table(["name", "middle", "end"], rows))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert [line.index(end) for line, end in zip(lines, ("end", "last", "[b]"), strict=True)] == [213] * 3
    assert all(line == line.rstrip() for line in lines)


@pytest.mark.parametrize(
    ("num", "text"), [(512, "512 bytes"), (1500, "1.5 kB"), (2.5e9, "2.5 GB"), (3e15, "3000.0 TB")]
)
def test_sizes(num: float, text: str) -> None:
    assert output.size(num) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (3, "3"), (1e-4, "0.0001"), ("a b", '"a b"'), ((0.5, 0.9), "[0.5, 0.9]"), (math.inf, "inf")],
)
def test_toml_values_read_back(value: object, text: str) -> None:
    import tomllib

    assert output.toml_value(value) == text
    assert tomllib.loads(f"x = {text}")["x"] == (list(value) if isinstance(value, tuple) else value)


def test_colour_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    from rich.text import Text

    def shown(file: io.StringIO) -> str:
        output.make_console(file).print(Text("x", style="red"))
        return file.getvalue()

    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    assert "\x1b" in shown(Terminal())
    assert shown(io.StringIO()) == "x\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in shown(Terminal())
