"""`ganwright studio`: see, steer and understand training in the browser."""

import math
import secrets
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ganwright.cli.flags import DataDir, Json, MaybeWhole, verb

app = verb(
    "studio",
    "[RUNS_DIR] [flags]",
    """
ganwright studio
ganwright studio experiments --no-open
ganwright studio --data ~/faces      # may be trained on from the browser
ganwright studio --host 0.0.0.0      # for other machines, with a token
ganwright studio --max-hours 72 --max-memory 12
ganwright studio --json --no-open    # the address as one JSON object
""",
)


LEAST_GB = 0.5
"""The libraries alone take more than half of it."""


@app.default
def studio(
    runs_dir: Path = Path("runs"),
    /,
    *,
    host: str = "127.0.0.1",
    port: MaybeWhole = None,
    data_dir: DataDir = None,
    folders: Annotated[tuple[Path, ...], Parameter(name="--data", negative="", show_default=False)] = (),
    max_hours: float = 24.0,
    max_memory: float | None = None,
    token: Annotated[bool, Parameter(name="--token", negative="")] = False,
    open_page: Annotated[bool, Parameter(name="--open", negative="--no-open")] = True,
    json: Json = False,
) -> None:
    """See, steer and understand training in the browser.

    Every run below RUNS_DIR, live; new runs from a form; generators to play with;
    lessons. It listens on this machine only and ends with Ctrl-C. Trainings that
    it started go on, and the next studio on the folder finds them.

    Args:
        runs_dir: The folder of run folders; it is made where it is not there.
        host: The address to listen on; beyond localhost a token is asked for, which the printed address holds.
        port: The port; by default 7860, or the next one that is free.
        folders: A folder of pictures that may be trained on; give it again for more.
        max_hours: Hours that a job may train after each start; then it is saved and paused.
        max_memory: Main memory in GB that a job may take; by default three quarters of the machine's.
        token: Ask for a token on this machine as well, where other people use it too.
        open_page: Open the studio in the browser; not where a token is asked for, which other users would see.
    """
    from ganwright.cli import output
    from ganwright.core.errors import UserError
    from ganwright.core.processes import machine_memory

    if runs_dir.exists() and not runs_dir.is_dir():
        raise UserError(f"{runs_dir} is a file; name a folder of runs")
    if port is not None and not 0 <= port < 65_536:
        raise UserError(f"--port {port} is no port; it lies between 0 and 65535")
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"--data {folder} is no folder that exists")
    if not 0 < max_hours < math.inf:
        raise UserError(f"--max-hours {max_hours:g} is no time for a job; give hours above 0")
    most = machine_memory() / 1e9
    if max_memory is not None and not LEAST_GB <= max_memory <= most:
        raise UserError(f"--max-memory {max_memory:g} is no limit here; give {LEAST_GB} to {most:.3g}, in GB")
    from ganwright.studio.jobs.limits import limits_of
    from ganwright.studio.server import open_browser, serve
    from ganwright.studio.state import Studio

    def ready(address: str) -> None:
        lines = [f"studio  {address}", f"runs    {runs_dir}", "Ctrl-C ends it; trainings go on."]
        output.print_result(json, {"address": address, "runs": runs_dir}, lines)
        sys.stdout.flush()
        if open_page and "?token=" in address:  # a program's arguments are seen by all users of a machine
            output.messages().print("the address holds a token: open it yourself")
        elif open_page and not open_browser(address):
            output.messages().print("no browser to be found here; open the address yourself")

    made = Studio(
        runs_dir.resolve(),
        data_dir,
        data_folders=tuple(folder.resolve() for folder in folders),
        token=secrets.token_urlsafe(24) if token else None,
        limits=limits_of(max_hours, max_memory),
    )
    serve(made, host, port, ready)
