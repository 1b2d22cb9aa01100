"""`ganwright data`: look at a folder of images before training on it, and pack it."""

from cyclopts import App

from ganwright.cli.flags import verb

app = App(name="data", help="Check a folder of images, or pack it for fast streaming.")

check_app = verb(
    "data check",
    "PATH [flags]",
    """
ganwright data check faces/
ganwright data check faces/ --json
""",
)
pack_app = verb(
    "data pack",
    "PATH OUT [flags]",
    """
ganwright data pack faces/ faces.pack --size 64
""",
)
app.command(check_app)
app.command(pack_app)
