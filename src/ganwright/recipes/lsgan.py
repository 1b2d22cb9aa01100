"""Least squares: fakes on the right side of the boundary are still drawn to the data.

Paper: Mao et al., "Least Squares Generative Adversarial Networks", 2017, arXiv:1611.04076, section 4: convolutions with
batch normalisation, labels 0 and 1, Adam with beta1 0.5. Its rates (1e-3 for scenes, 2e-4 for characters) and networks
differ between experiments; here those of DCGAN stand.
Command: ganwright train mnist --recipe lsgan --epochs 20.
Reported score: none that compares. Ours: not reproduced.
"""

from ganwright.losses.adversarial import LeastSquaresLoss
from ganwright.recipes.dcgan import dcgan
from ganwright.recipes.run_config import RunConfig

CITATION = """@inproceedings{mao2017least,
  title = {Least Squares Generative Adversarial Networks},
  author = {Mao, Xudong and Li, Qing and Xie, Haoran and Lau, Raymond Y. K. and Wang, Zhen and Smolley, Stephen Paul},
  booktitle = {IEEE International Conference on Computer Vision},
  year = {2017}
}"""


def lsgan() -> RunConfig:
    """DCGAN with the least squares loss."""
    return dcgan().override({"recipe": "lsgan", "loss": LeastSquaresLoss().plain()})
