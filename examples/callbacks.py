"""Listen to a run: a callback is told of every event, and may write it wherever you like.

python examples/callbacks.py        (half a minute; EXAMPLES_FAST=1 shortens it to a few seconds)
"""

import csv
import os
from typing import TextIO

from ganwright import train
from ganwright.core.events import Event
from ganwright.training import Callback


class Table(Callback):
    """Writes the losses as CSV, and says when there is something to look at."""

    def __init__(self, file: TextIO) -> None:
        self.rows = csv.writer(file)
        self.rows.writerow(["images", "discriminator", "generator"])

    def on_event(self, event: Event) -> None:
        if event["type"] == "log":
            scalars = event["scalars"]
            self.rows.writerow([event["num_images"], scalars["discriminator/loss"], scalars["generator/loss"]])
        if event["type"] == "samples":
            print(f"{event['num_images']:,} images: {event['fresh']}")


images = 4_000 if os.environ.get("EXAMPLES_FAST") else 100_000
options = {"log_images": images // 10, "tick_images": images // 2}
with open("losses.csv", "w", newline="") as file:
    train("mlp", "digits", images=images, options=options, out="runs/listened", callbacks=[Table(file)])
print("table: losses.csv")
