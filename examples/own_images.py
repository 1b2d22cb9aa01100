"""Train on a folder of pictures; here the program draws them itself: squares and discs in any colour.

python examples/own_images.py       (two minutes; EXAMPLES_FAST=1 shortens it to a few seconds)
"""

import os
import random
from pathlib import Path

from PIL import Image, ImageDraw

import ganwright as gw

fast = bool(os.environ.get("EXAMPLES_FAST"))
draw = random.Random(0)
for shape in ("disc", "square"):  # the folders of a folder are the classes
    Path("shapes", shape).mkdir(parents=True, exist_ok=True)
    for number in range(125 if fast else 1_000):
        picture = Image.new("RGB", (16, 16), "white")
        x, y, size = draw.randint(0, 5), draw.randint(0, 5), draw.randint(6, 10)
        box, colour = (x, y, x + size, y + size), tuple(draw.randint(0, 200) for _ in range(3))
        (ImageDraw.Draw(picture).ellipse if shape == "disc" else ImageDraw.Draw(picture).rectangle)(box, colour)
        picture.save(f"shapes/{shape}/{number}.png")

# No recipe is named: what suits the pictures is chosen, and since each class has enough of them, it learns both apart.
run = gw.train(data="folder:shapes", images=1_280 if fast else 100_000, out="runs/shapes")

print(f"classes: {', '.join(run.class_names)}")
run.save_samples("discs.png", 16, label="disc")
print("picture: discs.png")
