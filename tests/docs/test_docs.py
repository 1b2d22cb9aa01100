"""The pages say what is true: made pages are up to date, code runs, excerpts exist, commands parse, links lead on."""

import ast
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from cyclopts import CycloptsError

from ganwright.cli import VERBS, overrides, program
from ganwright.core.errors import UserError
from ganwright.data import DATA, parse_data
from ganwright.data.folder import FolderConfig
from ganwright.recipes import recipe
from ganwright.recipes.auto import AUTO

ROOT = Path(__file__).resolve().parents[2]
README, DOCS = ROOT / "README.md", ROOT / "docs"
PAGES = [README, *sorted(p for p in DOCS.rglob("*.md") if p.name != "LOG.md")]
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A fenced block. path: the file that its first line names, else empty; code: what follows that line."""

    section: str
    language: str
    path: str
    code: str


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        section = re.findall(r"^## (.*)$", text[: match.start()], re.MULTILINE)[-1:]
        code = textwrap.dedent(match[3]) if match[1] else match[3]
        named = re.match(r"# (src/\S+\.py)\n", code)
        path, code = (named[1], code[named.end() :]) if named else ("", code)
        yield Block("".join(section), match[2], path, code)


@pytest.fixture
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", DOCS / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_made_pages_are_up_to_date(make: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert make.main(["--check"]) == 0, capsys.readouterr().out


def test_a_page_that_is_not_is_named(
    make: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make, "RECIPES", {k: v for k, v in make.RECIPES.items() if k != "mlp"})
    assert make.main(["--check"]) == 1
    shown = capsys.readouterr().out
    assert shown.startswith("docs/recipes/README.md is not what the code says")
    assert "docs/recipes/mlp.md" in shown
    assert "dcgan.md" not in shown


@pytest.mark.parametrize("page", [README, DOCS / "tour.md", DOCS / "data.md"], ids=lambda p: p.name)
def test_python_on_a_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks of a page in one namespace, with the lengths of runs cut down."""
    monkeypatch.chdir(tmp_path)
    codes = [b.code for b in blocks(page) if b.language == "python" and not b.path]
    assert codes
    namespace: dict[str, Any] = {"__name__": "page"}
    for code in codes:
        exec(compile(shortened(code), str(page), "exec"), namespace)
    assert namespace["run"].events()[-1]["type"] in ("finished", "metrics")


def shortened(code: str) -> str:
    return re.sub(r"\bimages=\d[\d_]{3,}", "images=640", code)


@pytest.mark.parametrize(
    "excerpt", [b for b in blocks(DOCS / "tour.md") if b.path], ids=lambda b: f"{b.section}-{Path(b.path).stem}"
)
def test_excerpts_are_in_the_source(excerpt: Block) -> None:
    source = (ROOT / excerpt.path).read_text(encoding="utf-8")
    for piece in re.split(r"^ *\.\.\.\n", excerpt.code, flags=re.MULTILINE):
        assert f"\n{piece}" in source


def changed_copy(place: Path) -> Path:
    """The package with all files and rows of docs/adding.md; returns the folder that is to be on the path."""
    source = place / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks(DOCS / "adding.md"):
        file = place / block.path
        if block.path and block.language == "python":
            with file.open("a", encoding="utf-8") as end:
                end.write(block.code)
        elif block.path:
            apply(block.code, file)
    return source


def apply(diff: str, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for hunk in diff.split("@@\n"):
        old = "".join(f"{line[1:]}\n" for line in hunk.splitlines() if line[0] in " -")
        new = "".join(f"{line[1:]}\n" for line in hunk.splitlines() if line[0] in " +")
        assert text.count(f"\n{old}") == 1, f"{file.name} has not once:\n{old}"
        text = text.replace(f"\n{old}", f"\n{new}")
    file.write_text(text, encoding="utf-8")


RUN_SECTIONS = """
import json, sys, traceback, warnings
import ganwright
warnings.simplefilter("error")
results = {"package": ganwright.__file__}
for section, code in json.load(sys.stdin).items():
    try:
        exec(compile(code, section, "exec"), {"__name__": "page"})
        results[section] = "runs"
    except BaseException:
        results[section] = traceback.format_exc()
with open("results.json", "w") as file:
    json.dump(results, file)
"""


def test_every_part_of_adding_works(tmp_path: Path) -> None:
    source = changed_copy(tmp_path)
    checks = {b.section: shortened(b.code) for b in blocks(DOCS / "adding.md") if b.language == "python" and not b.path}
    subprocess.run(
        [sys.executable, "-c", RUN_SECTIONS],
        input=json.dumps(checks),
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"},
        check=True,
    )
    results = json.loads((tmp_path / "results.json").read_text())
    assert Path(results.pop("package")).is_relative_to(source)
    assert set(results) == {"A loss", "A network", "A penalty", "A data source", "A metric", "A recipe", "A verb"}
    failed = [f"{section}: {result}" for section, result in results.items() if result != "runs"]
    assert not failed, "\n".join(failed)


@pytest.mark.slow
def test_the_contracts_hold_for_what_adding_adds(tmp_path: Path) -> None:
    """The row is the test registration: the project's own tests over tables pass on the copy."""
    source = changed_copy(tmp_path)
    folders = [str(ROOT / "tests" / name) for name in ("contracts", "architecture")]
    table = str(ROOT / "tests" / "penalties" / "test_table.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *folders, table, "-n", "0", "-vv", "-p", "no:cacheprovider"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(source), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert [n for n in ("reverse-kl", "generator-sine", "zero-gp", "networks/sine.py") if n not in done.stdout] == []


def commands() -> list[tuple[str, str]]:
    """Every line of the pages' blocks that calls ganwright, with its page."""
    return [
        (page.relative_to(ROOT).as_posix(), line.removeprefix(".venv/bin/"))
        for page in PAGES
        for block in blocks(page)
        if block.language in ("", "bash")
        for line in block.code.splitlines()
        if re.match(r"(\.venv/bin/)?ganwright ", line)
    ]


@pytest.mark.parametrize(("page", "line"), commands())
def test_commands_parse(page: str, line: str) -> None:
    parse(shlex.split(line, comments=True)[1:])


def parse(tokens: list[str]) -> None:
    """Read a command line as the program does, without calling the verb; the options must fit the config."""
    app = program.make_app(VERBS)
    _, path, rest = app.parse_commands(tokens)
    command = path[-1].default_command
    assert command is not None
    flags = {name for a in path[-1].assemble_argument_collection() if a.parse for name in a.names}
    takes_options = "overrides" in command.__code__.co_varnames
    kept, options = overrides.split(rest, flags) if takes_options else (rest, {})
    arguments = tokens[: len(tokens) - len(rest)] + kept
    _, bound, _ = app.parse_args(arguments, exit_on_error=False, print_error=False, verbose=False)
    values = overrides.Given(options).values()
    if command.__name__ == "pack":
        FolderConfig.parse(values | {"path": "x"})
    else:
        data = bound.arguments.get("data")
        source = {} if data in (None, "DATA") else {"data": parse_data(data).model_dump(mode="json")}
        named = bound.arguments.get("recipe") or AUTO
        recipe("rpgan-dcgan" if named == AUTO else named).override(source | values)


@pytest.mark.parametrize(
    "line", ["train digits --recpie mlp", "train digits --generator.witdh 3", "show r --jsn", "list options --recipe x"]
)
def test_wrong_commands_would_be_noticed(line: str) -> None:
    with pytest.raises((UserError, CycloptsError), match=r"(?i)unknown"):
        parse(line.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    unfinished = "to be measured" in README.read_text(encoding="utf-8")
    for is_picture, target in re.findall(r"(!?)\[[^\]]*\]\(([^)\s]+)\)", text):
        if target.startswith("http") or (is_picture and unfinished):
            continue
        place, _, anchor = target.partition("#")
        file = (page.parent / place).resolve() if place else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_has_a_line_for_every_room() -> None:
    (tree,) = [b.code for b in blocks(README) if b.code.startswith("src/ganwright/\n")]
    named = re.findall(r"^( *)([\w/]+/) ", tree, re.MULTILINE)
    rooms = {name.rstrip("/") for indent, name in named if indent}
    there = {p.name for p in (ROOT / "src/ganwright").iterdir() if p.is_dir() and list(p.glob("[!_]*.py"))}
    assert rooms == there
    assert all((ROOT / name).is_dir() for indent, name in named if not indent)
    for file in re.findall(r"\b(\w+\.py)\b", tree):
        assert list(ROOT.glob(f"src/ganwright/**/{file}")) or list(ROOT.glob(f"benchmarks/{file}")), file


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 150


def test_every_source_has_its_place_in_data() -> None:
    assert set(re.findall(r"<!-- made: ([\w-]+) -->", (DOCS / "data.md").read_text(encoding="utf-8"))) == set(DATA)


def test_the_table_of_events_is_that_of_the_code() -> None:
    text = (DOCS / "tour.md").read_text(encoding="utf-8").partition("## Events")[2].partition("\n## ")[0]
    told = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in re.findall(r"^\| `(\w+)` .*\|(.*)\|$", text, re.M)}
    written = list(calls_that_write_events())
    assert set(told) == {type for type, _ in written}
    for type, fields in written:
        assert fields <= told[type] | {"final"}, type


def calls_that_write_events() -> Iterator[tuple[str, set[str]]]:
    """Type and named fields of every `emit("type", field=...)` and `events.write("type", ..., field=...)`."""
    for file in sorted((ROOT / "src/ganwright").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="emit"), args=[ast.Constant(value=str(type)), *_]):
                    yield type, {k.arg for k in node.keywords if k.arg}
                case ast.Call(func=ast.Attribute(attr="write"), args=[ast.Constant(value=str(type)), _, _]):
                    yield type, {k.arg for k in node.keywords if k.arg}
