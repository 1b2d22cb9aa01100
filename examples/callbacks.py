"""Listen to a run: a callback is told of every event, and may write it wherever you like.

python examples/callbacks.py        (half a minute; EXAMPLES_FAST=1 shortens it to a few seconds)
"""

import csv
import os

from ganwright import train
from ganwright.core.events import Event
from ganwright.training import Callback


class Table(Callback):
    """Writes the losses to a CSV file, and says when there is something to look at."""

    def __init__(self, path: str) -> None:
        self.file = open(path, "w", newline="")  # noqa: SIM115
        self.rows = csv.writer(self.file)
        self.rows.writerow(["images", "discriminator", "generator"])

    def on_event(self, event: Event) -> None:
        if event["type"] == "log":
            scalars = event["scalars"]
            self.rows.writerow([event["num_images"], scalars["discriminator/loss"], scalars["generator/loss"]])
            self.file.flush()
        if event["type"] == "samples":
            print(f"{event['num_images']:,} images: {event['fresh']}")


images = 4_000 if os.environ.get("EXAMPLES_FAST") else 100_000
options = {"log_images": images // 10, "tick_images": images // 2}
train("mlp", "digits", images=images, options=options, out="runs/listened", callbacks=[Table("losses.csv")])
print("table: losses.csv")
