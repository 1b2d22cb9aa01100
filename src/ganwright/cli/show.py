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
    """Show what a run is, how far it is and how it went, with sparklines."""
    from ganwright.cli import output
    from ganwright.runs import load, terminal

    if json:
        output.print_result(True, load(run).summary(), [])
    else:
        output.print_result(False, {}, [terminal.summary(run)])
