"""Write the pages of docs/ that say what the code says: run `make docs`, or `python docs/make.py --check` in a test.

docs/recipes/NAME.md     a page per recipe, from its docstrings, its config and its citation
docs/recipes/README.md   the index of these
docs/options.md          every option of every part, whatever recipe uses it
docs/data.md             only what stands between its `made:` marks
docs/health.md           the same: tables of signals, diagnoses, thresholds, remedies and sabotages
"""

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ganwright.algorithms import ALGORITHMS
from ganwright.bench.health.sabotages import SABOTAGES
from ganwright.core.config import Config
from ganwright.core.options import Option, options_of
from ganwright.core.schedules import SCHEDULES
from ganwright.data import DATA
from ganwright.health import SIGNALS
from ganwright.health.detectors import DETECTORS
from ganwright.health.diagnosis import DIAGNOSES
from ganwright.health.remedies import LADDERS, REMEDIES
from ganwright.health.thresholds import THRESHOLDS
from ganwright.losses import LOSSES
from ganwright.networks import CLASSIFIERS, DISCRIMINATORS, GENERATORS
from ganwright.penalties import PENALTIES
from ganwright.recipes.catalog import RECIPES, citation
from ganwright.recipes.run_config import RunConfig
from ganwright.training.config import TrainingConfig
from ganwright.training.ema import EMAConfig
from ganwright.training.optimisers import OPTIMISERS
from ganwright.training.precision import PrecisionConfig

DOCS = Path(__file__).resolve().parent
MADE = "<!-- Made by docs/make.py from the code; change the code, then run `make docs`. -->"
MARKED = re.compile(r"(<!-- made: ([\w-]+) -->\n).*?(<!-- /made -->)", re.DOTALL)

PARTS: dict[str, tuple[str, Mapping[str, type[Config]]]] = {
    "algorithm": ("What is trained. Its options are named without `algorithm.` in front.", ALGORITHMS),
    "generator": ("Networks that make samples.", GENERATORS),
    "discriminator": ("Networks that score how real an item is.", DISCRIMINATORS),
    "classifier": ("Networks that tell classes apart.", CLASSIFIERS),
    "loss": ("What both players minimise.", LOSSES),
    "penalties": ("A list; a name or a table each. One option: `--penalties.0.gamma 2`.", PENALTIES),
    "optimisers.NAME": ("One for each network, by its name.", OPTIMISERS),
    "learning_rate and other schedules": ("A number, or one of these.", SCHEDULES),
}
"""Where a part stands in a config -> what to say of it, and its alternatives."""


def pages() -> dict[Path, str]:
    """Return every page that is made, by its place."""
    made = {DOCS / "recipes" / f"{name}.md": recipe_page(name) for name in RECIPES}
    made[DOCS / "recipes" / "README.md"] = recipe_index()
    made[DOCS / "options.md"] = options_page()
    data = DOCS / "data.md"
    made[data] = MARKED.sub(_filled, data.read_text(encoding="utf-8"))
    health = DOCS / "health.md"
    made[health] = MARKED.sub(_of_health, health.read_text(encoding="utf-8"))
    return made


def recipe_page(name: str) -> str:
    """One recipe: what it is, how to run it, where it comes from, and all its options."""
    make = RECIPES[name]
    module = inspect.getmodule(make)
    assert module is not None
    origin = f"src/{module.__name__.replace('.', '/')}.py"
    lines = [
        f"# {name}",
        "",
        MADE,
        "",
        _docstring(make),
        "",
        "```",
        f"ganwright train DATA --recipe {name}",
        "```",
        "",
        f'In Python: `gw.train(gw.recipes.{getattr(make, "__name__", "")}(), data="DATA")`. DATA is one of the',
        "[sources](../data.md), for example `digits`.",
        "",
        "## Where it comes from",
        "",
        *_facts(inspect.getdoc(module) or ""),
        "",
        f"Source: [`{origin}`](../../{origin})",
        "",
        "## Options",
        "",
        "Each can be set on the command line by its dotted name, as in `--batch-size 32`. **Bold** values are this",
        "recipe's own choice, the others are the defaults. [options.md](../options.md) has the options of all kinds.",
        "",
        *table(options_of(make()), chosen_by(make())),
    ]
    cited = citation(name)
    if cited:
        lines += ["", "## Citation", "", "```bibtex", cited, "```"]
    return "\n".join(lines) + "\n"


def chosen_by(config: RunConfig) -> set[str]:
    """Names of the options in which a config differs from its parts' defaults; a kind is always a choice."""
    kinds = {o.name for o in options_of(config) if o.name.split(".")[-1] == "kind"}
    leaves = _leaves(config.model_dump(exclude_defaults=True))
    return kinds | {leaf.removeprefix(f"{config.transparent[0]}.") for leaf in leaves}


def recipe_index() -> str:
    """All recipes in a table."""
    rows = [
        f"| [{name}]({name}.md) | {_cell(_docstring(make))} | {make().images:,} |" for name, make in RECIPES.items()
    ]
    return "\n".join(
        [
            "# Recipes",
            "",
            MADE,
            "",
            "A recipe is a function that returns a whole config: data, networks, loss, optimisers, length. It is where",
            "a run starts: every one of its options can be set to something else.",
            "",
            "| recipe | what it is | images by default |",
            "|---|---|---|",
            *rows,
            "",
            "`ganwright list recipes` prints the same in the terminal. [adding.md](../adding.md) shows how to add one.",
            "",
        ]
    )


def options_page() -> str:
    """Every option of every kind of every part."""
    lines = [
        "# Options",
        "",
        MADE,
        "",
        "Every part of a run is described by options. This page has all of them. The page of a",
        "[recipe](recipes/README.md) has those that the recipe uses, with its values; in the terminal",
        "`ganwright list options --recipe NAME` prints them.",
        "",
        "A part is chosen by its kind (`--loss hinge` is short for `--loss.kind hinge`), and choosing another kind",
        "replaces the options of the old one. `none` stands for no value.",
        "",
        "## The run",
        "",
        *table(options_of(TrainingConfig())),
        "",
        "`ema` and `precision` have no kinds:",
        "",
        f"- `ema`: {_docstring(EMAConfig)}",
        f"- `precision`: {_docstring(PrecisionConfig)}",
        "",
        "## data",
        "",
        "The sources and their options are on a page of their own: [data.md](data.md).",
    ]
    for place, (about, alternatives) in PARTS.items():
        lines += ["", f"## {place}", "", about]
        for kind, part in alternatives.items():
            lines += ["", f"### {place.split('.')[0].split(' ')[0]}: {kind}", "", _docstring(part)]
            rows = table(_options_of_kind(part))
            lines += ["", *rows] if rows else []
    return "\n".join(lines) + "\n"


def table(options: Iterable[Option], chosen: Iterable[str] = ()) -> list[str]:
    """Options as the lines of a table; the values of `chosen` names in bold. Empty where there are none."""
    rows, bold = [], set(chosen)
    for option in options:
        value = "required" if option.value == REQUIRED else f"`{_value(option.value)}`"
        value = f"**{value}**" if option.name in bold else value
        values = ", ".join(filter(None, [option.type, option.range]))
        rows.append(f"| `{option.name}` | {value} | {_cell(values)} | {_cell(option.meaning)} |")
    return ["| option | value | may be | meaning |", "|---|---|---|---|", *rows] if rows else []


REQUIRED = "(required)"


def _options_of_kind(part: type[Config]) -> Iterator[Option]:
    """The options of a kind with their defaults; those without one, and parts within, are REQUIRED."""
    missing: dict[str, Any] = {n: REQUIRED for n, f in part.model_fields.items() if f.is_required()}
    return (option for option in options_of(part.model_construct(**missing)) if option.name != "kind")


def _filled(match: re.Match[str]) -> str:
    """A marked place of data.md with the options of the source it names."""
    part = DATA[match[2]]
    return "\n".join([match[1], _docstring(part), "", *table(_options_of_kind(part)), "", match[3]])


def _of_health(match: re.Match[str]) -> str:
    """A marked place of health.md."""
    head, rows = HEALTH[match[2]]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *(f"| {' | '.join(row)} |" for row in rows())]
    return "\n".join([match[1].rstrip(), "", *lines, "", match[3]])


def _signals() -> Iterator[list[str]]:
    for name, signal in SIGNALS.items():
        low, high = ("" if end is None else f"{end:g}" for end in signal.range)
        span = f"{low} to {high}" if low and high else f"from {low}" if low else "any"
        yield [f"`{name}`", signal.description, signal.unit, span, signal.healthy, ", ".join(signal.needs)]


def _diagnoses() -> Iterator[list[str]]:
    for kind, detector in DETECTORS.items():
        ailment = DIAGNOSES[kind]
        yield [f"`{kind}`", ailment.title, detector.about, f"{ailment.cause} {ailment.advice}"]


def _thresholds() -> Iterator[list[str]]:
    for name, threshold in THRESHOLDS.items():
        yield [f"`{name}`", f"{threshold.value:g} {threshold.unit}", threshold.reason]


def _remedies() -> Iterator[list[str]]:
    for kind, names in LADDERS.items():
        yield [f"`{kind}`", ", ".join(f"`{name}`" for name in names)]


def _what_remedies_do() -> Iterator[list[str]]:
    for name, remedy in REMEDIES.items():
        yield [f"`{name}`", remedy.about]


def _sabotages() -> Iterator[list[str]]:
    for name, sabotage in SABOTAGES.items():
        begins = f"{100 * sabotage.begins:g}%" if sabotage.begins else "the start"
        yield [f"`{name}`{' *' if sabotage.recoverable else ''}", sabotage.what, begins, ", ".join(sabotage.right)]


HEALTH: dict[str, tuple[list[str], Callable[[], Iterator[list[str]]]]] = {
    "signals": (["signal", "what it is", "unit", "range", "healthy", "needs"], _signals),
    "diagnoses": (["kind", "title", "how it is known", "likely cause, and what to do"], _diagnoses),
    "thresholds": (["threshold", "value", "why"], _thresholds),
    "ladders": (["ailment", "remedies, in the order in which they are tried"], _remedies),
    "remedies": (["remedy", "what it does"], _what_remedies_do),
    "sabotages": (["sabotage", "what is done", "from", "right diagnoses"], _sabotages),
}
"""Marked places of health.md: the table's head, and its rows."""


def _facts(docstring: str) -> list[str]:
    """A recipe file's docstring as Markdown; after its first line, lines like "Paper: ..." become a list."""
    first, *rest = docstring.splitlines()
    lines = [first]
    for line in rest:
        fact = re.match(r"([A-Z][a-z]+(?: [a-z]+)?): (.*)", line)
        in_list = lines[-1].startswith(("- ", "  "))
        if fact:
            lines += [*([] if in_list or not lines[-1] else [""]), f"- **{fact[1]}**: {fact[2]}"]
        else:
            lines.append(f"  {line}" if line and in_list else line)
    return lines


def _leaves(value: Any, name: str = "") -> Iterator[str]:
    """The dotted names of all plain values of a tree."""
    is_list = isinstance(value, (list, tuple)) and all(isinstance(v, dict) for v in value)
    parts = dict(enumerate(value)) if is_list else value
    if isinstance(parts, dict):
        for key, part in parts.items():
            yield from _leaves(part, f"{name}.{key}" if name else str(key))
    else:
        yield name


def _docstring(thing: Any) -> str:
    """The first paragraph of a docstring, as one line."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check only say which differ. Returns 1 where --check finds any."""
    made = pages()
    stray = set((DOCS / "recipes").glob("*.md")) - set(made)
    stale = {p for p, text in made.items() if not p.exists() or p.read_text(encoding="utf-8") != text}
    if arguments == ["--check"]:
        for path in sorted(stale | stray):
            print(f"{path.relative_to(DOCS.parent)} is not what the code says; run `make docs`")
        return 1 if stale or stray else 0
    if arguments:
        print("usage: python docs/make.py [--check]", file=sys.stderr)
        return 2
    for path in stray:
        path.unlink()
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[path], encoding="utf-8")
    print(f"{len(stale)} pages written, {len(stray)} removed, {len(made) - len(stale)} were up to date")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
