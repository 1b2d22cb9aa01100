"""`ganwright show`: a run at a glance, in the terminal."""

from ganwright.cli.flags import Json, RunFolder, verb

app = verb(
    "show",
    "RUN [--json]",
    """
ganwright show runs/digits-demo
ganwright show runs/digits-demo --json
""",
)


@app.default
def show(run: RunFolder, /, *, json: Json = False) -> None:
    """Show the course of a run in the terminal.

    What it is, how far it is, its losses as sparklines, its figures, its files.
    """
    from ganwright.cli import output
    from ganwright.runs import load, terminal

    if json:
        output.print_result(True, load(run).summary(), [])
    else:
        output.print_result(False, {}, [terminal.summary(run)])
