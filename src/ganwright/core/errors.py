"""The one error a user sees: a line that says what is wrong, where, and how to mend it."""

import difflib
from collections.abc import Iterable


class UserError(ValueError):
    """A mistake the user can mend. The command line prints it as one line and exits with code 2."""


def nearest(name: str, known: Iterable[str], most: int = 3) -> str:
    """Return a phrase that offers the known names closest to `name`, or all of them where none is close."""
    names = sorted(known)
    close = difflib.get_close_matches(name.lower(), names, n=most, cutoff=0.5)
    if close:
        return "did you mean " + " or ".join(f"'{c}'" for c in close) + "?"
    return "known: " + ", ".join(names) if names else "there is none"
