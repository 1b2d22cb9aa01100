"""`ganwright report`: a run as one self-contained page."""

from typing import Annotated

from cyclopts import Parameter

from ganwright.cli.flags import Flag, Json, RunFolder, verb

app = verb(
    "report",
    "RUN [--open]",
    """
ganwright report runs/digits-demo
ganwright report runs/digits-demo --open
""",
)


@app.default
def report(
    run: RunFolder, /, *, open_page: Annotated[Flag, Parameter(name="--open")] = False, json: Json = False
) -> None:
    """Write a run's report.html anew from its folder.

    One self-contained page: figures, losses, samples over time, the whole config.

    Args:
        open_page: Show it in the browser.
    """
    import webbrowser

    from ganwright import runs
    from ganwright.cli import output

    page = runs.load(run).report()
    opened = open_page and webbrowser.open(page.resolve().as_uri())
    if open_page and not opened:
        output.messages().print("no browser to be found here; open the file yourself")
    output.print_result(json, {"report": page}, [str(page)])
