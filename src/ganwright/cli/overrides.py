"""Dotted options on a command line: `--generator.width 32`, `--loss=hinge`, `--data.flip`, `--no-data.flip`."""

import difflib
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ganwright.core.errors import UserError

_NUMBER = re.compile(r"-[\d.]")


def split(tokens: Sequence[str], flags: Collection[str]) -> tuple[list[str], dict[str, str | bool]]:
    """Part a command line into what the verb's own flags claim and the options of the config.

    flags: the verb's names, as "--seed".
    Returns the tokens left to the verb, and name -> text by option (True or False where it stands alone, or after
    "no-"); dashes in names are underscores. Of options given twice the last one counts.
    """
    kept: list[str] = []
    options: dict[str, str | bool] = {}
    rest = list(tokens)
    while rest:
        token = rest.pop(0)
        if token == "--":
            kept += [token, *rest]
            break
        flag, equals, inline = token.partition("=")
        if not flag.startswith("--") or flag in flags:
            kept.append(token)
            continue
        name = flag.removeprefix("--").replace("-", "_")
        if equals:
            options[name] = inline
        elif name.startswith("no_"):
            options[name.removeprefix("no_")] = False
        elif rest and (not rest[0].startswith("-") or _NUMBER.match(rest[0])):
            options[name] = rest.pop(0)
        else:
            options[name] = True
    return kept, options


@dataclass(frozen=True)
class Given:
    """The options of one command line.

    options: name -> text, or True or False.
    flags: names of the verb's own flags, to offer where an option is misspelt.
    """

    options: dict[str, str | bool]
    flags: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """Read the texts as values: numbers, true and false, lists, words."""
        from ganwright.core.config import parse_value

        return {name: parse_value(text) if isinstance(text, str) else text for name, text in self.options.items()}

    def check(self, recipe: str | None) -> None:
        """Raise UserError for a name without dots that is neither a flag nor an option, with the nearest of both.

        Names with dots are left to the config, which knows where they point.
        recipe: whose options to offer; None and "auto": of what is chosen most often.
        """
        from ganwright.algorithms import ALGORITHMS
        from ganwright.core.options import options_of
        from ganwright.recipes import RECIPES, RunConfig
        from ganwright.recipes.auto import AUTO

        hidden = {"kind", *RunConfig.transparent}
        roots = {n for part in (RunConfig, *ALGORITHMS.values()) for n in part.model_fields} - hidden
        for name in self.options:
            if "." in name or name in roots:
                continue
            row = RECIPES.get("rpgan-dcgan" if recipe in (None, AUTO) else recipe)
            dotted = [option.name for option in options_of(row())] if row else []
            raise unknown_option(name, self.flags, roots, dotted)


def unknown_option(name: str, flags: Collection[str], roots: Collection[str], dotted: Collection[str]) -> UserError:
    """The error for a name that is no option: offers the options it ends, else the nearest flags and options."""
    given = f"--{name.replace('_', '-')}"
    close = [f"--{option}" for option in dotted if option.rpartition(".")[2] == name]
    if not close:
        names = {f for f in flags if f.startswith("--")} | {f"--{r.replace('_', '-')}" for r in (*roots, *dotted)}
        close = difflib.get_close_matches(given, sorted(names), n=3, cutoff=0.6)
    mend = (
        f"did you mean {' or '.join(close)}?" if close else "`ganwright list options --recipe NAME` lists the options"
    )
    return UserError(f"unknown flag or option {given}; {mend}")


NO_OPTIONS = Given({})
