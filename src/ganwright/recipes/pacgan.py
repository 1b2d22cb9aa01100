"""PacGAN: the discriminator judges several items at once, so a generator without variety gives itself away.

Paper: Lin et al., "PacGAN: The power of two samples in generative adversarial networks", 2018, arXiv:1712.04086,
section 4: any GAN whose discriminator takes m samples side by side; nothing else changes. Here m = 2 on DCGAN.
Command: ganwright train stacked-mnist --recipe pacgan.
Reported score: stacked MNIST, DCGAN 99 modes and KL 3.40, PacDCGAN2 1000 modes and KL 0.06.
Ours: `ganwright bench modes --data stacked-mnist`, see docs/modes.md.
"""

from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.run_config import RunConfig

CITATION = """@inproceedings{lin2018pacgan,
  title = {{PacGAN}: The power of two samples in generative adversarial networks},
  author = {Lin, Zinan and Khetan, Ashish and Fanti, Giulia and Oh, Sewoong},
  booktitle = {Advances in Neural Information Processing Systems},
  year = {2018}
}"""


def pacgan() -> RunConfig:
    """DCGAN whose discriminator looks at two images at a time."""
    return dcgan().override({"recipe": "pacgan", "pack": 2, "loss.real_label": 1.0})
