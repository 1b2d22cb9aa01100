"""Help: instant, without torch, with examples, for the program and each verb."""

import resource
import subprocess
import sys

import pytest

from ganwright.cli import VERBS

EXPLORE = ("interpolate", "truncate", "mix", "directions", "invert", "neighbours", "shapes")
GROUPS = (("data",), ("bench",), ("explore",), ("features",))
PATHS = [
    (),
    *((verb,) for verb in VERBS),
    ("features", "fit"),
    ("features", "list"),
    ("data", "check"),
    ("data", "pack"),
    ("bench", "health"),
    ("bench", "modes"),
    *(("explore", verb) for verb in EXPLORE),
]
HEAVY = {"torch", "numpy", "PIL", "pydantic", "sklearn", "safetensors", "ganwright.core.config", "ganwright.runs"}
MOST_SECONDS = 0.5


def names(path: tuple[str, ...]) -> str:
    return " ".join(path) or "ganwright"


@pytest.mark.parametrize("path", PATHS, ids=names)
def test_help_is_instant_and_imports_nothing_heavy(path: tuple[str, ...]) -> None:
    code = (
        "import sys; from ganwright.cli import main; code = main(sys.argv[1:]); "
        "print('MODULES', *sys.modules, file=sys.stderr); sys.exit(code)"
    )

    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-c", code, *path, "--help"], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        loaded = done.stderr.rpartition("MODULES")[2].split()
        assert not HEAVY & set(loaded)
        assert "Usage: ganwright" in done.stdout
        # processor time, which a busy machine stretches less than the clock's
        return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)

    assert any(once() < MOST_SECONDS for _ in range(3))


@pytest.mark.parametrize("path", [p for p in PATHS if p and p not in GROUPS], ids=names)
def test_each_verb_shows_examples_that_name_it(path: tuple[str, ...], call) -> None:
    ended = call(*path, "--help")
    assert ended.code == 0
    usage, _, examples = ended.out.partition("Examples:")
    assert f"Usage: ganwright {' '.join(path)}" in usage
    lines = [line.strip() for line in examples.strip().splitlines()]
    assert lines
    assert all(line.startswith((f"ganwright {path[0]}", "ganwright list")) for line in lines)
    assert "--json" in usage
    assert "\x1b" not in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80


def test_the_program_lists_every_verb_with_its_first_line(call) -> None:
    bare, asked = call(), call("--help")
    assert bare.code == asked.code == 0
    assert bare.out == asked.out
    for verb in VERBS:
        row = next(line for line in bare.out.splitlines() if line.startswith(f"│ {verb} "))
        assert len(row.strip("│ ").split()) > 3, row


def test_version(call) -> None:
    import ganwright

    assert call("--version").out.strip() == ganwright.__version__
