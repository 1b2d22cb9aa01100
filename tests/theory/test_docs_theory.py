"""The pages of docs/theory: their examples print what they say they print, every function and picture has its place."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path

import pytest

from ganwright import theory

DOCS = Path(__file__).resolve().parents[2] / "docs" / "theory"
PAGES = sorted(DOCS.glob("*.md"))
EXAMPLE = re.compile(r"^```python\n(.*?)^```\n+```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LARGEST_BYTES = 60_000


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_examples_print_what_the_page_says(page: Path) -> None:
    """Each alone: whoever copies one copies all it needs."""
    text = page.read_text(encoding="utf-8")
    examples = EXAMPLE.findall(text)
    assert examples
    assert len(examples) == text.count("```python"), "an example without its output"
    for code, expected in examples:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, str(page), "exec"), {"__name__": "page"})
        assert printed.getvalue() == expected


def test_every_function_is_on_a_page_and_in_the_index() -> None:
    pages = "".join(p.read_text(encoding="utf-8") for p in PAGES if p.stem != "README")
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    functions = {name for name in theory.__all__ if name[0].islower()}
    assert {name for name in functions if f"`{name}" not in pages} == set()
    assert {name for name in functions if f"`{name}`" not in index} == set()
    assert all(f"]({p.name})" in index for p in PAGES if p.stem != "README")


def test_pictures_are_small_and_on_a_page() -> None:
    pages = "".join(p.read_text(encoding="utf-8") for p in PAGES)
    pictures = sorted((DOCS / "images").iterdir())
    assert set(re.findall(r"\]\(images/([\w-]+\.png)\)", pages)) == {p.name for p in pictures}
    assert all(p.stat().st_size < LARGEST_BYTES for p in pictures)


def test_pictures_can_be_drawn() -> None:
    pytest.importorskip("matplotlib", reason="the pictures are drawn with matplotlib")
    spec = importlib.util.spec_from_file_location("theory_figures", DOCS / "figures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert {f"{name}.png" for name in module.FIGURES} == {p.name for p in (DOCS / "images").iterdir()}
    for draw in module.FIGURES.values():
        assert all(axes.has_data() for axes in draw().axes)
