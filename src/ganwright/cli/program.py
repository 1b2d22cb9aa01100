"""The program around the verbs: finds the verb, reads its flags, calls it, turns errors into one line and a code."""

import inspect
import json
import sys
from collections.abc import Mapping, Sequence

from cyclopts import App

from ganwright.cli import failures, output, overrides

_HELP = """Train, understand, judge and ship generative adversarial networks.

New here? `ganwright demo` trains one in about two minutes."""


def run(verbs: Mapping[str, str], arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code.

    verbs: name -> "module:app", imported when first needed.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    output.use_lenient_streams()
    try:
        code = _call(make_app(verbs), arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # the reader (head, less) has seen enough
        output.silence_stdout()
        return failures.BROKEN_PIPE
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else failures.BUG
    except BaseException as error:
        line, code = failures.describe(error)
        _tell(line, _wants_json(arguments))
        return code


def make_app(verbs: Mapping[str, str]) -> App:
    """Return the program's app with every verb registered, none imported."""
    app = App(name="ganwright", help=_HELP, version=_version, help_format="plaintext")
    app.console = output.make_console(sys.stdout, wrap=True)
    for order, (name, place) in enumerate(verbs.items()):
        app.command(place, name=name, sort_key=order)
    return app


def _call(app: App, arguments: list[str]) -> int:
    if not arguments or arguments[0] in app.help_flags:
        app.resolved_commands()  # the list of verbs shows the first line of each one's docstring
    _, path, rest = app.parse_commands(arguments)
    function = path[-1].default_command
    given: dict[str, object] = {}
    if function is not None and "overrides" in inspect.signature(function).parameters and not _asks_help(app, rest):
        flags = tuple(name for a in path[-1].assemble_argument_collection() if a.parse for name in a.names)
        kept, options = overrides.split(rest, {*flags, *path[-1].version_flags})
        arguments = arguments[: len(arguments) - len(rest)] + kept
        given["overrides"] = overrides.Given(options, flags)
    command, bound, _ = app.parse_args(arguments, exit_on_error=False, print_error=False, verbose=False)
    return command(*bound.args, **bound.kwargs, **given) or 0


def _asks_help(app: App, tokens: Sequence[str]) -> bool:
    return any(token in app.help_flags for token in tokens)


def _wants_json(arguments: Sequence[str]) -> bool:
    ours = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in ours


def _tell(line: str, as_json: bool) -> None:
    """Print the line of an error: to stderr, and as an object to stdout where JSON was asked for."""
    try:
        output.messages().print(f"ganwright: {line}", soft_wrap=True)
        if as_json:
            print(json.dumps({"error": line}, ensure_ascii=False), flush=True)
    except BrokenPipeError:
        output.silence_stdout()


def _version() -> str:
    from ganwright import __version__

    return __version__
