"""The Inception of published FID figures as eyes, and where its weights come from.

The features are pool3 (Heusel et al. 2017, section 3); the class probabilities are the softmax of the 1,008 logits
without their bias, as the Inception Score was first computed (Salimans et al. 2016, section 4) and still is.
"""

import hashlib
import logging
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pooch
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from ganwright.core.errors import UserError
from ganwright.core.table import look_up
from ganwright.core.torch_file import read_tensors
from ganwright.data.dataset import to_float
from ganwright.data.download import CONNECT_SECONDS, READ_SECONDS, cache_folder
from ganwright.data.progress import DownloadProgress, shown
from ganwright.metrics.features.base import HASH_DIGITS
from ganwright.metrics.features.prepare import with_channels
from ganwright.metrics.features.resize import DEFAULT_RULE, RULES, described, resize
from ganwright.networks.inception import SIDE, FidInception

NAME = "inception (FID InceptionV3 of 2015-12-05, pool3)"
FILE = "pt_inception-2015-12-05-6726825d.pth"
URL = f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{FILE}"
SHA256 = "6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2"
BATCH_SIZE = 50

_FIRST = "Conv2d_1a_3x3.conv.weight"
_NOT_NEEDED = "num_batches_tracked"


class InceptionFeatures:
    """Eyes of a metric: 2,048 features and 1,008 class probabilities of an image.

    Gray images are repeated to RGB and alpha is left out; then they are resized to 299x299 by `rule`. The network was
    trained on values (v - 128) / 128 of bytes v, and is given them so; under the rule "legacy-pytorch" it is given
    2 v / 255 - 1, as pytorch-fid gives it.

    weights: a .safetensors or .pth file with the names of the common file; None: the common file itself, downloaded
        once (91 MiB) and kept in the cache.
    rule: of resizing, a row of RULES; None: antialiased bilinear in float. device: to compute on; None: the CPU.
    Raises UserError for an unknown rule, a file that does not hold this network, and a download that fails.
    """

    def __init__(
        self, weights: Path | None = None, rule: str | None = None, device: torch.device | None = None
    ) -> None:
        self._rule = DEFAULT_RULE if rule is None else rule
        look_up(RULES, self._rule, "resize rule")
        self._device = device or torch.device("cpu")
        self.network = load_network(fetched() if weights is None else weights).to(self._device)
        self.name = NAME
        self.hash = weights_hash(self.network)[:HASH_DIGITS]
        self.resize = described((SIDE, SIDE), self._rule)

    def __call__(self, items: Tensor) -> Tensor:
        """Images uint8 or float in [-1, 1], (N, 1, 3 or 4, H, W), -> features (N, 2048), float32, on the CPU."""
        return torch.cat([self._features(part).cpu() for part in _batches(items)])

    def classify(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Images -> features (N, 2048) and class probabilities (N, 1008), on the CPU, in one forward pass."""
        found = [self._features(part) for part in _batches(items)]
        with torch.no_grad():
            classes = [self.network.unbiased_head(part).softmax(1).cpu() for part in found]
        return torch.cat([part.cpu() for part in found]), torch.cat(classes)

    def prepared(self, items: Tensor) -> Tensor:
        """Images -> the network's input (N, 3, 299, 299), float32."""
        images = resize(with_channels(to_float(items).float(), 3), (SIDE, SIDE), self._rule)
        if self._rule == "legacy-pytorch":
            return images
        return images * (127.5 / 128) - 0.5 / 128  # (v - 128) / 128 of v = 127.5 x + 127.5

    @torch.no_grad()
    def _features(self, items: Tensor) -> Tensor:
        return self.network.features(self.prepared(items.to(self._device)))


def _batches(items: Tensor) -> tuple[Tensor, ...]:
    if items.ndim != 4 or items.shape[1] not in (1, 3, 4):
        raise UserError(f"inception looks at gray or RGB images, not at items of shape {tuple(items.shape[1:])}")
    return items.split(BATCH_SIZE)


def load_network(path: Path) -> FidInception:
    """Build the network with the weights of a .safetensors or .pth file; names may stand behind a common prefix.

    Nothing in the file is run. Raises UserError where it cannot be read or holds another network's weights.
    """
    found = _read(path)
    prefixes = [name.removesuffix(_FIRST) for name in found if name.endswith(_FIRST)]
    if len(prefixes) != 1:
        raise UserError(f"{path} holds no FID Inception (it lacks {_FIRST}); give {FILE} or the same as .safetensors")
    weights = {
        name.removeprefix(prefixes[0]): tensor
        for name, tensor in found.items()
        if name.startswith(prefixes[0]) and not name.endswith(_NOT_NEEDED)
    }
    with torch.device("meta"):  # no time for random weights
        network = FidInception()
    wanted = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith(_NOT_NEEDED)}
    _check(weights, wanted, path)
    network = network.to_empty(device="cpu")
    network.load_state_dict(weights, strict=False)
    for name, buffer in network.named_buffers():
        if name.endswith(_NOT_NEEDED):
            buffer.zero_()
    return network.eval().requires_grad_(False)


def _read(path: Path) -> dict[str, Tensor]:
    path = path.expanduser()
    if path.suffix != ".safetensors":
        return read_tensors(path)
    try:
        return safetensors.torch.load_file(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or 'no such file'}; give a weights file") from error
    except (SafetensorError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path} is no .safetensors file, or is damaged ({reason}); get it again") from error


def _check(weights: dict[str, Tensor], wanted: dict[str, Tensor], path: Path) -> None:
    another = "it is of another network (torchvision's ImageNet Inception is not FID's)"
    for these, those, what in ((wanted, weights, "lacks"), (weights, wanted, "has an unknown")):
        if odd := [name for name in these if name not in those]:
            more = f" and {len(odd) - 1} more" if odd[1:] else ""
            raise UserError(f"{path} {what} {ascii(odd[0][:80])[1:-1]}{more}; {another}; give {FILE}")
    for name, tensor in wanted.items():
        own = weights[name]
        if own.shape != tensor.shape:
            shapes = f"{tuple(own.shape)}, not {tuple(tensor.shape)}"
            raise UserError(f"{path}: {name} has the shape {shapes}; {another}; give {FILE}")
        if not own.is_floating_point() or not own.isfinite().all():
            raise UserError(f"{path}: {name} holds values that are no finite numbers; get the file again")


def weights_hash(network: FidInception) -> str:
    """SHA-256 over sorted names and values (float32, little-endian): the same whatever file they came from."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        if not name.endswith(_NOT_NEEDED):
            digest.update(f"{name} {tuple(tensor.shape)}\n".encode())
            digest.update(tensor.detach().cpu().float().numpy().astype("<f4").tobytes())
    return digest.hexdigest()


def fetched() -> Path:
    """The common weights file in the cache, downloaded and checked where it is not there yet.

    Raises UserError with one line that says where to get it and how to give it.
    """
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        with shown(f"downloading {FILE}", in_bytes=True) as hook:
            downloader: Any = pooch.HTTPDownloader(
                progressbar=cast(Any, DownloadProgress(hook)),
                chunk_size=2**16,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
            folder = cache_folder() / "inception"
            return Path(pooch.retrieve(URL, f"sha256:{SHA256}", fname=FILE, path=folder, downloader=downloader))
    except Exception as error:
        instead = f"get {URL} where you can and give it with --weights FILE"
        raise UserError(f"inception: cannot download its weights ({_problem(error)}); {instead}") from error
    finally:
        logger.setLevel(level)


def _problem(error: Exception) -> str:
    host = urlsplit(URL).netloc
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return f"{host} answered {status}"
    if isinstance(error, ValueError) and "known hash" in str(error):
        return f"{host} sent a file with the wrong checksum"
    if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
        return f"cannot write the cache {cache_folder()}: {error.strerror}"
    return f"{host} could not be reached"
