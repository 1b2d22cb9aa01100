"""Floor 10: the command line. One file per verb: parse, call, print."""

from collections.abc import Sequence

VERBS: dict[str, str] = {
    "demo": "ganwright.cli.demo:app",
    "train": "ganwright.cli.train:app",
    "sample": "ganwright.cli.sample:app",
    "explore": "ganwright.cli.explore:app",
    "evaluate": "ganwright.cli.evaluate:app",
    "compare": "ganwright.cli.compare:app",
    "show": "ganwright.cli.show:app",
    "diagnose": "ganwright.cli.diagnose:app",
    "report": "ganwright.cli.report:app",
    "export": "ganwright.cli.export:app",
    "lesson": "ganwright.cli.lesson:app",
    "bench": "ganwright.cli.bench:app",
    "list": "ganwright.cli.list:app",
    "features": "ganwright.cli.features:app",
    "data": "ganwright.cli.data:app",
    "studio": "ganwright.cli.studio:app",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0, 2 for the user's mistakes, 1 for bugs, 128 + signal.

    arguments: what follows the program's name; None takes it from `sys.argv`.
    """
    from ganwright.cli.program import run

    return run(VERBS, arguments)
