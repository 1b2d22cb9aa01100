"""The house stands: imports go to lower floors only, files stay short, every room is on the plan."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ganwright

ROOT = Path(ganwright.__file__).parent
FLOORS = {
    "core": 0,
    "ops": 1,
    "data": 2,
    "networks": 2,
    "losses": 2,
    "penalties": 2,
    "theory": 2,
    "algorithms": 3,
    "metrics": 3,
    "explore": 3,
    "training": 4,
    "health": 5,
    "export": 5,
    "recipes": 6,
    "runs": 7,
    "lessons": 8,
    "bench": 8,
    "studio": 9,
    "cli": 10,
}
SOURCES = sorted(ROOT.rglob("*.py"))
MAX_LINES = 400


def imports_of(source: str, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every module of ganwright that a source imports, anywhere in it, as parts after `ganwright`."""
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = tuple(name.split("."))
            if parts[0] == "ganwright" and len(parts) > 1:
                yield parts[1:]


def violations(source: str, room: str, package: tuple[str, ...]) -> list[str]:
    """Imports of a file of `room` that go up or to a neighbour."""
    found = {parts[0] for parts in imports_of(source, package) if parts[0] in FLOORS and parts[0] != room}
    return sorted(other for other in found if FLOORS[other] >= FLOORS[room])


@pytest.mark.parametrize("file", SOURCES, ids=lambda f: str(f.relative_to(ROOT)))
def test_imports_go_to_lower_floors_and_files_stay_short(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    parts = file.relative_to(ROOT).parts
    if len(parts) > 1:
        assert parts[0] in FLOORS, f"{parts[0]} is not a room of the house"
        package = ("ganwright", *parts[:-1])
        assert violations(source, parts[0], package) == []
    assert len(source.splitlines()) <= MAX_LINES


def test_the_rule_sees_every_form_of_import() -> None:
    inside = ("ganwright", "losses")
    assert violations("from ganwright.training import Engine", "losses", inside) == ["training"]
    assert violations("def f():\n    import ganwright.networks.mlp", "losses", inside) == ["networks"]
    assert violations("from ganwright import runs", "losses", inside) == ["runs"]
    assert violations("from ..penalties import gradient", "losses", inside) == ["penalties"]
    assert violations("from ganwright.core import config\nfrom . import base", "losses", inside) == []


def test_rooms_have_no_circles() -> None:
    """Within a room, files may import each other as long as no chain of imports comes back."""
    modules = {".".join(("ganwright", *f.relative_to(ROOT).with_suffix("").parts)): f for f in SOURCES}
    modules = {name.removesuffix(".__init__"): file for name, file in modules.items()}
    graph: dict[str, set[str]] = {}
    for name, file in modules.items():
        if name == "ganwright":
            continue
        tree = ast.parse(file.read_text(encoding="utf-8"))
        top = ast.Module([n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))], [])
        found = {".".join(("ganwright", *parts)) for parts in imports_of(ast.unparse(top), ())}
        graph[name] = {m for m in found if m in modules and m != name and m != "ganwright"}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail, name))
        if name not in done:
            for other in graph.get(name, ()):
                if not name.startswith(other + "."):  # a package's own __init__ is loaded before it anyway
                    visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())
